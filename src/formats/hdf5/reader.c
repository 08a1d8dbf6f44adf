/* Reads the images of an HDF5 file: /images, with /window_start and /y_range if they are there. */
#include <stdio.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/format.h"
#include "formats/hdf5/beside.h"
#include "formats/hdf5/shards.h"

/* A virtual dataset keeps every file open that it has read from, and silently gives zeros when there are too many. So
 * its datasets are closed and opened again after every few files. */
#define FILES_OPEN 4

struct hdf5_reader {
    char *path;
    hid_t file;
    hid_t images;
    hid_t window_start; /* negative: the file has none, as with y_range */
    hid_t y_range;
    struct stored stored;
    struct metadata metadata;
    uint64_t run;     /* images that are read before the datasets are opened again; 0: no limit */
    uint64_t run_now; /* the run for which they are open */
};

#define TRY_READ(call, action)                                                      \
    do {                                                                            \
        if ((call) < 0)                                                             \
            TRY(hdf5_error_set(error, PLOTMILL_BAD_INPUT, reader->path, (action))); \
    } while (0)

static void destroy(void *self)
{
    struct hdf5_reader *reader = self;
    hdf5_lock();
    hdf5_release(reader->images);
    hdf5_release(reader->window_start);
    hdf5_release(reader->y_range);
    hdf5_release(reader->file);
    hdf5_unlock();
    metadata_free(&reader->metadata);
    free(reader->path);
    free(reader);
}

/* A stored_source. */
static enum plotmill_status read_stored(void *self, uint64_t first, uint64_t count, void *bytes,
                                        struct plotmill_error *error)
{
    const struct hdf5_reader *reader = self;
    enum plotmill_status status = PLOTMILL_OK;
    hid_t type = -1;
    TRY_READ(type = hdf5_pixel_type(reader->stored.format.dtype), "cannot be read");
    TRY_READ(hdf5_read_rows(reader->images, type, first, count, stored_image_bytes(&reader->stored), bytes),
             "cannot be read");
done:
    hdf5_release(type);
    return status;
}

/* Opens the datasets of a virtual file again for another run. */
static enum plotmill_status start_run(struct hdf5_reader *reader, uint64_t run, struct plotmill_error *error)
{
    static const char *const names[] = {"images", "window_start", "y_range"};
    enum plotmill_status status = PLOTMILL_OK;
    hid_t *const datasets[] = {&reader->images, &reader->window_start, &reader->y_range};
    for (int i = 0; i < 3 && run != reader->run_now; i++) {
        if (*datasets[i] < 0)
            continue;
        hdf5_release(*datasets[i]);
        TRY_READ(*datasets[i] = hdf5_open_cached(reader->file, names[i]), "cannot be read");
    }
    reader->run_now = run;
done:
    return status;
}

static enum plotmill_status read_runs(struct hdf5_reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                      int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pixel_shape *shape = &reader->stored.shape;
    const size_t image_bytes = (size_t)shape->width * shape->height * shape->channels;
    const size_t values = 2 * (size_t)reader->metadata.info.panels;
    const uint64_t run = reader->run ? reader->run : UINT64_MAX;
    for (uint64_t at = 0, piece; at < count; at += piece) {
        const uint64_t index = first + at;
        piece = MIN(count - at, run - index % run);
        TRY(start_run(reader, index / run, error));
        if (pixels)
            TRY(stored_read(&reader->stored, reader->path, read_stored, reader, index, piece, pixels + at * image_bytes,
                            error));
        if (window_start && reader->window_start >= 0)
            TRY_READ(hdf5_read_rows(reader->window_start, H5T_NATIVE_INT64, index, piece, 8, window_start + at),
                     "cannot be read");
        if (y_range && reader->y_range >= 0)
            TRY_READ(
                hdf5_read_rows(reader->y_range, H5T_NATIVE_DOUBLE, index, piece, 8 * values, y_range + values * at),
                "cannot be read");
    }
done:
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    hdf5_lock();
    enum plotmill_status status = read_runs(self, first, count, pixels, window_start, y_range, error);
    hdf5_unlock();
    return status;
}

/* Opened for each run, as the other data sets are. */
static enum plotmill_status read_column(void *self, size_t index, uint64_t first, uint64_t count, void *values,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_reader *reader = self;
    const struct image_column *column = &reader->metadata.info.columns[index];
    const uint64_t run = reader->run ? reader->run : UINT64_MAX;
    const size_t row_bytes = column_row_bytes(column);
    hid_t dataset = -1;
    hdf5_lock();
    for (uint64_t at = 0, piece; at < count; at += piece) {
        piece = MIN(count - at, run - (first + at) % run);
        TRY_READ(dataset = hdf5_open_dataset(reader->file, column->name), "cannot be read");
        TRY_READ(hdf5_read_rows(dataset, hdf5_column_memory(column->type), first + at, piece, row_bytes,
                                (uint8_t *)values + at * row_bytes),
                 "cannot be read");
        hdf5_release(dataset);
        dataset = -1;
    }
done:
    hdf5_release(dataset);
    hdf5_unlock();
    return status;
}

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

/* Opens a dataset with one row per image: numbers (images), (images, 2) or (images, panels, 2), by `rank`. -1: there is
 * none, or another kind of it. */
static hid_t open_companion(const struct hdf5_reader *reader, const char *name, bool integers, int rank)
{
    hsize_t shape[H5S_MAX_RANK] = {0};
    hid_t dataset = hdf5_open_dataset(reader->file, name);
    if (dataset < 0)
        return -1;
    hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    H5T_class_t class = H5Tget_class(type);
    bool fits = (class == H5T_INTEGER || (class == H5T_FLOAT && !integers)) &&
                H5Sget_simple_extent_dims(space, shape, NULL) == rank && shape[0] == reader->stored.images &&
                (rank == 1 || shape[rank - 1] == 2) && (rank < 3 || shape[1] == reader->metadata.info.panels);
    hdf5_release(type);
    hdf5_release(space);
    if (fits)
        return dataset;
    hdf5_release(dataset);
    return -1;
}

static enum plotmill_status open_file(struct hdf5_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_opening failure;
    reader->file = hdf5_open_file(reader->path, &failure);
    if (reader->file < 0 && failure.system)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s", reader->path, failure.reason);
    TRY_READ(reader->file, "cannot be opened as HDF5");
    if (H5Lexists(reader->file, "images", H5P_DEFAULT) <= 0) {
        char names[1000];
        list_names(reader->file, names, sizeof names);
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %s, expected a dataset /images", reader->path,
             *names ? names : "nothing");
    }
    TRY_READ(reader->images = hdf5_open_cached(reader->file, "images"), "/images cannot be opened as a dataset");
    TRY(hdf5_describe(reader->path, reader->images, &reader->metadata, &reader->stored, error));
    TRY(hdf5_check_sources(reader->path, reader->images, error));
    reader->run = FILES_OPEN * hdf5_source_rows(reader->images);
    reader->window_start = open_companion(reader, "window_start", true, 1);
    reader->y_range = open_companion(reader, "y_range", false, reader->metadata.info.panels > 1 ? 3 : 2);
done:
    return status;
}

enum plotmill_status reader_open_hdf5(struct reader *reader, const char *path, struct plotmill_error *error)
{
    static const struct reader_impl impl = {read_images, destroy, read_column};
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->file = self->images = self->window_start = self->y_range = -1;
    TRY(string_keep(&self->path, path, error));
    hdf5_lock();
    status = open_file(self, error);
    hdf5_unlock();
    TRY(status);
    *reader = (struct reader){&impl, self, self->metadata.info};
done:
    if (status && self)
        destroy(self);
    return status;
}
