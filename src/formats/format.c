#include "formats/format.h"

#include <stdio.h>
#include <string.h>

#include "base/strings.h"
#include "formats/shard.h"
#include "plotmill_config.h"

/* A build without a library has NULL in place of its functions. */
static const struct format formats[] = {
    {.names = {"hdf5", "h5"},
     .extensions = {".h5", ".hdf5"},
     .magic = "\x89HDF\r\n\x1a\n",
     .magic_size = 8,
     .abilities = FORMAT_INPUT | FORMAT_DATASETS | FORMAT_COLUMNS | FORMAT_DATES | FORMAT_AXES | FORMAT_OUTPUT |
                  FORMAT_ARRAYS | FORMAT_COPIES | FORMAT_LAYERS | FORMAT_COMPRESS | FORMAT_CHUNKS | FORMAT_SEQUENCES |
                  FORMAT_SPLIT | FORMAT_RESUME,
     .library = "HDF5",
     .open = HAVE_HDF5 ? source_open_hdf5 : NULL,
     .create = HAVE_HDF5 ? sink_create_hdf5 : NULL,
     .read = HAVE_HDF5 ? reader_open_hdf5 : NULL,
     .shards = HAVE_HDF5 ? &hdf5_shards : NULL},
    {.names = {"npy"},
     .extensions = {".npy"},
     .magic = "\x93NUMPY",
     .magic_size = 6,
     .abilities = FORMAT_INPUT | FORMAT_COLUMNS | FORMAT_DATES | FORMAT_AXES | FORMAT_OUTPUT | FORMAT_ARRAYS |
                  FORMAT_COPIES | FORMAT_LAYERS | FORMAT_SPLIT,
     .open = source_open_npy,
     .create = sink_create_npy,
     .read = reader_open_npy},
    {.names = {"npz"},
     .extensions = {".npz"},
     .magic = "PK\x03\x04",
     .magic_size = 4,
     .abilities = FORMAT_OUTPUT | FORMAT_LAYERS | FORMAT_COMPRESS | FORMAT_SPLIT,
     .library = "libarchive",
     .create = HAVE_ARCHIVE ? sink_create_npz : NULL,
     .read = HAVE_ARCHIVE ? reader_open_npz : NULL},
    {.names = {"raw"},
     .extensions = {".dat"},
     .abilities = FORMAT_OUTPUT | FORMAT_ARRAYS | FORMAT_COPIES | FORMAT_LAYERS | FORMAT_SPLIT | FORMAT_STREAM,
     .create = sink_create_raw,
     .read = reader_open_raw},
    {.names = {"jkx"}, .abilities = FORMAT_OUTPUT, .create = sink_create_jkx, .read = reader_open_jkx},
    {.names = {"tar"},
     .extensions = {".tar"},
     .magic = "ustar",
     .magic_size = 5,
     .magic_offset = 257,
     .abilities = FORMAT_OUTPUT | FORMAT_SPLIT,
     .library = "libarchive or libpng",
     .create = HAVE_ARCHIVE && HAVE_PNG ? sink_create_tar : NULL,
     .read = HAVE_ARCHIVE && HAVE_PNG ? reader_open_tar : NULL},
    {.names = {"png"},
     .magic = "\x89PNG",
     .magic_size = 4,
     .abilities = FORMAT_OUTPUT | FORMAT_FOLDER | FORMAT_COMPRESS,
     .library = "libpng",
     .create = HAVE_PNG ? sink_create_png : NULL,
     .read = reader_open_folder},
    {.names = {"jpeg", "jpg"},
     .magic = "\xff\xd8\xff",
     .magic_size = 3,
     .abilities = FORMAT_OUTPUT | FORMAT_FOLDER | FORMAT_QUALITY,
     .library = "libjpeg-turbo",
     .create = HAVE_JPEG ? sink_create_jpeg : NULL,
     .read = reader_open_folder},
    {.names = {"null"},
     .path = "null:",
     .abilities = FORMAT_OUTPUT | FORMAT_COPIES | FORMAT_LAYERS,
     .create = sink_create_null},
    {.names = {"hash"},
     .path = "hash:",
     .abilities = FORMAT_OUTPUT | FORMAT_COPIES | FORMAT_LAYERS,
     .create = sink_create_hash},
    {.names = {"csv"},
     .extensions = {".csv", ".tsv", ".gz", ".zip"},
     .abilities = FORMAT_INPUT | FORMAT_COLUMNS | FORMAT_DATES,
     .open = source_open_text},
};
#define FORMATS (sizeof formats / sizeof *formats)

/* The names of outputs that are files or folders, in the order of the table (the tests compare). */
const char *const formats_choices[] = {"hdf5", "npy", "npz", "raw", "jkx", "tar", "png", "jpeg", NULL};

/* The options of the command that apply to some formats only. */
static const struct {
    const char *option;
    unsigned ability;
} format_options[] = {{"compress", FORMAT_COMPRESS},
                      {"dtype", FORMAT_ARRAYS},
                      {"layout", FORMAT_ARRAYS},
                      {"channels", FORMAT_COPIES},
                      {"quality", FORMAT_QUALITY},
                      {"folders", FORMAT_FOLDER},
                      {"chunk-images", FORMAT_CHUNKS},
                      {"images-per-file", FORMAT_SPLIT},
                      {"shard", FORMAT_SPLIT},
                      {"resume", FORMAT_RESUME},
                      {"store-sequences", FORMAT_SEQUENCES},
                      {"column", FORMAT_COLUMNS},
                      {"columns", FORMAT_COLUMNS},
                      {"axes", FORMAT_AXES},
                      {"from", FORMAT_DATES},
                      {"to", FORMAT_DATES},
                      {"dataset", FORMAT_DATASETS}};

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count && words[i]; i++)
        if (string_same(words[i], text))
            return true;
    return false;
}

const struct format *format_named(const char *name, unsigned abilities)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].abilities & abilities && is_one_of(name, formats[i].names, 2))
            return &formats[i];
    return NULL;
}

const char *format_extension(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    return dot && dot != name && strspn(name, ".") != strlen(name) ? dot : "";
}

const struct format *format_of_path(const char *path, unsigned abilities)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].abilities & abilities && (is_one_of(format_extension(path), formats[i].extensions, 4) ||
                                                 (formats[i].path && !strcmp(path, formats[i].path))))
            return &formats[i];
    return NULL;
}

const struct format *format_of_contents(const char bytes[FORMAT_MAGIC_BYTES])
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].magic && !memcmp(bytes + formats[i].magic_offset, formats[i].magic, formats[i].magic_size))
            return &formats[i];
    return NULL;
}

unsigned format_ability_for(const char *option)
{
    for (size_t i = 0; i < sizeof format_options / sizeof *format_options; i++)
        if (!strcmp(format_options[i].option, option))
            return format_options[i].ability;
    return 0;
}

/* The first name, or all extensions, of each format. */
static struct format_list list(unsigned abilities, bool names, const char *last)
{
    struct format_list list = {""};
    const char *words[4 * FORMATS];
    size_t count = 0, used = 0;
    for (size_t i = 0; i < FORMATS; i++) {
        if (!(formats[i].abilities & abilities))
            continue;
        if (names)
            words[count++] = formats[i].names[0];
        for (int e = 0; !names && e < 4 && formats[i].extensions[e]; e++)
            words[count++] = formats[i].extensions[e];
    }
    for (size_t i = 0; i < count && used < sizeof list.text; i++)
        used += (size_t)snprintf(list.text + used, sizeof list.text - used, "%s%s",
                                 i == 0           ? ""
                                 : i == count - 1 ? last
                                                  : ", ",
                                 words[i]);
    return list;
}

struct format_list format_names(unsigned abilities, const char *last)
{
    return list(abilities, true, last);
}

struct format_list format_extensions(unsigned abilities, const char *last)
{
    return list(abilities, false, last);
}

enum plotmill_status format_unsupported(const struct format *format, const char *path, const char *verb,
                                        struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "%s: this build of plotmill cannot %s %s: %s is missing",
                              path, verb, format->names[0], format->library);
}
