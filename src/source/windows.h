/* Which samples become which image. */
#ifndef SOURCE_WINDOWS_H
#define SOURCE_WINDOWS_H

#include <stdint.h>

#include "plotmill/job.h"

struct windows {
    uint64_t images;
    uint64_t window;     /* samples an image */
    uint64_t step;       /* samples from the start of one image to the next */
    uint64_t start_step; /* what window_start grows by from one image to the next: samples, or ready sequences */
};

/* From the source's shape and options->window, stride, limit; checks them against each other. */
enum plotmill_status windows_plan(struct windows *windows, struct plotmill_source_shape shape,
                                  const struct plotmill_job_options *options, struct plotmill_error *error);

#endif
