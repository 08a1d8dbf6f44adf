#include "formats/format.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/stream.h"
#include "formats/hdf5/list.h"
#include "formats/hdf5/lock.h"

/* Room for the chunks that a window crosses: HDF5's own 1 MB would unpack larger chunks again for every read. */
#define CHUNK_CACHE_BYTES ((size_t)32 << 20)

struct hdf5 {
    hid_t file;
    hid_t dataset;
    hid_t space;
    char *path;
    char *name; /* of the data set */
    enum { FLOATS, SIGNED, UNSIGNED } kind;
    int rank;
    hsize_t shape[2]; /* shape[1] is 1 for rank 1 */
};

/* HDF5 prints its errors on stderr unless told not to; the program's own setting comes back afterwards. */
struct quiet {
    H5E_auto2_t function;
    void *data;
};

/* Between the two HDF5 is this thread's alone. */
static struct quiet be_quiet(void)
{
    struct quiet before = {0};
    hdf5_lock();
    H5Eget_auto2(H5E_DEFAULT, &before.function, &before.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}

static void be_as_before(struct quiet before)
{
    H5Eset_auto2(H5E_DEFAULT, before.function, before.data);
    hdf5_unlock();
}

/* Integers travel as integers: how HDF5 itself rounds 64 bits to float64 is left to its versions. */
static void integers_to_doubles(double *out, uint64_t count, bool is_signed)
{
    for (uint64_t i = 0; i < count; i++) {
        int64_t integer;
        uint64_t natural;
        memcpy(&integer, out + i, sizeof integer);
        memcpy(&natural, out + i, sizeof natural);
        out[i] = is_signed ? (double)integer : (double)natural;
    }
}

static enum plotmill_status read_slab(struct hdf5 *hdf5, const hsize_t start[2], const hsize_t extent[2], double *out,
                                      struct plotmill_error *error)
{
    hsize_t count = extent[0] * extent[1];
    hid_t type = hdf5->kind == FLOATS ? H5T_NATIVE_DOUBLE : hdf5->kind == SIGNED ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
    hid_t memory = H5Screate_simple(1, &count, NULL);
    bool done = memory >= 0 && H5Sselect_hyperslab(hdf5->space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
                H5Dread(hdf5->dataset, type, memory, hdf5->space, H5P_DEFAULT, out) >= 0;
    if (memory >= 0)
        H5Sclose(memory);
    if (!done)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED,
                                  "%s, %s, row %" PRIu64 ": reading failed: the file is damaged, or has changed",
                                  hdf5->path, hdf5->name, (uint64_t)start[0]);
    if (hdf5->kind != FLOATS)
        integers_to_doubles(out, count, hdf5->kind == SIGNED);
    return PLOTMILL_OK;
}

/* A part of the first row, whole rows, a part of the last: each is a rectangle. */
static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5 *hdf5 = self;
    struct quiet before = be_quiet();
    while (count) {
        uint64_t length = hdf5->shape[1], from = first % length;
        hsize_t start[2] = {first / length, from}, extent[2] = {1, length - from};
        if (from == 0 && count >= length)
            extent[0] = count / length;
        else if (count < extent[1])
            extent[1] = count;
        TRY(read_slab(hdf5, start, extent, out, error));
        uint64_t n = extent[0] * extent[1];
        first += n;
        out += n;
        count -= n;
    }
done:
    be_as_before(before);
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct hdf5 *hdf5 = self;
    if (hdf5->rank == 1)
        snprintf(text, size, "%s, row %" PRIu64, hdf5->path, sample);
    else
        snprintf(text, size, "%s, row %" PRIu64 ", sample %" PRIu64, hdf5->path, sample / (uint64_t)hdf5->shape[1],
                 sample % (uint64_t)hdf5->shape[1]);
}

static void release(struct hdf5 *hdf5)
{
    if (hdf5->space >= 0)
        H5Sclose(hdf5->space);
    if (hdf5->dataset >= 0)
        H5Dclose(hdf5->dataset);
    if (hdf5->file >= 0)
        H5Fclose(hdf5->file);
    free(hdf5->path);
    free(hdf5->name);
    free(hdf5);
}

static void destroy(void *self)
{
    hdf5_lock();
    release(self);
    hdf5_unlock();
}

static enum plotmill_status open_file(struct hdf5 *hdf5, struct plotmill_error *error)
{
    if (H5Fis_hdf5(hdf5->path) <= 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s, offset 0: not an HDF5 file", hdf5->path);
    hdf5->file = H5Fopen(hdf5->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (hdf5->file < 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: cannot be opened: the HDF5 file is truncated, damaged, or being written",
                                  hdf5->path);
    return PLOTMILL_OK;
}

static enum plotmill_status open_dataset(struct hdf5 *hdf5, struct plotmill_error *error)
{
    struct text_list list = {0};
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (hdf5->name && access >= 0) {
        H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, CHUNK_CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
        hdf5->dataset = H5Dopen2(hdf5->file, hdf5->name, access);
    }
    if (access >= 0)
        H5Pclose(access);
    if (hdf5->dataset >= 0)
        return PLOTMILL_OK;
    hdf5_list_datasets(hdf5->file, &list);
    const char *found = list.items ? list.text : "none";
    if (!hdf5->name)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: expected --dataset to name a data set; those in the file: %s", hdf5->path,
                                  found);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no data set \"%s\"; those in the file: %s", hdf5->path,
                              hdf5->name, found);
}

static enum plotmill_status check_type(struct hdf5 *hdf5, struct plotmill_error *error)
{
    hid_t type = H5Dget_type(hdf5->dataset);
    H5T_class_t class = H5Tget_class(type);
    hdf5->kind = class == H5T_FLOAT ? FLOATS : H5Tget_sign(type) == H5T_SGN_NONE ? UNSIGNED : SIGNED;
    bool wide = class == H5T_INTEGER && H5Tget_size(type) > 8;
    H5Tclose(type);
    if ((class != H5T_INTEGER && class != H5T_FLOAT) || wide)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: data set %s holds %s, expected floats, or integers of 8 to 64 bits", hdf5->path,
                                  hdf5->name, wide ? "wider integers" : hdf5_class_name(class));
    return PLOTMILL_OK;
}

static enum plotmill_status check_shape(struct hdf5 *hdf5, struct plotmill_error *error)
{
    hdf5->space = H5Dget_space(hdf5->dataset);
    hdf5->rank = hdf5->space < 0 ? -1 : H5Sget_simple_extent_ndims(hdf5->space);
    hdf5->shape[1] = 1;
    if (hdf5->rank < 1 || hdf5->rank > 2)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT,
            "%s: data set %s has %d dimensions, expected 1 (one long series) or 2 (ready sequences)", hdf5->path,
            hdf5->name, hdf5->rank < 0 ? 0 : hdf5->rank);
    H5Sget_simple_extent_dims(hdf5->space, hdf5->shape, NULL);
    if (hdf5->shape[0] == 0 || hdf5->shape[1] == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: data set %s holds no samples", hdf5->path,
                                  hdf5->name);
    if (hdf5->shape[0] > UINT64_MAX / 8 / hdf5->shape[1])
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: data set %s is too large", hdf5->path, hdf5->name);
    return PLOTMILL_OK;
}

/* A data set may be packed with a filter that this HDF5 lacks (h5py's lzf): told now, not at the first read. */
static enum plotmill_status check_filters(const struct hdf5 *hdf5, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t list = H5Dget_create_plist(hdf5->dataset);
    int count = list < 0 ? 0 : H5Pget_nfilters(list);
    for (int i = 0; i < count; i++) {
        char name[64] = "";
        unsigned flags, settings;
        size_t values = 0;
        H5Z_filter_t filter = H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, sizeof name, name, &settings);
        if (filter >= 0 && H5Zfilter_avail(filter) <= 0)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: data set %s is compressed with filter %d (%.60s), which this HDF5 lacks", hdf5->path, hdf5->name,
                 (int)filter, name);
    }
done:
    if (list >= 0)
        H5Pclose(list);
    return status;
}

enum plotmill_status source_open_hdf5(struct source *source, const char *path, const char *dataset,
                                      struct plotmill_error *error)
{
    static const struct plotmill_source_ops ops = {read_samples, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5 *hdf5 = NULL;
    struct quiet before = be_quiet();
    TRY(input_check(path, error));
    TRY_ALLOCATE(error, hdf5, 1, sizeof *hdf5);
    hdf5->file = hdf5->dataset = hdf5->space = H5I_INVALID_HID;
    hdf5->path = string_copy(path);
    hdf5->name = dataset ? string_copy(dataset) : NULL;
    if (!hdf5->path || (dataset && !hdf5->name))
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(open_file(hdf5, error));
    TRY(open_dataset(hdf5, error));
    TRY(check_type(hdf5, error));
    TRY(check_shape(hdf5, error));
    TRY(check_filters(hdf5, error));
    *source = (struct source){
        .ops = &ops,
        .self = hdf5,
        .shape = {.samples = hdf5->shape[0] * hdf5->shape[1], .row_length = hdf5->rank == 2 ? hdf5->shape[1] : 0}};
done:
    if (status && hdf5)
        release(hdf5);
    be_as_before(before);
    return status;
}

#else

enum plotmill_status source_open_hdf5(struct source *source, const char *path, const char *dataset,
                                      struct plotmill_error *error)
{
    (void)source;
    (void)dataset;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "%s: this plotmill was built without HDF5", path);
}

#endif
