/* A tar of images as WebDataset reads it, as an output: a PNG file and a JSON file for each image. */
#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/archive.h"
#include "formats/image_files.h"
#include "formats/png.h"
#include "formats/tar.h"

#define LABEL_SIZE 256 /* of a label, and of it for each panel */
#define LABEL_PANEL_SIZE (2 * DECIMAL_SIZE + 4)

/* libarchive writes the attribute in two ways unless one is chosen; GNU tar reads only this one. */
#define PAX_OPTIONS "xattrheader=SCHILY"

#define TAR_BLOCK 512

struct tar_sink {
    struct archive_writer writer;
    uint64_t first; /* index of the first image in the data set */
    struct png_buffer png;
    struct png_form form;
    char *label; /* of an image */
    size_t label_size;
    struct metadata metadata; /* of which columns are used */
    struct class_label class; /* of .cls */
    bool has_class;
};

/* The pax format writes a plain ustar header where a member has no attribute. */
static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *sink = self;
    struct archive_writer *writer = &sink->writer;
    char *text = NULL;
    sink->first = info->first;
    sink->form = *png_form_of(info);
    TRY(image_files_check_channels("tar", info->channels, error));
    TRY(image_counter_start(&writer->counter, info, NULL, error));
    sink->label_size = LABEL_SIZE + writer->counter.panels * (size_t)LABEL_PANEL_SIZE;
    TRY_ALLOCATE(error, sink->label, sink->label_size, 1);
    TRY(metadata_init(&sink->metadata, info, "tar", error));
    class_label_find(&sink->class, info);
    sink->has_class = sink->class.column < info->column_count;
    TRY(archive_metadata(&text, info, "tar", error));
    TRY(archive_writer_open(writer, (uint64_t)((double)info->images * info->image_bytes),
                            archive_write_set_format_pax_restricted, PAX_OPTIONS, error));
    archive_entry_xattr_add_entry(writer->entry, TAR_METADATA, text, strlen(text));
done:
    free(text);
    if (status)
        archive_writer_abort(writer);
    return status;
}

static enum plotmill_status write_member(struct archive_writer *writer, uint64_t index, const char *extension,
                                         const void *data, size_t size, struct plotmill_error *error)
{
    char name[TAR_MEMBER_SIZE];
    snprintf(name, sizeof name, TAR_MEMBER, index, extension);
    enum plotmill_status status = archive_writer_begin(writer, name, size, error);
    if (!status)
        status = archive_writer_write(writer, data, size, error);
    archive_entry_xattr_clear(writer->entry);
    return status;
}

/* JSON has no NaN. */
static void print_number(char text[DECIMAL_SIZE], double value)
{
    if (isfinite(value))
        decimal_write(text, value);
    else
        strcpy(text, "null");
}

/* The columns as members: times as ISO text, classes by their names, labels in an object of theirs. */
static char *label_json(const struct tar_sink *sink, const char *start, const struct image_batch *batch, uint64_t i)
{
    const struct dataset_info *info = &sink->metadata.info;
    struct json json = {.one_line = true, .compact = true, .keep_bytes = true};
    bool labels = false;
    json_open(&json, NULL, '{');
    for (int k = 0; k < 3; k++) {
        static const char *const names[] = {"index", "window_start", "y_range"};
        const char *value = json_member(start, names[k]);
        char *text = string_start(value, (size_t)(json_value_end(value) - value));
        json.failed |= !text;
        if (text)
            json_raw(&json, names[k], text);
        free(text);
    }
    for (size_t c = 0; c < info->column_count; c++) {
        const struct image_column *column = &info->columns[c];
        if (column_is_label(column) != labels) {
            json_open(&json, "labels", '{');
            labels = true;
        }
        const char *key = column_title(column);
        if (column->width > 1)
            json_open(&json, key, '[');
        for (uint64_t k = i * column->width; k < (i + 1) * column->width; k++) {
            const char *name = column->width > 1 ? NULL : key, *class = column_class(column, batch->columns[c], k);
            char text[DECIMAL_SIZE];
            column_number(column, batch->columns[c], k, text);
            if (*text && column_is_time(column))
                time_write(text, column_whole(column, batch->columns[c], k));
            if ((!*text && !class) ||
                (column->type == COLUMN_FLOAT64 && !isfinite(((const double *)batch->columns[c])[k])))
                json_null(&json, name);
            else if (class || column_is_time(column))
                json_string(&json, name, class ? class : text);
            else
                json_raw(&json, name, text);
        }
        if (column->width > 1)
            json_close(&json, ']');
    }
    if (labels)
        json_close(&json, '}');
    json_close(&json, '}');
    return json_finish(&json);
}

static enum plotmill_status write_label(struct tar_sink *sink, uint64_t index, size_t length,
                                        const struct image_batch *batch, uint64_t i, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_writer *writer = &sink->writer;
    const struct dataset_info *info = &sink->metadata.info;
    char *text = NULL, class[DECIMAL_SIZE];
    if (!info->column_count)
        return write_member(writer, index, TAR_LABEL, sink->label, length, error);
    text = label_json(sink, sink->label, batch, i);
    TRY_MEMORY(error, text);
    TRY(write_member(writer, index, TAR_LABEL, text, strlen(text), error));
    if (!sink->has_class)
        goto done;
    snprintf(class, sizeof class, "%" PRId64,
             class_label_index(&sink->class, info, batch->columns[sink->class.column], i));
    TRY(write_member(writer, index, TAR_CLASS, class, strlen(class), error));
done:
    free(text);
    return status;
}

/* One line: "y_range":[lo,hi], of several panels [[lo,hi],[lo,hi],...]. */
static size_t print_label(const struct tar_sink *sink, uint64_t index, int64_t window_start, const double *y_range)
{
    const uint32_t panels = sink->writer.counter.panels;
    char lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    size_t used = (size_t)snprintf(sink->label, sink->label_size,
                                   "{\"index\":%" PRIu64 ",\"window_start\":%" PRId64 ",\"y_range\":%s", index,
                                   window_start, panels > 1 ? "[" : "");
    for (uint32_t p = 0; p < panels; p++, y_range += 2) {
        print_number(lo, y_range[0]);
        print_number(hi, y_range[1]);
        used += (size_t)snprintf(sink->label + used, sink->label_size - used, "%s[%s,%s]", p ? "," : "", lo, hi);
    }
    return used + (size_t)snprintf(sink->label + used, sink->label_size - used, "%s}\n", panels > 1 ? "]" : "");
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *sink = self;
    struct archive_writer *writer = &sink->writer;
    const struct image_counter *counter = &writer->counter;
    TRY(archive_writer_count(writer, batch, error));
    for (uint64_t i = 0; i < batch->count; i++) {
        uint64_t index = sink->first + batch->first + i;
        if (!png_from_stream(&sink->png, &sink->form, counter->width, counter->height, &batch->streams[i]))
            FAIL(error, PLOTMILL_NO_MEMORY, "%s: out of memory for an image", writer->output.path);
        TRY(write_member(writer, index, TAR_IMAGE, sink->png.bytes, sink->png.size, error));
        const size_t length =
            print_label(sink, index, batch->window_start[i], batch->y_range + 2 * counter->panels * i);
        TRY(write_label(sink, index, length, batch, i, error));
    }
done:
    return status;
}

/* For each image: the header and the blocks of its PNG file, the header of its label and the label, about 80 bytes and
 * 40 for each panel. */
static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    const struct png_form *form = png_form_of(info);
    const uint64_t classes = info->column_count ? 2 : 0; /* blocks of .cls */
    const uint64_t label = 80 + 4 * columns_row_bytes(info->columns, info->column_count) +
                           40 * (uint64_t)(info->panels > 1 ? info->panels : 0);
    uint64_t blocks = 0;
    (void)self;
    for (uint64_t i = 0; i < batch->count; i++)
        blocks += 2 + classes + (label + TAR_BLOCK - 1) / TAR_BLOCK +
                  (png_bytes(form, batch->streams[i].size) + TAR_BLOCK - 1) / TAR_BLOCK;
    return blocks * TAR_BLOCK;
}

static void destroy_sink(void *self)
{
    struct tar_sink *sink = self;
    archive_writer_free(&sink->writer);
    png_buffer_free(&sink->png);
    free(sink->label);
    class_label_free(&sink->class);
    metadata_free(&sink->metadata);
    free(sink);
}

enum plotmill_status sink_create_tar(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct sink_ops ops = {.payload = PAYLOAD_PNG,
                                        .ordered = 1,
                                        .stored_bytes = stored_bytes,
                                        .open = open_sink,
                                        .write = write_sink,
                                        .finish = archive_writer_finish,
                                        .abort = archive_writer_abort,
                                        .destroy = destroy_sink};
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY(output_init(&self->writer.output, path, false, options->force, error));
    *sink = (struct sink){&ops, self};
done:
    if (status)
        free(self);
    return status;
}
