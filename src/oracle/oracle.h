/* The definition of an image (docs/definition.md), computed by distances in float64. Shares nothing with the kernels
 * or with src/chart: slow, simple, and the judge of everything else. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/options.h"

/* How a rendered image compares with the definition. */
struct oracle_verdict {
    bool passed;
    uint64_t pixels;  /* judged */
    uint64_t wrong;   /* binary: pixels that break the rule; antialiased: pixels that must be exactly foreground
                         or background and are not */
    uint32_t wrong_x; /* the first of them (antialiased without wrong ones: the worst pixel) */
    uint32_t wrong_y;
    uint64_t partial; /* antialiased: partly covered pixels */
    double rms;       /* antialiased: error over the partly covered pixels, in units of 1/255 of full contrast */
    double worst;     /* the same, largest */
};

/* Judges `pixels` (height, width) as the image of `samples[0..count-1]` under `chart`.
 *   binary: ink contains every centre with distance <= w/2 - 1/64 and none with distance > w/2 + 1/64 (with missing
 *           samples: the hull per column of each of these sets); every pixel is background or foreground.
 *           Missing samples under `missing` error count as gaps.
 *   antialiased: against 64 x 64 points in every partly covered pixel; passed when rms <= rms_limit and worst <=
 *           worst_limit, and every other pixel is exactly background or foreground as the definition has it. A pixel
 *           whose side the edge touches within 1/64 px may look fully or not covered, or is judged like a partly
 * covered one. At low contrast the rounding to whole values counts no more than at full contrast. `y_range` (lo, hi as
 * rendered) is checked too unless NULL; a wrong one clears `passed` and changes nothing else. Returns PLOTMILL_OK when
 * it could judge, PLOTMILL_NO_MEMORY otherwise. */
enum plotmill_status oracle_judge(const double *samples, uint64_t count, const struct chart_options *chart,
                                  const uint8_t *pixels, const double *y_range, double rms_limit, double worst_limit,
                                  struct oracle_verdict *verdict);

/* An estimate for test budgets: the float64 distances that oracle_judge computes for such an image of noise, which
 * costs most. About 1e8 per second. */
double oracle_cost(uint64_t count, const struct chart_options *chart);

#endif
