/* A tar of PNG and JSON files, as WebDataset reads it. */
#include "sink/tar.h"

#include "base/try.h"
#include "plotmill_config.h"
#include "sink/sink.h"

#if HAVE_ARCHIVE && HAVE_PNG

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/os.h"
#include "base/output.h"
#include "sink/mark.h"
#include "sink/png_file.h"
#include "sink/tally.h"

#define BLOCK_BYTES (1 << 20)
#define LABEL_SIZE 256

struct tar_sink {
    struct output output;
    struct tally tally;
    struct mark mark;
    FILE *file;
    struct archive *archive;
    struct archive_entry *entry;
    struct png_file png;
    bool failed; /* a write to the file, and why */
    int why;
};

static enum plotmill_status write_failed(const struct tar_sink *sink, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sink->output.path,
                              sink->failed ? strerror(sink->why) : archive_error_string(sink->archive));
}

/* libarchive never frees its buffer once a callback or archive_write_fail has made it fail. So it is told of no
 * failure; what comes after one, or after the file was closed, goes nowhere. */
static la_ssize_t on_write(struct archive *archive, void *user, const void *bytes, size_t size)
{
    struct tar_sink *sink = user;
    (void)archive;
    if (sink->file && !sink->failed && fwrite(bytes, 1, size, sink->file) != size) {
        sink->failed = true;
        sink->why = errno;
    }
    return (la_ssize_t)size;
}

static void release(struct tar_sink *sink)
{
    if (sink->file)
        fclose(sink->file);
    sink->file = NULL;
    archive_write_free(sink->archive);
    archive_entry_free(sink->entry);
    png_file_free(&sink->png);
    sink->archive = NULL;
    sink->entry = NULL;
}

static void abort_sink(void *self)
{
    struct tar_sink *sink = self;
    release(sink);
    output_discard(&sink->output);
}

/* The entry that every member shares: nothing in it tells when or by whom, so that the same job gives the same file. */
static void describe_members(struct archive_entry *entry)
{
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
}

static enum plotmill_status attach_mark(struct tar_sink *sink, struct plotmill_error *error)
{
    char *text = mark_text(&sink->mark);
    if (!text)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    archive_entry_xattr_add_entry(sink->entry, TAR_MARK, text, strlen(text));
    free(text);
    return PLOTMILL_OK;
}

static enum plotmill_status open_archive(struct tar_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    sink->archive = archive_write_new();
    sink->entry = archive_entry_new();
    if (!sink->archive || !sink->entry)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    describe_members(sink->entry);
    TRY(attach_mark(sink, error));
    /* A pax header where an attribute needs it, plain ustar everywhere else. The attribute is written twice unless it
     * is told how; GNU tar knows this way alone. */
    if (archive_write_set_format_pax_restricted(sink->archive) != ARCHIVE_OK ||
        archive_write_set_options(sink->archive, "xattrheader=SCHILY") != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(sink->archive, BLOCK_BYTES) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(sink->archive, 1) != ARCHIVE_OK ||
        archive_write_open(sink->archive, sink, NULL, on_write, NULL) != ARCHIVE_OK)
        TRY(write_failed(sink, error));
done:
    return status;
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct tar_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_start(&sink->tally, info, NULL, error));
    TRY(mark_init(&sink->mark, info, "tar", error));
    TRY(output_check_room(sink->output.path, tally_room(&sink->tally, info, PLOTMILL_PAYLOAD_PNG), error));
    sink->file = os_open_file(sink->output.temporary, "wb");
    if (!sink->file)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", sink->output.path, strerror(errno));
    setvbuf(sink->file, NULL, _IONBF, 0); /* libarchive hands over whole blocks */
    TRY(open_archive(sink, error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_member(struct tar_sink *sink, uint64_t key, const char *extension, const void *data,
                                         size_t size, struct plotmill_error *error)
{
    char name[TAR_MEMBER_SIZE];
    snprintf(name, sizeof name, TAR_MEMBER, key, extension);
    archive_entry_set_pathname(sink->entry, name);
    archive_entry_set_size(sink->entry, (la_int64_t)size);
    if (archive_write_header(sink->archive, sink->entry) != ARCHIVE_OK ||
        archive_write_data(sink->archive, data, size) != (la_ssize_t)size || sink->failed)
        return write_failed(sink, error);
    archive_entry_xattr_clear(sink->entry); /* the mark is with the first member alone */
    return PLOTMILL_OK;
}

/* JSON has no NaN. */
static void print_number(char text[DECIMAL_SIZE], double value)
{
    if (isfinite(value))
        decimal_write(text, value);
    else
        strcpy(text, "null");
}

static enum plotmill_status write_image(struct tar_sink *sink, const struct plotmill_batch *batch, uint64_t i,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t key = sink->mark.first + batch->first + i;
    char label[LABEL_SIZE], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    print_number(lo, batch->y_range[2 * i]);
    print_number(hi, batch->y_range[2 * i + 1]);
    int length =
        snprintf(label, sizeof label, "{\"index\":%" PRIu64 ",\"window_start\":%" PRId64 ",\"y_range\":[%s,%s]}\n", key,
                 batch->window_start[i], lo, hi);
    if (!png_file_from_stream(&sink->png, sink->tally.width, sink->tally.height, &batch->streams[i]))
        FAIL(error, PLOTMILL_NO_MEMORY, "%s: out of memory for an image", sink->output.path);
    TRY(write_member(sink, key, TAR_IMAGE, sink->png.bytes, sink->png.size, error));
    TRY(write_member(sink, key, TAR_LABEL, label, (size_t)length, error));
done:
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct tar_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t next = sink->tally.written;
    TRY(tally_add(&sink->tally, batch, error));
    if (batch->first != next)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: image %" PRIu64 " was given, expected %" PRIu64 ": a tar is written in order", sink->output.path,
             batch->first, next);
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(write_image(sink, batch, i, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct tar_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_finish(&sink->tally, sink->output.path, error));
    if (archive_write_close(sink->archive) != ARCHIVE_OK || sink->failed)
        TRY(write_failed(sink, error));
    FILE *file = sink->file;
    sink->file = NULL;
    if (fclose(file))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sink->output.path, strerror(errno));
    TRY(output_commit(&sink->output, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct tar_sink *sink = self;
    if (sink->file)
        abort_sink(sink);
    release(sink);
    output_free(&sink->output);
    mark_free(&sink->mark);
    free(sink);
}

static const struct plotmill_sink_ops tar_ops = {
    .payload = PLOTMILL_PAYLOAD_PNG,
    .ordered = 1,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .destroy = destroy_sink,
};

enum plotmill_status sink_create_tar(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY(output_init(&self->output, path, false, options->force, error));
    *sink = (struct sink){&tar_ops, self};
done:
    if (status)
        free(self);
    return status;
}

#else

enum plotmill_status sink_create_tar(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    (void)sink, (void)options;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot write tar: libarchive or libpng is missing", path);
}

#endif
