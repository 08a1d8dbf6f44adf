#include "formats/hdf5/sequences.h"

#if HAVE_HDF5

#include <stdlib.h>
#include <string.h>

#include "base/try.h"

/* Of a chunk, within HDF5's cache of 1 MiB so that batches may end within one. */
#define CHUNK_BYTES ((uint64_t)256 << 10)

static uint64_t rows_of_chunk(uint64_t window, uint64_t images)
{
    uint64_t rows = CHUNK_BYTES / (window * sizeof(double));
    rows = rows ? rows : 1;
    return rows < images ? rows : images;
}

enum plotmill_status hdf5_sequences_create(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t shape[2] = {info->images, info->window}, most[2] = {H5S_UNLIMITED, info->window};
    hsize_t chunk[2] = {0, info->window};
    hid_t space = -1, properties = -1;
    if (!info->window)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: --store-sequences: nobody told how many samples an image has", file->path);
    chunk[0] = rows_of_chunk(info->window, info->images);
    TRY_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_HDF5(H5Pset_chunk(properties, 2, chunk));
    TRY_HDF5(H5Pset_obj_track_times(properties, 0));
    if (file->compressed)
        TRY_HDF5(H5Pset_deflate(properties, 1));
    TRY_HDF5(space = H5Screate_simple(2, shape, most));
    TRY_HDF5(file->sequences =
                 H5Dcreate2(file->file, "sequences", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    file->window = info->window;
done:
    if (space >= 0)
        H5Sclose(space);
    if (properties >= 0)
        H5Pclose(properties);
    return status;
}

/* Windows that overlap share their samples: laid out one after another here, a chunk's rows at a time. */
enum plotmill_status hdf5_sequences_write(struct hdf5_file *file, const struct plotmill_batch *batch,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t most = rows_of_chunk(file->window, batch->count);
    double *rows = NULL;
    if (!batch->samples || batch->window != file->window)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: --store-sequences: images came without their %llu samples", file->path,
             (unsigned long long)file->window);
    TRY_ALLOCATE(error, rows, most, file->window * sizeof *rows);
    for (uint64_t done = 0, count; done < batch->count; done += count) {
        count = batch->count - done < most ? batch->count - done : most;
        for (uint64_t k = 0; k < count; k++)
            memcpy(rows + k * file->window, batch->samples + (done + k) * batch->sample_stride,
                   (size_t)file->window * sizeof *rows);
        TRY(hdf5_file_write_rows(file, file->sequences, H5T_NATIVE_DOUBLE, batch->first + done, count, rows, error));
    }
done:
    free(rows);
    return status;
}

#endif
