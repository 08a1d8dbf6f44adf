/* The finished output of a job, found again. */
#include <stdlib.h>

#include "api/handles.h"
#include "base/json.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/chart.h"
#include "pipeline/windows.h"
#include "sink/match.h"
#include "source/fingerprint.h"

#define SPEC_SIZE 1024

/* What the job would make of an input whose shape the output tells: nobody needs to read it whole. */
static enum plotmill_status expect(const char *path, const struct plotmill_dataset_info *found,
                                   const struct plotmill_job_options *options, char spec[SPEC_SIZE],
                                   struct plotmill_dataset_info *wanted, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_source_shape shape;
    struct windows windows;
    const char *samples = json_member(found->input, "samples"), *row_length = json_member(found->input, "row_length");
    if (!samples || !row_length || !json_unsigned(samples, &shape.samples) ||
        !json_unsigned(row_length, &shape.row_length) || (shape.row_length && shape.samples % shape.row_length))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not tell how many samples its input has", path);
    TRY(windows_plan(&windows, shape, options, error));
    chart_spec(&options->chart, windows.window, options->stride, spec, SPEC_SIZE);
    wanted->spec = spec;
    wanted->images = windows.images;
    wanted->window = windows.window;
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
    struct plotmill_dataset_info wanted = {.format = sink_format(path, sink_options), .stored = sink_options->pixels};
    struct reader reader = {0};
    char spec[SPEC_SIZE], *input = NULL;
    *images = 0;
    forget_message(pm);
    if (!os_exists(path))
        goto done;
    TRY(reader_open(&reader, path, error));
    TRY(fingerprint_files(&input, paths, path_count, source_options, error));
    TRY(match_input(path, reader.info.input, input, error));
    TRY(expect(path, &reader.info, options, spec, &wanted, error));
    wanted.input = input;
    if (!sink_options->store_sequences)
        wanted.window = 0;
    TRY(match_dataset(path, &reader.info, &wanted, error));
    *images = reader.info.images;
done:
    reader_close(&reader);
    free(input);
    return status;
}
