/* One .npz file, as numpy.load reads it: uint8 images (N, height, width) and what is known of each. */
#include "formats/npz.h"

#include "base/try.h"
#include "formats/format.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive_file.h"
#include "formats/metadata.h"
#include "formats/npy/header_write.h"

struct npz_sink {
    struct archive_file file;
    const struct plotmill_sink_ops *ops;
    int64_t *window_start; /* (images): members follow one another, so these wait for the last image */
    double *y_range;       /* (images, 2) */
};

static void abort_sink(void *self)
{
    struct npz_sink *sink = self;
    archive_file_abort(&sink->file);
}

static enum plotmill_status begin_array(struct archive_file *file, const char *name, const char *descr, int rank,
                                        const uint64_t *axes, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char header[NPY_HEADER_BYTES];
    npy_header(header, descr, rank, axes);
    TRY(archive_file_begin(file, name, sizeof header + bytes, error));
    TRY(archive_file_write(file, header, sizeof header, error));
done:
    return status;
}

static enum plotmill_status write_metadata(struct npz_sink *sink, const struct plotmill_dataset_info *info,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct metadata metadata = {0};
    char *text = NULL;
    TRY(metadata_init(&metadata, info, "npz", error));
    text = metadata_json(&metadata);
    if (!text)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(archive_file_begin(&sink->file, NPZ_MARK, strlen(text), error));
    TRY(archive_file_write(&sink->file, text, strlen(text), error));
done:
    free(text);
    metadata_free(&metadata);
    return status;
}

static const char *compression(const struct npz_sink *sink)
{
    return sink->ops->stored_bytes ? "zip:compression=deflate,zip:compression-level=1" : "zip:compression=store";
}

static enum plotmill_status write_companions(struct archive_file *file, uint64_t images, const int64_t *window_start,
                                             const double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint16_t one = 1;
    const bool little = *(const uint8_t *)&one;
    const uint64_t axes[2] = {images, 2};
    TRY(begin_array(file, NPZ_STARTS, little ? "<i8" : ">i8", 1, axes, images * 8, error));
    TRY(archive_file_write(file, window_start, (size_t)images * 8, error));
    TRY(begin_array(file, NPZ_RANGES, little ? "<f8" : ">f8", 2, axes, images * 16, error));
    TRY(archive_file_write(file, y_range, (size_t)images * 16, error));
done:
    return status;
}

/* A file of the batch's first images; 0: not known. */
static uint64_t rehearsed_bytes(const struct npz_sink *sink, const struct plotmill_dataset_info *info,
                                const struct plotmill_batch *batch, uint64_t images)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error ignored;
    struct archive_file scale = {.output = sink->file.output}; /* for messages alone */
    const uint64_t bytes = images * info->width * info->height, axes[3] = {images, info->height, info->width};
    TRY(archive_file_rehearse(&scale, archive_write_set_format_zip, compression(sink), &ignored));
    TRY(begin_array(&scale, NPZ_IMAGES, "|u1", 3, axes, bytes, &ignored));
    TRY(archive_file_write(&scale, batch->data, (size_t)bytes, &ignored));
    TRY(write_companions(&scale, images, batch->window_start, batch->y_range, &ignored));
done:;
    const uint64_t made = archive_file_rehearsed(&scale);
    return status ? 0 : made;
}

/* Without what a file has once. */
static uint64_t stored_bytes(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch)
{
    const uint64_t all = rehearsed_bytes(self, info, batch, batch->count), none = rehearsed_bytes(self, info, batch, 0);
    return none && all > none ? all - none : 0;
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct npz_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t axes[3] = {info->images, info->height, info->width};
    TRY(image_counter_start(&sink->file.counter, info, NULL, error));
    TRY_ALLOCATE(error, sink->window_start, info->images, sizeof *sink->window_start);
    TRY_ALLOCATE(error, sink->y_range, info->images, 2 * sizeof *sink->y_range);
    const uint64_t room = image_counter_room(&sink->file.counter, info, sink->ops);
    TRY(archive_file_open(&sink->file, room, archive_write_set_format_zip, compression(sink), error));
    TRY(write_metadata(sink, info, error));
    TRY(begin_array(&sink->file, NPZ_IMAGES, "|u1", 3, axes, info->images * info->height * info->width, error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct npz_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const size_t image_bytes = sink->file.counter.image_bytes;
    TRY(archive_file_take(&sink->file, batch, "an npz", error));
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(archive_file_write(&sink->file, (const uint8_t *)batch->data + (size_t)i * image_bytes, image_bytes,
                               error));
    memcpy(sink->window_start + batch->first, batch->window_start, (size_t)batch->count * sizeof(int64_t));
    memcpy(sink->y_range + 2 * batch->first, batch->y_range, (size_t)batch->count * 2 * sizeof(double));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct npz_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(write_companions(&sink->file, sink->file.counter.images, sink->window_start, sink->y_range, error));
    TRY(archive_file_finish(&sink->file, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct npz_sink *sink = self;
    archive_file_free(&sink->file);
    free(sink->window_start);
    free(sink->y_range);
    free(sink);
}

#define NPZ_CALLS                                                                                                    \
    .payload = PLOTMILL_PAYLOAD_PIXELS, .ordered = 1, .open = open_sink, .write = write_sink, .finish = finish_sink, \
    .abort = abort_sink, .destroy = destroy_sink

/* Where pixels are stored as they are their number tells what they take, however few images there are. */
static const struct plotmill_sink_ops stored_ops = {NPZ_CALLS};
static const struct plotmill_sink_ops deflated_ops = {.stored_bytes = stored_bytes, NPZ_CALLS};

enum plotmill_status sink_create_npz(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->ops = options->compress == PLOTMILL_COMPRESS_DEFLATE ? &deflated_ops : &stored_ops;
    TRY(output_init(&self->file.output, path, false, options->force, error));
    *sink = (struct sink){self->ops, self};
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
