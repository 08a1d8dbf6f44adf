/* The definition of an image (docs/definition.md), computed by distances in float64 and by exact integers. Shares
 * nothing with the kernels: slow, simple, and the judge of everything else. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/chart.h"

/* What an image shows. */
struct oracle_window {
    const double *rows;   /* (count, chart->field_count) */
    uint64_t count;       /* samples */
    uint64_t rows_before; /* of the same group, before the first of them */
};

/* How a rendered image compares with the definition. */
struct oracle_verdict {
    bool passed;
    uint64_t pixels;  /* judged */
    uint64_t wrong;   /* binary: pixels that break the rule; antialiased: pixels that must have exactly one value and
                         have another */
    uint32_t wrong_x; /* the first of them, as stored (antialiased without wrong ones: the worst pixel) */
    uint32_t wrong_y;
    uint64_t partial; /* antialiased: partly covered pixels, counted for each channel */
    double rms;       /* antialiased: error over the partly covered pixels, in units of 1/255 of full contrast */
    double worst;     /* the same, largest */
    uint32_t ranges;  /* panels whose y_range is wrong */
};

/* Judges `pixels` (height, width, channels) as the image of `window` under `chart`.
 *   binary: each pixel has the ink of a layer that may cover it and that no layer above must cover, or the background.
 *           Whole-pixel marks are exact. Strokes must cover every centre with distance <= w/2 - 1/64 and may cover
 *           those with distance <= w/2 + 1/64 (with missing samples: the hull per column of each of these sets).
 *           Missing samples under `missing` error count as gaps.
 *   antialiased: against 64 x 64 points of each stroke in every partly covered pixel, composed by layers; passed when
 *           rms <= rms_limit and worst <= worst_limit, and every other pixel is exact. A pixel whose side an edge
 *           touches within 1/64 px may look untouched by it, or is judged like a partly covered one. At low contrast
 *           the rounding to whole values counts no more than at full contrast.
 * y_range (panels, 2), as rendered, is checked too unless NULL.
 * Returns PLOTMILL_OK when it could judge, PLOTMILL_NO_MEMORY otherwise. */
enum plotmill_status oracle_judge_chart(const struct chart *chart, const struct oracle_window *window,
                                        const uint8_t *pixels, const double *y_range, double rms_limit,
                                        double worst_limit, struct oracle_verdict *verdict);

/* The same for the chart of one line. */
enum plotmill_status oracle_judge(const double *samples, uint64_t count, const struct chart_options *chart,
                                  const uint8_t *pixels, const double *y_range, double rms_limit, double worst_limit,
                                  struct oracle_verdict *verdict);

/* Estimates for test budgets: the float64 distances that oracle_judge_chart and oracle_judge compute for such an image
 * of noise, which costs most. About 1e8 per second. */
double oracle_cost_chart(uint64_t count, const struct chart *chart);
double oracle_cost(uint64_t count, const struct chart_options *chart);

#endif
