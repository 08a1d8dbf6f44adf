/* Options -> layout: what an image is, as data for the kernels. All lengths are in Q12 fixed point (1/4096 px). */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include <stdint.h>

#include "plotmill/chart.h"

#define CHART_WINDOW_MAX (1u << 24)

struct chart {
    struct plotmill_chart_options options;
    uint32_t window;     /* samples an image */
    int32_t top;         /* y of hi */
    uint32_t rise;       /* y of lo less y of hi */
    float radius;        /* of the stroke */
    int32_t *x;          /* (window): x of each sample */
    float *step_inverse; /* (window): 1/(x[i+1]-x[i]); 0 where they are equal, and for the last */
};

/* Checks the options against their limits; the message names the option, what was found and what is allowed. */
enum plotmill_status chart_check(const struct plotmill_chart_options *options, uint64_t window,
                                 struct plotmill_error *error);

/* chart_check, then the layout. chart_finish takes a chart that was never made. */
enum plotmill_status chart_init(struct chart *chart, const struct plotmill_chart_options *options, uint64_t window,
                                struct plotmill_error *error);
void chart_finish(struct chart *chart);

/* Which vertices the work-items of `rasterize` look at. Group g finds the abscissae of `lanes` pixel columns from
 * g*lanes on (antialiased: those of pixel column g; lanes is 1 then). */
struct chart_reach {
    uint32_t groups;
    uint32_t reach;   /* vertices for each group, the same for all */
    uint32_t *firsts; /* (groups): the first vertex */
};

enum plotmill_status chart_reach_init(struct chart_reach *reach, const struct chart *chart, uint32_t lanes,
                                      struct plotmill_error *error);
void chart_reach_finish(struct chart_reach *reach);

/* JSON of every option that shapes pixels. Cut to size bytes; 1000 are enough. */
void chart_spec(const struct plotmill_chart_options *options, uint64_t window, uint64_t stride, char *text,
                size_t size);

#endif
