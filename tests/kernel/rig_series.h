/* Series of float64 that are hard to measure. */
#ifndef TESTS_KERNEL_RIG_SERIES_H
#define TESTS_KERNEL_RIG_SERIES_H

#include "rig.h"

enum rig_series {
    SERIES_WALK,       /* near 100,000, moving by 20 */
    SERIES_NOTHING,    /* all missing: NaN of both signs, +-Inf */
    SERIES_HOLES,      /* a walk with half of it missing */
    SERIES_LONE,       /* one present sample */
    SERIES_EXTREMES,   /* around +-1.79e308: hi - lo exceeds the largest double */
    SERIES_SUBNORMALS, /* multiples of 4.9e-324, both signs */
    SERIES_ZEROS,      /* 0 and -0 */
    SERIES_CONSTANT,   /* hi == lo */
    SERIES_STEPS,      /* 1.7e18 + k*1e6 */
    SERIES_NEIGHBOURS, /* doubles next to each other across a power of two */
    SERIES_EXPONENTS,  /* every exponent there is */
    SERIES_BITS,       /* any 64 bits */
    SERIES_KINDS
};

/* Fills host[BUF_SAMPLES]: image k gets series kind+k. Samples between windows are +-1.79e308, so that reading them
 * changes results. */
void rig_fill_samples(struct rig *rig, struct rig_rng *rng, unsigned kind);

uint64_t rig_bits(double value);
double rig_double(uint64_t bits);

#endif
