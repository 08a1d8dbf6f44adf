/* Image options and the layout computed from them, as data for the kernels. Lengths are Q12 fixed point (1/4096 px). */
#ifndef CHART_LINE_LAYOUT_H
#define CHART_LINE_LAYOUT_H

#include <stdint.h>

#include "chart/chart.h"

struct line_layout {
    struct chart_options options;
    uint32_t window;     /* samples per image */
    int32_t top;         /* y of hi */
    uint32_t rise;       /* y of lo minus y of hi */
    float radius;        /* of the stroke */
    int32_t *x;          /* (window): x of each sample */
    float *step_inverse; /* (window): 1/(x[i+1]-x[i]); 0 where they are equal, and for the last */
};

/* 0 to what leaves a pixel between the margins. */
enum plotmill_status line_layout_check_margin(double margin, uint32_t width, uint32_t height,
                                              struct plotmill_error *error);

/* Checks what no limit of an option assures: the margin, and the length of a window, which a source may determine. */
enum plotmill_status line_layout_check(const struct chart_options *options, uint64_t window,
                                       struct plotmill_error *error);

/* Half of a line width, in px, in Q12. */
float line_radius(double line_width);

/* line_layout_check, then the layout. line_layout_finish accepts a chart that is all zero. */
enum plotmill_status line_layout_init(struct line_layout *chart, const struct chart_options *options, uint64_t window,
                                      struct plotmill_error *error);
/* The layout of a stroke of a chart, on its panel's x scale: x from the panel's first column, y from the image's first
 * row.
 */
enum plotmill_status line_layout_of(struct line_layout *layout, const struct chart *chart, uint32_t layer,
                                    uint64_t window, struct plotmill_error *error);
void line_layout_finish(struct line_layout *chart);

/* The vertices that the work-items of `rasterize` examine. Group g handles `columns` pixel columns from g*columns on
 * (antialiased: columns is 1). */
struct line_reach {
    uint32_t columns;
    uint32_t groups;
    uint32_t reach;   /* vertices per group, the same for all */
    uint32_t *firsts; /* (groups): the first vertex */
};

/* For strokes of this radius, Q12. */
enum plotmill_status line_reach_init(struct line_reach *reach, const struct line_layout *chart, float radius,
                                     uint32_t columns, struct plotmill_error *error);

/* The vertices per group of a stroke that is not wider. *needed: with the firsts of `wide`, so many vertices per group
 * include all of them. */
uint32_t line_reach_narrower(const struct line_reach *wide, const struct line_layout *chart, float radius,
                             uint32_t *needed);
void line_reach_finish(struct line_reach *reach);

#endif
