/* A tar of images of ours, read member by member. */
#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/archive.h"
#include "formats/column_arrays.h"
#include "formats/folder.h"
#include "formats/tar.h"

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
    return path && text_ends(path, TAR_CLASS);
}

/* Goes to the next member, which must be this one of the next image. */
static enum plotmill_status next_member(struct tar_reader *reader, const char *extension, struct archive_entry **entry,
                                        struct plotmill_error *error)
{
    const struct archive_reader *archive = &reader->archive;
    char name[TAR_MEMBER_SIZE];
    snprintf(name, sizeof name, TAR_MEMBER, archive->metadata.info.first + archive->next, extension);
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

/* A value as tar.c writes it. */
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
    TRY(read_member(reader, TAR_IMAGE, error));
    struct encoded file = {reader->name, reader->bytes, reader->size};
    if (pixels)
        TRY(decode_image(&file, &size, pixels, error));
    TRY(read_member(reader, TAR_LABEL, error));
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
        TRY(next_member(reader, TAR_IMAGE, &entry, error));
        TRY(next_member(reader, TAR_LABEL, &entry, error));
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
        TRY(next_member(reader, TAR_IMAGE, &entry, error));
        if (archive->next < reader->known) {
            TRY(next_member(reader, TAR_LABEL, &entry, error));
            continue;
        }
        TRY(read_member(reader, TAR_LABEL, error));
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
        if (!strcmp(name, TAR_METADATA)) {
            TRY_ALLOCATE(error, text, size + 1, 1);
            memcpy(text, value, size);
        }
    if (!text)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: not a tar file of plotmill: its first member has no attribute " TAR_METADATA, archive->path);
    TRY(archive_reader_describe(archive, text, "the attribute " TAR_METADATA, error));
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
    self->name_size = strlen(path) + TAR_MEMBER_SIZE + 2;
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
