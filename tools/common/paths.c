#include "tools/common/paths.h"

#include <ctype.h>
#include <string.h>

int has_extension(const char *path, const char *extension)
{
    size_t length = strlen(path), tail = strlen(extension);
    if (length <= tail)
        return 0;
    for (size_t i = 0; i < tail; i++)
        if (tolower((unsigned char)path[length - tail + i]) != extension[i])
            return 0;
    return 1;
}

const char *format_of_output(const char *path)
{
    if (!strcmp(path, "null:"))
        return "null";
    if (!strcmp(path, "hash:"))
        return "hash";
    if (has_extension(path, ".h5") || has_extension(path, ".hdf5"))
        return "hdf5";
    if (has_extension(path, ".npy"))
        return "npy";
    if (has_extension(path, ".npz"))
        return "npz";
    if (has_extension(path, ".dat"))
        return "raw";
    return has_extension(path, ".tar") ? "tar" : "";
}

int is_pseudo_output(const char *path)
{
    return !strcmp(path, "null:") || !strcmp(path, "hash:");
}

int takes_compression(const char *format)
{
    return !strcmp(format, "hdf5") || !strcmp(format, "npz") || !strcmp(format, "png");
}

int is_array(const char *format)
{
    return !strcmp(format, "hdf5") || !strcmp(format, "npy") || !strcmp(format, "raw");
}
