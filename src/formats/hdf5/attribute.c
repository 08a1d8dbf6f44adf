#include "formats/hdf5/attribute.h"

#if HAVE_HDF5

#include <stdlib.h>

#include "base/strings.h"

static herr_t write_scalar(hid_t object, const char *name, hid_t stored, hid_t given, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = space < 0 ? -1 : H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t done = attribute < 0 ? -1 : H5Awrite(attribute, given, value);
    if (attribute >= 0 && H5Aclose(attribute) < 0)
        done = -1;
    if (space >= 0)
        H5Sclose(space);
    return done;
}

herr_t hdf5_write_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    herr_t done = -1;
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        done = write_scalar(object, name, type, type, &text);
    if (type >= 0)
        H5Tclose(type);
    return done;
}

herr_t hdf5_write_number(hid_t object, const char *name, hid_t type, int64_t number)
{
    return write_scalar(object, name, type, H5T_NATIVE_INT64, &number);
}

/* Of varying length: HDF5 allocates it. */
static char *read_shared(hid_t attribute, hid_t type)
{
    char *shared = NULL;
    if (H5Aread(attribute, type, &shared) < 0 || !shared)
        return NULL;
    char *text = string_copy(shared);
    H5free_memory(shared);
    return text;
}

static char *read_fixed(hid_t attribute, hid_t type)
{
    char *text = calloc(H5Tget_size(type) + 1, 1);
    if (text && H5Aread(attribute, type, text) < 0)
        text[0] = 0;
    return text;
}

char *hdf5_read_text(hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0)
        return NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    char *text = NULL;
    if (H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1)
        text = H5Tis_variable_str(type) > 0 ? read_shared(attribute, type) : read_fixed(attribute, type);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

int64_t hdf5_read_number(hid_t object, const char *name, int64_t most)
{
    if (H5Aexists(object, name) <= 0)
        return -1;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    int64_t number = -1;
    if (H5Tget_class(type) != H5T_INTEGER || H5Sget_simple_extent_npoints(space) != 1 ||
        H5Aread(attribute, H5T_NATIVE_INT64, &number) < 0 || number < 0 || number > most)
        number = -1;
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return number;
}

#endif
