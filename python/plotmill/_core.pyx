# cython: language_level=3, binding=False, embedsignature=False
"""The binding: the functions of the C library, version 1, as five classes.

Arguments are NumPy arrays of the exact type that is named, which the callers in this package see to. Results are JSON
texts as in the C headers. Every call holds the lock of its handle and releases the GIL while the library works.

Classes with a pointer of C are no_gc_clear: where the garbage collector takes a cycle apart, what they refer to must be
there until they are freed.
"""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import os
import sys
import threading

from plotmill import _drivers, errors


cdef extern from "plotmill/plotmill.h" nogil:
    ctypedef struct plotmill:
        pass
    ctypedef struct plotmill_options:
        pass
    ctypedef struct plotmill_source:
        pass
    ctypedef struct plotmill_renderer:
        pass
    ctypedef struct plotmill_reader:
        pass
    ctypedef struct plotmill_sink:
        pass
    enum plotmill_status:
        PLOTMILL_OK
        PLOTMILL_CANCELLED
    enum plotmill_log_level:
        pass
    enum plotmill_encoding:
        pass
    enum plotmill_type:
        PLOTMILL_FLOAT64
        PLOTMILL_FLOAT32
        PLOTMILL_INT64
        PLOTMILL_INT32
        PLOTMILL_INT16
        PLOTMILL_INT8
        PLOTMILL_UINT64
        PLOTMILL_UINT32
        PLOTMILL_UINT16
        PLOTMILL_UINT8
    struct plotmill_progress:
        uint64_t done
        uint64_t kept
        uint64_t images
        double seconds
        double setup_seconds
        const char *device
    struct plotmill_side:
        size_t size
        const char *name
        const void *data
        plotmill_type type
        int64_t stride
        const char *const *classes
        size_t class_count
        int64_t time_unit
    struct plotmill_array:
        size_t size
        const void *data
        plotmill_type type
        const char *axes
        uint64_t shape[3]
        int64_t strides[3]
        const char *const *fields
        const int64_t *times
        const uint32_t *groups
        const char *const *group_names
        size_t group_count
        const plotmill_side *const *sides
        size_t side_count
        const char *name
    struct plotmill_request:
        size_t size
        uint64_t count
        const uint64_t *starts
        uint64_t first
        const double *line_widths
        plotmill_encoding encoding
        void *out
        size_t out_size
        uint64_t *sizes
        double *y_range
        int (*progress)(void *, const plotmill_progress *) noexcept
        void *progress_user

    uint32_t plotmill_version_number()
    const char *plotmill_status_str(plotmill_status)
    plotmill *plotmill_create()
    void plotmill_destroy(plotmill *)
    const char *plotmill_message(const plotmill *)
    void plotmill_set_log(plotmill *, void (*)(void *, plotmill_log_level, const char *) noexcept, void *)
    plotmill_status plotmill_devices(plotmill *, const char **)
    plotmill_status plotmill_doctor(plotmill *, const char **)
    plotmill_status plotmill_options_create(plotmill *, plotmill_options **)
    void plotmill_options_destroy(plotmill_options *)
    plotmill_status plotmill_options_set(plotmill_options *, const char *, const char *)
    plotmill_status plotmill_options_parse(plotmill_options *, const char *, size_t, const char *)
    const char *plotmill_options_get(const plotmill_options *, const char *)
    plotmill_status plotmill_options_print(plotmill_options *, const char **)
    const char *plotmill_options_describe()
    plotmill_status plotmill_source_open(plotmill *, const char **, size_t, const plotmill_options *,
                                         plotmill_source **)
    plotmill_status plotmill_source_from_array(plotmill *, const plotmill_array *, const plotmill_options *,
                                               plotmill_source **)
    plotmill_status plotmill_source_describe(plotmill_source *, const char **)
    void plotmill_source_destroy(plotmill_source *)
    plotmill_status plotmill_renderer_create(plotmill *, const plotmill_options *, plotmill_renderer **)
    void plotmill_renderer_destroy(plotmill_renderer *)
    plotmill_status plotmill_renderer_load(plotmill_renderer *, plotmill_source *)
    plotmill_status plotmill_renderer_describe(plotmill_renderer *, const char **)
    size_t plotmill_renderer_bound(const plotmill_renderer *, plotmill_encoding)
    plotmill_status plotmill_render(plotmill_renderer *, const plotmill_request *)
    plotmill_status plotmill_reader_open(plotmill *, const char *, plotmill_reader **)
    plotmill_status plotmill_reader_describe(plotmill_reader *, void *, const char **)
    plotmill_status plotmill_reader_read(plotmill_reader *, const uint64_t *, uint64_t, uint8_t *, int64_t *, double *)
    plotmill_status plotmill_reader_column(plotmill_reader *, const char *, const uint64_t *, uint64_t, void *, size_t)
    void plotmill_reader_destroy(plotmill_reader *)
    plotmill_status plotmill_run(plotmill *, const plotmill_options *, plotmill_source *, plotmill_sink *,
                                 int (*)(void *, const plotmill_progress *) noexcept, void *, const char **)
    plotmill_status plotmill_windows(plotmill *, const plotmill_options *, plotmill_source *, plotmill_reader **)
    plotmill_status plotmill_link(plotmill *, const char *, int, const char **)
    plotmill_status plotmill_sheet_write(plotmill *, const char *, const uint8_t *, uint64_t, uint32_t, uint32_t,
                                         uint32_t, uint32_t, uint32_t)


TYPES = {
    "float64": PLOTMILL_FLOAT64, "float32": PLOTMILL_FLOAT32, "int64": PLOTMILL_INT64, "int32": PLOTMILL_INT32,
    "int16": PLOTMILL_INT16, "int8": PLOTMILL_INT8, "uint64": PLOTMILL_UINT64, "uint32": PLOTMILL_UINT32,
    "uint16": PLOTMILL_UINT16, "uint8": PLOTMILL_UINT8,
}


cdef str text(const char *found):
    return (<bytes>found).decode("utf-8", "surrogateescape")


cdef bytes encoded(object value):
    """Of a path: the bytes that the file system has."""
    cdef bytes found = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    if b"\0" in found:  # where C would end it
        raise errors.make(1, "bad input", f"found {value!r}, expected a text without a zero byte")
    return found


cdef size_t address(object array) except? 0:
    """Of the first element; 0: None, or an array without elements."""
    if array is None:
        return 0
    return array.__array_interface__["data"][0]


cdef class Texts:
    """A list of texts as C has it; NULL of None."""

    cdef const char **items
    cdef size_t count
    cdef list kept

    def __cinit__(self, texts):
        cdef bytes one
        self.kept = [] if texts is None else [encoded(text) for text in texts]
        self.count = len(self.kept)
        if texts is None:
            return
        self.items = <const char **>calloc(self.count + 1, sizeof(char *))
        if self.items == NULL:
            raise MemoryError()
        for i in range(self.count):
            one = self.kept[i]
            self.items[i] = one

    def __dealloc__(self):
        free(self.items)


cdef class Sides:
    """Columns beside the fields, or of a table: (name, data, classes, time_unit) each."""

    cdef plotmill_side *items
    cdef const plotmill_side **places
    cdef size_t count
    cdef list kept

    def __cinit__(self, sides):
        cdef bytes name
        cdef Texts classes
        self.kept = []
        self.count = len(sides)
        self.items = <plotmill_side *>calloc(self.count + 1, sizeof(plotmill_side))
        self.places = <const plotmill_side **>calloc(self.count + 1, sizeof(plotmill_side *))
        if self.items == NULL or self.places == NULL:
            raise MemoryError()
        for i, (title, data, texts, unit) in enumerate(sides):
            name, classes = encoded(title), Texts(texts)
            self.kept.append((name, classes))
            self.items[i].size = sizeof(plotmill_side)
            self.items[i].name = name
            self.items[i].data = <const void *>address(data)
            if data is not None:
                self.items[i].type = <plotmill_type>(<int>TYPES[data.dtype.name])
                self.items[i].stride = data.strides[0]
            self.items[i].classes = classes.items
            self.items[i].class_count = classes.count
            self.items[i].time_unit = unit
            self.places[i] = &self.items[i]

    def __dealloc__(self):
        free(self.items)
        free(self.places)


def version():
    """The version of the library: MAJOR * 1000000 + MINOR * 1000 + PATCH."""
    return plotmill_version_number()


def describe_options():
    """The table of all options as JSON."""
    return text(plotmill_options_describe())


cdef class Watch:
    """Receives the progress of a call, and looks for signals: Ctrl-C reaches the library between batches."""

    cdef object function, error
    cdef double looked
    cdef bint signals

    def __cinit__(self, function):
        self.function = function
        self.error = None
        self.looked = 0
        # Python handles signals on the main thread alone.
        self.signals = threading.current_thread() is threading.main_thread()

    cdef bint needed(self):
        return self.signals or self.function is not None

    cdef int look(self, const plotmill_progress *progress) noexcept with gil:
        try:
            if self.signals:
                PyErr_CheckSignals()
            if self.function is not None:
                stop = self.function({"done": progress.done, "kept": progress.kept, "images": progress.images,
                                      "seconds": progress.seconds, "setup_seconds": progress.setup_seconds,
                                      "device": text(progress.device) if progress.device != NULL else ""})
                return 1 if stop else 0
        except BaseException as error:
            self.error = error
            return 1
        return 0


# The GIL is not taken for every batch: another thread may keep it for 5 ms.
cdef double LOOK_SECONDS = 0.05


cdef int on_progress(void *user, const plotmill_progress *progress) noexcept nogil:
    cdef double *last = &(<Watch>user).looked
    if progress.seconds - last[0] < LOOK_SECONDS and progress.done < progress.images:
        return 0
    last[0] = progress.seconds
    return (<Watch>user).look(progress)


cdef void on_log(void *user, plotmill_log_level level, const char *line) noexcept with gil:
    try:
        (<object>user)(<int>level, text(line))
    except BaseException:
        sys.unraisablehook(sys.exc_info())


@cython.no_gc_clear
cdef class Handle:
    """A handle of the library. Calls on it, and on what was made with it, wait for each other."""

    cdef plotmill *pm
    cdef object lock, owner, log, garbage, process, getpid, new_lock

    def __cinit__(self, log=None):
        self.getpid, self.new_lock = os.getpid, threading.Lock  # the module's own names end before the last handle
        self.lock = self.new_lock()
        self.owner = None
        self.process = self.getpid()
        self.garbage = []
        self.log = log
        _drivers.register()
        self.pm = plotmill_create()
        if self.pm == NULL:
            raise MemoryError("plotmill: out of memory")
        if log is not None:
            plotmill_set_log(self.pm, on_log, <void *>log)

    def __dealloc__(self):
        # What was made with the handle refers to it, so all of that is gone.
        self.collect()
        plotmill_destroy(self.pm)

    cdef renew_lock(self):
        """In the child of a fork the lock may be that of a thread of the parent. The library then refuses the call."""
        if self.getpid() != self.process:
            self.lock = self.new_lock()
            self.owner = None
            self.process = self.getpid()

    cdef enter(self):
        self.renew_lock()
        me = threading.get_ident()
        if self.owner == me:
            raise errors.make(8, "busy", "a progress or log function called the handle whose call it reports on")
        self.lock.acquire()
        self.owner = me

    cdef leave(self):
        self.collect()
        self.owner = None
        self.lock.release()

    cdef collect(self):
        while self.garbage:
            kind, place = self.garbage.pop(0)  # a reader before the source that it reads
            destroy(kind, place)

    cdef discard(self, str kind, size_t place):
        """Frees something at once, or when the call that runs has ended."""
        if not place:
            return
        self.renew_lock()
        if self.lock.acquire(False):
            destroy(kind, place)
            self.lock.release()
        else:
            self.garbage.append((kind, place))

    cdef check(self, plotmill_status status, Watch watch=None):
        """Raises what the last call failed with. Within enter and leave."""
        if watch is not None and watch.error is not None:
            raise watch.error
        if status != PLOTMILL_OK:
            raise errors.make(<int>status, text(plotmill_status_str(status)), text(plotmill_message(self.pm)))

    def devices(self):
        return self._devices(False)

    def doctor(self):
        return self._devices(True)

    cdef str _devices(self, bint doctor):
        cdef plotmill_status status
        cdef const char *json = NULL
        self.enter()
        try:
            with nogil:
                status = plotmill_doctor(self.pm, &json) if doctor else plotmill_devices(self.pm, &json)
            self.check(status)
            return text(json)
        finally:
            self.leave()

    def link(self, path, bint force=False):
        cdef bytes name = encoded(path)
        cdef const char *place = name
        cdef const char *json = NULL
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_link(self.pm, place, force, &json)
            self.check(status)
            return text(json)
        finally:
            self.leave()

    def options(self, values, document=None, name="options"):
        return Options(self, values, document, name)

    def open_source(self, paths, Options options):
        cdef Texts names = Texts(paths)
        cdef plotmill_source *made = NULL
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_source_open(self.pm, names.items if names.count else NULL, names.count,
                                              options.options, &made)
            self.check(status)
        finally:
            self.leave()
        return Source.of(self, made, None)

    def array_source(self, array, axes, Options options, fields=None, times=None, groups=None, group_names=None,
                     sides=()):
        cdef plotmill_array own
        cdef bytes axes_text = axes.encode()
        cdef Texts names = Texts(fields), group_texts = Texts(group_names)
        cdef Sides columns = Sides(sides)
        memset(&own, 0, sizeof(own))
        own.size = sizeof(own)
        own.data = <const void *>address(array)
        own.type = <plotmill_type>(<int>TYPES[array.dtype.name])
        own.axes = axes_text
        for i in range(array.ndim):
            own.shape[i] = array.shape[i]
            own.strides[i] = array.strides[i]
        own.fields = names.items
        own.times = <const int64_t *>address(times)
        own.groups = <const uint32_t *>address(groups)
        own.group_names = group_texts.items
        own.group_count = group_texts.count
        own.sides = columns.places if columns.count else NULL
        own.side_count = columns.count
        return self.source_of(&own, options, (array, times, groups))

    def table_source(self, columns, rows, Options options, name=None):
        cdef plotmill_array own
        for column, data, _, _ in columns:
            if data is not None and (data.ndim != 1 or len(data) != rows or not data.strides[0]):
                raise ValueError(f"{column}: {data.shape} with the strides {data.strides}: expected ({rows},), no repeats")
        cdef Sides sides = Sides(columns)
        cdef bytes title = b"" if name is None else encoded(name)
        memset(&own, 0, sizeof(own))
        own.size = sizeof(own)
        own.axes = b"T"
        own.shape[0] = rows
        own.sides = sides.places
        own.side_count = sides.count
        if name is not None:
            own.name = title
        return self.source_of(&own, options, tuple([each[1] for each in columns if each[2] is None and not each[3]]))

    cdef Source source_of(self, const plotmill_array *array, Options options, kept):
        cdef plotmill_source *made = NULL
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_source_from_array(self.pm, array, options.options, &made)
            self.check(status)
        finally:
            self.leave()
        return Source.of(self, made, kept)

    def renderer(self, Options options):
        cdef Renderer renderer = Renderer.__new__(Renderer)
        cdef plotmill_status status
        cdef plotmill_renderer *made = NULL
        renderer.handle = self
        self.enter()
        try:
            with nogil:
                status = plotmill_renderer_create(self.pm, options.options, &made)
            self.check(status)
        finally:
            self.leave()
        renderer.renderer = made
        return renderer

    def reader(self, path):
        cdef bytes name = encoded(path)
        cdef const char *place = name
        cdef plotmill_reader *made = NULL
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_reader_open(self.pm, place, &made)
            self.check(status)
        finally:
            self.leave()
        return Reader.of(self, made, None)

    def windows(self, Options options, Source source=None):
        cdef plotmill_source *given = NULL if source is None else source.source
        cdef plotmill_reader *made = NULL
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_windows(self.pm, options.options, given, &made)
            self.check(status)
        finally:
            self.leave()
        return Reader.of(self, made, source)

    def run(self, Options options, Source source=None, progress=None):
        cdef Watch watch = Watch(progress)
        cdef plotmill_source *given = NULL if source is None else source.source
        cdef const char *json = NULL
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_run(self.pm, options.options, given, NULL, on_progress, <void *>watch, &json)
            self.check(status, watch)
            return text(json)
        finally:
            self.leave()

    def sheet(self, path, pixels, uint32_t columns=0, uint32_t max_tile=0):
        cdef bytes name = encoded(path)
        cdef const char *place = name
        cdef const uint8_t *data = <const uint8_t *>address(pixels)
        cdef uint64_t count = pixels.shape[0]
        cdef uint32_t height = pixels.shape[1], width = pixels.shape[2], channels = pixels.shape[3]
        cdef plotmill_status status
        self.enter()
        try:
            with nogil:
                status = plotmill_sheet_write(self.pm, place, data, count, width, height, channels, columns, max_tile)
            self.check(status)
        finally:
            self.leave()


cdef destroy(str kind, size_t place):
    if kind == "options":
        plotmill_options_destroy(<plotmill_options *>place)
    elif kind == "source":
        plotmill_source_destroy(<plotmill_source *>place)
    elif kind == "renderer":
        plotmill_renderer_destroy(<plotmill_renderer *>place)
    else:
        plotmill_reader_destroy(<plotmill_reader *>place)


@cython.no_gc_clear
cdef class Options:
    """Options of a handle, as texts."""

    cdef Handle handle
    cdef plotmill_options *options
    cdef readonly dict values
    cdef readonly object document

    def __cinit__(self, Handle handle, values, document=None, name="options"):
        cdef bytes key, value, whole
        self.handle = handle
        self.values = dict(values)
        self.document = document
        handle.enter()
        try:
            handle.check(plotmill_options_create(handle.pm, &self.options))
            if document is not None:
                whole, key = document.encode(), encoded(name)
                handle.check(plotmill_options_parse(self.options, whole, len(whole), key))
            for option, given in values.items():
                key, value = encoded(option), encoded(given)
                handle.check(plotmill_options_set(self.options, key, value))
        finally:
            handle.leave()

    def __dealloc__(self):
        if self.handle is not None:
            self.handle.discard("options", <size_t>self.options)

    def get(self, name):
        cdef bytes key = encoded(name)
        cdef const char *found
        self.handle.enter()
        try:
            found = plotmill_options_get(self.options, key)
            return None if found == NULL else text(found)
        finally:
            self.handle.leave()

    def print(self):
        cdef const char *found = NULL
        self.handle.enter()
        try:
            self.handle.check(plotmill_options_print(self.options, &found))
            return text(found)
        finally:
            self.handle.leave()


@cython.no_gc_clear
cdef class Source:
    """Samples: of files, or of arrays, which it keeps."""

    cdef Handle handle
    cdef plotmill_source *source
    cdef object kept

    @staticmethod
    cdef Source of(Handle handle, plotmill_source *source, kept):
        cdef Source made = Source.__new__(Source)
        made.handle = handle
        made.source = source
        made.kept = kept
        return made

    def __dealloc__(self):
        if self.handle is not None:
            self.handle.discard("source", <size_t>self.source)

    def describe(self):
        cdef const char *json = NULL
        cdef plotmill_status status
        self.handle.enter()
        try:
            with nogil:
                status = plotmill_source_describe(self.source, &json)
            self.handle.check(status)
            return text(json)
        finally:
            self.handle.leave()


@cython.no_gc_clear
cdef class Renderer:
    """A device with its kernels and a series. Made by Handle.renderer."""

    cdef Handle handle
    cdef plotmill_renderer *renderer
    cdef object kept

    def __dealloc__(self):
        if self.handle is not None:
            self.handle.discard("renderer", <size_t>self.renderer)

    def load(self, Source source not None):
        cdef plotmill_status status
        self.handle.enter()
        try:
            with nogil:
                status = plotmill_renderer_load(self.renderer, source.source)
            # The device may use the arrays of the source.
            self.kept = source
            self.handle.check(status)
        finally:
            self.handle.leave()

    def describe(self):
        cdef const char *json = NULL
        cdef plotmill_status status
        self.handle.enter()
        try:
            status = plotmill_renderer_describe(self.renderer, &json)
            self.handle.check(status)
            return text(json)
        finally:
            self.handle.leave()

    def bound(self, int encoding=0):
        self.handle.enter()
        try:
            return plotmill_renderer_bound(self.renderer, <plotmill_encoding>encoding)
        finally:
            self.handle.leave()

    def render(self, out, uint64_t count, starts=None, uint64_t first=0, int encoding=0, line_widths=None, sizes=None,
               y_range=None, progress=None):
        cdef plotmill_request request
        cdef plotmill_status status
        cdef Watch watch = Watch(progress)
        request.size = sizeof(request)
        request.count = count
        request.starts = <const uint64_t *>address(starts)
        request.first = first
        request.line_widths = <const double *>address(line_widths)
        request.encoding = <plotmill_encoding>encoding
        request.out = <void *>address(out)
        request.out_size = out.nbytes
        request.sizes = <uint64_t *>address(sizes)
        request.y_range = <double *>address(y_range)
        request.progress = NULL
        if watch.needed():
            request.progress = on_progress
        request.progress_user = <void *>watch
        self.handle.enter()
        try:
            with nogil:
                status = plotmill_render(self.renderer, &request)
            self.handle.check(status, watch)
        finally:
            self.handle.leave()


@cython.no_gc_clear
cdef class Reader:
    """Stored images, or the table of a job's windows. Made by Handle.reader and Handle.windows."""

    cdef Handle handle
    cdef plotmill_reader *reader
    cdef object kept

    @staticmethod
    cdef Reader of(Handle handle, plotmill_reader *reader, kept):
        cdef Reader made = Reader.__new__(Reader)
        made.handle = handle
        made.reader = reader
        made.kept = kept
        return made

    def __dealloc__(self):
        if self.handle is not None:
            self.handle.discard("reader", <size_t>self.reader)

    def describe(self):
        cdef const char *json = NULL
        cdef plotmill_status status
        self.handle.enter()
        try:
            with nogil:
                status = plotmill_reader_describe(self.reader, NULL, &json)
            self.handle.check(status)
            return text(json)
        finally:
            self.handle.leave()

    def read(self, indices, pixels, window_start=None, y_range=None):
        cdef const uint64_t *which = <const uint64_t *>address(indices)
        cdef uint64_t count = len(indices)
        cdef uint8_t *out = <uint8_t *>address(pixels)
        cdef int64_t *starts = <int64_t *>address(window_start)
        cdef double *range_ = <double *>address(y_range)
        cdef plotmill_status status
        self.handle.enter()
        try:
            with nogil:
                status = plotmill_reader_read(self.reader, which, count, out, starts, range_)
            self.handle.check(status)
        finally:
            self.handle.leave()

    def column(self, name, indices, out):
        cdef bytes key = encoded(name)
        cdef const char *column = key
        cdef const uint64_t *which = <const uint64_t *>address(indices)
        cdef uint64_t count = len(indices)
        cdef void *place = <void *>address(out)
        cdef size_t size = out.nbytes
        cdef plotmill_status status
        self.handle.enter()
        try:
            with nogil:
                status = plotmill_reader_column(self.reader, column, which, count, place, size)
            self.handle.check(status)
        finally:
            self.handle.leave()
