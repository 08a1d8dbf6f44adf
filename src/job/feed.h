/* Source -> the samples of a run of windows, in one array for the device. */
#ifndef JOB_FEED_H
#define JOB_FEED_H

#include <stdbool.h>

#include "source/source.h"
#include "source/windows.h"

struct feed {
    const struct source *source;
    struct windows windows;
    bool refuse_missing; /* --missing error */
    /* What the last call read, so that windows which overlap the next ones are not read twice. */
    const double *held;
    uint64_t held_first; /* samples held_first..held_first+held_count-1 of the source */
    uint64_t held_count;
};

/* Samples from one window to the next on the device: the step, or the window's length where windows leave samples out
 * between them. */
uint64_t feed_stride(const struct windows *windows);

/* Samples that an array for `batch` windows holds. */
uint64_t feed_samples(const struct windows *windows, uint64_t batch);

/* Writes windows first..first+count-1 to `samples`, which stays as it is until the next call: window k begins at
 * samples[k * feed_stride]. */
enum plotmill_status feed_read(struct feed *feed, uint64_t first, uint64_t count, double *samples,
                               struct plotmill_error *error);

#endif
