/* One HDF5 file: /images, one chunk an image, and what is known of each. */
#include "sink/sink.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "base/try.h"
#include "sink/hdf5_driver.h"
#include "sink/hdf5_error.h"
#include "sink/tally.h"

struct hdf5_sink {
    struct output output;
    struct tally tally;
    bool compressed;
    int failure; /* errno of the first write that failed: HDF5 itself is not told (sink/hdf5_driver.h) */
    hid_t file;
    hid_t images;
    hid_t window_start;
    hid_t y_range;
};

static enum plotmill_status write_failed(const struct hdf5_sink *sink, struct plotmill_error *error)
{
    if (!sink->failure)
        return hdf5_error_set(error, PLOTMILL_IO_FAILED, sink->output.path, "cannot be written");
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sink->output.path,
                              strerror(sink->failure));
}

#define TRY_HDF5(call)                      \
    do {                                    \
        if ((call) < 0)                     \
            TRY(write_failed(sink, error)); \
    } while (0)

/* Closes what is open, the file last. A full disk may show only now. */
static enum plotmill_status close_file(struct hdf5_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t *const datasets[] = {&sink->images, &sink->window_start, &sink->y_range};
    for (int i = 0; i < 3; i++) {
        if (*datasets[i] >= 0 && H5Dclose(*datasets[i]) < 0 && !status)
            status = write_failed(sink, error);
        *datasets[i] = -1;
    }
    if (sink->file >= 0 && H5Fclose(sink->file) < 0 && !status)
        status = write_failed(sink, error);
    sink->file = -1;
    return sink->failure && !status ? write_failed(sink, error) : status;
}

static void abort_sink(void *self)
{
    struct hdf5_sink *sink = self;
    H5E_BEGIN_TRY
    {
        close_file(sink, NULL);
    }
    H5E_END_TRY
    output_discard(&sink->output);
}

static enum plotmill_status write_text(struct hdf5_sink *sink, const char *name, const char *text,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t type = -1, space = -1, attribute = -1;
    TRY_HDF5(type = H5Tcopy(H5T_C_S1));
    TRY_HDF5(H5Tset_size(type, H5T_VARIABLE));
    TRY_HDF5(H5Tset_cset(type, H5T_CSET_UTF8));
    TRY_HDF5(space = H5Screate(H5S_SCALAR));
    TRY_HDF5(attribute = H5Acreate2(sink->images, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    TRY_HDF5(H5Awrite(attribute, type, &text));
done:
    if (attribute >= 0)
        H5Aclose(attribute);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return status;
}

static enum plotmill_status write_number(struct hdf5_sink *sink, const char *name, int number,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t space = -1, attribute = -1;
    TRY_HDF5(space = H5Screate(H5S_SCALAR));
    TRY_HDF5(attribute = H5Acreate2(sink->images, name, H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT));
    TRY_HDF5(H5Awrite(attribute, H5T_NATIVE_INT, &number));
done:
    if (attribute >= 0)
        H5Aclose(attribute);
    if (space >= 0)
        H5Sclose(space);
    return status;
}

/* A dataset of fixed extents: the number of images is known, and the index of its chunks is then a plain array. */
static enum plotmill_status create_dataset(struct hdf5_sink *sink, const char *name, hid_t type, int rank,
                                           const hsize_t *shape, hid_t properties, hid_t *dataset,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t space = -1;
    TRY_HDF5(space = H5Screate_simple(rank, shape, NULL));
    TRY_HDF5(*dataset = H5Dcreate2(sink->file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
done:
    if (space >= 0)
        H5Sclose(space);
    return status;
}

static enum plotmill_status create_images(struct hdf5_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t shape[3] = {sink->tally.images, sink->tally.height, sink->tally.width};
    hsize_t chunk[3] = {1, sink->tally.height, sink->tally.width};
    hid_t properties = -1;
    TRY_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_HDF5(H5Pset_chunk(properties, 3, chunk));
    /* The level is a note to whoever recompresses; what is stored is any zlib stream. */
    if (sink->compressed)
        TRY_HDF5(H5Pset_deflate(properties, 1));
    /* Every chunk is written whole. */
    TRY_HDF5(H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER));
    TRY(create_dataset(sink, "images", H5T_STD_U8LE, 3, shape, properties, &sink->images, error));
done:
    if (properties >= 0)
        H5Pclose(properties);
    return status;
}

static enum plotmill_status create_file(struct hdf5_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t access = -1;
    TRY_HDF5(access = H5Pcreate(H5P_FILE_ACCESS));
    TRY_HDF5(H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110));
    TRY_HDF5(hdf5_driver_use(access, &sink->failure));
    TRY_HDF5(sink->file = H5Fcreate(sink->output.temporary, H5F_ACC_TRUNC, H5P_DEFAULT, access));
done:
    if (access >= 0)
        H5Pclose(access);
    return status;
}

static enum plotmill_status create_all(struct hdf5_sink *sink, const struct plotmill_dataset_info *info,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t shape[2] = {info->images, 2};
    TRY(create_file(sink, error));
    TRY(create_images(sink, error));
    TRY(create_dataset(sink, "window_start", H5T_STD_I64LE, 1, shape, H5P_DEFAULT, &sink->window_start, error));
    TRY(create_dataset(sink, "y_range", H5T_IEEE_F64LE, 2, shape, H5P_DEFAULT, &sink->y_range, error));
    TRY(write_text(sink, "plotmill_version", plotmill_version(), error));
    TRY(write_text(sink, "spec", info->spec ? info->spec : "", error));
    TRY(write_text(sink, "layout", "NHW", error));
    TRY(write_number(sink, "background", info->background, error));
    TRY(write_number(sink, "foreground", info->foreground, error));
    if (sink->failure)
        TRY(write_failed(sink, error));
done:
    return status;
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_start(&sink->tally, info, NULL, error));
    /* HDF5's limit for a chunk, and zlib's for one piece of input. */
    if (sink->tally.image_bytes > UINT32_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: images of %ux%u pixels, expected at most 4 GiB each", sink->output.path,
             (unsigned)info->width, (unsigned)info->height);
    H5E_BEGIN_TRY
    {
        status = create_all(sink, info, error);
    }
    H5E_END_TRY
done:
    if (status)
        abort_sink(sink);
    return status;
}

/* Stores the finished bytes of one image: a zlib stream, or pixels where there is no filter. */
static enum plotmill_status write_chunk(struct hdf5_sink *sink, uint64_t index, const void *bytes, size_t size,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t at[3] = {index, 0, 0};
    TRY_HDF5(H5Dwrite_chunk(sink->images, H5P_DEFAULT, 0, at, size, bytes));
done:
    return status;
}

/* Rows first..first+count-1 of a dataset of `rank` dimensions, the second (if any) of 2. */
static enum plotmill_status write_rows(struct hdf5_sink *sink, hid_t dataset, int rank, hid_t type,
                                       const struct plotmill_batch *batch, const void *values,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t start[2] = {batch->first, 0}, count[2] = {batch->count, 2};
    hid_t in_file = -1, in_memory = -1;
    TRY_HDF5(in_file = H5Dget_space(dataset));
    TRY_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, count, NULL));
    TRY_HDF5(in_memory = H5Screate_simple(rank, count, NULL));
    TRY_HDF5(H5Dwrite(dataset, type, in_memory, in_file, H5P_DEFAULT, values));
done:
    if (in_memory >= 0)
        H5Sclose(in_memory);
    if (in_file >= 0)
        H5Sclose(in_file);
    return status;
}

static enum plotmill_status write_batch(struct hdf5_sink *sink, const struct plotmill_batch *batch,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint64_t i = 0; i < batch->count; i++)
        if (sink->compressed)
            TRY(write_chunk(sink, batch->first + i, batch->streams[i].data, batch->streams[i].size, error));
        else
            TRY(write_chunk(sink, batch->first + i, batch->data + (size_t)i * sink->tally.image_bytes,
                            sink->tally.image_bytes, error));
    TRY(write_rows(sink, sink->window_start, 1, H5T_NATIVE_INT64, batch, batch->window_start, error));
    TRY(write_rows(sink, sink->y_range, 2, H5T_NATIVE_DOUBLE, batch, batch->y_range, error));
    if (sink->failure)
        TRY(write_failed(sink, error));
done:
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = tally_add(&sink->tally, batch, error);
    if (status || !batch->count)
        return status;
    H5E_BEGIN_TRY
    {
        status = write_batch(sink, batch, error);
    }
    H5E_END_TRY
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct hdf5_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_finish(&sink->tally, sink->output.path, error));
    H5E_BEGIN_TRY
    {
        status = close_file(sink, error);
    }
    H5E_END_TRY
    TRY(status);
    TRY(output_commit(&sink->output, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct hdf5_sink *sink = self;
    if (sink->file >= 0)
        abort_sink(sink);
    output_free(&sink->output);
    free(sink);
}

#define HDF5_CALLS \
    .open = open_sink, .write = write_sink, .finish = finish_sink, .abort = abort_sink, .destroy = destroy_sink

/* What HDF5's deflate filter reads is a zlib stream: finished ones become chunks as they are. */
static const struct plotmill_sink_ops stream_ops = {.payload = PLOTMILL_PAYLOAD_ZLIB, HDF5_CALLS};
static const struct plotmill_sink_ops pixel_ops = {.payload = PLOTMILL_PAYLOAD_PIXELS, HDF5_CALLS};

enum plotmill_status sink_create_hdf5(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->file = self->images = self->window_start = self->y_range = -1;
    self->compressed = options->compress == PLOTMILL_COMPRESS_DEFLATE;
    TRY(output_init(&self->output, path, false, options->force, error));
    *sink = (struct sink){self->compressed ? &stream_ops : &pixel_ops, self};
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
