/* One .npz file, as numpy.load reads it: uint8 images (N, height, width) and what is known of each. */
#include "sink/npz.h"

#include "base/try.h"
#include "plotmill_config.h"
#include "sink/sink.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "sink/mark.h"
#include "sink/npy_header.h"
#include "sink/tally.h"

#define BLOCK_BYTES (1 << 20)

struct npz_sink {
    struct output output;
    struct tally tally;
    bool compressed;
    FILE *file;
    struct archive *archive;
    int64_t *window_start; /* (images): members follow one another, so these wait for the last image */
    double *y_range;       /* (images, 2) */
    bool failed;           /* a write to the file, and why */
    int why;
};

static enum plotmill_status write_failed(const struct npz_sink *sink, struct plotmill_error *error)
{
    const char *why = sink->failed ? strerror(sink->why) : archive_error_string(sink->archive);
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sink->output.path,
                              why ? why : "unknown reason");
}

/* As in sink/tar.c: libarchive, told of a failure, would never free its buffer. */
static la_ssize_t on_write(struct archive *archive, void *user, const void *bytes, size_t size)
{
    struct npz_sink *sink = user;
    (void)archive;
    if (sink->file && !sink->failed && fwrite(bytes, 1, size, sink->file) != size) {
        sink->failed = true;
        sink->why = errno;
    }
    return (la_ssize_t)size;
}

static void release(struct npz_sink *sink)
{
    if (sink->file)
        fclose(sink->file);
    sink->file = NULL;
    archive_write_free(sink->archive);
    sink->archive = NULL;
    free(sink->window_start);
    free(sink->y_range);
    sink->window_start = NULL;
    sink->y_range = NULL;
}

static void abort_sink(void *self)
{
    struct npz_sink *sink = self;
    release(sink);
    output_discard(&sink->output);
}

static enum plotmill_status write_bytes(struct npz_sink *sink, const void *bytes, size_t size,
                                        struct plotmill_error *error)
{
    if (archive_write_data(sink->archive, bytes, size) != (la_ssize_t)size || sink->failed)
        return write_failed(sink, error);
    return PLOTMILL_OK;
}

/* Nothing tells when or by whom, so that the same job gives the same file. */
static enum plotmill_status begin_member(struct npz_sink *sink, const char *name, uint64_t size,
                                         struct plotmill_error *error)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (la_int64_t)size);
    int done = archive_write_header(sink->archive, entry);
    archive_entry_free(entry);
    return done == ARCHIVE_OK && !sink->failed ? PLOTMILL_OK : write_failed(sink, error);
}

static enum plotmill_status begin_array(struct npz_sink *sink, const char *name, const char *descr, int rank,
                                        const uint64_t *axes, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char header[NPY_HEADER_BYTES];
    npy_header(header, descr, rank, axes);
    TRY(begin_member(sink, name, sizeof header + bytes, error));
    TRY(write_bytes(sink, header, sizeof header, error));
done:
    return status;
}

static enum plotmill_status open_archive(struct npz_sink *sink, struct plotmill_error *error)
{
    sink->archive = archive_write_new();
    if (!sink->archive)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    const char *how = sink->compressed ? "zip:compression=deflate,zip:compression-level=1" : "zip:compression=store";
    if (archive_write_set_format_zip(sink->archive) != ARCHIVE_OK ||
        archive_write_set_options(sink->archive, how) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(sink->archive, BLOCK_BYTES) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(sink->archive, 1) != ARCHIVE_OK ||
        archive_write_open(sink->archive, sink, NULL, on_write, NULL) != ARCHIVE_OK)
        return write_failed(sink, error);
    return PLOTMILL_OK;
}

static enum plotmill_status write_mark(struct npz_sink *sink, const struct plotmill_dataset_info *info,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct mark mark = {0};
    char *text = NULL;
    TRY(mark_init(&mark, info, "npz", error));
    text = mark_text(&mark);
    if (!text)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(begin_member(sink, NPZ_MARK, strlen(text), error));
    TRY(write_bytes(sink, text, strlen(text), error));
done:
    free(text);
    mark_free(&mark);
    return status;
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct npz_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t axes[3] = {info->images, info->height, info->width};
    TRY(tally_start(&sink->tally, info, NULL, error));
    TRY_ALLOCATE(error, sink->window_start, info->images, sizeof *sink->window_start);
    TRY_ALLOCATE(error, sink->y_range, info->images, 2 * sizeof *sink->y_range);
    sink->file = os_open_file(sink->output.temporary, "wb");
    if (!sink->file)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", sink->output.path, strerror(errno));
    setvbuf(sink->file, NULL, _IONBF, 0); /* libarchive hands over whole blocks */
    TRY(open_archive(sink, error));
    TRY(write_mark(sink, info, error));
    TRY(begin_array(sink, NPZ_IMAGES, "|u1", 3, axes, info->images * info->height * info->width, error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct npz_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const size_t image_bytes = (size_t)sink->tally.width * sink->tally.height;
    uint64_t next = sink->tally.written;
    TRY(tally_add(&sink->tally, batch, error));
    if (batch->first != next)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: image %llu was given, expected %llu: an npz is written in order",
             sink->output.path, (unsigned long long)batch->first, (unsigned long long)next);
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(write_bytes(sink, (const uint8_t *)batch->data + (size_t)i * image_bytes, image_bytes, error));
    memcpy(sink->window_start + batch->first, batch->window_start, (size_t)batch->count * sizeof(int64_t));
    memcpy(sink->y_range + 2 * batch->first, batch->y_range, (size_t)batch->count * 2 * sizeof(double));
done:
    return status;
}

static enum plotmill_status write_companions(struct npz_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint16_t one = 1;
    const bool little = *(const uint8_t *)&one;
    const uint64_t images = sink->tally.images, axes[2] = {images, 2};
    TRY(begin_array(sink, NPZ_STARTS, little ? "<i8" : ">i8", 1, axes, images * 8, error));
    TRY(write_bytes(sink, sink->window_start, (size_t)images * 8, error));
    TRY(begin_array(sink, NPZ_RANGES, little ? "<f8" : ">f8", 2, axes, images * 16, error));
    TRY(write_bytes(sink, sink->y_range, (size_t)images * 16, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct npz_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_finish(&sink->tally, sink->output.path, error));
    TRY(write_companions(sink, error));
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
    struct npz_sink *sink = self;
    if (sink->file)
        abort_sink(sink);
    release(sink);
    output_free(&sink->output);
    free(sink);
}

static const struct plotmill_sink_ops npz_ops = {
    .payload = PLOTMILL_PAYLOAD_PIXELS,
    .ordered = 1,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .destroy = destroy_sink,
};

enum plotmill_status sink_create_npz(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->compressed = options->compress == PLOTMILL_COMPRESS_DEFLATE;
    TRY(output_init(&self->output, path, false, options->force, error));
    *sink = (struct sink){&npz_ops, self};
done:
    if (status)
        free(self);
    return status;
}

#else

enum plotmill_status sink_create_npz(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    (void)sink, (void)options;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot write npz: libarchive is missing", path);
}

#endif
