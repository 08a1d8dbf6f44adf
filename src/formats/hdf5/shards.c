#include "formats/hdf5/shards.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/numbers.h"
#include "base/os.h"
#include "formats/hdf5/beside.h"

#define BLOCK_BYTES ((size_t)8 << 20)
#define BLOCK_ROWS 8192

static void put(uint8_t *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* All NaNs count as one value. */
static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value == value ? bits : UINT64_MAX;
}

/* y_range: (count, panels, 2). Each panel of an image counts on its own. */
static uint64_t hash_rows(uint64_t first, uint64_t count, uint32_t panels, const int64_t *window_start,
                          const double *y_range)
{
    uint64_t sum = 0;
    uint8_t row[24];
    for (uint64_t i = 0; i < count * panels; i++) {
        put(row, (uint64_t)window_start[i / panels]);
        put(row + 8, bits_of(y_range[2 * i]));
        put(row + 16, bits_of(y_range[2 * i + 1]));
        sum += hash_fold(hash_image(row, sizeof row), first * panels + i);
    }
    return sum;
}

/* A row of samples has `values` numbers, and begins `stride` numbers after the one before. */
static uint64_t hash_sequences(uint64_t first, uint64_t count, const double *samples, uint64_t stride, uint64_t values)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *bytes = (const uint8_t *)(samples + i * stride);
        sum += hash_fold(hash_image(bytes, (size_t)values * sizeof *samples), first + i);
    }
    return sum;
}

uint64_t hdf5_content_of_batch(const struct image_batch *batch, size_t image_bytes, uint32_t panels,
                               uint32_t chunk_images, bool sequences)
{
    const uint64_t fields = batch->fields ? batch->fields : 1;
    uint64_t sum = hash_rows(batch->first, batch->count, panels, batch->window_start, batch->y_range);
    if (sequences)
        sum += hash_sequences(batch->first, batch->count, batch->samples, batch->sample_stride * fields,
                              batch->window * fields);
    if (!batch->streams)
        return sum + hash_images(batch->data, image_bytes, batch->first, batch->count);
    for (uint64_t i = 0; i * chunk_images < batch->count; i++) {
        const struct image_stream *stream = &batch->streams[i];
        sum += hash_fold(hash_image(stream->data, stream->size), batch->first / chunk_images + i);
    }
    return sum;
}

void hdf5_content_text(uint64_t sum, uint64_t images, char text[METADATA_HASH_SIZE])
{
    snprintf(text, METADATA_HASH_SIZE, "%016" PRIx64, hash_finish(sum, images, 0, 0));
}

static herr_t add_chunks(hid_t images, const struct metadata *metadata, uint64_t *sum)
{
    uint8_t *bytes = NULL;
    hsize_t room = 0;
    herr_t done = 0;
    for (uint64_t i = 0; done >= 0 && i * metadata->chunk_images < metadata->info.images; i++) {
        const hsize_t offset[H5S_MAX_RANK] = {i * metadata->chunk_images};
        hsize_t size = 0; /* stays 0 for a chunk that was never written */
        uint32_t filters = 0;
        done = H5Dget_chunk_storage_size(images, offset, &size);
        if (done >= 0 && size > room) {
            free(bytes);
            room = 2 * size;
            bytes = malloc((size_t)room);
        }
        done = done < 0 || !size || !bytes ? -1 : H5Dread_chunk(images, H5P_DEFAULT, offset, &filters, bytes);
        if (done >= 0)
            *sum += hash_fold(hash_image(bytes, (size_t)size), i);
    }
    free(bytes);
    return done;
}

/* Adds the rows of a dataset, `row_bytes` each as memory holds them, in blocks. */
static herr_t add_rows(hid_t dataset, hid_t type, size_t row_bytes, const struct metadata *metadata, bool images,
                       uint64_t *sum)
{
    const uint64_t count = metadata->info.images, numbers = row_bytes / sizeof(double);
    const uint64_t block = row_bytes && row_bytes < BLOCK_BYTES ? BLOCK_BYTES / row_bytes : 1;
    void *values = malloc((size_t)MIN(block, count) * row_bytes);
    herr_t done = dataset < 0 || !values ? -1 : 0;
    for (uint64_t first = 0, rows; done >= 0 && first < count; first += rows) {
        rows = MIN(count - first, block);
        done = hdf5_read_rows(dataset, type, first, rows, row_bytes, values);
        if (done >= 0)
            *sum += images ? hash_images(values, row_bytes, first, rows)
                           : hash_sequences(first, rows, values, numbers, numbers);
    }
    free(values);
    return done;
}

static herr_t add_companions(hid_t file, const struct dataset_info *info, uint64_t *sum)
{
    const uint32_t panels = info->panels;
    const size_t values = 2 * (size_t)panels;
    hid_t window_start = hdf5_open_dataset(file, "window_start"), y_range = hdf5_open_dataset(file, "y_range");
    int64_t *starts = malloc(BLOCK_ROWS * sizeof *starts);
    double *ranges = malloc(BLOCK_ROWS * values * sizeof *ranges);
    herr_t done = window_start < 0 || y_range < 0 || !starts || !ranges ? -1 : 0;
    for (uint64_t first = 0, rows; done >= 0 && first < info->images; first += rows) {
        rows = MIN(info->images - first, BLOCK_ROWS);
        done = hdf5_read_rows(window_start, H5T_NATIVE_INT64, first, rows, 8, starts);
        if (done >= 0)
            done = hdf5_read_rows(y_range, H5T_NATIVE_DOUBLE, first, rows, 8 * values, ranges);
        if (done >= 0)
            *sum += hash_rows(first, rows, panels, starts, ranges);
    }
    free(starts);
    free(ranges);
    hdf5_release(window_start);
    hdf5_release(y_range);
    return done;
}

static herr_t add_columns(hid_t file, const struct dataset_info *info, uint64_t *sum)
{
    herr_t done = 0;
    for (size_t c = 0; done >= 0 && c < info->column_count; c++) {
        const struct image_column *column = &info->columns[c];
        const size_t row_bytes = column_row_bytes(column);
        const uint64_t block = MAX(MIN(BLOCK_BYTES / row_bytes, info->images), 1);
        void *values = malloc((size_t)block * row_bytes);
        hid_t dataset = hdf5_open_dataset(file, column->name);
        done = dataset < 0 || !values ? -1 : 0;
        for (uint64_t first = 0, rows; done >= 0 && first < info->images; first += rows) {
            rows = MIN(info->images - first, block);
            done = hdf5_read_rows(dataset, hdf5_column_memory(column->type), first, rows, row_bytes, values);
            if (done >= 0)
                *sum += hdf5_hash_columns(column, 1, (const void *const[]){values}, first, rows);
        }
        hdf5_release(dataset);
        free(values);
    }
    return done;
}

static herr_t read_content(hid_t file, const struct metadata *metadata, uint64_t *sum)
{
    const struct dataset_info *info = &metadata->info;
    const size_t image_bytes = (size_t)pixel_format_image_bytes(&info->stored, info->width, info->height);
    hid_t images = hdf5_open_dataset(file, "images"), type = images < 0 ? -1 : H5Dget_type(images);
    herr_t done = metadata->compressed ? add_chunks(images, metadata, sum)
                                       : add_rows(images, type, image_bytes, metadata, true, sum);
    hdf5_release(type);
    hdf5_release(images);
    if (done >= 0)
        done = add_companions(file, info, sum);
    if (done >= 0)
        done = add_columns(file, info, sum);
    if (done >= 0 && info->window) {
        hid_t sequences = hdf5_open_dataset(file, "sequences");
        done = add_rows(sequences, H5T_NATIVE_DOUBLE, (size_t)info->window * info->fields * sizeof(double), metadata,
                        false, sum);
        hdf5_release(sequences);
    }
    return done;
}

static enum shard_state verify(const char *path, const struct metadata *metadata, char reason[SHARD_REASON_SIZE])
{
    char hash[METADATA_HASH_SIZE];
    uint64_t sum = 0;
    if (!*metadata->content_hash) {
        snprintf(reason, SHARD_REASON_SIZE, "it records no hash of its contents");
        return SHARD_DAMAGED;
    }
    hdf5_lock();
    struct hdf5_opening failure = {0};
    hid_t file = hdf5_open_file(path, &failure);
    herr_t done = file < 0 ? -1 : read_content(file, metadata, &sum);
    hdf5_release(file);
    hdf5_unlock();
    if (file < 0 && failure.system) {
        snprintf(reason, SHARD_REASON_SIZE, "%s", failure.reason);
        return SHARD_CLOSED;
    }
    if (done < 0) {
        snprintf(reason, SHARD_REASON_SIZE, "its images cannot all be read");
        return SHARD_DAMAGED;
    }
    hdf5_content_text(sum, metadata->info.images, hash);
    snprintf(reason, SHARD_REASON_SIZE, "its contents have the hash %s, expected %s", hash, metadata->content_hash);
    return strcmp(hash, metadata->content_hash) ? SHARD_DAMAGED : SHARD_COMPLETE;
}

/* A power cut leaves a file whose bytes had not reached the disk short or starting with zeros. A file that starts with
 * anything else is not plotmill's. */
static enum shard_state check_signature(const char *path, char reason[SHARD_REASON_SIZE])
{
    static const char signature[] = "\x89HDF\r\n\x1a\n", zeros[8] = {0};
    char found[8] = {0};
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(reason, SHARD_REASON_SIZE, "cannot be opened: %s", strerror(errno));
        return SHARD_CLOSED;
    }
    size_t got = fread(found, 1, sizeof found, file);
    fclose(file);
    if (got == sizeof found && !memcmp(found, signature, sizeof found))
        return SHARD_COMPLETE;
    if (!memcmp(found, signature, got) || !memcmp(found, zeros, sizeof found)) {
        snprintf(reason, SHARD_REASON_SIZE, "its first bytes are missing");
        return SHARD_DAMAGED;
    }
    snprintf(reason, SHARD_REASON_SIZE, "is not an HDF5 file");
    return SHARD_FOREIGN;
}

static enum shard_state describe(const char *path, struct metadata *metadata, char reason[SHARD_REASON_SIZE])
{
    struct stored stored;
    struct plotmill_error error;
    *metadata = METADATA_UNKNOWN;
    if (!os_exists(path))
        return SHARD_ABSENT;
    enum shard_state state = check_signature(path, reason);
    if (state != SHARD_COMPLETE)
        return state;
    hdf5_lock();
    struct hdf5_opening failure;
    hid_t file = hdf5_open_file(path, &failure), images = hdf5_open_dataset(file, "images");
    if (file < 0 && failure.system) {
        state = SHARD_CLOSED;
        snprintf(reason, SHARD_REASON_SIZE, "%s", failure.reason);
    } else if (file < 0) {
        state = SHARD_DAMAGED;
        snprintf(reason, SHARD_REASON_SIZE, "it cannot be opened as HDF5");
    } else if (images < 0 || hdf5_describe(path, images, metadata, &stored, &error) || !metadata->producer) {
        state = SHARD_FOREIGN;
        snprintf(reason, SHARD_REASON_SIZE, "is an HDF5 file that plotmill did not write");
    }
    hdf5_release(images);
    hdf5_release(file);
    hdf5_unlock();
    return state;
}

const struct shard_impl hdf5_shards = {describe, verify, hdf5_write_virtual, hdf5_has_sources, hdf5_is_truncated};
