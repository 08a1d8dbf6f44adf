#include "formats/archive_file.h"

#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "formats/archive_error.h"

#define BLOCK_BYTES (1 << 20)

static enum plotmill_status write_failed(const struct archive_file *file, struct plotmill_error *error)
{
    struct archive_reason reason = archive_reason(file->archive, "unknown reason");
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", file->output.path,
                              file->failed ? strerror(file->why) : reason.text);
}

/* libarchive never frees its buffer once a callback or archive_write_fail has made it fail. So it is told of no
 * failure; what comes after one, or after the file was closed, goes nowhere. */
static la_ssize_t on_write(struct archive *archive, void *user, const void *bytes, size_t size)
{
    struct archive_file *file = user;
    (void)archive;
    file->bytes += size;
    if (file->file && !file->failed && fwrite(bytes, 1, size, file->file) != size) {
        file->failed = true;
        file->why = errno;
    }
    return (la_ssize_t)size;
}

static void release(struct archive_file *file)
{
    if (file->file)
        fclose(file->file);
    file->file = NULL;
    archive_write_free(file->archive);
    archive_entry_free(file->entry);
    file->archive = NULL;
    file->entry = NULL;
}

/* Nothing in it tells when or by whom, so that the same job gives the same file. */
static void describe_members(struct archive_entry *entry)
{
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
}

enum plotmill_status archive_file_open(struct archive_file *file, uint64_t room, int (*format)(struct archive *),
                                       const char *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(output_check_room(file->output.path, room, error));
    file->file = fopen(file->output.temporary, "wb");
    if (!file->file)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", file->output.path, strerror(errno));
    setvbuf(file->file, NULL, _IONBF, 0); /* libarchive hands over whole blocks */
    TRY(archive_file_rehearse(file, format, options, error));
done:
    return status;
}

enum plotmill_status archive_file_rehearse(struct archive_file *file, int (*format)(struct archive *),
                                           const char *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    file->archive = archive_write_new();
    file->entry = archive_entry_new();
    if (!file->archive || !file->entry)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    describe_members(file->entry);
    if (format(file->archive) != ARCHIVE_OK || archive_write_set_options(file->archive, options) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(file->archive, BLOCK_BYTES) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(file->archive, 1) != ARCHIVE_OK ||
        archive_write_open(file->archive, file, NULL, on_write, NULL) != ARCHIVE_OK)
        TRY(write_failed(file, error));
done:
    return status;
}

uint64_t archive_file_rehearsed(struct archive_file *file)
{
    bool closed = file->archive && archive_write_close(file->archive) == ARCHIVE_OK;
    release(file);
    return closed ? file->bytes : 0;
}

enum plotmill_status archive_file_take(struct archive_file *file, const struct plotmill_batch *batch, const char *kind,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t next = file->counter.written;
    TRY(image_counter_add(&file->counter, batch, error));
    if (batch->first != next)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: image %" PRIu64 " was given, expected %" PRIu64 ": %s is written in order",
             file->output.path, batch->first, next, kind);
done:
    return status;
}

enum plotmill_status archive_file_begin(struct archive_file *file, const char *name, uint64_t size,
                                        struct plotmill_error *error)
{
    archive_entry_set_pathname(file->entry, name);
    archive_entry_set_size(file->entry, (la_int64_t)size);
    if (archive_write_header(file->archive, file->entry) != ARCHIVE_OK || file->failed)
        return write_failed(file, error);
    return PLOTMILL_OK;
}

enum plotmill_status archive_file_write(struct archive_file *file, const void *bytes, size_t size,
                                        struct plotmill_error *error)
{
    if (archive_write_data(file->archive, bytes, size) != (la_ssize_t)size || file->failed)
        return write_failed(file, error);
    return PLOTMILL_OK;
}

enum plotmill_status archive_file_finish(struct archive_file *file, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&file->counter, file->output.path, error));
    if (archive_write_close(file->archive) != ARCHIVE_OK || file->failed)
        TRY(write_failed(file, error));
    FILE *written = file->file;
    file->file = NULL;
    if (fclose(written))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", file->output.path, strerror(errno));
    TRY(output_commit(&file->output, error));
done:
    return status;
}

void archive_file_abort(struct archive_file *file)
{
    release(file);
    output_discard(&file->output);
}

void archive_file_free(struct archive_file *file)
{
    if (file->file)
        archive_file_abort(file);
    release(file);
    output_free(&file->output);
}

#endif
