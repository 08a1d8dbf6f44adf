/* One HDF5 file of images: /images, /window_start and /y_range, and /sequences if samples are stored. */
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/output.h"
#include "base/try.h"
#include "formats/format.h"
#include "formats/hdf5/beside.h"
#include "formats/hdf5/shards.h"
#include "formats/image_counter.h"

/* About what a chunk takes in the index of a dataset. */
#define INDEX_ENTRY_BYTES 22

struct hdf5_sink {
    struct sink_ops ops; /* of this sink's pixel format */
    struct output output;
    struct image_counter counter;
    struct hdf5_file file;
    bool is_shard;            /* one of several files, which records the hash of its contents */
    uint64_t content;         /* that hash so far */
    uint64_t window;          /* samples of each image.. */
    uint32_t fields;          /* ..and values of each sample */
    struct metadata metadata; /* of which columns are used */
};

static void discard(struct hdf5_sink *sink)
{
    hdf5_file_close(&sink->file, NULL);
    output_discard(&sink->output);
}

static void abort_sink(void *self)
{
    hdf5_lock();
    discard(self);
    hdf5_unlock();
}

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t chunk = sink->file.chunk_images;
    TRY(image_counter_start(&sink->counter, info, &sink->ops.pixels, error));
    /* HDF5's limit for a chunk, and zlib's for one piece of input. */
    if (sink->counter.image_bytes > UINT32_MAX / chunk)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: chunks of %llu image%s of %ux%u pixels, %zu bytes each: expected chunks of less than 4 GiB",
             sink->output.path, (unsigned long long)chunk, chunk == 1 ? "" : "s", (unsigned)info->width,
             (unsigned)info->height, sink->counter.image_bytes);
    sink->is_shard = info->whole > 0;
    sink->window = info->window;
    sink->fields = info->fields ? info->fields : 1;
    metadata_free(&sink->metadata);
    TRY(metadata_init(&sink->metadata, info, "hdf5", error));
    TRY(output_check_room(sink->output.path, image_counter_room(&sink->counter, info, &sink->ops), error));
    TRY(output_hold(&sink->output, error));
    hdf5_lock();
    status = hdf5_file_create(&sink->file, info, error);
    if (status)
        discard(sink);
    hdf5_unlock();
done:
    return status;
}

/* The finished bytes of one chunk: a zlib stream, or an image if there is no filter. */
static enum plotmill_status write_chunk(struct hdf5_file *file, uint64_t index, const void *bytes, size_t size,
                                        struct plotmill_error *error)
{
    const hsize_t offset[4] = {index, 0, 0, 0};
    return H5Dwrite_chunk(file->images, H5P_DEFAULT, 0, offset, size, bytes) < 0 ? hdf5_write_failed(file, error)
                                                                                 : PLOTMILL_OK;
}

static enum plotmill_status write_images(struct hdf5_sink *sink, const struct image_batch *batch,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &sink->file;
    const uint64_t chunk = file->chunk_images;
    const size_t image_bytes = sink->counter.image_bytes;
    hid_t type = -1;
    if (file->compressed) {
        if (batch->first % chunk)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: a batch starts at image %llu, expected a multiple of %llu", file->path,
                 (unsigned long long)batch->first, (unsigned long long)chunk);
        for (uint64_t i = 0; i < batch->count; i += chunk) {
            const struct image_stream *stream = &batch->streams[i / chunk];
            TRY(write_chunk(file, batch->first + i, stream->data, stream->size, error));
        }
    } else if (chunk == 1) {
        for (uint64_t i = 0; i < batch->count; i++)
            TRY(write_chunk(file, batch->first + i, (const uint8_t *)batch->data + (size_t)i * image_bytes, image_bytes,
                            error));
    } else {
        /* Batches may start within chunks: HDF5 assembles those, and fills up the last one. */
        TRY_WRITE(file, type = hdf5_pixel_type(file->pixels.dtype));
        TRY_WRITE(file, hdf5_write_rows(file->images, type, batch->first, batch->count, batch->data));
    }
done:
    hdf5_release(type);
    return status;
}

/* Overlapping windows share their samples: rows are made here, some at a time. */
static enum plotmill_status write_sequences(struct hdf5_sink *sink, const struct image_batch *batch,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t window = sink->window, row = window * sink->fields, step = batch->sample_stride * sink->fields;
    double *rows = NULL;
    if (!batch->samples || batch->window != window || (batch->fields ? batch->fields : 1) != sink->fields)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: images came without their %llu samples each, which are to be stored",
             sink->file.path, (unsigned long long)window);
    const uint64_t fit = MAX(HDF5_SEQUENCE_BYTES / (row * sizeof(double)), 1), block = MIN(fit, batch->count);
    TRY_ALLOCATE(error, rows, block, row * sizeof *rows);
    for (uint64_t at = 0, count; at < batch->count; at += count) {
        count = MIN(batch->count - at, block);
        for (uint64_t i = 0; i < count; i++)
            memcpy(rows + i * row, batch->samples + (at + i) * step, (size_t)row * sizeof *rows);
        TRY_WRITE(&sink->file,
                  hdf5_write_rows(sink->file.sequences, H5T_NATIVE_DOUBLE, batch->first + at, count, rows));
    }
done:
    free(rows);
    return status;
}

static enum plotmill_status write_batch(struct hdf5_sink *sink, const struct image_batch *batch,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &sink->file;
    const uint64_t first = batch->first, count = batch->count;
    TRY(write_images(sink, batch, error));
    TRY_WRITE(file, hdf5_write_rows(file->window_start, H5T_NATIVE_INT64, first, count, batch->window_start));
    TRY_WRITE(file, hdf5_write_rows(file->y_range, H5T_NATIVE_DOUBLE, first, count, batch->y_range));
    if (file->store_sequences)
        TRY(write_sequences(sink, batch, error));
    TRY(hdf5_columns_write(file, &sink->metadata.info, batch, error));
    if (sink->is_shard)
        sink->content += hdf5_hash_columns(sink->metadata.info.columns, sink->metadata.info.column_count,
                                           batch->columns, batch->first, batch->count);
    if (sink->is_shard)
        sink->content += hdf5_content_of_batch(batch, sink->counter.image_bytes, sink->counter.panels,
                                               file->chunk_images, file->store_sequences);
    if (file->failure)
        TRY(hdf5_write_failed(file, error));
done:
    return status;
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = image_counter_add(&sink->counter, batch, error);
    if (status || !batch->count)
        return status;
    hdf5_lock();
    status = write_batch(sink, batch, error);
    hdf5_unlock();
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    struct hdf5_file *file = &sink->file;
    enum plotmill_status status = PLOTMILL_OK;
    char hash[METADATA_HASH_SIZE];
    TRY(image_counter_finish(&sink->counter, sink->output.path, error));
    hdf5_content_text(sink->content, sink->counter.images, hash);
    hdf5_lock();
    if (sink->is_shard && hdf5_write_text(file->images, "content_hash", hash) < 0)
        status = hdf5_write_failed(file, error);
    if (!status)
        status = hdf5_file_close(file, error);
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
    metadata_free(&sink->metadata);
    free(sink);
}

/* Chunks and their entries in the index, window_start, y_range, and samples. */
static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    const struct hdf5_sink *sink = self;
    const uint64_t group = sink->file.chunk_images;
    const uint64_t panels = info->panels ? info->panels : 1, fields = info->fields ? info->fields : 1;
    uint64_t bytes = batch->count * (8 + 16 * panels + columns_row_bytes(info->columns, info->column_count) +
                                     (sink->file.store_sequences ? 8 * batch->window * fields : 0));
    for (uint64_t i = 0; i * group < batch->count; i++)
        bytes += batch->streams[i].size + INDEX_ENTRY_BYTES;
    return bytes;
}

/* Images that arrive as they are stored arrive in order at no cost, and the same job writes the same bytes. Other
 * numbers are made and compressed by host threads and come when they are ready. */
static bool arrives_finished(const struct pixel_format *pixels, uint32_t drawn)
{
    const bool copies = pixels->channels > 1 && drawn <= 1;
    return pixels->dtype == DTYPE_U8 && (!copies || pixels->layout == LAYOUT_NCHW);
}

enum plotmill_status sink_create_hdf5(struct sink *sink, const char *path, const struct sink_options *options,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pixel_format *pixels = &options->pixels;
    struct hdf5_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY(output_init(&self->output, path, false, options->force, error));
    hdf5_file_init(&self->file, &self->output, options);
    const struct hdf5_file *file = &self->file;
    self->ops = (struct sink_ops){
        /* HDF5's deflate filter reads zlib streams: finished ones become chunks as they are. */
        .payload = file->compressed ? PAYLOAD_ZLIB : PAYLOAD_PIXELS,
        .pixels = *pixels,
        .images_per_stream = file->compressed && file->chunk_images > 1 ? file->chunk_images : 0,
        .ordered = arrives_finished(pixels, options->drawn),
        .thread_safe = 1,
        .stored_bytes = file->compressed ? stored_bytes : NULL,
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
