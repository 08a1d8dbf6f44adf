/* Samples from a data set of an HDF5 file. */
#include <hdf5.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/stream.h"
#include "formats/format.h"
#include "formats/hdf5/common.h"

/* Data sets that a message lists. */
#define DATASETS_LISTED 20
/* Hard links may form cycles. */
#define GROUP_DEPTH 16
#define OBJECTS_VISITED 10000

struct hdf5_source {
    hid_t file;
    hid_t dataset;
    hid_t space;
    char *path;
    char *name; /* of the data set */
    enum { FLOATS, SIGNED, UNSIGNED } kind;
    int rank;
    hsize_t shape[2]; /* shape[1] is 1 for rank 1 */
};

/* Integers are read as integers: how HDF5 rounds 64 bits to float64 depends on its version. */
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

static enum plotmill_status read_slab(struct hdf5_source *source, const hsize_t start[2], const hsize_t extent[2],
                                      double *out, struct plotmill_error *error)
{
    const hsize_t count = extent[0] * extent[1];
    const hid_t types[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64, H5T_NATIVE_UINT64};
    hid_t memory = H5Screate_simple(1, &count, NULL);
    bool done = memory >= 0 && H5Sselect_hyperslab(source->space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
                H5Dread(source->dataset, types[source->kind], memory, source->space, H5P_DEFAULT, out) >= 0;
    hdf5_release(memory);
    if (!done)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED,
                                  "%s, %s, row %" PRIu64 ": reading failed: the file is damaged, or has changed",
                                  source->path, source->name, (uint64_t)start[0]);
    if (source->kind != FLOATS)
        integers_to_doubles(out, count, source->kind == SIGNED);
    return PLOTMILL_OK;
}

/* A part of the first row, whole rows, a part of the last one: each is a rectangle. */
static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_source *source = self;
    const uint64_t length = source->shape[1];
    hdf5_lock();
    while (count) {
        const uint64_t column = first % length;
        const hsize_t start[2] = {first / length, column};
        hsize_t extent[2] = {1, length - column};
        if (column == 0 && count >= length)
            extent[0] = count / length;
        else if (count < extent[1])
            extent[1] = count;
        TRY(read_slab(source, start, extent, out, error));
        const uint64_t samples = extent[0] * extent[1];
        first += samples;
        out += samples;
        count -= samples;
    }
done:
    hdf5_unlock();
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct hdf5_source *source = self;
    const uint64_t length = source->shape[1];
    if (source->rank == 1)
        snprintf(text, size, "%s, row %" PRIu64, source->path, sample);
    else
        snprintf(text, size, "%s, row %" PRIu64 ", sample %" PRIu64, source->path, sample / length, sample % length);
}

static void destroy(void *self)
{
    struct hdf5_source *source = self;
    hdf5_lock();
    hdf5_release(source->space);
    hdf5_release(source->dataset);
    hdf5_release(source->file);
    hdf5_unlock();
    free(source->path);
    free(source->name);
    free(source);
}

/* Adds the data sets in a group and the groups below it, with their shapes, in the order of their names. */
static void list_datasets(hid_t group, const char *path, unsigned depth, unsigned *visited, struct text_list *list)
{
    H5G_info_t info;
    if (group < 0 || H5Gget_info(group, &info) < 0)
        return;
    for (hsize_t i = 0; i < info.nlinks && list->items < DATASETS_LISTED && (*visited)++ < OBJECTS_VISITED; i++) {
        char name[200], full[600], shape[120] = "";
        hsize_t lengths[H5S_MAX_RANK];
        size_t used = 0;
        ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
        hid_t object = length < 0 ? -1 : H5Oopen(group, name, H5P_DEFAULT);
        if (object < 0) /* a link to nothing */
            continue;
        snprintf(full, sizeof full, "%s/%s", path, name);
        if (H5Iget_type(object) == H5I_DATASET) {
            hid_t space = H5Dget_space(object);
            int rank = space < 0 ? 0 : H5Sget_simple_extent_dims(space, lengths, NULL);
            for (int k = 0; k < rank && used < sizeof shape; k++)
                used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRIu64, k ? ", " : "",
                                         (uint64_t)lengths[k]);
            text_list_add(list, "%s (%s)", full, shape);
            hdf5_release(space);
        } else if (H5Iget_type(object) == H5I_GROUP && depth < GROUP_DEPTH) {
            list_datasets(object, full, depth + 1, visited, list);
        }
        hdf5_release(object);
    }
}

static enum plotmill_status open_dataset(struct hdf5_source *source, struct plotmill_error *error)
{
    struct text_list list = {0};
    unsigned visited = 0;
    if (H5Fis_hdf5(source->path) <= 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s, offset 0: not an HDF5 file", source->path);
    source->file = H5Fopen(source->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (source->file < 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: cannot be opened: the HDF5 file is truncated, damaged, or being written",
                                  source->path);
    if (source->name)
        source->dataset = hdf5_open_cached(source->file, source->name);
    if (source->dataset >= 0)
        return PLOTMILL_OK;
    hid_t root = H5Gopen2(source->file, "/", H5P_DEFAULT);
    list_datasets(root, "", 0, &visited, &list);
    hdf5_release(root);
    const char *found = list.items ? list.text : "none";
    if (!source->name)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: expected the option dataset to name a data set; those in the file: %s",
                                  source->path, found);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no data set \"%s\"; those in the file: %s", source->path,
                              source->name, found);
}

static const char *class_name(H5T_class_t class)
{
    switch (class) {
    case H5T_STRING:
        return "strings";
    case H5T_COMPOUND:
        return "compounds";
    case H5T_ENUM:
        return "enumerated values";
    case H5T_ARRAY:
    case H5T_VLEN:
        return "arrays";
    case H5T_REFERENCE:
        return "references";
    default:
        return "values that are not numbers";
    }
}

/* Its type, its shape, and whether its filters are there: a data set may be packed with one that this HDF5 lacks
 * (h5py's lzf). */
static enum plotmill_status check_dataset(struct hdf5_source *source, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = source->path, *data_set = source->name;
    hid_t type = H5Dget_type(source->dataset), properties = H5Dget_create_plist(source->dataset);
    const H5T_class_t class = H5Tget_class(type);
    const bool wide = class == H5T_INTEGER && H5Tget_size(type) > 8;
    source->kind = class == H5T_FLOAT ? FLOATS : H5Tget_sign(type) == H5T_SGN_NONE ? UNSIGNED : SIGNED;
    if ((class != H5T_INTEGER && class != H5T_FLOAT) || wide)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: data set %s holds %s, expected floats, or integers of 8 to 64 bits", path,
             data_set, wide ? "wider integers" : class_name(class));

    source->space = H5Dget_space(source->dataset);
    source->rank = source->space < 0 ? -1 : H5Sget_simple_extent_ndims(source->space);
    source->shape[1] = 1;
    if (source->rank < 1 || source->rank > 2)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: data set %s has %d dimensions, expected 1 (one long series) or 2 (ready sequences)", path, data_set,
             MAX(source->rank, 0));
    H5Sget_simple_extent_dims(source->space, source->shape, NULL);
    if (source->shape[0] == 0 || source->shape[1] == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: data set %s holds no samples", path, data_set);
    if (source->shape[0] > UINT64_MAX / 8 / source->shape[1])
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: data set %s is too large", path, data_set);

    const int filters = properties < 0 ? 0 : H5Pget_nfilters(properties);
    for (int i = 0; i < filters; i++) {
        char name[64] = "";
        unsigned flags, settings;
        size_t values = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, sizeof name, name, &settings);
        if (filter >= 0 && H5Zfilter_avail(filter) <= 0)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: data set %s is compressed with filter %d (%.60s), which this HDF5 lacks", path, data_set,
                 (int)filter, name);
    }
done:
    hdf5_release(properties);
    hdf5_release(type);
    return status;
}

enum plotmill_status source_open_hdf5(struct source *source, const char *path, const struct source_context *context,
                                      struct plotmill_error *error)
{
    static const struct source_ops ops = {read_samples, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_source *self = NULL;
    struct json fields = {.one_line = true};
    char *names;
    TRY(input_check(path, error));
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->file = self->dataset = self->space = -1;
    TRY(string_keep(&self->path, path, error));
    if (context->options && context->options->dataset)
        TRY(string_keep(&self->name, context->options->dataset, error));
    hdf5_lock();
    status = open_dataset(self, error);
    if (!status)
        status = check_dataset(self, error);
    hdf5_unlock();
    TRY(status);
    json_open(&fields, NULL, '[');
    json_string(&fields, NULL, self->name);
    json_close(&fields, ']');
    names = json_finish(&fields);
    TRY_MEMORY(error, names);
    *source = (struct source){
        .ops = &ops,
        .self = self,
        .shape = {.samples = self->shape[0] * self->shape[1], .row_length = self->rank == 2 ? self->shape[1] : 0},
        .about.fields = names};
done:
    if (status && self)
        destroy(self);
    return status;
}
