/* Source -> the samples of a run of windows, in one array for the device. */
#ifndef PIPELINE_FEED_H
#define PIPELINE_FEED_H

#include <stdbool.h>

#include "pipeline/windows.h"
#include "source/source.h"

struct feed {
    const struct source *source;
    struct windows windows;
    bool refuse_missing; /* --missing error */
    double *samples;     /* of the windows last asked for */
    uint64_t stride;     /* samples from one window to the next in `samples`: the step, or the window's length where
                            windows leave samples out between them */
    uint64_t held_first; /* samples held_first..held_first+held_count-1 of the source are in `samples` */
    uint64_t held_count;
};

/* Samples from one window to the next on the device. */
uint64_t feed_stride(const struct windows *windows);

/* Room for `batch` windows. */
enum plotmill_status feed_init(struct feed *feed, const struct source *source, const struct windows *windows,
                               uint64_t batch, bool refuse_missing, struct plotmill_error *error);
void feed_finish(struct feed *feed);

/* Fills feed->samples with windows first..first+count-1. */
enum plotmill_status feed_read(struct feed *feed, uint64_t first, uint64_t count, struct plotmill_error *error);

#endif
