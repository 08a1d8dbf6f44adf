/* A tar that plotmill made, read from front to back: going back begins anew. */
#include "base/try.h"
#include "formats/format.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "formats/archive_reader.h"
#include "formats/folder/decode.h"
#include "formats/tar.h"

struct tar_reader {
    struct archive_reader file;
    char *shown; /* room for the path and a member's name, in messages */
    size_t shown_size;
    uint8_t *bytes; /* of a member, with a 0 after its last one */
    size_t size, room;
};

static void destroy(void *self)
{
    struct tar_reader *reader = self;
    archive_reader_free(&reader->file);
    free(reader->bytes);
    free(reader->shown);
    free(reader);
}

static enum plotmill_status damaged(const struct tar_reader *reader, struct plotmill_error *error)
{
    return archive_reader_damaged(&reader->file, "the tar", error);
}

static enum plotmill_status open_archive(struct tar_reader *reader, struct plotmill_error *error)
{
    return archive_reader_begin(&reader->file, archive_read_support_format_tar, "the tar", error);
}

/* The next member, which must be this one of the next image. */
static enum plotmill_status next_member(struct tar_reader *reader, const char *extension, struct archive_entry **entry,
                                        struct plotmill_error *error)
{
    char name[TAR_MEMBER_SIZE];
    snprintf(name, sizeof name, TAR_MEMBER, reader->file.metadata.info.first + reader->file.next, extension);
    int found = archive_read_next_header(reader->file.archive, entry);
    if (found == ARCHIVE_EOF)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: ends before %s, expected %llu images",
                                  reader->file.path, name, (unsigned long long)reader->file.metadata.info.images);
    if (found < ARCHIVE_WARN)
        return damaged(reader, error);
    const char *path = archive_entry_pathname(*entry);
    if (!path || strcmp(path, name))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found the member \"%.100s\", expected %s",
                                  reader->file.path, path ? path : "?", name);
    snprintf(reader->shown, reader->shown_size, "%s: %s", reader->file.path, name);
    return PLOTMILL_OK;
}

static enum plotmill_status read_member(struct tar_reader *reader, const char *extension, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_entry *entry;
    TRY(next_member(reader, extension, &entry, error));
    uint64_t size = (uint64_t)archive_entry_size(entry);
    if (size > os_file_size(reader->file.path) || size >= SIZE_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: has %llu bytes, more than the whole file", reader->shown,
             (unsigned long long)size);
    if (size >= reader->room) {
        free(reader->bytes);
        reader->room = 0;
        TRY_ALLOCATE(error, reader->bytes, (size_t)size + size / 2 + 1, 1);
        reader->room = (size_t)size + size / 2 + 1;
    }
    la_ssize_t got = archive_read_data(reader->file.archive, reader->bytes, (size_t)size);
    if (got < 0 || (uint64_t)got != size)
        TRY(damaged(reader, error));
    reader->bytes[size] = 0;
    reader->size = (size_t)size;
done:
    return status;
}

/* Past the last image nothing may follow. */
static enum plotmill_status check_end(struct tar_reader *reader, struct plotmill_error *error)
{
    struct archive_entry *entry;
    if (reader->file.next < reader->file.metadata.info.images)
        return PLOTMILL_OK;
    int found = archive_read_next_header(reader->file.archive, &entry);
    if (found == ARCHIVE_EOF)
        return PLOTMILL_OK;
    if (found < ARCHIVE_WARN)
        return damaged(reader, error);
    const char *path = archive_entry_pathname(entry);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: found the member \"%.100s\", expected the end after %llu images", reader->file.path,
                              path ? path : "?", (unsigned long long)reader->file.metadata.info.images);
}

static enum plotmill_status seek_image(struct tar_reader *reader, uint64_t index, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_entry *entry;
    if (!reader->file.archive || index < reader->file.next)
        TRY(open_archive(reader, error));
    for (; reader->file.next < index; reader->file.next++) {
        TRY(next_member(reader, TAR_IMAGE, &entry, error));
        TRY(next_member(reader, TAR_LABEL, &entry, error));
    }
done:
    return status;
}

/* A number, or null for NaN; what follows it, NULL: neither. */
static const char *parse_number(const char *text, double *value)
{
    *value = (double)NAN;
    return strncmp(text, "null", 4) ? decimal_read(text, value) : text + 4;
}

static bool parse_label(const char *text, int64_t *window_start, double y_range[2])
{
    const char *start = json_is_object(text) ? json_member(text, "window_start") : NULL;
    const char *range = start ? json_member(text, "y_range") : NULL;
    char *end;
    if (!range || *range != '[')
        return false;
    *window_start = strtoll(start, &end, 10);
    const char *comma = parse_number(range + 1, &y_range[0]);
    const char *close = comma && *comma == ',' ? parse_number(comma + 1, &y_range[1]) : NULL;
    return end > start && close && *close == ']';
}

static enum plotmill_status read_image(struct tar_reader *reader, uint8_t *pixels, int64_t *window_start,
                                       double y_range[2], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(read_member(reader, TAR_IMAGE, error));
    struct encoded file = {reader->shown, reader->bytes, reader->size};
    TRY(decode_image(&file, reader->file.metadata.info.width, reader->file.metadata.info.height, pixels, error));
    TRY(read_member(reader, TAR_LABEL, error));
    if (!parse_label((const char *)reader->bytes, window_start, y_range))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found \"%.100s\", expected an object with window_start and y_range",
             reader->shown, (const char *)reader->bytes);
    reader->file.next++;
    TRY(check_end(reader, error));
done:
    if (status)
        archive_reader_close(&reader->file); /* it stands somewhere inside an image */
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    struct tar_reader *reader = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(seek_image(reader, first, error));
    for (uint64_t i = 0; i < count; i++) {
        int64_t start = -1;
        double range[2];
        TRY(read_image(reader, pixels + (size_t)i * reader->file.image_bytes, &start, range, error));
        if (window_start)
            window_start[i] = start;
        if (y_range)
            memcpy(y_range + 2 * i, range, sizeof range);
    }
done:
    return status;
}

static enum plotmill_status read_metadata(struct tar_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_entry *entry;
    const char *name;
    const void *value;
    size_t size;
    char *text = NULL;
    if (archive_read_next_header(reader->file.archive, &entry) < ARCHIVE_WARN)
        TRY(damaged(reader, error));
    archive_entry_xattr_reset(entry);
    while (!text && archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
        if (!strcmp(name, TAR_MARK)) {
            TRY_ALLOCATE(error, text, size + 1, 1);
            memcpy(text, value, size);
        }
    if (!text)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a tar that plotmill made: its first member has no attribute " TAR_MARK,
             reader->file.path);
    if (!metadata_parse(&reader->file.metadata, text))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the attribute " TAR_MARK " is malformed, expected one JSON object",
             reader->file.path);
    if (!reader->file.metadata.info.images || !reader->file.metadata.info.width || !reader->file.metadata.info.height)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the attribute " TAR_MARK " tells no images, width and height",
             reader->file.path);
done:
    free(text);
    return status;
}

static const struct reader_impl tar_impl = {read_images, destroy};

enum plotmill_status reader_open_tar(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->shown_size = strlen(path) + TAR_MEMBER_SIZE + 2;
    TRY_ALLOCATE(error, self->shown, self->shown_size, 1);
    TRY(archive_reader_init(&self->file, path, error));
    TRY(open_archive(self, error));
    TRY(read_metadata(self, error));
    archive_reader_close(&self->file); /* its first member's header is read */
    self->file.image_bytes = (size_t)self->file.metadata.info.width * self->file.metadata.info.height;
    archive_reader_finish(&self->file, "tar", &tar_impl, self, reader);
done:
    if (status && self)
        destroy(self);
    return status;
}

#else

enum plotmill_status reader_open_tar(struct reader *reader, const char *path, struct plotmill_error *error)
{
    (void)reader;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read tar: libarchive is missing", path);
}

#endif
