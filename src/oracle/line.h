/* The polylines whose neighbourhood is the stroke. */
#ifndef ORACLE_LINE_H
#define ORACLE_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/chart.h"

/* From (ax, ay) to (ax + dx, ay + dy), dx >= 0; a dot has dx = dy = 0. */
struct oracle_segment {
    double ax, ay, dx, dy;
    double inverse; /* 1 / length^2; 0 for a dot */
    double scratch; /* the search's: squared distance to the point asked for last */
};

struct oracle_line {
    struct oracle_segment *segments; /* from left to right; the caller may permute them */
    size_t count;
    uint64_t runs; /* polylines that do not hang together */
    double lo, hi; /* NaN without any sample */
};

/* Lays out the samples. *line is freed with oracle_line_finish, also after a failure. */
enum plotmill_status oracle_line_init(struct oracle_line *line, const double *samples, uint64_t count,
                                      const struct plotmill_chart_options *chart);
void oracle_line_finish(struct oracle_line *line);

#endif
