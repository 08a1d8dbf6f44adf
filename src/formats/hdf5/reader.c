/* Images in an HDF5 file: /images, with /window_start and /y_range where they are there. */
#include "formats/format.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/hdf5/attribute.h"
#include "formats/hdf5/error.h"
#include "formats/hdf5/lock.h"
#include "formats/hdf5/sources.h"
#include "formats/hdf5/type.h"
#include "formats/stored.h"

struct hdf5_reader {
    char *path;
    hid_t file;
    hid_t images;
    struct stored stored;
    hid_t window_start; /* -1: not there */
    hid_t y_range;
    uint64_t run; /* of a joint file: images that are read before its datasets are opened anew; else 0 */
    uint64_t at;  /* which such run they were opened for */
    char *spec, *input, *producer; /* NULL: not told */
};

/* Of a joint file, at a time, for each of its datasets. */
#define FILES_OPEN 4

#define TRY_HDF5(call, action)                                                      \
    do {                                                                            \
        if ((call) < 0)                                                             \
            TRY(hdf5_error_set(error, PLOTMILL_BAD_INPUT, reader->path, (action))); \
    } while (0)

static void destroy(void *self)
{
    struct hdf5_reader *reader = self;
    const hid_t datasets[] = {reader->images, reader->window_start, reader->y_range};
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        for (int i = 0; i < 3; i++)
            if (datasets[i] >= 0)
                H5Dclose(datasets[i]);
        if (reader->file >= 0)
            H5Fclose(reader->file);
    }
    H5E_END_TRY
    hdf5_unlock();
    free(reader->spec);
    free(reader->input);
    free(reader->producer);
    free(reader->path);
    free(reader);
}

/* Rows first..first+count-1 along the first dimension. */
static enum plotmill_status read_rows(const struct hdf5_reader *reader, hid_t dataset, hid_t type, uint64_t first,
                                      uint64_t count, void *values, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t start[4] = {first, 0, 0, 0}, size[4] = {0};
    hid_t in_file = -1, in_memory = -1;
    TRY_HDF5(in_file = H5Dget_space(dataset), "cannot be read");
    int rank = H5Sget_simple_extent_dims(in_file, size, NULL);
    size[0] = count;
    TRY_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, size, NULL), "cannot be read");
    TRY_HDF5(in_memory = H5Screate_simple(rank, size, NULL), "cannot be read");
    TRY_HDF5(H5Dread(dataset, type, in_memory, in_file, H5P_DEFAULT, values), "cannot be read");
done:
    if (in_memory >= 0)
        H5Sclose(in_memory);
    if (in_file >= 0)
        H5Sclose(in_file);
    return status;
}

/* A stored_source. */
static enum plotmill_status read_stored(void *self, uint64_t first, uint64_t count, void *bytes,
                                        struct plotmill_error *error)
{
    const struct hdf5_reader *reader = self;
    enum plotmill_status status = PLOTMILL_OK;
    hid_t type = -1;
    TRY_HDF5(type = hdf5_pixel_type(reader->stored.format.dtype), "cannot be read");
    TRY(read_rows(reader, reader->images, type, first, count, bytes, error));
done:
    if (type >= 0)
        H5Tclose(type);
    return status;
}

static enum plotmill_status read_all(struct hdf5_reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                     int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(stored_read(&reader->stored, reader->path, read_stored, reader, first, count, pixels, error));
    if (window_start && reader->window_start >= 0)
        TRY(read_rows(reader, reader->window_start, H5T_NATIVE_INT64, first, count, window_start, error));
    if (y_range && reader->y_range >= 0)
        TRY(read_rows(reader, reader->y_range, H5T_NATIVE_DOUBLE, first, count, y_range, error));
done:
    return status;
}

/* A joint file's dataset keeps every file open that it has read from, and gives blank images, in silence, when there
 * are too many: it is opened anew before that. */
static enum plotmill_status reopen(struct hdf5_reader *reader, uint64_t at, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t *const datasets[] = {&reader->images, &reader->window_start, &reader->y_range};
    static const char *const names[] = {"images", "window_start", "y_range"};
    if (!reader->run || reader->at == at)
        return PLOTMILL_OK;
    for (int i = 0; i < 3; i++) {
        if (*datasets[i] < 0)
            continue;
        H5Dclose(*datasets[i]);
        TRY_HDF5(*datasets[i] = H5Dopen2(reader->file, names[i], H5P_DEFAULT), "cannot be read");
    }
    reader->at = at;
done:
    return status;
}

/* What lies in one run at a time. */
static enum plotmill_status read_runs(struct hdf5_reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                      int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t image_bytes = (size_t)reader->stored.shape.width * reader->stored.shape.height;
    for (uint64_t done = 0, piece; done < count; done += piece) {
        uint64_t place = first + done;
        piece = count - done;
        if (reader->run && piece > reader->run - place % reader->run)
            piece = reader->run - place % reader->run;
        TRY(reopen(reader, reader->run ? place / reader->run : 0, error));
        TRY(read_all(reader, place, piece, pixels + done * image_bytes, window_start ? window_start + done : NULL,
                     y_range ? y_range + 2 * done : NULL, error));
    }
done:
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status;
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = read_runs(self, first, count, pixels, window_start, y_range, error);
    }
    H5E_END_TRY
    hdf5_unlock();
    return status;
}

static const struct reader_impl hdf5_impl = {read_images, destroy};

/* The names in the root group, as many as fit. */
static void list_names(hid_t file, char *names, size_t size)
{
    H5G_info_t info;
    size_t used = 0;
    names[0] = 0;
    if (H5Gget_info(file, &info) < 0)
        return;
    for (hsize_t i = 0; i < info.nlinks && used + 80 < size; i++) {
        char name[64];
        if (H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT) > 0)
            used += (size_t)snprintf(names + used, size - used, "%s/%s", used ? ", " : "", name);
    }
}

/* Opens a dataset whose type has one of two classes; *rank dimensions go to shape. -1 where it is not there or another
 * sort of thing. */
static hid_t open_dataset(hid_t file, const char *name, H5T_class_t class, H5T_class_t other, int rank, hsize_t *shape)
{
    hid_t dataset = H5Lexists(file, name, H5P_DEFAULT) > 0 ? H5Dopen2(file, name, H5P_DEFAULT) : -1;
    if (dataset < 0)
        return -1;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    H5T_class_t found = H5Tget_class(type);
    bool fits = (found == class || found == other) && H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_dims(space, shape, NULL) == rank;
    H5Tclose(type);
    H5Sclose(space);
    if (fits)
        return dataset;
    H5Dclose(dataset);
    return -1;
}

/* Datasets that do not go with the images count as absent. */
static void open_companions(struct hdf5_reader *reader, uint64_t images)
{
    hsize_t shape[2] = {0};
    reader->window_start = open_dataset(reader->file, "window_start", H5T_INTEGER, H5T_INTEGER, 1, shape);
    if (reader->window_start >= 0 && shape[0] != images) {
        H5Dclose(reader->window_start);
        reader->window_start = -1;
    }
    reader->y_range = open_dataset(reader->file, "y_range", H5T_FLOAT, H5T_INTEGER, 2, shape);
    if (reader->y_range >= 0 && (shape[0] != images || shape[1] != 2)) {
        H5Dclose(reader->y_range);
        reader->y_range = -1;
    }
}

/* -1: none that images have. */
static int find_dtype(hid_t images)
{
    char *told = hdf5_read_text(images, "dtype");
    bool bits = told && !strcmp(told, "bits");
    free(told);
    hid_t type = H5Dget_type(images);
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    bool bytes = class == H5T_INTEGER && size == 1 && H5Tget_sign(type) == H5T_SGN_NONE;
    H5Tclose(type);
    if (bytes)
        return bits ? PLOTMILL_DTYPE_BITS : PLOTMILL_DTYPE_U8;
    if (class == H5T_FLOAT && (size == 4 || size == 2))
        return size == 4 ? PLOTMILL_DTYPE_F32 : PLOTMILL_DTYPE_F16;
    return -1;
}

/* -1: not told, or in no such word. */
static int find_layout(hid_t images)
{
    char *told = hdf5_read_text(images, "layout");
    int found = -1;
    for (int i = 0; told && i < 3; i++)
        if (!strcmp(told, pixel_layout_name((enum plotmill_layout)i)))
            found = i;
    free(told);
    return found;
}

static enum plotmill_status check_images(struct hdf5_reader *reader, struct plotmill_error *error)
{
    hsize_t size[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(reader->images);
    int rank = H5Sget_simple_extent_dims(space, size, NULL), dtype = find_dtype(reader->images);
    H5Sclose(space);
    const uint64_t axes[4] = {size[0], size[1], size[2], size[3]};
    int64_t width = hdf5_read_number(reader->images, "width", UINT32_MAX);
    struct stored_hints hints = {
        .dtype = (enum plotmill_dtype)dtype,
        .layout = find_layout(reader->images),
        .width = width < 0 ? 0 : (uint64_t)width,
        .background = (int)hdf5_read_number(reader->images, "background", 255),
        .foreground = (int)hdf5_read_number(reader->images, "foreground", 255),
    };
    if (dtype >= 0 && stored_init(&reader->stored, &hints, rank, axes))
        return PLOTMILL_OK;
    if (dtype == PLOTMILL_DTYPE_BITS && (width < 0 || hints.background < 0 || hints.foreground < 0))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: /images holds bits, expected its attributes width, background and foreground",
                                  reader->path);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: /images has %d dimensions%s, expected uint8, float32 or float16 (N, height, width), "
                              "or with 1 or 3 channels as its attribute layout says",
                              reader->path, rank, dtype < 0 ? " and another type" : "");
}

static enum plotmill_status open_file(struct hdf5_reader *reader, struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_HDF5(reader->file = H5Fopen(reader->path, H5F_ACC_RDONLY, H5P_DEFAULT), "cannot be opened as HDF5");
    if (H5Lexists(reader->file, "images", H5P_DEFAULT) <= 0) {
        char names[1000];
        list_names(reader->file, names, sizeof names);
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %s, expected a dataset /images", reader->path,
             *names ? names : "nothing");
    }
    TRY_HDF5(reader->images = H5Dopen2(reader->file, "images", H5P_DEFAULT), "/images cannot be opened as a dataset");
    TRY(check_images(reader, error));
    TRY(hdf5_sources_check(reader->path, reader->images, error));
    reader->run = FILES_OPEN * hdf5_sources_rows(reader->images);
    stored_tell(&reader->stored, info);
    open_companions(reader, info->images);
    int64_t window = hdf5_read_number(reader->images, "sequence_samples", INT64_MAX);
    info->window = window < 0 ? 0 : (uint64_t)window;
    reader->spec = hdf5_read_text(reader->images, "spec");
    reader->input = hdf5_read_text(reader->images, "input");
    reader->producer = hdf5_read_text(reader->images, "plotmill_version");
    info->background = reader->stored.shape.background;
    info->foreground = reader->stored.shape.foreground;
    int64_t first = hdf5_read_number(reader->images, "first", INT64_MAX);
    info->first = first < 0 ? 0 : (uint64_t)first;
    info->spec = reader->spec ? reader->spec : "";
    info->input = reader->input ? reader->input : "";
    info->producer = reader->producer ? reader->producer : "";
    info->format = "hdf5";
done:
    return status;
}

enum plotmill_status reader_open_hdf5(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_dataset_info info = {0};
    struct hdf5_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->file = self->images = self->window_start = self->y_range = -1;
    TRY(string_keep(&self->path, path, error));
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = open_file(self, &info, error);
    }
    H5E_END_TRY
    hdf5_unlock();
    TRY(status);
    *reader = (struct reader){&hdf5_impl, self, info};
done:
    if (status && self)
        destroy(self);
    return status;
}

#else

enum plotmill_status reader_open_hdf5(struct reader *reader, const char *path, struct plotmill_error *error)
{
    (void)reader;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read HDF5: its library is missing", path);
}

#endif
