#include "plotmill_config.h"

#if HAVE_HDF5

#include "formats/hdf5/list.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define DATASETS_LISTED 20
/* Hard links may form circles. */
#define GROUPS_DEEP 16
#define OBJECTS_VISITED 10000

struct lister {
    struct text_list *list;
    unsigned depth;
    unsigned visited;
};

static void add_dataset(struct lister *lister, hid_t dataset, const char *path)
{
    char shape[120] = "";
    size_t used = 0;
    hsize_t lengths[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    int rank = space < 0 ? 0 : H5Sget_simple_extent_dims(space, lengths, NULL);
    for (int i = 0; i < rank && used < sizeof shape; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%" PRIu64, i ? ", " : "", (uint64_t)lengths[i]);
    text_list_add(lister->list, "%s (%s)", path, shape);
    if (space >= 0)
        H5Sclose(space);
}

static void list_group(struct lister *lister, hid_t group, const char *path);

static void list_object(struct lister *lister, hid_t group, const char *path, hsize_t index)
{
    char name[200], full[600];
    ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, sizeof name, H5P_DEFAULT);
    hid_t object = length < 0 ? H5I_INVALID_HID : H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) /* a link to nowhere */
        return;
    snprintf(full, sizeof full, "%s/%s", path, name);
    if (H5Iget_type(object) == H5I_DATASET)
        add_dataset(lister, object, full);
    else if (H5Iget_type(object) == H5I_GROUP && lister->depth < GROUPS_DEEP)
        list_group(lister, object, full);
    H5Oclose(object);
}

static void list_group(struct lister *lister, hid_t group, const char *path)
{
    H5G_info_t info;
    if (H5Gget_info(group, &info) < 0)
        return;
    lister->depth++;
    for (hsize_t i = 0; i < info.nlinks && lister->list->items < DATASETS_LISTED; i++)
        if (lister->visited++ < OBJECTS_VISITED)
            list_object(lister, group, path, i);
    lister->depth--;
}

void hdf5_list_datasets(hid_t file, struct text_list *list)
{
    struct lister lister = {.list = list};
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0)
        return;
    list_group(&lister, root, "");
    H5Gclose(root);
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
        return "values that are no numbers";
    }
}

#endif
