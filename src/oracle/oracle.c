#include "oracle/oracle.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/try.h"
#include "oracle/judge.h"

static void find_range(struct oracle_line *line, const double *samples, uint64_t count,
                       const struct chart_options *chart)
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

/* Differences of doubles are rounded once, by 2^-53 of themselves, however large lo is, so u is exact to about 2^-51.
 * Only hi - lo can overflow. Then a quarter of each value is used; what that costs subnormals is negligible beside a
 * range of 2^1022. */
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
                        const struct chart_options *chart)
{
    double wide = chart->width - 1 - 2 * chart->margin;
    double high = chart->height - 1 - 2 * chart->margin;
    bool drawn = false; /* the current run has a segment */
    bool open = false;  /* there is a current run */
    double from_x = 0, from_y = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(samples[i])) {
            if (chart->missing == MISSING_BRIDGE)
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

/* Freed by the caller: line->segments, also after a failure. */
static enum plotmill_status lay_out(struct oracle_line *line, const double *samples, uint64_t count,
                                    const struct chart_options *chart)
{
    enum plotmill_status status = PLOTMILL_OK;
    *line = (struct oracle_line){0};
    find_range(line, samples, count, chart);
    /* A run of n samples has n - 1 segments and a single sample is a dot, so there are at most as many segments as
     * samples. */
    TRY_ALLOCATE(NULL, line->segments, count, sizeof *line->segments);
    add_samples(line, samples, count, chart);
done:
    return status;
}

static uint8_t pixel_at(const struct oracle_case *judged, uint32_t x, uint32_t y)
{
    return judged->pixels[(size_t)y * judged->chart->width + x];
}

/* Pixels come in any order. Keeps the first wrong one in reading order. */
static void add_wrong(struct oracle_case *judged, uint32_t x, uint32_t y)
{
    struct oracle_verdict *verdict = judged->verdict;
    if (verdict->wrong == 0 || y < verdict->wrong_y || (y == verdict->wrong_y && x < verdict->wrong_x)) {
        verdict->wrong_x = x;
        verdict->wrong_y = y;
    }
    verdict->wrong++;
}

void oracle_judge_centre(struct oracle_case *judged, uint32_t x, uint32_t y, bool narrow, bool wide)
{
    int value = pixel_at(judged, x, y);
    bool ink = wide && value == judged->chart->foreground;
    bool ground = !narrow && value == judged->chart->background;
    if (!ink && !ground)
        add_wrong(judged, x, y);
}

/* In units of 1/255 of full contrast. Rounding to whole values costs up to half a value. That is half a unit at full
 * contrast and more where foreground and background are close; the part beyond half a unit does not count as an error.
 */
static double error_of(double value, double expected, double contrast)
{
    double forgiven = 0.5 * (1 - contrast / 255);
    return fmax(fabs(value - expected) - forgiven, 0) * 255 / contrast;
}

static void add_error(struct oracle_case *judged, uint32_t x, uint32_t y, double error)
{
    struct oracle_verdict *verdict = judged->verdict;
    verdict->partial++;
    judged->squares += error * error;
    if (error <= verdict->worst)
        return;
    verdict->worst = error;
    if (verdict->wrong == 0) {
        verdict->wrong_x = x;
        verdict->wrong_y = y;
    }
}

/* No point of a pixel is farther than sqrt(2)/128 < 1/64 from the nearest of its grid points. So a pixel with all of
 * them in the narrow stroke is covered fully, and one with none in the wide stroke not at all. Between these and the
 * partly covered pixels are those that the edge barely touches or misses: they are right if they look fully or not
 * covered, and are judged like partly covered ones otherwise. */
void oracle_judge_area(struct oracle_case *judged, uint32_t x, uint32_t y, const uint32_t points[ORACLE_STROKES])
{
    int background = judged->chart->background, foreground = judged->chart->foreground;
    int value = pixel_at(judged, x, y);
    if (points[ORACLE_WIDE] == 0 || points[ORACLE_NARROW] == ORACLE_POINTS || foreground == background) {
        if (value != (points[ORACLE_WIDE] ? foreground : background))
            add_wrong(judged, x, y);
        return;
    }
    uint32_t covered = points[ORACLE_EXACT];
    if ((covered == 0 && value == background) || (covered == ORACLE_POINTS && value == foreground))
        return;
    double expected = background + (foreground - background) * (double)covered / ORACLE_POINTS;
    add_error(judged, x, y, error_of(value, expected, fabs((double)foreground - background)));
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

enum plotmill_status oracle_judge(const double *samples, uint64_t count, const struct chart_options *chart,
                                  const uint8_t *pixels, const double *y_range, double rms_limit, double worst_limit,
                                  struct oracle_verdict *verdict)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct oracle_line line = {0};
    const double half = chart->line_width / 2, slack = 1.0 / 64;
    struct oracle_case judged = {chart, pixels, {half - slack, half, half + slack}, verdict, 0};
    *verdict = (struct oracle_verdict){.pixels = (uint64_t)chart->width * chart->height};
    TRY(lay_out(&line, samples, count, chart));
    if (line.runs > 1)
        oracle_judge_hulls(&judged, &line);
    else
        oracle_judge_distances(&judged, &line);
    if (verdict->partial)
        verdict->rms = sqrt(judged.squares / (double)verdict->partial);
    verdict->passed = verdict->wrong == 0 && verdict->rms <= rms_limit && verdict->worst <= worst_limit &&
                      (!y_range || (same(y_range[0], line.lo) && same(y_range[1], line.hi)));
done:
    free(line.segments);
    return status;
}

/* Fitted to counts over noise from 24x16 to 2000x1500 and T from 2 to 20,000, where it is right within a factor of 2.
 * Smooth series cost up to ten times less. */
static double distances_to(double count, const struct chart_options *chart)
{
    double wide = chart->width, high = chart->height;
    double cost = fmax(wide, high) * (3 * count + 10);
    if (chart->antialias)
        cost += 600 * fmin(wide * high, wide + count * high / 2) + 20 * count * high;
    return cost;
}

/* The upper and lower edge of each segment in every column that it reaches, for each stroke. */
static double edges_of(double count, const struct chart_options *chart)
{
    double columns = fmin(chart->width, chart->line_width + 3 + chart->width / count);
    return 2 * count * columns * (chart->antialias ? ORACLE_STROKES * ORACLE_GRID : 2);
}

double oracle_cost(uint64_t count, const struct chart_options *chart)
{
    double samples = count ? (double)count : 1;
    double distances = distances_to(samples, chart);
    return chart->missing == MISSING_BRIDGE ? distances : fmax(distances, edges_of(samples, chart));
}
