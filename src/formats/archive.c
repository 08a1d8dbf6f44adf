#include "formats/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"

#define BLOCK_BYTES (1 << 20)

/* libarchive ends some of its messages with a line break. */
struct archive_reason archive_reason(struct archive *archive, const char *otherwise)
{
    struct archive_reason reason;
    const char *text = archive ? archive_error_string(archive) : NULL;
    snprintf(reason.text, sizeof reason.text, "%s", text ? text : otherwise);
    reason.text[strcspn(reason.text, "\r\n")] = 0;
    return reason;
}

enum plotmill_status archive_metadata(char **text, const struct dataset_info *info, const char *format,
                                      struct plotmill_error *error)
{
    struct metadata metadata;
    enum plotmill_status status = metadata_init(&metadata, info, format, error);
    if (status)
        return status;
    *text = metadata_json(&metadata);
    metadata_free(&metadata);
    return *text ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

static enum plotmill_status write_failed(const struct archive_writer *writer, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", writer->output.path,
                              writer->error_number ? strerror(writer->error_number)
                                                   : archive_reason(writer->archive, "unknown reason").text);
}

/* libarchive leaks its buffer once a callback or archive_write_fail has made it fail. So the callback reports success,
 * and drops what follows a failure or comes after the file was closed. */
static la_ssize_t on_write(struct archive *archive, void *user, const void *bytes, size_t size)
{
    struct archive_writer *writer = user;
    (void)archive;
    if (writer->file && !writer->error_number && fwrite(bytes, 1, size, writer->file) != size)
        writer->error_number = errno ? errno : EIO;
    return (la_ssize_t)size;
}

/* Members carry no time and no owner: the same job gives the same bytes. */
enum plotmill_status archive_writer_open(struct archive_writer *writer, uint64_t room, int (*format)(struct archive *),
                                         const char *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(output_check_room(writer->output.path, room, error));
    writer->file = fopen(writer->output.temporary, "wb");
    if (!writer->file)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", writer->output.path, strerror(errno));
    setvbuf(writer->file, NULL, _IONBF, 0); /* libarchive writes whole blocks */
    writer->archive = archive_write_new();
    writer->entry = archive_entry_new();
    if (!writer->archive || !writer->entry)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    archive_entry_set_filetype(writer->entry, AE_IFREG);
    archive_entry_set_perm(writer->entry, 0644);
    archive_entry_set_uid(writer->entry, 0);
    archive_entry_set_gid(writer->entry, 0);
    archive_entry_set_mtime(writer->entry, 0, 0);
    if (format(writer->archive) != ARCHIVE_OK || archive_write_set_options(writer->archive, options) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(writer->archive, BLOCK_BYTES) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(writer->archive, 1) != ARCHIVE_OK ||
        archive_write_open(writer->archive, writer, NULL, on_write, NULL) != ARCHIVE_OK)
        TRY(write_failed(writer, error));
done:
    return status;
}

enum plotmill_status archive_writer_count(struct archive_writer *writer, const struct image_batch *batch,
                                          struct plotmill_error *error)
{
    uint64_t next = writer->counter.written;
    if (batch->first != next)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: found image %" PRIu64 ", expected image %" PRIu64
                                  ": this format is written in order",
                                  writer->output.path, batch->first, next);
    return image_counter_add(&writer->counter, batch, error);
}

enum plotmill_status archive_writer_begin(struct archive_writer *writer, const char *name, uint64_t size,
                                          struct plotmill_error *error)
{
    archive_entry_set_pathname(writer->entry, name);
    archive_entry_set_size(writer->entry, (la_int64_t)size);
    if (archive_write_header(writer->archive, writer->entry) != ARCHIVE_OK || writer->error_number)
        return write_failed(writer, error);
    return PLOTMILL_OK;
}

enum plotmill_status archive_writer_write(struct archive_writer *writer, const void *bytes, size_t size,
                                          struct plotmill_error *error)
{
    if (archive_write_data(writer->archive, bytes, size) != (la_ssize_t)size || writer->error_number)
        return write_failed(writer, error);
    return PLOTMILL_OK;
}

enum plotmill_status archive_writer_close(struct archive_writer *writer, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&writer->counter, writer->output.path, error));
    if (archive_write_close(writer->archive) != ARCHIVE_OK || writer->error_number)
        TRY(write_failed(writer, error));
    FILE *written = writer->file;
    writer->file = NULL;
    if (fclose(written))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", writer->output.path, strerror(errno));
done:
    return status;
}

enum plotmill_status archive_writer_finish(void *self, struct plotmill_error *error)
{
    struct archive_writer *writer = self;
    const enum plotmill_status status = archive_writer_close(writer, error);
    return status ? status : output_commit(&writer->output, error);
}

void archive_writer_release(struct archive_writer *writer)
{
    if (writer->file)
        fclose(writer->file);
    writer->file = NULL;
    archive_write_free(writer->archive);
    archive_entry_free(writer->entry);
    writer->archive = NULL;
    writer->entry = NULL;
}

void archive_writer_abort(void *self)
{
    struct archive_writer *writer = self;
    archive_writer_release(writer);
    output_discard(&writer->output);
}

void archive_writer_free(struct archive_writer *writer)
{
    if (writer->file)
        output_discard(&writer->output);
    archive_writer_release(writer);
    output_free(&writer->output);
}

enum plotmill_status archive_reader_begin(struct archive_reader *reader, int (*format)(struct archive *),
                                          struct plotmill_error *error)
{
    archive_reader_close(reader);
    reader->next = 0;
    reader->archive = archive_read_new();
    if (!reader->archive)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    if (format(reader->archive) != ARCHIVE_OK ||
        archive_read_open_filename(reader->archive, reader->path, BLOCK_BYTES) != ARCHIVE_OK)
        return archive_reader_damaged(reader, "the archive", error);
    return PLOTMILL_OK;
}

void archive_reader_close(struct archive_reader *reader)
{
    if (reader->archive)
        archive_read_free(reader->archive);
    reader->archive = NULL;
}

enum plotmill_status archive_reader_damaged(const struct archive_reader *reader, const char *what,
                                            struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %s cannot be read: %s", reader->path, what,
                              archive_reason(reader->archive, "it ends too early").text);
}

enum plotmill_status archive_reader_describe(struct archive_reader *reader, const char *text, const char *place,
                                             struct plotmill_error *error)
{
    const struct dataset_info *info = &reader->metadata.info;
    if (!metadata_parse(&reader->metadata, text) || !info->images || !info->width || !info->height)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: %s is malformed, expected one JSON object with images, width and height",
                                  reader->path, place);
    const uint64_t pixels = (uint64_t)info->width * info->height, image_bytes = pixels * info->channels;
    if (pixels > SIZE_MAX / 2 / info->channels || info->images > INT64_MAX / 16 / info->panels ||
        info->images > INT64_MAX / image_bytes)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: %s describes %" PRIu64 " images of %" PRIu32 "x%" PRIu32
                                  " pixels, which is too large",
                                  reader->path, place, info->images, info->width, info->height);
    reader->image_bytes = (size_t)image_bytes;
    return PLOTMILL_OK;
}

void archive_reader_free(struct archive_reader *reader)
{
    archive_reader_close(reader);
    metadata_free(&reader->metadata);
    free(reader->path);
}
