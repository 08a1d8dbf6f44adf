#include "formats/hdf5/file.h"

#if HAVE_HDF5

#include <string.h>

#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/hdf5/attribute.h"
#include "formats/hdf5/driver.h"
#include "formats/hdf5/error.h"
#include "formats/hdf5/sequences.h"
#include "formats/hdf5/type.h"

/* Rows a chunk of /window_start and /y_range: 64 and 128 kB. */
#define COMPANION_ROWS 8192

void hdf5_file_init(struct hdf5_file *file, const struct output *output, const struct plotmill_sink_options *options)
{
    *file = (struct hdf5_file){
        .path = output->path,
        .temporary = output->temporary,
        .pixels = options->pixels,
        .chunk_images = 1,
        .file = -1,
        .images = -1,
        .window_start = -1,
        .y_range = -1,
        .sequences = -1,
        .store_sequences = options->store_sequences != 0,
    };
}

enum plotmill_status hdf5_write_failed(const struct hdf5_file *file, struct plotmill_error *error)
{
    if (!file->failure)
        return hdf5_error_set(error, PLOTMILL_IO_FAILED, file->path, "cannot be written");
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", file->path,
                              strerror(file->failure));
}

enum plotmill_status hdf5_file_close(struct hdf5_file *file, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t *const datasets[] = {&file->images, &file->window_start, &file->y_range, &file->sequences};
    for (int i = 0; i < 4; i++) {
        if (*datasets[i] >= 0 && H5Dclose(*datasets[i]) < 0 && !status)
            status = hdf5_write_failed(file, error);
        *datasets[i] = -1;
    }
    if (file->file >= 0 && H5Fclose(file->file) < 0 && !status)
        status = hdf5_write_failed(file, error);
    file->file = -1;
    return file->failure && !status ? hdf5_write_failed(file, error) : status;
}

/* A dataset that can grow along its first axis. `properties` gets its chunks: `rows` along that axis, whole along the
 * others. */
static enum plotmill_status create_dataset(struct hdf5_file *file, const char *name, hid_t type, int rank,
                                           const hsize_t *shape, hsize_t rows, hid_t properties, hid_t *dataset,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t most[4], chunk[4];
    hid_t space = -1;
    for (int i = 0; i < rank; i++) {
        most[i] = i ? shape[i] : H5S_UNLIMITED;
        chunk[i] = i ? shape[i] : rows;
    }
    TRY_HDF5(H5Pset_chunk(properties, rank, chunk));
    /* The same job gives the same file at any time. */
    TRY_HDF5(H5Pset_obj_track_times(properties, 0));
    TRY_HDF5(space = H5Screate_simple(rank, shape, most));
    TRY_HDF5(*dataset = H5Dcreate2(file->file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
done:
    if (space >= 0)
        H5Sclose(space);
    return status;
}

enum plotmill_status hdf5_file_write_rows(const struct hdf5_file *file, hid_t dataset, hid_t type, uint64_t first,
                                          uint64_t count, const void *values, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t start[4] = {first, 0, 0, 0};
    hsize_t size[4] = {0};
    hid_t in_file = -1, in_memory = -1;
    TRY_HDF5(in_file = H5Dget_space(dataset));
    int rank = H5Sget_simple_extent_dims(in_file, size, NULL);
    size[0] = count;
    TRY_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, size, NULL));
    TRY_HDF5(in_memory = H5Screate_simple(rank, size, NULL));
    TRY_HDF5(H5Dwrite(dataset, type, in_memory, in_file, H5P_DEFAULT, values));
done:
    if (in_memory >= 0)
        H5Sclose(in_memory);
    if (in_file >= 0)
        H5Sclose(in_file);
    return status;
}

/* What images hold that nobody wrote, when somebody lets the file grow: background. */
static herr_t set_blank(const struct hdf5_file *file, const struct plotmill_dataset_info *info, hid_t type,
                        hid_t properties)
{
    const struct plotmill_pixel_format plain = {.dtype = file->pixels.dtype};
    const struct pixel_shape shape = {8, 1, info->background, info->foreground};
    uint8_t pixels[8], stored[8 * sizeof(float)];
    memset(pixels, info->background, sizeof pixels);
    pixel_format_store(&plain, &shape, pixels, 1, stored);
    return H5Pset_fill_value(properties, type, stored);
}

static enum plotmill_status create_images(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t axes[4];
    hsize_t shape[4] = {0};
    hid_t properties = -1, type = -1;
    int rank = pixel_format_axes(&file->pixels, info->images, info->width, info->height, axes);
    for (int i = 0; i < rank; i++)
        shape[i] = axes[i];
    TRY_HDF5(type = hdf5_pixel_type(file->pixels.dtype));
    TRY_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    /* The level is a note to whoever recompresses; what is stored is any zlib stream. */
    if (file->compressed)
        TRY_HDF5(H5Pset_deflate(properties, 1));
    TRY_HDF5(set_blank(file, info, type, properties));
    TRY(create_dataset(file, "images", type, rank, shape, file->chunk_images, properties, &file->images, error));
done:
    if (properties >= 0)
        H5Pclose(properties);
    if (type >= 0)
        H5Tclose(type);
    return status;
}

/* /window_start and /y_range, in chunks of their own: they grow with the images. Their place is taken at once (and
 * filled later), so that where images lie does not depend on the batches, which are as large as was measured. */
static enum plotmill_status create_companions(struct hdf5_file *file, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t shape[2] = {images, 2}, rows = images < COMPANION_ROWS ? images : COMPANION_ROWS;
    hid_t properties = -1;
    TRY_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_HDF5(H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY));
    TRY_HDF5(H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER));
    TRY(create_dataset(file, "window_start", H5T_STD_I64LE, 1, shape, rows, properties, &file->window_start, error));
    TRY(create_dataset(file, "y_range", H5T_IEEE_F64LE, 2, shape, rows, properties, &file->y_range, error));
done:
    if (properties >= 0)
        H5Pclose(properties);
    return status;
}

enum plotmill_status hdf5_file_start(struct hdf5_file *file, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t access = -1, creation = -1;
    TRY_HDF5(access = H5Pcreate(H5P_FILE_ACCESS));
    TRY_HDF5(creation = H5Pcreate(H5P_FILE_CREATE));
    TRY_HDF5(H5Pset_obj_track_times(creation, 0));
    /* Unlimited axes then get an extensible array for their chunks, not a tree. */
    TRY_HDF5(H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110));
    TRY_HDF5(hdf5_driver_use(access, &file->failure));
    TRY_HDF5(file->file = H5Fcreate(file->temporary, H5F_ACC_TRUNC, creation, access));
done:
    if (creation >= 0)
        H5Pclose(creation);
    if (access >= 0)
        H5Pclose(access);
    return status;
}

enum plotmill_status hdf5_file_describe(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hid_t images = file->images;
    TRY_HDF5(hdf5_write_text(images, "plotmill_version", plotmill_version()));
    TRY_HDF5(hdf5_write_text(images, "spec", info->spec ? info->spec : ""));
    if (info->input && *info->input)
        TRY_HDF5(hdf5_write_text(images, "input", info->input));
    TRY_HDF5(hdf5_write_text(images, "layout", pixel_layout_name(file->pixels.layout)));
    TRY_HDF5(hdf5_write_number(images, "background", H5T_STD_I32LE, info->background));
    TRY_HDF5(hdf5_write_number(images, "foreground", H5T_STD_I32LE, info->foreground));
    if (file->pixels.dtype != PLOTMILL_DTYPE_U8)
        TRY_HDF5(hdf5_write_text(images, "dtype", pixel_dtype_name(file->pixels.dtype)));
    if (file->pixels.dtype == PLOTMILL_DTYPE_BITS)
        TRY_HDF5(hdf5_write_number(images, "width", H5T_STD_I64LE, info->width));
    if (file->store_sequences)
        TRY_HDF5(hdf5_write_number(images, "sequence_samples", H5T_STD_I64LE, (int64_t)info->window));
    if (info->first)
        TRY_HDF5(hdf5_write_number(images, "first", H5T_STD_I64LE, (int64_t)info->first));
    if (info->whole)
        TRY_HDF5(hdf5_write_number(images, "whole", H5T_STD_I64LE, (int64_t)info->whole));
done:
    return status;
}

enum plotmill_status hdf5_file_create(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(hdf5_file_start(file, error));
    TRY(create_images(file, info, error));
    TRY(create_companions(file, info->images, error));
    TRY(hdf5_file_describe(file, info, error));
    if (file->store_sequences)
        TRY(hdf5_sequences_create(file, info, error));
    if (file->failure)
        TRY(hdf5_write_failed(file, error));
done:
    return status;
}

#endif
