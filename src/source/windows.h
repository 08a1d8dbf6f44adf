/* The windows of a source: which samples become which image. */
#ifndef SOURCE_WINDOWS_H
#define SOURCE_WINDOWS_H

#include <stdint.h>

#include "plotmill/job.h"

struct windows {
    uint64_t images;
    uint64_t window;     /* samples per image */
    uint64_t step;       /* samples from the start of one image to the next */
    uint64_t start_step; /* difference of window_start between images: in samples, or in ready sequences */
};

/* Computes the windows from the source's shape and options->window, stride and limit. PLOTMILL_BAD_INPUT if they do not
 * fit together. */
enum plotmill_status windows_plan(struct windows *windows, struct plotmill_source_shape shape,
                                  const struct plotmill_job_options *options, struct plotmill_error *error);

#endif
