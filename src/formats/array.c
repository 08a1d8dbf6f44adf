#include "formats/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/column_arrays.h"
#include "formats/image_counter.h"
#include "formats/npy.h"
#include "formats/published_table.h"
#include "formats/sidecar.h"
#include "plotmill_config.h"

#define LABELS_FILE ".labels.npz"

struct array_sink {
    struct sink_ops ops; /* with the pixel format of this sink */
    const struct array_kind *kind;
    bool describe; /* with a sidecar even where none is needed */
    struct output output;
    struct sidecar sidecar;
    struct output labels; /* the label table, or NAME.labels.npz; path NULL: there is none */
    struct image_counter counter;
    FILE *file;                  /* NULL: not open */
    FILE *rows;                  /* of the label table; NULL: not open */
    struct metadata metadata;    /* of which columns are used */
    struct column_arrays arrays; /* of NAME.labels.npz, as are.. */
    int64_t *window_start;       /* (images); NULL: there is none */
    double *y_range;             /* (images, panels, 2) */
};

/* `info` NULL: whether there may be one, by `pixels` alone, which is not resolved. */
static bool has_sidecar(const struct array_sink *sink, const struct pixel_format *pixels,
                        const struct dataset_info *info)
{
    return sink->describe || !sink->kind->needs_sidecar || sink->kind->needs_sidecar(pixels, info);
}

static enum plotmill_status write_failed(const struct output *output, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", output->path, strerror(errno));
}

static enum plotmill_status create_file(FILE **file, const struct output *output, struct plotmill_error *error)
{
    *file = fopen(output->temporary, "wb");
    return *file ? PLOTMILL_OK
                 : plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", output->path,
                                      strerror(errno));
}

static enum plotmill_status close_file(FILE **file, const struct output *output, struct plotmill_error *error)
{
    FILE *const open = *file;
    *file = NULL;
    return open && fclose(open) ? write_failed(output, error) : PLOTMILL_OK;
}

static void abort_sink(void *self)
{
    struct array_sink *sink = self;
    if (sink->file)
        fclose(sink->file);
    if (sink->rows)
        fclose(sink->rows);
    sink->file = sink->rows = NULL;
    output_discard(&sink->output);
    output_discard(&sink->labels);
    sidecar_discard(&sink->sidecar);
}

/* images.npy -> images.labels.npz */
static char *labels_file(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    char *stem = string_start(path, dot && dot != name ? (size_t)(dot - path) : strlen(path));
    char *labels = stem ? string_join(stem, LABELS_FILE) : NULL;
    free(stem);
    return labels;
}

static enum plotmill_status start_labels(struct array_sink *sink, const struct dataset_info *info,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *path = labels_file(sink->output.path);
    TRY_MEMORY(error, path);
    if (!HAVE_ARCHIVE)
        FAIL(error, PLOTMILL_UNSUPPORTED, "%s: this build of plotmill cannot write it: libarchive is missing", path);
    TRY(output_init(&sink->labels, path, false, sink->output.force, error));
    TRY(column_arrays_create(&sink->arrays, info, error));
    TRY_ALLOCATE(error, sink->window_start, info->images, sizeof *sink->window_start);
    TRY_ALLOCATE(error, sink->y_range, info->images, 2 * sink->counter.panels * sizeof *sink->y_range);
done:
    free(path);
    return status;
}

static void take_labels(struct array_sink *sink, const struct image_batch *batch)
{
    const size_t values = 2 * (size_t)sink->counter.panels;
    if (!sink->window_start)
        return;
    column_arrays_take(&sink->arrays, sink->metadata.info.columns, batch);
    memcpy(sink->window_start + batch->first, batch->window_start, (size_t)batch->count * sizeof(int64_t));
    memcpy(sink->y_range + values * batch->first, batch->y_range, (size_t)batch->count * values * sizeof(double));
}

/* NAME.labels.npz of a replaced array that had columns: it would describe the new one wrongly. NULL: there is none. */
static char *old_labels(const struct array_sink *sink)
{
    char *text = sink->output.force && !sink->labels.path ? sidecar_read(sink->sidecar.output.path) : NULL;
    const bool listed = text && json_member(text, "plotmill_version") && json_member(text, "columns");
    free(text);
    return listed ? labels_file(sink->output.path) : NULL;
}

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_sink *sink = self;
    const struct array_kind *kind = sink->kind;
    const struct pixel_format *pixels = &sink->counter.pixels;

    if (kind->check)
        TRY(kind->check(sink->output.path, info, error));
    TRY(image_counter_start(&sink->counter, info, &sink->ops.pixels, error));
    TRY(metadata_init(&sink->metadata, info, kind->format, error));
    if (info->column_count && !kind->labels_path)
        TRY(start_labels(sink, info, error));
    TRY(output_check_room(sink->output.path, image_counter_room(&sink->counter, info, &sink->ops), error));
    if (has_sidecar(sink, pixels, info)) {
        if (!has_sidecar(sink, &sink->ops.pixels, NULL)) { /* only now is it known that there will be one */
            output_free(&sink->sidecar.output);
            TRY(sidecar_init(&sink->sidecar, sink->output.path, true, sink->output.force, error));
        }
        TRY(sidecar_write(&sink->sidecar, info, kind->format, pixels, error));
    }
    TRY(create_file(&sink->file, &sink->output, error));
    if (kind->write_header && !kind->write_header(sink->file, pixels, info))
        TRY(write_failed(&sink->output, error));
    if (kind->labels_path) {
        TRY(create_file(&sink->rows, &sink->labels, error));
        char *names = published_fields(&sink->metadata.info, NULL, 0);
        image_table_head(sink->rows, names, sink->counter.panels);
        free(names);
    }
done:
    if (status)
        abort_sink(sink);
    return status;
}

/* Rows follow one another, so their batches do too. */
static enum plotmill_status write_rows(struct array_sink *sink, const struct image_batch *batch,
                                       struct plotmill_error *error)
{
    for (uint64_t i = 0; i < batch->count; i++) {
        char *fields = published_fields(&sink->metadata.info, batch, i);
        image_table_row(sink->rows, batch->first + i, fields, batch, i, sink->counter.panels);
        free(fields);
    }
    return ferror(sink->rows) ? write_failed(&sink->labels, error) : PLOTMILL_OK;
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_sink *sink = self;
    const size_t image_bytes = sink->counter.image_bytes;
    const uint64_t expected = atomic_load(&sink->counter.written);
    if (sink->rows && batch->first != expected)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found image %llu, expected image %llu", sink->output.path,
             (unsigned long long)batch->first, (unsigned long long)expected);
    TRY(image_counter_add(&sink->counter, batch, error));
    if (os_seek(sink->file, sink->kind->header_bytes + batch->first * image_bytes) ||
        fwrite(batch->data, image_bytes, (size_t)batch->count, sink->file) != batch->count)
        TRY(write_failed(&sink->output, error));
    take_labels(sink, batch);
    if (sink->rows)
        TRY(write_rows(sink, batch, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_sink *sink = self;
    char *old = NULL;
    TRY(image_counter_finish(&sink->counter, sink->output.path, error));
    TRY(close_file(&sink->file, &sink->output, error));
    TRY(close_file(&sink->rows, &sink->labels, error));
    if (sink->window_start)
        TRY(labels_file_write(&sink->labels, &sink->arrays, &sink->metadata.info, sink->window_start, sink->y_range,
                              error));
    old = old_labels(sink);
    TRY(sidecar_commit(&sink->sidecar, sink->labels.path ? &sink->labels : NULL, &sink->output, error));
    if (old)
        output_remove(old);
done:
    free(old);
    return status;
}

static void destroy_sink(void *self)
{
    struct array_sink *sink = self;
    if (sink->file)
        abort_sink(sink);
    output_free(&sink->output);
    output_free(&sink->labels);
    output_free(&sink->sidecar.output);
    column_arrays_free(&sink->arrays);
    metadata_free(&sink->metadata);
    free(sink->window_start);
    free(sink->y_range);
    free(sink);
}

enum plotmill_status array_sink_create(struct sink *sink, const char *path, const struct sink_options *options,
                                       const struct array_kind *kind, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_sink *self = NULL;
    char *labels = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->kind = kind;
    self->describe = options->describe != 0;
    self->ops = (struct sink_ops){.payload = PAYLOAD_PIXELS,
                                  .pixels = options->pixels,
                                  .ordered = kind->labels_path != NULL,
                                  .open = open_sink,
                                  .write = write_sink,
                                  .finish = finish_sink,
                                  .abort = abort_sink,
                                  .destroy = destroy_sink};
    TRY(output_init(&self->output, path, false, options->force, error));
    TRY(sidecar_init(&self->sidecar, self->output.path, has_sidecar(self, &options->pixels, NULL), options->force,
                     error));
    if (kind->labels_path) {
        labels = kind->labels_path(self->output.path);
        TRY_MEMORY(error, labels);
        TRY(output_init(&self->labels, labels, false, options->force, error));
    }
    *sink = (struct sink){&self->ops, self};
done:
    free(labels);
    if (status && self)
        destroy_sink(self);
    return status;
}

enum plotmill_status array_reader_create(struct array_reader **array, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *array = NULL;
    TRY_ALLOCATE(error, *array, 1, sizeof **array);
    (*array)->metadata = METADATA_UNKNOWN;
    TRY(string_keep(&(*array)->path, path, error));
    (*array)->file = fopen(path, "rb");
    if (!(*array)->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
done:
    return status;
}

void array_reader_destroy(void *self)
{
    struct array_reader *array = self;
    if (!array)
        return;
    if (array->file)
        fclose(array->file);
    metadata_free(&array->metadata);
    image_rows_free(&array->rows);
    column_arrays_free(&array->columns);
    free(array->labels_file);
    free(array->labels);
    free(array->table);
    free(array->path);
    free(array);
}

bool array_is_described(const char *path, const char *format)
{
    char *name = sidecar_path(path), *text = name ? sidecar_read(name) : NULL;
    bool described =
        text && json_member(text, "plotmill_version") && json_string_is(json_member(text, "format"), format);
    free(text);
    free(name);
    return described;
}

enum plotmill_status array_reader_describe(struct array_reader *array, struct stored_hints *hints, unsigned *rank,
                                           uint64_t axes[4], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *name = sidecar_path(array->path), *text = name ? sidecar_read(name) : NULL;
    int dtype = -1, layout = -1;
    TRY_MEMORY(error, name);
    if (!text || !metadata_parse(&array->metadata, text))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: malformed, expected one JSON object", name);
    for (int i = DTYPE_U8; i <= DTYPE_BITS; i++)
        if (json_string_is(json_member(text, "dtype"), pixel_dtype_name((enum pixel_dtype)i)))
            dtype = i;
    for (int i = LAYOUT_NHW; i <= LAYOUT_NHWC; i++)
        if (json_string_is(json_member(text, "layout"), pixel_layout_name((enum pixel_layout)i)))
            layout = i;
    const bool big = json_string_is(json_member(text, "byte_order"), "big");
    const char *shape = json_member(text, "shape"), *axis;
    for (*rank = 0; *rank < 4 && (axis = json_element(shape, *rank)) && json_read_uint(axis, &axes[*rank]);)
        ++*rank;
    if (dtype < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"dtype\" to be \"u8\", \"f32\", \"f16\" or \"bits\"", name);
    if (layout < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"layout\" to be \"NHW\", \"NCHW\" or \"NHWC\"", name);
    if (!big && !json_string_is(json_member(text, "byte_order"), "little"))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"byte_order\" to be \"little\" or \"big\"", name);
    if (*rank < 3 || json_element(shape, *rank) || !array->metadata.info.width)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"shape\", an array of 3 or 4 numbers, and \"width\"", name);
    *hints = (struct stored_hints){.dtype = (enum pixel_dtype)dtype,
                                   .layout = layout,
                                   .width = array->metadata.info.width,
                                   .background = array->metadata.info.background,
                                   .foreground = array->metadata.info.foreground,
                                   .swap = big != NPY_BIG_ENDIAN};
done:
    free(text);
    free(name);
    return status;
}

static enum plotmill_status read_bytes(void *self, uint64_t first, uint64_t count, void *bytes,
                                       struct plotmill_error *error)
{
    struct array_reader *array = self;
    const size_t image_bytes = stored_image_bytes(&array->stored);
    errno = 0;
    if (os_seek(array->file, array->start + first * image_bytes) ||
        fread(bytes, image_bytes, (size_t)count, array->file) != count)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: images %llu to %llu cannot be read: %s", array->path,
                                  (unsigned long long)first, (unsigned long long)(first + count - 1),
                                  errno ? strerror(errno) : "the file has become shorter");
    return PLOTMILL_OK;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = self;
    const uint32_t panels = array->metadata.info.panels;
    if ((window_start || y_range) && array->labels) {
        TRY(image_table_read(&array->rows, array->labels, array->stored.images, panels, false, error));
        free(array->labels);
        array->labels = NULL;
    }
    if ((window_start || y_range) && array->labels_file && !array->rows.y_range)
        TRY(labels_file_rows(array->labels_file, array->stored.images, panels, &array->rows.window_start,
                             &array->rows.y_range, error));
    if (pixels)
        TRY(stored_read(&array->stored, array->path, read_bytes, array, first, count, pixels, error));
    image_rows_copy(&array->rows, first, count, panels, window_start, y_range);
done:
    return status;
}

static enum plotmill_status read_column(void *self, size_t index, uint64_t first, uint64_t count, void *values,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = self;
    const struct dataset_info *info = &array->metadata.info;
    if (array->table && !array->columns.values)
        TRY(published_read(&array->columns, array->table, info, error));
    else if (!array->table && !array->columns.values[index])
        TRY(labels_file_column(array->labels_file, &info->columns[index], info->images, &array->columns.values[index],
                               error));
    column_arrays_copy(&array->columns, info->columns, index, first, count, values);
done:
    return status;
}

/* An array of plotmill's with columns is not complete without them. */
static enum plotmill_status find_columns(struct array_reader *array, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = array->metadata.info.column_count;
    TRY_ALLOCATE(error, array->columns.values, count, sizeof *array->columns.values);
    array->columns.count = count;
    array->labels_file = labels_file(array->path);
    TRY_MEMORY(error, array->labels_file);
    if (!os_exists(array->labels_file))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: its file of labels %s is missing", array->path, array->labels_file);
done:
    return status;
}

enum plotmill_status array_reader_finish(struct array_reader *array, const char *format, struct reader *reader,
                                         struct plotmill_error *error)
{
    static const struct reader_impl impl = {read_images, array_reader_destroy, read_column};
    const struct stored *stored = &array->stored;
    const uint64_t size = os_file_size(array->path), image_bytes = stored_image_bytes(stored);
    const uint64_t found = size > array->start ? (size - array->start) / image_bytes : 0;
    if (stored->images > found)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "%s: truncated: %llu bytes hold %llu whole images of %ux%u, expected %llu",
            array->path, (unsigned long long)size, (unsigned long long)found, (unsigned)stored->shape.width,
            (unsigned)stored->shape.height, (unsigned long long)stored->images);
    stored_info(stored, &array->metadata.info);
    if (array->metadata.info.column_count && !array->table) {
        const enum plotmill_status status = find_columns(array, error);
        if (status)
            return status;
    }
    *reader = (struct reader){&impl, array, array->metadata.info};
    reader->info.format = format;
    return PLOTMILL_OK;
}
