/* A tar of images as WebDataset reads it: a PNG file and a JSON file for each image. */
#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/archive.h"
#include "formats/column_arrays.h"
#include "formats/folder.h"
#include "formats/image_files.h"
#include "formats/png.h"

/* The names of members: the index in nine digits or more, then the extension. */
#define MEMBER "%09" PRIu64 "%s"
#define MEMBER_SIZE 32
#define IMAGE ".png"
#define LABEL ".json"
#define CLASS ".cls"
#define LABEL_SIZE 256 /* of a label, and of it for each panel */
#define LABEL_PANEL_SIZE (2 * DECIMAL_SIZE + 4)

/* The metadata is an extended attribute of the first member: a member of its own would be a sample. */
#define METADATA "user.plotmill"

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
    archive_entry_xattr_add_entry(writer->entry, METADATA, text, strlen(text));
done:
    free(text);
    if (status)
        archive_writer_abort(writer);
    return status;
}

static enum plotmill_status write_member(struct archive_writer *writer, uint64_t index, const char *extension,
                                         const void *data, size_t size, struct plotmill_error *error)
{
    char name[MEMBER_SIZE];
    snprintf(name, sizeof name, MEMBER, index, extension);
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
        return write_member(writer, index, LABEL, sink->label, length, error);
    text = label_json(sink, sink->label, batch, i);
    TRY_MEMORY(error, text);
    TRY(write_member(writer, index, LABEL, text, strlen(text), error));
    if (!sink->has_class)
        goto done;
    snprintf(class, sizeof class, "%" PRId64,
             class_label_index(&sink->class, info, batch->columns[sink->class.column], i));
    TRY(write_member(writer, index, CLASS, class, strlen(class), error));
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
        TRY(write_member(writer, index, IMAGE, sink->png.bytes, sink->png.size, error));
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

struct tar_reader {
    struct archive_reader archive; /* next: the image whose members follow */
    char *name;                    /* the path and the name of a member, for messages */
    size_t name_size;
    uint8_t *bytes; /* of a member, with a 0 after the last one */
    size_t size, room;
    double *y_range; /* (panels, 2) of an image */
    struct column_arrays columns;
    uint64_t known; /* images from the first one on whose columns were read */
};

static void destroy_reader(void *self)
{
    struct tar_reader *reader = self;
    archive_reader_free(&reader->archive);
    column_arrays_free(&reader->columns);
    free(reader->y_range);
    free(reader->bytes);
    free(reader->name);
    free(reader);
}

static bool is_class(struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry);
    return path && text_ends(path, CLASS);
}

/* Goes to the next member, which must be this one of the next image. */
static enum plotmill_status next_member(struct tar_reader *reader, const char *extension, struct archive_entry **entry,
                                        struct plotmill_error *error)
{
    const struct archive_reader *archive = &reader->archive;
    char name[MEMBER_SIZE];
    snprintf(name, sizeof name, MEMBER, archive->metadata.info.first + archive->next, extension);
    int found = archive_read_next_header(archive->archive, entry);
    while (found >= ARCHIVE_WARN && found != ARCHIVE_EOF && is_class(*entry))
        found = archive_read_next_header(archive->archive, entry);
    if (found == ARCHIVE_EOF)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: ends before %s, expected %llu images", archive->path,
                                  name, (unsigned long long)archive->metadata.info.images);
    if (found < ARCHIVE_WARN)
        return archive_reader_damaged(archive, "the archive", error);
    const char *path = archive_entry_pathname(*entry);
    if (!path || strcmp(path, name))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found the member \"%.100s\", expected %s",
                                  archive->path, path ? path : "?", name);
    snprintf(reader->name, reader->name_size, "%s: %s", archive->path, name);
    return PLOTMILL_OK;
}

static enum plotmill_status read_member(struct tar_reader *reader, const char *extension, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct archive_reader *archive = &reader->archive;
    struct archive_entry *entry;
    TRY(next_member(reader, extension, &entry, error));
    uint64_t size = (uint64_t)archive_entry_size(entry);
    if (size > os_file_size(archive->path) || size >= SIZE_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: has %llu bytes, more than the whole file", reader->name,
             (unsigned long long)size);
    if (size >= reader->room) {
        free(reader->bytes);
        reader->room = 0;
        TRY_ALLOCATE(error, reader->bytes, (size_t)size + size / 2 + 1, 1);
        reader->room = (size_t)size + size / 2 + 1;
    }
    la_ssize_t got = archive_read_data(archive->archive, reader->bytes, (size_t)size);
    if (got < 0 || (uint64_t)got != size)
        TRY(archive_reader_damaged(archive, "the archive", error));
    reader->bytes[size] = 0;
    reader->size = (size_t)size;
done:
    return status;
}

/* Nothing may follow the last image. */
static enum plotmill_status check_end(const struct archive_reader *archive, struct plotmill_error *error)
{
    struct archive_entry *entry;
    int found = archive->next < archive->metadata.info.images ? ARCHIVE_EOF
                                                              : archive_read_next_header(archive->archive, &entry);
    while (found >= ARCHIVE_WARN && found != ARCHIVE_EOF && is_class(entry))
        found = archive_read_next_header(archive->archive, &entry);
    if (found == ARCHIVE_EOF)
        return PLOTMILL_OK;
    if (found < ARCHIVE_WARN)
        return archive_reader_damaged(archive, "the archive", error);
    const char *path = archive_entry_pathname(entry);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: found the member \"%.100s\", expected the end after %llu images", archive->path,
                              path ? path : "?", (unsigned long long)archive->metadata.info.images);
}

/* A number, or null for NaN. */
static bool parse_limit(const char *value, double *limit)
{
    *limit = json_read_number(value, (double)NAN);
    return !isnan(*limit) || (value && !strncmp(value, "null", 4));
}

static bool parse_range(const char *range, double y_range[2])
{
    return range && parse_limit(json_element(range, 0), &y_range[0]) &&
           parse_limit(json_element(range, 1), &y_range[1]) && !json_element(range, 2);
}

static bool parse_label(const char *text, int64_t *window_start, uint32_t panels, double *y_range)
{
    const char *label = json_is_object(text) ? text : "{}", *range = json_member(label, "y_range");
    uint64_t start;
    if (!json_read_uint(json_member(label, "window_start"), &start))
        return false;
    *window_start = (int64_t)start;
    if (panels <= 1)
        return parse_range(range, y_range);
    for (uint32_t p = 0; p < panels; p++)
        if (!range || !parse_range(json_element(range, p), y_range + 2 * p))
            return false;
    return !json_element(range, panels);
}

/* A value as label_json writes it. */
static bool parse_value(const struct image_column *column, const char *value, void *values, uint64_t at)
{
    struct image_column number = *column;
    number.classes = NULL;
    if (!value || !strncmp(value, "null", 4))
        return value && column_parse(&number, NULL, values, at);
    char *text = *value == '"' ? json_read_string(value) : string_start(value, (size_t)(json_value_end(value) - value));
    const bool right = text && column_parse(*value == '"' ? column : &number, text, values, at);
    free(text);
    return right;
}

static bool parse_column(const struct image_column *column, const char *label, void *values, uint64_t image)
{
    const char *object = column_is_label(column) ? json_member(label, "labels") : label;
    const char *value = json_member(object, column_title(column));
    if (column->width == 1)
        return parse_value(column, value, values, image);
    for (uint64_t k = 0; k < column->width; k++)
        if (!value || !parse_value(column, json_element(value, (size_t)k), values, image * column->width + k))
            return false;
    return !json_element(value, (size_t)column->width);
}

/* The columns of the image whose label was read, unless they are known. */
static enum plotmill_status keep_columns(struct tar_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &reader->archive.metadata.info;
    const char *label = (const char *)reader->bytes;
    if (reader->archive.next != reader->known || !info->column_count)
        return PLOTMILL_OK;
    if (!reader->columns.values)
        TRY(column_arrays_create_for(&reader->columns, info, reader->archive.path, error));
    for (size_t c = 0; c < info->column_count; c++)
        if (!parse_column(&info->columns[c], json_is_object(label) ? label : "{}", reader->columns.values[c],
                          reader->known))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: found \"%.100s\", expected %s as the metadata describes it",
                 reader->name, label, info->columns[c].name);
    reader->known++;
done:
    return status;
}

static enum plotmill_status read_image(struct tar_reader *reader, uint8_t *pixels, int64_t *window_start,
                                       double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_reader *archive = &reader->archive;
    const struct dataset_info *info = &archive->metadata.info;
    struct image_size size = {info->width, info->height, info->channels};
    TRY(read_member(reader, IMAGE, error));
    struct encoded file = {reader->name, reader->bytes, reader->size};
    if (pixels)
        TRY(decode_image(&file, &size, pixels, error));
    TRY(read_member(reader, LABEL, error));
    if (!parse_label((const char *)reader->bytes, window_start, info->panels, y_range))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found \"%.100s\", expected an object with window_start and y_range",
             reader->name, (const char *)reader->bytes);
    TRY(keep_columns(reader, error));
    archive->next++;
    TRY(check_end(archive, error));
done:
    return status;
}

/* A failure leaves the archive inside an image, so it is closed. */
static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_reader *reader = self;
    struct archive_reader *archive = &reader->archive;
    struct archive_entry *entry;
    const size_t values = 2 * (size_t)archive->metadata.info.panels;
    if (!archive->archive || first < archive->next)
        TRY(archive_reader_begin(archive, archive_read_support_format_tar, error));
    for (; archive->next < first; archive->next++) {
        TRY(next_member(reader, IMAGE, &entry, error));
        TRY(next_member(reader, LABEL, &entry, error));
    }
    for (uint64_t i = 0; i < count; i++) {
        int64_t start = -1;
        TRY(read_image(reader, pixels ? pixels + (size_t)i * archive->image_bytes : NULL, &start, reader->y_range,
                       error));
        if (window_start)
            window_start[i] = start;
        if (y_range)
            memcpy(y_range + i * values, reader->y_range, values * sizeof *y_range);
    }
done:
    if (status)
        archive_reader_close(archive);
    return status;
}

/* All images up to the last one that is asked for are passed once. */
static enum plotmill_status read_column(void *self, size_t index, uint64_t first, uint64_t count, void *values,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_reader *reader = self;
    struct archive_reader *archive = &reader->archive;
    struct archive_entry *entry;
    if (first + count > reader->known && (!archive->archive || reader->known < archive->next))
        TRY(archive_reader_begin(archive, archive_read_support_format_tar, error));
    for (; reader->known < first + count; archive->next++) {
        TRY(next_member(reader, IMAGE, &entry, error));
        if (archive->next < reader->known) {
            TRY(next_member(reader, LABEL, &entry, error));
            continue;
        }
        TRY(read_member(reader, LABEL, error));
        TRY(keep_columns(reader, error));
    }
    column_arrays_copy(&reader->columns, archive->metadata.info.columns, index, first, count, values);
done:
    if (status)
        archive_reader_close(archive);
    return status;
}

static enum plotmill_status read_metadata(struct archive_reader *archive, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_entry *entry;
    const char *name;
    const void *value;
    size_t size;
    char *text = NULL;
    if (archive_read_next_header(archive->archive, &entry) < ARCHIVE_WARN)
        TRY(archive_reader_damaged(archive, "the archive", error));
    archive_entry_xattr_reset(entry);
    while (!text && archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
        if (!strcmp(name, METADATA)) {
            TRY_ALLOCATE(error, text, size + 1, 1);
            memcpy(text, value, size);
        }
    if (!text)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a tar file of plotmill: its first member has no attribute " METADATA,
             archive->path);
    TRY(archive_reader_describe(archive, text, "the attribute " METADATA, error));
done:
    free(text);
    return status;
}

enum plotmill_status reader_open_tar(struct reader *reader, const char *path, struct plotmill_error *error)
{
    static const struct reader_impl impl = {read_images, destroy_reader, read_column};
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->name_size = strlen(path) + MEMBER_SIZE + 2;
    TRY_ALLOCATE(error, self->name, self->name_size, 1);
    TRY(string_keep(&self->archive.path, path, error));
    TRY(archive_reader_begin(&self->archive, archive_read_support_format_tar, error));
    TRY(read_metadata(&self->archive, error));
    TRY_ALLOCATE(error, self->y_range, self->archive.metadata.info.panels, 2 * sizeof *self->y_range);
    archive_reader_close(&self->archive); /* the header of the first member is read */
    *reader = (struct reader){&impl, self, self->archive.metadata.info};
    reader->info.format = "tar";
done:
    if (status && self)
        destroy_reader(self);
    return status;
}
