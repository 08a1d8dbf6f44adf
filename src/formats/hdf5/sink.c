/* One HDF5 file: /images, a chunk an image or several, and what is known of each. */
#include "formats/format.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <stdlib.h>

#include "base/output.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/hdf5/attribute.h"
#include "formats/hdf5/content.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/lock.h"
#include "formats/hdf5/sequences.h"
#include "formats/hdf5/type.h"
#include "formats/image_counter.h"

struct hdf5_sink {
    struct plotmill_sink_ops ops; /* with this one's pixel format */
    struct output output;
    struct image_counter counter;
    struct hdf5_file file;
    bool sealed; /* one of several files: it tells the hash of its contents */
    uint64_t content;
};

static void discard(struct hdf5_sink *sink)
{
    H5E_BEGIN_TRY
    {
        hdf5_file_close(&sink->file, NULL);
    }
    H5E_END_TRY
    output_discard(&sink->output);
}

static void abort_sink(void *self)
{
    hdf5_lock();
    discard(self);
    hdf5_unlock();
}

/* HDF5's limit for a chunk, and zlib's for one piece of input. */
static enum plotmill_status check_chunk(const struct hdf5_sink *sink, struct plotmill_error *error)
{
    uint64_t images = sink->file.chunk_images;
    if (sink->counter.image_bytes <= UINT32_MAX / images)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: chunks of %llu image%s of %ux%u pixels, %zu bytes each, expected less than 4 GiB in "
                              "all",
                              sink->output.path, (unsigned long long)images, images == 1 ? "" : "s",
                              (unsigned)sink->counter.width, (unsigned)sink->counter.height, sink->counter.image_bytes);
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_start(&sink->counter, info, &sink->ops.pixels, error));
    TRY(check_chunk(sink, error));
    sink->sealed = info->whole > 0;
    TRY(output_check_room(sink->output.path, image_counter_room(&sink->counter, info, &sink->ops), error));
    TRY(output_hold(&sink->output, error));
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = hdf5_file_create(&sink->file, info, error);
    }
    H5E_END_TRY
    if (status)
        discard(sink);
    hdf5_unlock();
done:
    return status;
}

/* The finished bytes of one chunk: a zlib stream, or an image where there is no filter. */
static enum plotmill_status write_chunk(struct hdf5_file *file, uint64_t index, const void *bytes, size_t size,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t at[4] = {index, 0, 0, 0};
    TRY_HDF5(H5Dwrite_chunk(file->images, H5P_DEFAULT, 0, at, size, bytes));
done:
    return status;
}

static enum plotmill_status write_streams(struct hdf5_file *file, const struct plotmill_batch *batch,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t each = file->chunk_images;
    if (batch->first % each)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a batch from image %llu on, expected a multiple of %llu: images a chunk",
             file->path, (unsigned long long)batch->first, (unsigned long long)each);
    for (uint64_t i = 0, chunk = 0; i < batch->count; i += each, chunk++)
        TRY(write_chunk(file, batch->first + i, batch->streams[chunk].data, batch->streams[chunk].size, error));
done:
    return status;
}

/* Batches need not begin where chunks of several images do: HDF5 puts those together, and fills the last one up. */
static enum plotmill_status write_pixels(struct hdf5_sink *sink, const struct plotmill_batch *batch,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &sink->file;
    const size_t image_bytes = sink->counter.image_bytes;
    hid_t type = -1;
    if (file->chunk_images == 1) {
        for (uint64_t i = 0; i < batch->count; i++)
            TRY(write_chunk(file, batch->first + i, (const uint8_t *)batch->data + (size_t)i * image_bytes, image_bytes,
                            error));
    } else {
        TRY_HDF5(type = hdf5_pixel_type(sink->ops.pixels.dtype));
        TRY(hdf5_file_write_rows(file, file->images, type, batch->first, batch->count, batch->data, error));
    }
done:
    if (type >= 0)
        H5Tclose(type);
    return status;
}

static enum plotmill_status write_batch(struct hdf5_sink *sink, const struct plotmill_batch *batch,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &sink->file;
    const uint64_t first = batch->first, count = batch->count;
    TRY(file->compressed ? write_streams(file, batch, error) : write_pixels(sink, batch, error));
    TRY(hdf5_file_write_rows(file, file->window_start, H5T_NATIVE_INT64, first, count, batch->window_start, error));
    TRY(hdf5_file_write_rows(file, file->y_range, H5T_NATIVE_DOUBLE, first, count, batch->y_range, error));
    if (file->store_sequences)
        TRY(hdf5_sequences_write(file, batch, error));
    if (sink->sealed)
        sink->content += hdf5_content_of(batch, sink->counter.image_bytes, file->chunk_images);
    if (sink->sealed && file->store_sequences)
        sink->content += hdf5_content_of_sequences(batch);
    if (file->failure)
        TRY(hdf5_write_failed(file, error));
done:
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = image_counter_add(&sink->counter, batch, error);
    if (status || !batch->count)
        return status;
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = write_batch(sink, batch, error);
    }
    H5E_END_TRY
    hdf5_unlock();
    return status;
}

static enum plotmill_status seal_and_close(struct hdf5_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &sink->file;
    char content[HDF5_CONTENT_SIZE];
    hdf5_content_text(sink->content, sink->counter.images, content);
    if (sink->sealed)
        TRY_HDF5(hdf5_write_text(file->images, "content_hash", content));
    TRY(hdf5_file_close(file, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&sink->counter, sink->output.path, error));
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = seal_and_close(sink, error);
    }
    H5E_END_TRY
    hdf5_unlock();
    TRY(status);
    TRY(output_commit(&sink->output, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct hdf5_sink *sink = self;
    if (sink->file.file >= 0)
        abort_sink(sink);
    output_free(&sink->output);
    free(sink);
}

/* Where images arrive as they are stored, order costs nothing, and the same job gives the same file, byte by byte.
 * Other numbers are made and compressed by threads of the host, which come here as they get done. */
static bool wants_order(const struct plotmill_pixel_format *pixels)
{
    return pixels->dtype == PLOTMILL_DTYPE_U8 &&
           (pixel_format_channels(pixels) == 1 || pixels->layout == PLOTMILL_LAYOUT_NCHW);
}

enum plotmill_status sink_create_hdf5(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_sink *self = NULL;
    bool compressed = options->compress == PLOTMILL_COMPRESS_DEFLATE;
    uint32_t chunk_images = options->chunk_images ? options->chunk_images : 1;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY(output_init(&self->output, path, false, options->force, error));
    hdf5_file_init(&self->file, &self->output, options);
    self->file.chunk_images = chunk_images;
    self->file.compressed = compressed;
    /* What HDF5's deflate filter reads is a zlib stream: finished ones become chunks as they are. */
    self->ops = (struct plotmill_sink_ops){
        .payload = compressed ? PLOTMILL_PAYLOAD_ZLIB : PLOTMILL_PAYLOAD_PIXELS,
        .pixels = options->pixels,
        .images_per_stream = compressed && chunk_images > 1 ? chunk_images : 0,
        .ordered = wants_order(&options->pixels),
        .thread_safe = 1,
        .open = open_sink,
        .write = write_sink,
        .finish = finish_sink,
        .abort = abort_sink,
        .destroy = destroy_sink,
    };
    *sink = (struct sink){&self->ops, self};
done:
    if (status)
        free(self);
    return status;
}

#else

enum plotmill_status sink_create_hdf5(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    (void)sink, (void)options;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot write HDF5: its library is missing", path);
}

#endif
