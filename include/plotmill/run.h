/* plotmill: jobs: a whole source into a sink. */
#ifndef PLOTMILL_RUN_H
#define PLOTMILL_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/options.h"
#include "plotmill/sink.h"
#include "plotmill/source.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plotmill_progress {
    size_t size;          /* of this struct */
    uint64_t done;        /* images finished so far, including those that the output had before */
    uint64_t kept;        /* images that the output had before */
    uint64_t images;      /* total */
    double seconds;       /* since the first batch began, without building kernels */
    double setup_seconds; /* opening the device and building kernels */
    const char *device;   /* name of the first active one */
};

/* Return nonzero to cancel: the call returns PLOTMILL_CANCELLED and leaves no output. Called on the thread of the call
 * whenever images were finished; by plotmill_run also a few times per second meanwhile. Must not call plotmill with the
 * same handle. */
typedef int (*plotmill_progress_fn)(void *user, const struct plotmill_progress *progress);

/* Renders every window of `source` into `sink`. On failure no output is left; the options resume and images-per-file
 * keep what is complete.
 *   source    NULL: the files that the option `input` names
 *   sink      NULL: the file, folder or stream that the option `output` names
 *   progress  NULL: none
 *   report    NULL, or set to the result as JSON, as `plotmill render --json` prints it: images, seconds, devices,
 *             spec, and with the output `hash:` the hash. With the option dry-run: what the job would do and need.
 * Of the options of scope output only dtype, layout, channels and quality apply to a custom sink. What was made with
 * another handle is PLOTMILL_BAD_INPUT. */
PLOTMILL_API enum plotmill_status plotmill_run(plotmill *pm, const plotmill_options *options, plotmill_source *source,
                                               plotmill_sink *sink, plotmill_progress_fn progress, void *user,
                                               const char **report);

/* The windows that plotmill_run renders with these options and this source (labels, split, groups, order), without
 * rendering: a reader with columns and no pixels, which opens no device.
 *
 * plotmill_reader_column reads what the job stores beside each image, and more columns:
 *   window_start  int64: as in struct plotmill_batch
 *   sample        uint64: what plotmill_request.starts takes for this window, after plotmill_renderer_load of the same
 *                 source
 *   values        float64 (before + window, values of the source): the samples that the image shows, as the source
 *                 returns them, after those that the chart's averages look back to; NaN where the group has none. Not
 *                 with ema or adjusted prices, which depend on all rows of the group
 *   rows_before   uint64: how many of these rows before the window the group has
 * plotmill_reader_describe says what data set the job would make, and `counts`: the member `windows` of the job's
 * report. "file" is null. plotmill_reader_read is PLOTMILL_BAD_INPUT.
 *
 *   source  must outlive *table, which reads it; meanwhile it serves other calls as well. NULL: the files that the
 *           option `input` names, which *table opens and keeps
 *   table   free with plotmill_reader_destroy */
PLOTMILL_API enum plotmill_status plotmill_windows(plotmill *pm, const plotmill_options *options,
                                                   plotmill_source *source, plotmill_reader **table);

/* Writes `path` (images.h5), a virtual data set over the files beside it (images-00000.h5, ...) that jobs with the
 * options images-per-file and shard made; a job without shard does that itself. Reads every file first.
 * PLOTMILL_BAD_INPUT if one is missing, damaged or of another job; the message names it, or the first few missing ones.
 * Refuses an existing `path` unless `force` is 1. *report (may be NULL): {"output": "images.h5", "files": N,
 * "images": N}. */
PLOTMILL_API enum plotmill_status plotmill_link(plotmill *pm, const char *path, int force, const char **report);

#ifdef __cplusplus
}
#endif
#endif
