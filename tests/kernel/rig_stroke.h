/* The stroke around heights in fixed point, computed in float64 and without tables: the reference for spans. */
#ifndef TESTS_KERNEL_RIG_STROKE_H
#define TESTS_KERNEL_RIG_STROKE_H

#include "rig.h"

struct test_stroke {
    const struct stages *stages;
    const int32_t *heights; /* of one image */
    double step;            /* px from one sample to the next */
};

/* Highest and lowest point at one abscissa; top > bottom where there is none. */
struct section {
    double top, bottom;
};

struct test_stroke stroke_of(const struct rig *rig, uint64_t image);

/* The first and last row of a column whose centre lies within `radius` px of the line: by distances, and where samples
 * are missing by the hull of the sections of all strokes there. */
struct section stroke_rows(const struct test_stroke *stroke, uint32_t column, double radius);

/* The section at one abscissa, exact, from the outline of the capsule around each edge. */
struct section stroke_section(const struct test_stroke *stroke, double abscissa, double radius);

/* Whether an edge rises by more than `steepness` px per px within `near` px of the columns from..to. */
bool stroke_is_steep(const struct test_stroke *stroke, double from, double to, double near, double steepness);

/* Fills heights that are hard to draw: image k gets kind kind+k; some kinds have gaps. */
#define STROKE_KINDS 9
void stroke_fill_heights(struct rig *rig, struct rig_rng *rng, unsigned kind, int32_t highest);

/* Whether the cap of a run's first or last sample ends near abscissa x: x lies at most `inside` px short of its tip or
 * `outside` px beyond it, seen from the sample. */
bool stroke_has_tip(const struct test_stroke *s, double x, double radius, double inside, double outside);

#endif
