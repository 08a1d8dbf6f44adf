"""Arrays to images in memory: render() and Renderer."""

from __future__ import annotations

import copy
import json
import math
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plotmill import _core, errors
from plotmill._frames import is_frame
from plotmill._log import log
from plotmill._option_types import DrawOptions
from plotmill._sources import Frame, find_axes, renamed
from plotmill.arrays import in_order, sequences_of, to_numpy
from plotmill.errors import InputError
from plotmill.options import DRAW, check_keywords, documented, option_texts

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

Encoding = Literal["png", "jpeg", "zlib"]

ENCODINGS = {"zlib": 1, "png": 2, "jpeg": 3}  # enum plotmill_encoding
DTYPES = {"u8": np.uint8, "f32": np.float32, "f16": np.float16, "bits": np.uint8}
PIECE_BYTES = 64 << 20  # room for streams at a time
MOVED = ("newest first, reversed", "sorted", "moved")  # orders in a source's description
RENDERERS = 8  # that render() and RenderBatch keep
PARAMETERS = ("values", "window", "stride", "out", "encode", "starts", "line_widths", "y_range")


def forked(what: str) -> errors.Error:
    return errors.make(
        4,
        "device failed",
        f"{what} was made before this process was forked, and OpenCL does not survive a fork: start processes by spawn "
        '(multiprocessing.get_context("spawn"), or multiprocessing_context="spawn" of a DataLoader), or fork before '
        "anything is drawn",
    )


@documented(DrawOptions)
class Renderer:
    """Draws windows of series that are in memory. Keeps the device, its kernels and buffers between calls.

    Parameters
    ----------
    window : int, optional
        Samples per image. Required for a long series, unless the chart says it; None: each sequence is an image.
    stride : int, default: 1
        Samples from one image to the next, where windows are cut.
    {options}

    Notes
    -----
    Threads may share a renderer: its calls wait for each other. Threads that draw at the same time have one each. A
    renderer can be pickled for another process, without its series. In the child of a fork it raises DeviceError.

    Examples
    --------
    >>> with plotmill.Renderer(size=(224, 224), line_width=1.5) as r:
    ...     images = r(np.random.randn(256, 100))        # uint8 (256, 224, 224)
    """

    def __init__(self, window: int | None = None, stride: int = 1, **options: Unpack[DrawOptions]) -> None:
        check_keywords(options, "Renderer", DRAW, PARAMETERS)
        self._make(window, stride, dict(options), _core.Handle(log))

    def _make(self, window: int | None, stride: int, options: dict[str, Any], handle: _core.Handle) -> None:
        self._arguments = (window, stride, copy.deepcopy(options))  # a chart may be changed later
        self._lock = threading.RLock()
        self._process = os.getpid()
        texts = option_texts({**options, "window": window, "stride": stride})
        self._axes = texts.pop("axes", None)
        limit = texts.pop("limit", None)
        if limit is not None:
            handle.options({"limit": limit})  # refuses what is no number of images
        self._limit = None if limit is None else int(limit)
        self._handle = handle
        self._options = handle.options(texts)
        self._core: _core.Renderer | None = handle.renderer(self._options)
        self._about: dict[str, Any] = json.loads(self._core.describe())
        self._window = int(self._about["window"])
        self._loaded = False
        self._table: _core.Source | None = None  # loaded, its order not checked yet
        self._buffer = np.empty(0, np.uint8)

    def __reduce__(self) -> tuple[Any, ...]:
        return _remake, self._arguments

    def __repr__(self) -> str:
        window, stride, options = self._arguments
        words = [f"window={window}", f"stride={stride}", *(f"{name}={value!r}" for name, value in options.items())]
        return f"plotmill.Renderer({', '.join(words)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the device, its buffers and the series. Further calls raise InputError."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._core = self._table = None
            self._loaded = False
            self._buffer = np.empty(0, np.uint8)

    @property
    def device(self) -> str:
        """The name of the device."""
        return str(self._about["device"])

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Of one image: (H, W), (H, W, C) or (C, H, W). None: it depends on a window that is not known yet."""
        shape = tuple(self._about["shape"])
        return None if 0 in shape else shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the images."""
        return np.dtype(DTYPES[self._about["dtype"]])

    def __call__(
        self,
        windows: Any,
        *,
        out: Any = None,
        view: bool = False,
        encode: Encoding | None = None,
        starts: ArrayLike | None = None,
        line_widths: ArrayLike | None = None,
        y_range: bool = False,
    ) -> Any:
        """Draw arrays.

        Parameters
        ----------
        windows : array-like (N, T) or (N, T, F), or (T), or a table
            N windows of T samples, or of T rows of F fields: an image each. Longer sequences are cut into windows by
            the stride, each by itself, and so is one series (T). A table of pandas, Polars or Arrow, or a dict of
            columns, is one series whose columns are fields; a dict of arrays (N, T) has a field in each. Missing values
            are gaps.
        out : buffer, optional
            Where the images go: C-contiguous, of their dtype and shape, or as many bytes.
        view : bool
            Return an array of the renderer, which is valid until its next call, in place of a new one.
        encode : {'png', 'jpeg', 'zlib'}, optional
            Return files, or streams of zlib, in place of pixels.
        starts : array-like of int (K), optional
            The first row of each image in a series, or the number of a sequence, in any order; otherwise all by the
            stride.
        line_widths : array-like of float (K), optional
            The line's width in each image, px.
        y_range : bool
            Also return the lowest and the highest value of each panel: float64 (N, panels, 2).

        Returns
        -------
        ndarray (N, H, W) or (N, H, W, C)
            uint8, or as the options dtype, layout and channels say. With encode a list of N bytes objects. With y_range
            a tuple of that and the ranges.
        """
        with self._locked():
            core = self._opened()
            self._loaded = False
            if self._load(core, windows, "windows"):
                return self._draw(core, out, view, encode, starts, line_widths, y_range)
            return self._nothing(core, out, view, encode, starts, line_widths, y_range)

    def load(self, series: Any) -> Self:
        """Read a series, and keep it on the device for ``at(None, starts)``.

        Parameters
        ----------
        series : array-like (T), (T, F), (N, T) or (N, T, F), or a table
            As the command reads arrays: where a shape can be read in two ways, the option axes decides. It must not
            change until the next load: whether a device sees the change is not defined.
        """
        with self._locked():
            core = self._opened()
            self._read(core, series)
            self._loaded = True
        return self

    def at(
        self,
        series: Any,
        starts: ArrayLike | None = None,
        *,
        out: Any = None,
        view: bool = False,
        encode: Encoding | None = None,
        line_widths: ArrayLike | None = None,
        y_range: bool = False,
    ) -> Any:
        """Draw windows of a series that begin at any rows.

        Parameters
        ----------
        series : array-like or None
            As for load(), and read again in each call, because it may have changed meanwhile. None: the one that load()
            has read, if no other was drawn since.
        starts : array-like of int (K), optional
            The first row of each image, or the number of a ready sequence. None: all images by the stride.

        Returns
        -------
        ndarray (K, H, W) or (K, H, W, C)
            See __call__ for this and the other parameters.
        """
        with self._locked():
            core = self._opened()
            if series is None and not self._loaded:
                raise InputError("series: found None, and no series is loaded: call load(series) before at(None, starts)")
            if series is not None:
                self._read(core, series)
            return self._draw(core, out, view, encode, starts, line_widths, y_range)

    def _locked(self) -> AbstractContextManager[object]:
        # In a child the lock may be that of a thread that the child does not have.
        if os.getpid() != self._process:
            raise forked("this renderer")
        return self._lock

    # With the lock.

    def _opened(self) -> _core.Renderer:
        if self._core is None:
            raise InputError("the renderer is closed")
        return self._core

    def _read(self, core: _core.Renderer, series: Any) -> None:
        self._loaded = False
        if not self._load(core, series, "series"):
            raise InputError("series: found no samples, expected at least one window")

    def _load(self, core: _core.Renderer, values: Any, name: Literal["values", "series", "windows"]) -> bool:
        """name: of the parameter. False: there are no sequences."""
        names: dict[str, str] = {}
        self._table = None
        array, axes, fields = None, "", None
        sequences = sequences_of(values) if isinstance(values, Mapping) else None
        if sequences is not None:
            array, fields = sequences
            axes = self._axes or "NTF"
        elif (table := table_of(values)) is not None:
            if self._axes:
                raise InputError(f"axes: found {self._axes!r} with a table, whose rows are samples and columns fields")
            source = self._table = Frame(table).open(self._handle, self._options, names)
        else:
            array = to_numpy(values, name)
            axes = self._axes or axes_of(array.shape, self._window, name == "windows")
        if array is not None:
            array, axes = in_order(array, axes)
            if axes[0] == "N" and not len(array):
                return False
            source = self._handle.array_source(array, axes, self._options, fields)
        with renamed(names):
            core.load(source)
        self._about = json.loads(core.describe())
        return True

    def _nothing(
        self, core: _core.Renderer, out: Any, view: bool, encode: Encoding | None, starts: Any, widths: Any, y_range: bool
    ) -> Any:
        """Of windows of which there are none."""
        if self.shape is None:
            raise InputError("windows: found none, and the size of the chart depends on their length")
        if starts is not None and len(whole_numbers(starts, "starts")):
            raise InputError("starts: found numbers of windows, of which there are none")
        self._about = {**self._about, "images": 0}
        return self._draw(core, out, view, encode, None, widths, y_range)

    def _draw(
        self, core: _core.Renderer, out: Any, view: bool, encode: Encoding | None, starts: Any, widths: Any, y_range: bool
    ) -> Any:
        if starts is None:
            count = int(self._about["images"]) if self._limit is None else min(self._about["images"], self._limit)
        else:
            starts = whole_numbers(starts, "starts")
            count = len(starts)
            if self._limit is not None and count > self._limit:
                raise InputError(f"starts: found {count}, expected at most {self._limit}, the option limit")
            self._check_order()
        if widths is not None:
            widths = np.ascontiguousarray(to_numpy(widths, "line_widths"), np.float64)
            if widths.shape != (count,):
                raise InputError(f"line_widths: found the shape {widths.shape}, expected {(count,)}: one for each image")
        ranges = np.empty((count, self._about["panels"], 2)) if y_range else None
        if encode is not None:
            if out is not None or view:
                raise InputError(f"encode: found with {'view' if view else 'out'}, expected neither: it returns bytes")
            images: Any = self._encoded(core, encode, count, starts, widths, ranges)
        else:
            images, room = self._room(count, out, view)
            if count:
                core.render(room, count, starts, line_widths=widths, y_range=ranges)
        return (images, ranges) if y_range else images

    def _check_order(self) -> None:
        """Refuses starts that would count other rows than those of the table as it lies."""
        if self._table is None:
            return
        order = json.loads(self._table.describe())["read"][0]["order"]
        if order in MOVED:
            raise InputError(
                f"starts: found a table whose rows are not in the order of time ({order}), so that starts could count "
                "its rows or those in order: sort it by time, or leave its times out"
            )
        self._table = None

    def _room(self, count: int, out: Any, view: bool) -> tuple[Any, NDArray[Any]]:
        """What is returned, and the array that is drawn into."""
        shape, dtype = (count, *self._about["shape"]), self.dtype
        if out is not None:
            if view:
                raise InputError("view: found with out, expected one of them")
            return buffer_of(out, shape, dtype)
        needed = math.prod(shape) * dtype.itemsize
        try:
            if not view:
                images = np.empty(shape, dtype)
                return images, images
            if self._buffer.nbytes < needed:
                self._buffer = np.empty(needed, np.uint8)
        except (MemoryError, ValueError):
            raise errors.make(
                6,
                "out of memory",
                f"{count} images take {needed / 1e9:.1f} GB: expected fewer at a time, by stride, limit or starts; a "
                "Dataset draws those that are asked for",
            ) from None
        images = self._buffer[:needed].view(dtype).reshape(shape)
        return images, images

    def _encoded(
        self,
        core: _core.Renderer,
        encode: str,
        count: int,
        starts: NDArray[np.uint64] | None,
        widths: NDArray[np.float64] | None,
        ranges: NDArray[np.float64] | None,
    ) -> list[bytes]:
        if encode not in ENCODINGS:
            raise InputError(f"encode: found {encode!r}, expected png, jpeg or zlib")
        bound = core.bound(ENCODINGS[encode])
        piece = max(1, min(count, PIECE_BYTES // max(bound, 1)))
        room, sizes = np.empty(piece * bound, np.uint8), np.empty(piece, np.uint64)
        found: list[bytes] = []
        for first in range(0, count, piece):
            here = slice(first, min(first + piece, count))
            images = here.stop - first
            core.render(
                room,
                images,
                None if starts is None else starts[here],
                first=first,
                encoding=ENCODINGS[encode],
                line_widths=None if widths is None else widths[here],
                sizes=sizes,
                y_range=None if ranges is None else ranges[here],
            )
            ends = np.cumsum(sizes[:images]).tolist()
            found += [room[begin:end].tobytes() for begin, end in zip([0, *ends], ends)]
        return found

    def _release(self) -> None:
        """Drops the series. The library does so when a load fails, as of a sequence of one sample."""
        with self._lock:
            self._table = None
            if self._core is not None:
                try:
                    self._core.load(self._handle.array_source(np.zeros((1, 1)), "NT", self._handle.options({})))
                except InputError:
                    pass


def _remake(window: int | None, stride: int, options: DrawOptions) -> Renderer:
    return Renderer(window, stride, **options)


# Arguments.


def axes_of(shape: tuple[int, ...], window: int, windows: bool) -> str:
    """The axes of an array: two of them are windows (N, T) where no others are cut; else as the command decides."""
    if len(shape) == 2 and shape[1] != 1 and (not window or (windows and shape[1] == window)):
        return "NT"
    return find_axes(shape, window)


def table_of(values: Any) -> Any:
    """A table with named columns, or with times; None: it is none."""
    if is_frame(values):
        return values
    index = type(getattr(values, "index", None)).__name__
    if type(values).__module__.partition(".")[0] == "pandas" and index in ("DatetimeIndex", "PeriodIndex"):
        return values.to_frame("value" if values.name is None else str(values.name))
    return None


def whole_numbers(values: Any, name: str) -> NDArray[np.uint64]:
    listed = isinstance(values, (list, tuple)) and any(isinstance(value, (bool, np.bool_)) for value in values)
    if listed or "bool" in str(getattr(values, "dtype", "")).lower():
        raise InputError(f"{name}: found booleans, expected whole numbers: numpy.flatnonzero makes them of a mask")
    found = to_numpy(values, name)
    if found.ndim != 1:
        raise InputError(f"{name}: found an array of {found.ndim} axes, expected one")
    if not len(found):
        return np.empty(0, np.uint64)
    if found.dtype.kind not in "iu":
        raise InputError(f"{name}: found numbers of type {found.dtype}, expected whole numbers")
    if found.dtype.kind == "i" and found.min() < 0:
        at = int(np.argmax(found < 0))
        raise InputError(f"{name}[{at}]: found {found[at]}, expected 0 or more")
    return np.ascontiguousarray(found, np.uint64)


def _memory_of(out: Any) -> NDArray[Any]:
    if not hasattr(out, "__array__"):
        return np.asarray(memoryview(out))
    array = np.asarray(out)
    if array.size and not np.may_share_memory(array, np.asarray(out)):
        raise TypeError("it gives NumPy a copy, as a data set of HDF5 does")
    return array


def buffer_of(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Any, NDArray[Any]]:
    """(out, an array over its memory) if images of this shape and dtype fit exactly."""
    array = out
    if not isinstance(out, np.ndarray):
        try:
            array = _memory_of(out)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"out: found {type(out).__name__}, expected an array or a buffer ({error})") from None
    needed = int(np.prod(shape)) * dtype.itemsize
    if not isinstance(out, np.ndarray) and array.ndim == 1 and array.dtype == np.uint8 and len(shape) > 1:
        if array.nbytes != needed:
            raise InputError(f"out: found {array.nbytes} bytes, expected {needed} for {shape} of {dtype}")
    elif array.dtype != dtype or array.shape != shape:
        raise InputError(f"out: found {array.dtype} {array.shape}, expected {dtype} {shape}")
    if not array.flags.c_contiguous:
        raise InputError("out: found an array with gaps, expected one that is C-contiguous")
    if not array.flags.writeable:
        raise InputError("out: found an array that is read-only, expected one that is writeable")
    return out, array


# render().


class Shared:
    """The renderers that render() and RenderBatch keep, on one handle, so that kernels are compiled once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.handle = _core.Handle(log)
        self.renderers: OrderedDict[tuple[Any, ...], Renderer] = OrderedDict()

    def renderer(self, window: int | None, stride: int, options: dict[str, Any]) -> Renderer:
        texts = option_texts({**options, "window": window, "stride": stride})
        chart = texts.get("chart", "")
        state = os.stat(chart) if not chart.startswith("{") and os.path.isfile(chart) else None
        file = None if state is None else (os.path.abspath(chart), state.st_mtime_ns, state.st_size, state.st_ino)
        key = (tuple(sorted(texts.items())), os.environ.get("PLOTMILL_DEVICE"), file)
        with self.lock:
            found = self.renderers.get(key)
            if found is None:
                found = Renderer.__new__(Renderer)
                found._make(window, stride, options, self.handle)
                self.renderers[key] = found
            self.renderers.move_to_end(key)
            while len(self.renderers) > RENDERERS:
                self.renderers.popitem(last=False)
            return found


_shared: tuple[int, Shared] | None = None
_shared_lock = threading.Lock()


def _renew_lock() -> None:
    global _shared_lock
    _shared_lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # another thread of the parent may have held it
    os.register_at_fork(after_in_child=_renew_lock)


def shared_renderers() -> Shared:
    global _shared
    if _shared is not None and _shared[0] != os.getpid():
        raise forked("what render() and RenderBatch keep")
    with _shared_lock:
        if _shared is None:
            _shared = os.getpid(), Shared()
        return _shared[1]


@documented(DrawOptions)
def render(
    values: Any,
    window: int | None = None,
    stride: int = 1,
    *,
    out: Any = None,
    encode: Encoding | None = None,
    starts: ArrayLike | None = None,
    line_widths: ArrayLike | None = None,
    y_range: bool = False,
    **options: Unpack[DrawOptions],
) -> Any:
    """Draw series as images, the same bytes as ``plotmill render`` makes.

    Parameters
    ----------
    values : array-like (T), (T, F), (N, T) or (N, T, F), or a table
        A series, of which each window is an image, or N ready sequences, an image each. Arrays of NumPy, tensors of
        PyTorch, columns and tables of pandas, Polars and Arrow, lists; of any type of real numbers. The columns of a
        table, and the keys of a dict, are fields. Missing values are gaps. Without a window, two axes are (N, T).
        With a window, where a shape can be read in two ways, InputError names both, and the option axes decides.
    window : int, optional
        Samples per image. Required for a series, unless the chart says it.
    stride : int, default: 1
        Samples from one image to the next.
    out : buffer, optional
        Where the images go: C-contiguous, of their dtype and shape, or as many bytes.
    encode : {'png', 'jpeg', 'zlib'}, optional
        Return files, or streams of zlib, in place of pixels.
    starts : array-like of int (K), optional
        The first row of each image in a series, or the number of a sequence, in any order; otherwise all by the stride.
    line_widths : array-like of float (K), optional
        The line's width in each image, px.
    y_range : bool
        Also return the lowest and the highest value of each panel: float64 (N, panels, 2).
    {options}

    Returns
    -------
    ndarray (N, H, W) or (N, H, W, C)
        uint8, or as the options dtype, layout and channels say; row 0 is the top. With encode a list of N bytes objects.
        With y_range a tuple of that and the ranges.

    Raises
    ------
    TypeError
        An unknown keyword, which is answered with the nearest name.
    InputError
        Values or options that are wrong.
    DeviceError
        No device, a device that failed, or a process that was forked after something was drawn.

    Notes
    -----
    Kernels and the renderers of the last few options are kept; the values are not. Threads wait for each other: those
    that draw at the same time have a Renderer each.

    Examples
    --------
    >>> images = plotmill.render(prices, window=100, stride=10, size=(224, 224), line_width=1.5, antialias=True)
    """
    check_keywords(options, "render", DRAW, PARAMETERS)
    renderer = shared_renderers().renderer(window, stride, dict(options))
    with renderer._locked():
        core = renderer._opened()
        if not renderer._load(core, values, "values"):
            return renderer._nothing(core, out, False, encode, starts, line_widths, y_range)
        try:
            return renderer._draw(core, out, False, encode, starts, line_widths, y_range)
        finally:
            renderer._release()


def devices() -> list[dict[str, Any]]:
    """The OpenCL devices of this machine.

    Returns
    -------
    list of dict
        As ``plotmill devices --json`` prints them: index, name, type, platform, memory (bytes) and so on.
    """
    found: list[dict[str, Any]] = json.loads(_core.Handle(log).devices())["devices"]
    return found


__all__ = ["Renderer", "devices", "render"]
