#include "sink/sink.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_OUTPUTS ".h5, .hdf5, .npy, a folder with --format png, null:, hash:"
#define KNOWN_FORMATS "hdf5, npy, png, null, hash"

enum format { FORMAT_UNKNOWN, FORMAT_HDF5, FORMAT_NPY, FORMAT_PNG, FORMAT_NULL, FORMAT_HASH };

struct format_name {
    const char *name;
    enum format format;
};

static const struct format_name formats[] = {{"hdf5", FORMAT_HDF5}, {"h5", FORMAT_HDF5},   {"npy", FORMAT_NPY},
                                             {"png", FORMAT_PNG},   {"null", FORMAT_NULL}, {"hash", FORMAT_HASH}};
static const struct format_name extensions[] = {{".h5", FORMAT_HDF5}, {".hdf5", FORMAT_HDF5}, {".npy", FORMAT_NPY}};

/* Letters of either case are one, in the way of ASCII whatever the locale. */
static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        char y = *b >= 'A' && *b <= 'Z' ? (char)(*b + 32) : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}

static enum format find(const struct format_name *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (same_word(names[i].name, name))
            return names[i].format;
    return FORMAT_UNKNOWN;
}

static bool ends_in_slash(const char *path)
{
    size_t length = strlen(path);
    return length && path[length - 1] == '/';
}

/* From the dot on; "" where the name has none (a dot at its start hides a file, it begins no extension). */
static const char *extension_of(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    const char *dot = strrchr(name, '.');
    return dot && dot != name && strspn(name, ".") != strlen(name) ? dot : "";
}

static enum plotmill_status format_by_path(const char *path, enum format *format, struct plotmill_error *error)
{
    const char *extension = extension_of(path);
    if (!strcmp(path, "null:"))
        *format = FORMAT_NULL;
    else if (!strcmp(path, "hash:"))
        *format = FORMAT_HASH;
    else if (!*extension)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: a folder needs --format png (or a file with an extension: .h5, .hdf5, .npy)",
                                  path);
    else
        *format = find(extensions, sizeof extensions / sizeof *extensions, extension);
    if (*format == FORMAT_UNKNOWN)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: unknown extension \"%s\", expected one of: %s", path,
                                  extension, KNOWN_OUTPUTS);
    return PLOTMILL_OK;
}

/* The format given wins over an extension, but a folder never takes the place of a file, nor a file that of one. */
static enum plotmill_status check_format(const char *path, const char *name, enum format format,
                                         struct plotmill_error *error)
{
    if (format == FORMAT_UNKNOWN)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "unknown format \"%s\", expected one of: %s", name,
                                  KNOWN_FORMATS);
    enum format of_path = find(extensions, sizeof extensions / sizeof *extensions, extension_of(path));
    if (format == FORMAT_PNG && of_path != FORMAT_UNKNOWN)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: format png makes a folder, but \"%s\" is the extension of a file", path,
                                  extension_of(path));
    if ((format == FORMAT_HDF5 || format == FORMAT_NPY) && ends_in_slash(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: format %s makes a file, but the path ends in \"/\"",
                                  path, name);
    return PLOTMILL_OK;
}

enum plotmill_status sink_create(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                 struct plotmill_error *error)
{
    enum format format = FORMAT_UNKNOWN;
    enum plotmill_status status;
    if (options->format) {
        format = find(formats, sizeof formats / sizeof *formats, options->format);
        status = check_format(path, options->format, format, error);
    } else {
        status = format_by_path(path, &format, error);
    }
    if (status)
        return status;
    switch (format) {
    case FORMAT_HDF5:
        return sink_create_hdf5(sink, path, options, error);
    case FORMAT_NPY:
        return sink_create_npy(sink, path, options, error);
    case FORMAT_PNG:
        return sink_create_png(sink, path, options, error);
    case FORMAT_NULL:
        return sink_create_null(sink, error);
    default:
        return sink_create_hash(sink, error);
    }
}

void sink_close(struct sink *sink)
{
    if (sink->ops && sink->ops->destroy)
        sink->ops->destroy(sink->self);
    *sink = (struct sink){0};
}
