/* The finished output of a job, found again. */
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/json.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/chart.h"
#include "dataset/compare.h"
#include "dataset/shards.h"
#include "formats/jpeg.h"
#include "source/fingerprint.h"
#include "source/windows.h"

/* What the job would make of an input whose shape the output tells: nobody needs to read it whole. */
static enum plotmill_status expect(const char *path, const struct plotmill_dataset_info *found,
                                   const struct plotmill_job_options *options, char spec[JOB_SPEC_SIZE],
                                   struct plotmill_dataset_info *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_source_shape shape;
    struct windows windows;
    const char *samples = json_member(found->input, "samples"), *row_length = json_member(found->input, "row_length");
    if (!samples || !row_length || !json_read_uint(samples, &shape.samples) ||
        !json_read_uint(row_length, &shape.row_length) || (shape.row_length && shape.samples % shape.row_length))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not tell how many samples its input has", path);
    TRY(windows_plan(&windows, shape, options, error));
    chart_spec(&options->chart, windows.window, options->stride, spec, JOB_SPEC_SIZE);
    wanted->spec = spec;
    wanted->images = windows.images;
    wanted->window = windows.window;
done:
    return status;
}

/* The output at `path` against what is wanted of it: *images of it. */
static enum plotmill_status match_one(const char *path, const struct plotmill_dataset_info *wanted, uint64_t *images,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader reader = {0};
    TRY(reader_open(&reader, path, error));
    TRY(compare_dataset(path, &reader.info, wanted, error));
    *images += reader.info.images;
done:
    reader_close(&reader);
    return status;
}

/* What a job would make of `input`, told by the output at `path`, which is all of it or its first file. */
static enum plotmill_status expect_by(const char *path, const char *input,
                                      const struct plotmill_sink_options *sink_options,
                                      const struct plotmill_job_options *options, char spec[JOB_SPEC_SIZE],
                                      struct plotmill_dataset_info *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader reader = {0};
    TRY(reader_open(&reader, path, error));
    TRY(compare_input(path, reader.info.input, input, error));
    TRY(expect(path, &reader.info, options, spec, wanted, error));
    wanted->input = input;
    if (!sink_options->store_sequences)
        wanted->window = 0;
done:
    reader_close(&reader);
    return status;
}

/* The file that tells of the whole: the first one, or of a job in shares any that is there. */
static bool find_file(const char *path, const struct plotmill_sink_options *options, char *name, size_t size)
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

/* A share of which not one file is there was not begun; of HDF5 files, one that lacks any can be resumed. */
static bool is_share_open(const char *path, const struct plotmill_sink_options *options, uint64_t begin, uint64_t count,
                          char *name, size_t size)
{
    uint64_t there = 0;
    for (uint64_t number = begin; options->shards && number < begin + count; number++) {
        shard_name(path, number, name, size);
        there += os_exists(name);
    }
    return options->shards && (!there || (there < count && sink_shards(path, options)));
}

/* Files that nothing joins, or those of a share: each in its place, and none missing. */
static enum plotmill_status match_files(const char *path, const struct plotmill_sink_options *options,
                                        const struct plotmill_dataset_info *whole, char *name, size_t size,
                                        uint64_t *images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t per_file = options->images_per_file;
    uint64_t begin, count;
    shard_share(options, shard_count(whole, per_file), &begin, &count);
    if (is_share_open(path, options, begin, count, name, size))
        return PLOTMILL_OK;
    for (uint64_t number = begin; number < begin + count; number++) {
        struct plotmill_dataset_info wanted = shard_info(whole, per_file, number);
        shard_name(path, number, name, size);
        TRY(match_one(name, &wanted, images, error));
    }
done:
    return status;
}

enum plotmill_status plotmill_job_find(plotmill *pm, const char *path, const struct plotmill_sink_options *sink_options,
                                       const char *const *paths, size_t path_count,
                                       const struct plotmill_source_options *source_options,
                                       const struct plotmill_job_options *options, uint64_t *images)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &pm->error;
    const struct format *format = sink_format(path, sink_options);
    struct plotmill_dataset_info wanted = {.format = format ? format->names[0] : NULL, .stored = sink_options->pixels};
    const size_t size = strlen(path) + SHARD_NAME_EXTRA;
    const bool whole = os_exists(path);
    uint64_t found = 0;
    char spec[JOB_SPEC_SIZE], *input = NULL, *first = NULL;
    *images = 0;
    if (format && format->abilities & FORMAT_QUALITY)
        wanted.quality = sink_options->quality ? sink_options->quality : JPEG_QUALITY_DEFAULT;
    clear_message(pm);
    TRY_ALLOCATE(error, first, size, 1);
    if (!find_file(path, sink_options, first, size) && !whole)
        goto done;
    /* HDF5 files without what joins them are those of a job that was stopped. */
    if (!whole && !sink_options->shards && sink_shards(path, sink_options))
        goto done;
    TRY(fingerprint_files(&input, paths, path_count, source_options, error));
    TRY(expect_by(whole ? path : first, input, sink_options, options, spec, &wanted, error));
    TRY(whole ? match_one(path, &wanted, &found, error)
              : match_files(path, sink_options, &wanted, first, size, &found, error));
    *images = found;
done:
    free(input);
    free(first);
    return status;
}
