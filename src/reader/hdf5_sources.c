#include "reader/hdf5_sources.h"

#if HAVE_HDF5

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "sink/shard_names.h"

#define NAME_SIZE 4096

/* "%%" stands for "%"; false: the name has a pattern, and stands for several files. */
static bool unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from; from++) {
        if (*from == '%' && *++from != '%')
            return false;
        *to++ = *from;
    }
    *to = 0;
    return true;
}

static bool holds(const char *path, const char *dataset)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t images = file >= 0 ? H5Dopen2(file, dataset, H5P_DEFAULT) : -1;
    if (images >= 0)
        H5Dclose(images);
    if (file >= 0)
        H5Fclose(file);
    return images >= 0;
}

/* Beside the joint file, unless the name says where. */
static enum plotmill_status check_source(const char *path, const char *folder, char *name, const char *dataset,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *source = NULL;
    if (!strcmp(name, ".") || !unescape(name))
        return PLOTMILL_OK;
    source = *name == '/' || !strcmp(folder, ".") ? string_copy(name) : path_join(folder, name);
    if (!source)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    if (!os_exists(source))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: joins several files, of which %s is missing", path, source);
    if (!holds(source, dataset))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: joins several files, of which %s cannot be read (damaged?)", path, source);
done:
    free(source);
    return status;
}

static enum plotmill_status check_all(const char *path, hid_t properties, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = 0;
    char *folder = shard_folder(path), *name = malloc(NAME_SIZE), dataset[256];
    if (!folder || !name)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    H5Pget_virtual_count(properties, &count);
    for (size_t i = 0; i < count; i++) {
        ssize_t length = H5Pget_virtual_filename(properties, i, name, NAME_SIZE);
        ssize_t of_dataset = H5Pget_virtual_dsetname(properties, i, dataset, sizeof dataset);
        if (length <= 0 || length >= NAME_SIZE || of_dataset <= 0 || of_dataset >= (ssize_t)sizeof dataset)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: joins several files, but does not tell their names", path);
        TRY(check_source(path, folder, name, dataset, error));
    }
done:
    free(folder);
    free(name);
    return status;
}

enum plotmill_status hdf5_sources_check(const char *path, hid_t images, struct plotmill_error *error)
{
    hid_t properties = H5Dget_create_plist(images);
    enum plotmill_status status =
        H5Pget_layout(properties) == H5D_VIRTUAL ? check_all(path, properties, error) : PLOTMILL_OK;
    H5Pclose(properties);
    return status;
}

uint64_t hdf5_sources_rows(hid_t images)
{
    hsize_t start[H5S_MAX_RANK] = {0}, end[H5S_MAX_RANK] = {0};
    size_t count = 0;
    hid_t properties = H5Dget_create_plist(images);
    bool joins = H5Pget_layout(properties) == H5D_VIRTUAL && H5Pget_virtual_count(properties, &count) >= 0 && count;
    hid_t space = joins ? H5Pget_virtual_vspace(properties, 0) : -1;
    uint64_t rows = space >= 0 && H5Sget_select_bounds(space, start, end) >= 0 ? end[0] - start[0] + 1 : 0;
    if (space >= 0)
        H5Sclose(space);
    H5Pclose(properties);
    return rows;
}

#endif
