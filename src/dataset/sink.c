#include "dataset/sink.h"

#include <stdbool.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/shard.h"

#define KNOWN_OUTPUTS \
    ".h5, .hdf5, .npy, .npz, .dat, .tar, a folder with --format png or jpeg, - with --format raw, null:, hash:"
#define KNOWN_FORMATS "hdf5, npy, npz, raw, png, jpeg, tar, null, hash"

/* What a format is and which options go with it. */
static const struct format {
    const char *names[2];      /* as --format takes them */
    const char *extensions[2]; /* of files; none: a folder, or no file at all */
    bool folder;
    bool arrays;                     /* --dtype, --layout, --channels */
    bool chunks;                     /* --chunk-images */
    bool sequences;                  /* --store-sequences */
    bool splits;                     /* --images-per-file */
    bool quality;                    /* --quality */
    bool streams;                    /* may go to standard output */
    const struct shard_impl *shards; /* --resume, and a file that joins several; NULL: neither */
    sink_constructor *create;
} formats[] = {
    {{"hdf5", "h5"},
     {".h5", ".hdf5"},
     .arrays = true,
     .chunks = true,
     .sequences = true,
     .splits = true,
     .shards = &hdf5_shards,
     .create = sink_create_hdf5},
    {{"npy"}, {".npy"}, .arrays = true, .splits = true, .create = sink_create_npy},
    {{"raw"}, {".dat"}, .arrays = true, .splits = true, .streams = true, .create = sink_create_raw},
    {{"npz"}, {".npz"}, .splits = true, .create = sink_create_npz},
    {{"tar"}, {".tar"}, .splits = true, .create = sink_create_tar},
    {{"png"}, {NULL}, .folder = true, .create = sink_create_png},
    {{"jpeg", "jpg"}, {NULL}, .folder = true, .quality = true, .create = sink_create_jpeg},
    {{"null"}, {NULL}, .create = sink_create_null},
    {{"hash"}, {NULL}, .create = sink_create_hash},
};
#define FORMATS (sizeof formats / sizeof *formats)

static const struct format *format_called(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        for (int n = 0; n < 2; n++)
            if (formats[i].names[n] && string_same(formats[i].names[n], name))
                return &formats[i];
    return NULL;
}

static const struct format *format_of_extension(const char *extension)
{
    for (size_t i = 0; i < FORMATS; i++)
        for (int n = 0; n < 2; n++)
            if (formats[i].extensions[n] && string_same(formats[i].extensions[n], extension))
                return &formats[i];
    return NULL;
}

/* From the dot on; "" where the name has none (a dot at its start hides a file, it begins no extension). */
static const char *extension_of(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    return dot && dot != name && strspn(name, ".") != strlen(name) ? dot : "";
}

static enum plotmill_status format_by_path(const char *path, const struct format **format, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *extension = extension_of(path);
    if (!strcmp(path, "null:"))
        *format = format_called("null");
    else if (!strcmp(path, "hash:"))
        *format = format_called("hash");
    else if (!strcmp(path, "-"))
        FAIL(error, PLOTMILL_BAD_INPUT, "-: standard output needs --format raw");
    else if (!*extension)
        FAIL(
            error, PLOTMILL_BAD_INPUT,
            "%s: a folder needs --format png or jpeg (or a file with an extension: .h5, .hdf5, .npy, .npz, .dat, .tar)",
            path);
    else
        *format = format_of_extension(extension);
    if (!*format)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: unknown extension \"%s\", expected one of: %s", path, extension,
             KNOWN_OUTPUTS);
done:
    return status;
}

/* The format given wins over an extension, but a folder never takes the place of a file, nor a file that of one. */
static enum plotmill_status check_path(const char *path, const struct format *format, struct plotmill_error *error)
{
    size_t length = strlen(path);
    bool standard_output = !strcmp(path, "-");
    if (standard_output && !format->streams)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "-: standard output takes --format raw alone, not %s",
                                  format->names[0]);
    if (format->folder && format_of_extension(extension_of(path)))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: format %s makes a folder, but \"%s\" is the extension of a file", path,
                                  format->names[0], extension_of(path));
    if (format->extensions[0] && length && path[length - 1] == '/')
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: format %s makes a file, but the path ends in \"/\"",
                                  path, format->names[0]);
    return PLOTMILL_OK;
}

static enum plotmill_status check_sharing(const struct format *format, const struct plotmill_sink_options *options,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *name = format->names[0];
    if (options->resume && !options->images_per_file)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "--resume: a single output is there when it is complete and not before, nothing of it is kept to go on "
             "from: expected --images-per-file N");
    if (options->resume && options->force)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "--resume and --force: one keeps the files that are complete, the other replaces them: expected one (what "
             "joins complete files is made anew by 'plotmill link OUTPUT --force')");
    if (options->resume && !format->shards)
        FAIL(error, PLOTMILL_BAD_INPUT, "--resume: applies to hdf5 alone: files of %s do not tell what job they are of",
             name);
    if (options->shards && !options->images_per_file)
        FAIL(error, PLOTMILL_BAD_INPUT, "--shard: a share is whole files of several: expected --images-per-file N");
    if (options->shards ? options->shard < 1 || options->shard > options->shards : options->shard != 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "--shard: found %lu/%lu, expected I/N with I from 1 to N",
             (unsigned long)options->shard, (unsigned long)options->shards);
done:
    return status;
}

/* No option is passed over in silence. */
static enum plotmill_status check_options(const struct format *format, const char *path,
                                          const struct plotmill_sink_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_pixel_format *pixels = &options->pixels;
    const char *name = format->names[0];
    TRY(pixel_format_check(pixels, error));
    if (!format->arrays && (pixels->dtype || pixels->layout || pixels->channels > 1))
        FAIL(error, PLOTMILL_BAD_INPUT, "--dtype, --layout and --channels: apply to hdf5, npy and raw alone, not to %s",
             name);
    if (!format->quality && options->quality)
        FAIL(error, PLOTMILL_BAD_INPUT, "--quality: applies to jpeg alone, not to %s", name);
    if (options->quality < 0 || options->quality > 100)
        FAIL(error, PLOTMILL_BAD_INPUT, "--quality: found %d, expected 1 to 100", options->quality);
    if (!format->sequences && options->store_sequences)
        FAIL(error, PLOTMILL_BAD_INPUT, "--store-sequences: applies to hdf5 alone, not to %s", name);
    if (!format->chunks && options->chunk_images > 1)
        FAIL(error, PLOTMILL_BAD_INPUT, "--chunk-images: applies to hdf5 alone, not to %s", name);
    if (options->images_per_file && (!format->splits || !strcmp(path, "-")))
        FAIL(error, PLOTMILL_BAD_INPUT, "--images-per-file: applies to files of hdf5, npy, npz, raw and tar, not to %s",
             strcmp(path, "-") ? name : "standard output");
    TRY(check_sharing(format, options, error));
done:
    return status;
}

enum plotmill_status sink_create_logged(struct sink *sink, const char *path,
                                        const struct plotmill_sink_options *options, const struct log *log,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct format *format = NULL;
    if (!options->format)
        TRY(format_by_path(path, &format, error));
    else if (!(format = format_called(options->format)))
        FAIL(error, PLOTMILL_BAD_INPUT, "unknown format \"%s\", expected one of: %s", options->format, KNOWN_FORMATS);
    TRY(check_path(path, format, error));
    TRY(check_options(format, path, options, error));
    TRY(options->images_per_file ? sink_create_split(sink, path, options, format->create, format->shards, log, error)
                                 : format->create(sink, path, options, error));
done:
    return status;
}

const char *sink_format(const char *path, const struct plotmill_sink_options *options)
{
    const struct format *format = NULL;
    struct plotmill_error ignored;
    if (options->format)
        format = format_called(options->format);
    else if (format_by_path(path, &format, &ignored))
        return NULL;
    return format ? format->names[0] : NULL;
}

const struct shard_impl *sink_shards(const char *path, const struct plotmill_sink_options *options)
{
    const char *name = sink_format(path, options);
    const struct format *format = name ? format_called(name) : NULL;
    return format ? format->shards : NULL;
}

enum plotmill_status sink_create(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                 struct plotmill_error *error)
{
    return sink_create_logged(sink, path, options, NULL, error);
}

void sink_close(struct sink *sink)
{
    if (sink->ops && sink->ops->destroy)
        sink->ops->destroy(sink->self);
    *sink = (struct sink){0};
}
