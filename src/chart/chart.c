#include "chart/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"

/* Vertices up to this much beyond the stroke's radius are examined too; it is more than the kernel's rounding. */
#define REACH_SLACK (ONE_PIXEL / 8)

void chart_options_init(struct chart_options *options)
{
    *options = (struct chart_options){
        .width = 800,
        .height = 500,
        .line_width = 3,
        .range_lo = NAN,
        .range_hi = NAN,
        .background = 255,
        .foreground = 0,
        .missing = MISSING_GAP,
    };
}

static enum plotmill_status check_window(uint64_t window, struct plotmill_error *error)
{
    if (window >= CHART_WINDOW_MIN && window <= CHART_WINDOW_MAX)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "window: found %llu, expected %u to %u",
                              (unsigned long long)window, CHART_WINDOW_MIN, CHART_WINDOW_MAX);
}

enum plotmill_status chart_check_margin(double margin, uint32_t width, uint32_t height, struct plotmill_error *error)
{
    const double highest = (MIN(width, height) - 1) / 2.0;
    if (margin >= 0 && margin <= highest)
        return PLOTMILL_OK;
    char found[DECIMAL_SIZE], most[DECIMAL_SIZE];
    decimal_write(found, margin);
    decimal_write(most, highest);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "margin: found %s, expected 0 to %s with size %ux%u", found,
                              most, (unsigned)width, (unsigned)height);
}

enum plotmill_status chart_check(const struct chart_options *options, uint64_t window, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(check_window(window, error));
    TRY(chart_check_margin(options->margin, options->width, options->height, error));
done:
    return status;
}

static void lay_out_x(struct chart *chart)
{
    double margin = chart->options.margin;
    double span = chart->options.width - 1 - 2 * margin;
    uint32_t steps = chart->window - 1;
    for (uint32_t i = 0; i <= steps; i++)
        chart->x[i] = (int32_t)lrint((margin + span * i / steps) * ONE_PIXEL);
    for (uint32_t i = 0; i < steps; i++) {
        int32_t step = chart->x[i + 1] - chart->x[i];
        chart->step_inverse[i] = step > 0 ? (float)(1.0 / step) : 0;
    }
}

enum plotmill_status chart_init(struct chart *chart, const struct chart_options *options, uint64_t window,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *chart = (struct chart){0};
    TRY(chart_check(options, window, error));
    chart->options = *options;
    chart->window = (uint32_t)window;
    TRY_ALLOCATE(error, chart->x, chart->window, sizeof *chart->x);
    TRY_ALLOCATE(error, chart->step_inverse, chart->window, sizeof *chart->step_inverse);
    chart->top = (int32_t)lrint(options->margin * ONE_PIXEL);
    chart->rise = (uint32_t)lrint((options->height - 1 - 2 * options->margin) * ONE_PIXEL);
    chart->radius = (float)(options->line_width / 2 * ONE_PIXEL);
    lay_out_x(chart);
done:
    if (status)
        chart_finish(chart);
    return status;
}

void chart_finish(struct chart *chart)
{
    free(chart->x);
    free(chart->step_inverse);
    *chart = (struct chart){0};
}

/* The first vertex at or right of `at`; the last vertex if all lie left of it. x ascends. */
static uint32_t vertex_from(const struct chart *chart, int64_t at)
{
    uint32_t low = 0, high = chart->window - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (chart->x[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum plotmill_status chart_reach_init(struct chart_reach *reach, const struct chart *chart, uint32_t columns,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *reach = (struct chart_reach){0};
    reach->groups = (chart->options.width + columns - 1) / columns;
    TRY_ALLOCATE(error, reach->firsts, reach->groups, sizeof *reach->firsts);
    int64_t beyond = (int64_t)ceilf(chart->radius) + REACH_SLACK;
    if (chart->options.antialias)
        beyond += ONE_PIXEL / 2;
    for (uint32_t g = 0; g < reach->groups; g++) {
        int64_t left = (int64_t)g * columns * ONE_PIXEL;
        int64_t right = left + (int64_t)(columns - 1) * ONE_PIXEL;
        /* The edge from the left ends at `first`; the edge to the right ends at `last`. */
        uint32_t first = vertex_from(chart, left - beyond), last = vertex_from(chart, right + beyond + 1);
        reach->firsts[g] = first;
        if (last - first + 1 > reach->reach)
            reach->reach = last - first + 1;
    }
done:
    return status;
}

void chart_reach_finish(struct chart_reach *reach)
{
    free(reach->firsts);
    *reach = (struct chart_reach){0};
}

const char *missing_name(enum missing_mode missing)
{
    static const char *const names[] = {"gap", "bridge", "error"};
    return names[missing];
}

void chart_spec(const struct chart_options *options, uint64_t window, uint64_t stride, char *text, size_t size)
{
    char line_width[DECIMAL_SIZE], margin[DECIMAL_SIZE], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    char range[2 * DECIMAL_SIZE + 4] = "\"minmax\"";
    decimal_write(line_width, options->line_width);
    decimal_write(margin, options->margin);
    if (!isnan(options->range_lo)) {
        decimal_write(lo, options->range_lo);
        decimal_write(hi, options->range_hi);
        snprintf(range, sizeof range, "[%s, %s]", lo, hi);
    }
    snprintf(text, size,
             "{\"chart\": \"line\", \"window\": %llu, \"stride\": %llu, \"width\": %u, \"height\": %u, "
             "\"line_width\": %s, \"antialias\": %s, \"margin\": %s, \"background\": %d, \"foreground\": %d, "
             "\"range\": %s, \"missing\": \"%s\"}",
             (unsigned long long)window, (unsigned long long)stride, (unsigned)options->width,
             (unsigned)options->height, line_width, options->antialias ? "true" : "false", margin, options->background,
             options->foreground, range, missing_name(options->missing));
}
