#include "formats/hdf5/sources.h"

#if HAVE_HDF5

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

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

enum source_state { SOURCE_FITS, SOURCE_UNREADABLE, SOURCE_OTHER };

/* HDF5 gives blank images, in silence, where a file is shorter than what is taken from it. A whole one has as many
 * values as its place; what may grow is let pass. */
static bool extents_fit(hid_t dataset, hid_t place, hid_t taken)
{
    hsize_t size[H5S_MAX_RANK] = {0}, start[H5S_MAX_RANK] = {0}, end[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_dims(space, size, NULL);
    hssize_t values = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    if (H5Sget_select_type(taken) == H5S_SEL_ALL)
        return H5Sget_select_npoints(place) == values || H5Sget_select_bounds(place, start, end) < 0;
    if (H5Sget_select_bounds(taken, start, end) < 0)
        return true;
    bool fit = rank == H5Sget_simple_extent_ndims(taken);
    for (int i = 0; i < rank && fit; i++)
        fit = end[i] < size[i];
    return fit;
}

static enum source_state judge_source(const char *path, const char *dataset, hid_t properties, size_t number)
{
    enum source_state state = SOURCE_UNREADABLE;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t images = file >= 0 ? H5Dopen2(file, dataset, H5P_DEFAULT) : -1;
    if (images >= 0) {
        hid_t place = H5Pget_virtual_vspace(properties, number), taken = H5Pget_virtual_srcspace(properties, number);
        state = place >= 0 && taken >= 0 && extents_fit(images, place, taken) ? SOURCE_FITS : SOURCE_OTHER;
        if (place >= 0)
            H5Sclose(place);
        if (taken >= 0)
            H5Sclose(taken);
        H5Dclose(images);
    }
    if (file >= 0)
        H5Fclose(file);
    return state;
}

/* Beside the joint file, unless the name says where. */
static enum plotmill_status check_source(const char *path, const char *folder, char *name, const char *dataset,
                                         hid_t properties, size_t number, struct plotmill_error *error)
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
    enum source_state state = judge_source(source, dataset, properties, number);
    if (state == SOURCE_OTHER)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: joins several files, of which %s does not hold as many images as are taken from it (of another job?)",
             path, source);
    if (state)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: joins several files, of which %s cannot be read (damaged?)", path, source);
done:
    free(source);
    return status;
}

static enum plotmill_status check_all(const char *path, hid_t properties, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = 0;
    char *folder = path_folder(path), *name = malloc(NAME_SIZE), dataset[256];
    if (!folder || !name)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    H5Pget_virtual_count(properties, &count);
    for (size_t i = 0; i < count; i++) {
        ssize_t length = H5Pget_virtual_filename(properties, i, name, NAME_SIZE);
        ssize_t of_dataset = H5Pget_virtual_dsetname(properties, i, dataset, sizeof dataset);
        if (length <= 0 || length >= NAME_SIZE || of_dataset <= 0 || of_dataset >= (ssize_t)sizeof dataset)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: joins several files, but does not tell their names", path);
        TRY(check_source(path, folder, name, dataset, properties, i, error));
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
