/* Opens a data set by its name, and lists those of a file. */
#include <inttypes.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/hdf5/common.h"

/* Data sets that a message lists. */
#define DATASETS_LISTED 20
/* Hard links may form cycles. */
#define GROUP_DEPTH 16
#define OBJECTS_VISITED 10000

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
        } else if (H5Iget_type(object) == H5I_GROUP && H5Aexists(object, "pandas_type") > 0) {
            text_list_add(list, "%s (a table of pandas)", full);
        } else if (H5Iget_type(object) == H5I_GROUP && depth < GROUP_DEPTH) {
            list_datasets(object, full, depth + 1, visited, list);
        }
        hdf5_release(object);
    }
}

enum plotmill_status hdf5_open_named(hid_t *file, hid_t *dataset, const char *path, const char *name,
                                     struct plotmill_error *error)
{
    struct text_list list = {0};
    unsigned visited = 0;
    struct hdf5_opening failure = {.system = true};
    if (*file < 0)
        *file = hdf5_open_file(path, &failure);
    if (*file < 0 && !failure.system && H5Fis_hdf5(path) == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s, offset 0: not an HDF5 file", path);
    if (*file < 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %s", path, failure.reason);
    if (name)
        *dataset = hdf5_open_cached(*file, name);
    if (*dataset >= 0)
        return PLOTMILL_OK;
    if (name) {
        const enum plotmill_status status = hdf5_check_links(*file, path, name, error);
        if (status)
            return status;
    }
    hid_t root = H5Gopen2(*file, "/", H5P_DEFAULT);
    list_datasets(root, "", 0, &visited, &list);
    hdf5_release(root);
    const char *found = list.items ? list.text : "none";
    if (!name)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: expected the option dataset to name a data set; those in the file: %s", path,
                                  found);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no data set \"%s\"; those in the file: %s", path, name,
                              found);
}

const char *hdf5_class_name(H5T_class_t class)
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

enum plotmill_status hdf5_check_filters(hid_t dataset, const char *path, const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t properties = H5Dget_create_plist(dataset);
    const int filters = properties < 0 ? 0 : H5Pget_nfilters(properties);
    for (int i = 0; i < filters; i++) {
        char title[64] = "";
        unsigned flags, settings;
        size_t count = 0;
        H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)i, &flags, &count, NULL, sizeof title, title, &settings);
        if (filter >= 0 && H5Zfilter_avail(filter) <= 0)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: data set %s is compressed with filter %d (%.60s), which this HDF5 lacks", path, name, (int)filter,
                 title);
    }
done:
    hdf5_release(properties);
    return status;
}
