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
#include "formats/folder.h"
#include "formats/png.h"

/* The names of members: the index in nine digits or more, then the extension. */
#define MEMBER "%09" PRIu64 "%s"
#define MEMBER_SIZE 32
#define IMAGE ".png"
#define LABEL ".json"
#define LABEL_SIZE 256

/* The metadata is an extended attribute of the first member: a member of its own would be a sample. */
#define METADATA "user.plotmill"

/* libarchive writes the attribute in two ways unless one is chosen; GNU tar reads only this one. */
#define PAX_OPTIONS "xattrheader=SCHILY"

#define TAR_BLOCK 512

struct tar_sink {
    struct archive_writer writer;
    uint64_t first; /* index of the first image in the data set */
    struct png_buffer png;
};

/* The pax format writes a plain ustar header where a member has no attribute. */
static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *sink = self;
    struct archive_writer *writer = &sink->writer;
    char *text = NULL;
    sink->first = info->first;
    TRY(image_counter_start(&writer->counter, info, NULL, error));
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

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *sink = self;
    struct archive_writer *writer = &sink->writer;
    char label[LABEL_SIZE], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    TRY(archive_writer_count(writer, batch, error));
    for (uint64_t i = 0; i < batch->count; i++) {
        uint64_t index = sink->first + batch->first + i;
        if (!png_from_stream(&sink->png, writer->counter.width, writer->counter.height, &batch->streams[i]))
            FAIL(error, PLOTMILL_NO_MEMORY, "%s: out of memory for an image", writer->output.path);
        TRY(write_member(writer, index, IMAGE, sink->png.bytes, sink->png.size, error));
        print_number(lo, batch->y_range[2 * i]);
        print_number(hi, batch->y_range[2 * i + 1]);
        int length =
            snprintf(label, sizeof label, "{\"index\":%" PRIu64 ",\"window_start\":%" PRId64 ",\"y_range\":[%s,%s]}\n",
                     index, batch->window_start[i], lo, hi);
        TRY(write_member(writer, index, LABEL, label, (size_t)length, error));
    }
done:
    return status;
}

/* For each image: the header and the blocks of its PNG file, the header of its label and the label, which is shorter
 * than a block. */
static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    (void)self, (void)info;
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < batch->count; i++)
        bytes += (3 + (png_bytes(batch->streams[i].size) + TAR_BLOCK - 1) / TAR_BLOCK) * TAR_BLOCK;
    return bytes;
}

static void destroy_sink(void *self)
{
    struct tar_sink *sink = self;
    archive_writer_free(&sink->writer);
    png_buffer_free(&sink->png);
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
};

static void destroy_reader(void *self)
{
    struct tar_reader *reader = self;
    archive_reader_free(&reader->archive);
    free(reader->bytes);
    free(reader->name);
    free(reader);
}

/* Goes to the next member, which must be this one of the next image. */
static enum plotmill_status next_member(struct tar_reader *reader, const char *extension, struct archive_entry **entry,
                                        struct plotmill_error *error)
{
    const struct archive_reader *archive = &reader->archive;
    char name[MEMBER_SIZE];
    snprintf(name, sizeof name, MEMBER, archive->metadata.info.first + archive->next, extension);
    int found = archive_read_next_header(archive->archive, entry);
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

static bool parse_label(const char *text, int64_t *window_start, double y_range[2])
{
    const char *label = json_is_object(text) ? text : "{}", *range = json_member(label, "y_range");
    uint64_t start;
    if (!json_read_uint(json_member(label, "window_start"), &start))
        return false;
    *window_start = (int64_t)start;
    return parse_limit(json_element(range, 0), &y_range[0]) && parse_limit(json_element(range, 1), &y_range[1]) &&
           !json_element(range, 2);
}

static enum plotmill_status read_image(struct tar_reader *reader, uint8_t *pixels, int64_t *window_start,
                                       double y_range[2], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_reader *archive = &reader->archive;
    TRY(read_member(reader, IMAGE, error));
    struct encoded file = {reader->name, reader->bytes, reader->size};
    TRY(decode_image(&file, archive->metadata.info.width, archive->metadata.info.height, pixels, error));
    TRY(read_member(reader, LABEL, error));
    if (!parse_label((const char *)reader->bytes, window_start, y_range))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found \"%.100s\", expected an object with window_start and y_range",
             reader->name, (const char *)reader->bytes);
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
    if (!archive->archive || first < archive->next)
        TRY(archive_reader_begin(archive, archive_read_support_format_tar, error));
    for (; archive->next < first; archive->next++) {
        TRY(next_member(reader, IMAGE, &entry, error));
        TRY(next_member(reader, LABEL, &entry, error));
    }
    for (uint64_t i = 0; i < count; i++) {
        int64_t start = -1;
        double range[2];
        TRY(read_image(reader, pixels + (size_t)i * archive->image_bytes, &start, range, error));
        if (window_start)
            window_start[i] = start;
        if (y_range)
            memcpy(y_range + 2 * i, range, sizeof range);
    }
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
    static const struct reader_impl impl = {read_images, destroy_reader};
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->name_size = strlen(path) + MEMBER_SIZE + 2;
    TRY_ALLOCATE(error, self->name, self->name_size, 1);
    TRY(string_keep(&self->archive.path, path, error));
    TRY(archive_reader_begin(&self->archive, archive_read_support_format_tar, error));
    TRY(read_metadata(&self->archive, error));
    archive_reader_close(&self->archive); /* the header of the first member is read */
    *reader = (struct reader){&impl, self, self->archive.metadata.info};
    reader->info.format = "tar";
done:
    if (status && self)
        destroy_reader(self);
    return status;
}
