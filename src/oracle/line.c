#include "oracle/line.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/try.h"

static void find_range(struct oracle_line *line, const double *samples, uint64_t count,
                       const struct plotmill_chart_options *chart)
{
    line->lo = line->hi = NAN;
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(samples[i]))
            continue;
        line->lo = fmin(line->lo, samples[i]);
        line->hi = fmax(line->hi, samples[i]);
    }
    if (!isnan(line->lo) && !isnan(chart->range_lo) && !isnan(chart->range_hi)) {
        line->lo = chart->range_lo;
        line->hi = chart->range_hi;
    }
}

/* Differences of doubles are rounded once, by 2^-53 of themselves, however large lo is; so u is good to about 2^-51.
 * Only hi - lo can overflow: then a quarter of each value will do, and what that takes from subnormals is nothing
 * beside a range of 2^1022. */
static double height_in_range(double value, double lo, double hi)
{
    if (lo == hi)
        return 0.5;
    if (value <= lo)
        return 0;
    if (value >= hi)
        return 1;
    double scale = hi > DBL_MAX / 4 || lo < -DBL_MAX / 4 ? 0.25 : 1;
    return (value * scale - lo * scale) / (hi * scale - lo * scale);
}

static void add_segment(struct oracle_line *line, double ax, double ay, double bx, double by)
{
    struct oracle_segment segment = {.ax = ax, .ay = ay, .dx = bx - ax, .dy = by - ay};
    double square = segment.dx * segment.dx + segment.dy * segment.dy;
    segment.inverse = square > 0 ? 1 / square : 0;
    line->segments[line->count++] = segment;
}

static void add_samples(struct oracle_line *line, const double *samples, uint64_t count,
                        const struct plotmill_chart_options *chart)
{
    double wide = chart->width - 1 - 2 * chart->margin;
    double high = chart->height - 1 - 2 * chart->margin;
    bool drawn = false; /* the run so far has a segment */
    bool open = false;  /* there is a run */
    double from_x = 0, from_y = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(samples[i])) {
            if (chart->missing == PLOTMILL_MISSING_BRIDGE)
                continue;
            if (open && !drawn)
                add_segment(line, from_x, from_y, from_x, from_y);
            open = false;
            continue;
        }
        double x = chart->margin + (count > 1 ? (double)i * wide / (double)(count - 1) : 0);
        double y = chart->margin + (1 - height_in_range(samples[i], line->lo, line->hi)) * high;
        if (open)
            add_segment(line, from_x, from_y, x, y);
        line->runs += !open;
        drawn = open;
        open = true;
        from_x = x;
        from_y = y;
    }
    if (open && !drawn)
        add_segment(line, from_x, from_y, from_x, from_y);
}

enum plotmill_status oracle_line_init(struct oracle_line *line, const double *samples, uint64_t count,
                                      const struct plotmill_chart_options *chart)
{
    enum plotmill_status status = PLOTMILL_OK;
    *line = (struct oracle_line){0};
    find_range(line, samples, count, chart);
    /* A run of n samples has n - 1 segments, a lone one is a dot: never more segments than samples. */
    TRY_ALLOCATE(NULL, line->segments, count, sizeof *line->segments);
    add_samples(line, samples, count, chart);
done:
    return status;
}

void oracle_line_finish(struct oracle_line *line)
{
    free(line->segments);
    line->segments = NULL;
}
