#include "formats/hdf5/content.h"

#if HAVE_HDF5

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define BLOCK_BYTES ((size_t)8 << 20)
#define BLOCK_ROWS 8192

static void put(uint8_t *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* NaN has many forms: all are one here. */
static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value == value ? bits : UINT64_MAX;
}

static uint64_t rows_of(uint64_t first, uint64_t count, const int64_t *window_start, const double *y_range)
{
    uint64_t sum = 0;
    uint8_t row[24];
    for (uint64_t i = 0; i < count; i++) {
        put(row, (uint64_t)window_start[i]);
        put(row + 8, bits_of(y_range[2 * i]));
        put(row + 16, bits_of(y_range[2 * i + 1]));
        sum += hash_fold(hash_image(row, sizeof row), first + i);
    }
    return sum;
}

uint64_t hdf5_content_of(const struct plotmill_batch *batch, size_t image_bytes, uint32_t group)
{
    uint64_t sum = rows_of(batch->first, batch->count, batch->window_start, batch->y_range);
    if (!batch->streams)
        return sum + hash_images(batch->data, image_bytes, batch->first, batch->count);
    for (uint64_t i = 0, k = 0; i < batch->count; i += group, k++)
        sum += hash_fold(hash_image(batch->streams[k].data, batch->streams[k].size), batch->first / group + k);
    return sum;
}

static uint64_t sequences_of(uint64_t first, uint64_t count, const double *samples, uint64_t stride, uint64_t window)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum +=
            hash_fold(hash_image((const uint8_t *)(samples + i * stride), (size_t)window * sizeof *samples), first + i);
    return sum;
}

uint64_t hdf5_content_of_sequences(const struct plotmill_batch *batch)
{
    return sequences_of(batch->first, batch->count, batch->samples, batch->sample_stride, batch->window);
}

void hdf5_content_text(uint64_t sum, uint64_t images, char text[HDF5_CONTENT_SIZE])
{
    snprintf(text, HDF5_CONTENT_SIZE, "%016" PRIx64, hash_finish(sum, images, 0, 0));
}

/* Rows first..first+count-1 of a dataset of any rank. */
static herr_t read_rows(hid_t dataset, hid_t type, uint64_t first, uint64_t count, void *values)
{
    hsize_t start[H5S_MAX_RANK] = {first}, size[H5S_MAX_RANK] = {0};
    herr_t done = -1;
    hid_t in_file = H5Dget_space(dataset), in_memory = -1;
    int rank = H5Sget_simple_extent_dims(in_file, size, NULL);
    size[0] = count;
    if (rank > 0 && H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, size, NULL) >= 0)
        in_memory = H5Screate_simple(rank, size, NULL);
    if (in_memory >= 0) {
        done = H5Dread(dataset, type, in_memory, in_file, H5P_DEFAULT, values);
        H5Sclose(in_memory);
    }
    H5Sclose(in_file);
    return done;
}

static herr_t add_streams(hid_t images, const struct hdf5_facts *facts, uint64_t *sum)
{
    uint8_t *bytes = NULL;
    hsize_t room = 0;
    herr_t done = 0;
    for (uint64_t k = 0; done >= 0 && k * facts->chunk_images < facts->images; k++) {
        const hsize_t at[H5S_MAX_RANK] = {k * facts->chunk_images};
        hsize_t size = 0;
        uint32_t filters = 0;
        done = H5Dget_chunk_storage_size(images, at, &size);
        if (done >= 0 && size > room) {
            free(bytes);
            room = 2 * size;
            bytes = malloc((size_t)room);
        }
        /* Of a chunk that was never written the size is 0. */
        done = done < 0 || !size || !bytes ? -1 : H5Dread_chunk(images, H5P_DEFAULT, at, &filters, bytes);
        if (done >= 0)
            *sum += hash_fold(hash_image(bytes, (size_t)size), k);
    }
    free(bytes);
    return done;
}

static herr_t add_images(hid_t images, const struct hdf5_facts *facts, uint64_t *sum)
{
    hid_t type = H5Dget_type(images);
    size_t image_bytes = H5Tget_size(type);
    for (int i = 1; i < facts->rank && i < 4; i++)
        image_bytes *= (size_t)facts->axes[i];
    uint64_t block = image_bytes && image_bytes < BLOCK_BYTES ? BLOCK_BYTES / image_bytes : 1;
    uint8_t *bytes = malloc((size_t)block * image_bytes);
    herr_t done = bytes ? 0 : -1;
    for (uint64_t first = 0; done >= 0 && first < facts->images; first += block) {
        uint64_t count = facts->images - first < block ? facts->images - first : block;
        done = read_rows(images, type, first, count, bytes);
        if (done >= 0)
            *sum += hash_images(bytes, image_bytes, first, count);
    }
    free(bytes);
    H5Tclose(type);
    return done;
}

static herr_t add_rows(hid_t file, const struct hdf5_facts *facts, uint64_t *sum)
{
    hid_t window_start = H5Dopen2(file, "window_start", H5P_DEFAULT), y_range = H5Dopen2(file, "y_range", H5P_DEFAULT);
    int64_t *starts = malloc(BLOCK_ROWS * sizeof *starts);
    double *ranges = malloc(BLOCK_ROWS * 2 * sizeof *ranges);
    herr_t done = window_start < 0 || y_range < 0 || !starts || !ranges ? -1 : 0;
    for (uint64_t first = 0; done >= 0 && first < facts->images; first += BLOCK_ROWS) {
        uint64_t count = facts->images - first < BLOCK_ROWS ? facts->images - first : BLOCK_ROWS;
        done = read_rows(window_start, H5T_NATIVE_INT64, first, count, starts);
        if (done >= 0)
            done = read_rows(y_range, H5T_NATIVE_DOUBLE, first, count, ranges);
        if (done >= 0)
            *sum += rows_of(first, count, starts, ranges);
    }
    free(starts);
    free(ranges);
    if (window_start >= 0)
        H5Dclose(window_start);
    if (y_range >= 0)
        H5Dclose(y_range);
    return done;
}

static herr_t add_sequences(hid_t file, const struct hdf5_facts *facts, uint64_t *sum)
{
    const uint64_t window = facts->sequence_samples;
    const uint64_t block = window * sizeof(double) < BLOCK_BYTES ? BLOCK_BYTES / (window * sizeof(double)) : 1;
    hid_t sequences = H5Dopen2(file, "sequences", H5P_DEFAULT);
    double *samples = malloc((size_t)(block * window) * sizeof *samples);
    herr_t done = sequences < 0 || !samples ? -1 : 0;
    for (uint64_t first = 0; done >= 0 && first < facts->images; first += block) {
        uint64_t count = facts->images - first < block ? facts->images - first : block;
        done = read_rows(sequences, H5T_NATIVE_DOUBLE, first, count, samples);
        if (done >= 0)
            *sum += sequences_of(first, count, samples, window, window);
    }
    free(samples);
    if (sequences >= 0)
        H5Dclose(sequences);
    return done;
}

herr_t hdf5_content_read(hid_t file, hid_t images, const struct hdf5_facts *facts, uint64_t *sum)
{
    *sum = 0;
    herr_t done = facts->compressed ? add_streams(images, facts, sum) : add_images(images, facts, sum);
    if (done >= 0)
        done = add_rows(file, facts, sum);
    return done < 0 || !facts->sequence_samples ? done : add_sequences(file, facts, sum);
}

#endif
