#include "dataset/sink.h"

#include <string.h>

#include "base/output.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/image_files.h"
#include "formats/shard.h"

static enum plotmill_status choose_format(const char *path, const struct sink_options *options,
                                          const struct format **format, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct format_list folders = format_names(FORMAT_FOLDER, " or "),
                             streams = format_names(FORMAT_STREAM, " or ");
    const struct format_list extensions = format_extensions(FORMAT_OUTPUT, ", ");
    *format = options->format ? format_named(options->format, FORMAT_OUTPUT) : format_of_path(path, FORMAT_OUTPUT);
    if (*format)
        goto done;
    if (options->format)
        FAIL(error, PLOTMILL_BAD_INPUT, "unknown format \"%s\", expected one of: %s", options->format,
             format_names(FORMAT_OUTPUT, ", ").text);
    if (!strcmp(path, "-"))
        FAIL(error, PLOTMILL_BAD_INPUT, "-: standard output needs the option format, %s", streams.text);
    if (!*format_extension(path))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a folder needs the option format, %s; a file one of the extensions %s",
             path, folders.text, extensions.text);
    FAIL(error, PLOTMILL_BAD_INPUT,
         "%s: unknown extension \"%s\", expected one of: %s, a folder with the format %s, - with the format %s, null:, "
         "hash:",
         path, format_extension(path), extensions.text, folders.text, streams.text);
done:
    return status;
}

/* --format overrides the extension, but a folder never replaces a file, nor a file a folder. */
static enum plotmill_status check_path(const struct format *format, const char *path, struct plotmill_error *error)
{
    const size_t length = strlen(path);
    const struct format *named = format_of_path(path, FORMAT_OUTPUT);
    if (!strcmp(path, "-") && !(format->abilities & FORMAT_STREAM))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "-: standard output takes the format %s, not %s",
                                  format_names(FORMAT_STREAM, " or ").text, format->names[0]);
    if (format->abilities & FORMAT_FOLDER && named && named->extensions[0])
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: format %s makes a folder, but \"%s\" is the extension of a file", path,
                                  format->names[0], format_extension(path));
    if (format->extensions[0] && length && path[length - 1] == '/')
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: format %s makes a file, but the path ends in \"/\"",
                                  path, format->names[0]);
    return PLOTMILL_OK;
}

/* That of formats without layouts. */
static enum pixel_layout usual_layout(const struct sink_options *options)
{
    return options->drawn > 1 ? LAYOUT_NHWC : LAYOUT_NHW;
}

/* An option that does not apply is refused, not ignored. */
static enum plotmill_status check_options(const struct format *format, const char *path,
                                          const struct sink_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pixel_format *pixels = &options->pixels;
    struct pixel_format resolved;
    const struct {
        const char *option;
        enum format_ability ability;
        bool given;
    } given[] = {{"dtype", FORMAT_ARRAYS, pixels->dtype != 0},
                 {"layout", FORMAT_ARRAYS, pixels->layout != LAYOUT_AUTO && pixels->layout != usual_layout(options)},
                 {"channels", FORMAT_COPIES, pixels->channels > 1 && pixels->channels != options->drawn},
                 {"quality", FORMAT_QUALITY, options->quality != 0},
                 {"folders", FORMAT_FOLDER, options->folders != 0},
                 {"store-sequences", FORMAT_SEQUENCES, options->store_sequences != 0},
                 {"chunk-images", FORMAT_CHUNKS, options->chunk_images > 1},
                 {"images-per-file", FORMAT_SPLIT, options->images_per_file != 0}};
    TRY(pixel_format_check(pixels, error));
    if (options->drawn)
        TRY(pixel_format_resolve(pixels, options->drawn, &resolved, error));
    if (!(format->abilities & FORMAT_LAYERS))
        TRY(image_files_check_channels(format->names[0], options->drawn, error));
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].given && !(format->abilities & given[i].ability))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: applies to %s, not to %s", given[i].option,
                 format_names(given[i].ability, " and ").text, format->names[0]);
    if (options->images_per_file && !strcmp(path, "-"))
        FAIL(error, PLOTMILL_BAD_INPUT, "images-per-file: applies to files, not to standard output");
    if (options->resume && !options->images_per_file)
        FAIL(error, PLOTMILL_BAD_INPUT, "resume: requires images-per-file: a single file is kept only when complete");
    if (options->resume && options->force)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "resume and force: expected one, since resume keeps complete files and force replaces them "
             "('plotmill link OUTPUT --force' joins complete files again)");
    if (options->resume && !(format->abilities & FORMAT_RESUME))
        FAIL(error, PLOTMILL_BAD_INPUT, "resume: applies to %s, not to %s, whose files do not record their job",
             format_names(FORMAT_RESUME, " and ").text, format->names[0]);
    if (options->shards && !options->images_per_file)
        FAIL(error, PLOTMILL_BAD_INPUT, "shard: requires images-per-file: a share consists of whole files");
done:
    return status;
}

enum plotmill_status sink_create(struct sink *sink, const char *path, const struct sink_options *options,
                                 const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct format *format;
    TRY(choose_format(path, options, &format, error));
    TRY(check_path(format, path, error));
    TRY(check_options(format, path, options, error));
    if (!format->create)
        TRY(format_unsupported(format, path, "write", error));
    if (options->force && !(format->abilities & FORMAT_FOLDER) && !format->path)
        TRY(output_check_locks(path, error));
    struct sink_options with_log = *options;
    with_log.log = log;
    options = &with_log;
    TRY(options->images_per_file ? sink_create_split(sink, path, options, format->create, format->shards, log, error)
                                 : format->create(sink, path, options, error));
done:
    return status;
}

const struct format *sink_format(const char *path, const struct sink_options *options)
{
    const struct format *format;
    struct plotmill_error ignored;
    return choose_format(path, options, &format, &ignored) ? NULL : format;
}

const struct shard_impl *sink_shards(const char *path, const struct sink_options *options)
{
    const struct format *format = sink_format(path, options);
    return format ? format->shards : NULL;
}

void sink_close(struct sink *sink)
{
    if (sink->ops && sink->ops->destroy)
        sink->ops->destroy(sink->self);
    *sink = (struct sink){0};
}
