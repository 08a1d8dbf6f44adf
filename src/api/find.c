/* Finds the finished output of a job. */
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/json.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "dataset/compare.h"
#include "dataset/shards.h"
#include "formats/class_folders.h"
#include "formats/jpeg.h"
#include "source/fingerprint.h"
#include "source/sequences.h"
#include "source/windows.h"

/* What the job would make of `input`, in the shape that the output at `path`, the whole or its first file, records for
 * it: the input need not be read. */
static enum plotmill_status expect(const char *path, const char *input, const struct sink_options *sink_options,
                                   const struct job_options *options, char **spec, char **described_windows,
                                   struct dataset_info *expected, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source_shape shape = {0};
    const struct window_rule rule = {options->window, options->stride, options->limit};
    struct source_range *ranges = NULL;
    struct windows windows = {0};
    struct made_chart chart = {0};
    struct reader reader = {0};
    TRY(reader_open(&reader, path, error));
    const bool described = reader.info.windows && *reader.info.windows;
    TRY(compare_input(path, reader.info.input, input, error));
    TRY(window_options_describe(described_windows, &options->windows, options->limit, described, error));
    if (!json_read_uint(json_member(reader.info.input, "samples"), &shape.samples) ||
        !json_read_uint(json_member(reader.info.input, "row_length"), &shape.row_length) ||
        (shape.row_length && shape.samples % shape.row_length))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not record how many samples its input has", path);
    if (sequences_are_cut(shape, rule.window))
        TRY(sequences_ranges(&ranges, &shape, false, error));
    TRY(windows_plan(&windows, shape, &rule, error));
    TRY(made_chart_init(&chart, options->maker, &options->line, windows.window, error));
    TRY(pixel_format_resolve(&sink_options->pixels, chart.chart->channels, &expected->stored, error));
    *spec = job_spec(options, chart.chart, windows.window);
    TRY_MEMORY(error, *spec);
    expected->spec = *spec;
    expected->input = input;
    expected->windows = *described_windows;
    /* With the same input and the same options of windows, the images are as many. */
    expected->images = described && !reader.info.whole ? reader.info.images
                       : described                     ? reader.info.whole
                                                       : windows.images;
    expected->window = sink_options->store_sequences ? windows.window : 0;
done:
    windows_free(&windows);
    free(ranges);
    made_chart_free(&chart);
    reader_close(&reader);
    return status;
}

/* Adds the images of the file at `path`, which must be as expected, to *images. */
static enum plotmill_status check_file(const char *path, const struct dataset_info *expected, uint64_t *images,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader reader = {0};
    TRY(reader_open(&reader, path, error));
    TRY(compare_dataset(path, &reader.info, expected, error));
    *images += reader.info.images;
done:
    reader_close(&reader);
    return status;
}

/* A file that describes the whole: the first one, or with shards any that is there. */
static bool find_file(const char *path, const struct sink_options *options, char *name, size_t size)
{
    bool found;
    uint64_t lowest;
    shard_name(path, 0, name, size);
    if (!options->images_per_file)
        return false;
    if (os_exists(name))
        return true;
    if (!options->shards || !shard_lowest(path, &found, &lowest) || !found)
        return false;
    shard_name(path, lowest, name, size);
    return true;
}

/* The same for several files without a virtual data set, or those of a shard: none may be missing. 0 images of a shard
 * that was not started, or whose format can resume it. */
static enum plotmill_status check_files(const char *path, const struct sink_options *options,
                                        const struct dataset_info *whole, char *name, size_t size, uint64_t *images,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t per_file = options->images_per_file;
    uint64_t begin, count, existing = 0;
    shard_share(options, shard_count(whole, per_file), &begin, &count);
    for (uint64_t number = begin; options->shards && number < begin + count; number++) {
        shard_name(path, number, name, size);
        existing += os_exists(name);
    }
    if (options->shards && (!existing || (existing < count && sink_shards(path, options))))
        return PLOTMILL_OK;
    for (uint64_t number = begin; number < begin + count; number++) {
        struct dataset_info expected = shard_info(whole, per_file, number);
        shard_name(path, number, name, size);
        TRY(check_file(name, &expected, images, error));
    }
done:
    return status;
}

struct input_files {
    const char *const *paths;
    size_t count;
    const struct source_options *options;
};

/* input: that of an open source; NULL: of `files`. */
static enum plotmill_status find(const char *path, const struct sink_options *sink_options, const char *input,
                                 const struct input_files *files, const struct job_options *options, uint64_t *images,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct format *format = sink_format(path, sink_options);
    struct dataset_info expected = {.format = format ? format->names[0] : NULL};
    const size_t size = strlen(path) + SHARD_NAME_EXTRA;
    const bool whole = os_exists(path);
    uint64_t found = 0;
    char *spec = NULL, *made = NULL, *first = NULL, *chosen = NULL;
    *images = 0;
    expected.folders = image_folders_name((enum image_folders)sink_options->folders);
    if (format && format->abilities & FORMAT_QUALITY)
        expected.quality = sink_options->quality ? sink_options->quality : JPEG_QUALITY_DEFAULT;
    TRY_ALLOCATE(error, first, size, 1);
    if (!find_file(path, sink_options, first, size) && !whole)
        goto done;
    /* Files without the virtual data set that belongs over them are those of a job that was stopped. */
    if (!whole && !sink_options->shards && sink_shards(path, sink_options))
        goto done;
    if (!input)
        TRY(fingerprint_paths(&made, files->paths, files->count, files->options, error));
    TRY(expect(whole ? path : first, input ? input : made, sink_options, options, &spec, &chosen, &expected, error));
    TRY(whole ? check_file(path, &expected, &found, error)
              : check_files(path, sink_options, &expected, first, size, &found, error));
    *images = found;
done:
    free(spec);
    free(made);
    free(chosen);
    free(first);
    return status;
}

enum plotmill_status api_job_find(plotmill *pm, const char *path, const struct sink_options *sink_options,
                                  const char *const *paths, size_t path_count,
                                  const struct source_options *source_options, const struct job_options *options,
                                  uint64_t *images)
{
    const struct input_files files = {paths, path_count, source_options};
    clear_message(pm);
    return find(path, sink_options, NULL, &files, options, images, &pm->error);
}

enum plotmill_status find_output(plotmill *pm, const char *path, const struct sink_options *sink_options,
                                 const char *input, const struct job_options *options, uint64_t *images)
{
    return find(path, sink_options, input, NULL, options, images, &pm->error);
}
