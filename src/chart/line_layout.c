#include "chart/line_layout.h"

#include <math.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"

static enum plotmill_status check_window(uint64_t window, struct plotmill_error *error)
{
    if (window >= CHART_WINDOW_MIN && window <= CHART_WINDOW_MAX)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "window: found %llu, expected %u to %u",
                              (unsigned long long)window, CHART_WINDOW_MIN, CHART_WINDOW_MAX);
}

enum plotmill_status line_layout_check_margin(double margin, uint32_t width, uint32_t height,
                                              struct plotmill_error *error)
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

enum plotmill_status line_layout_check(const struct chart_options *options, uint64_t window,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(check_window(window, error));
    TRY(line_layout_check_margin(options->margin, options->width, options->height, error));
done:
    return status;
}

float line_radius(double line_width)
{
    return (float)(line_width / 2 * ONE_PIXEL);
}

static void lay_out_x(struct line_layout *chart)
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

enum plotmill_status line_layout_init(struct line_layout *chart, const struct chart_options *options, uint64_t window,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *chart = (struct line_layout){0};
    TRY(line_layout_check(options, window, error));
    chart->options = *options;
    chart->window = (uint32_t)window;
    TRY_ALLOCATE(error, chart->x, chart->window, sizeof *chart->x);
    TRY_ALLOCATE(error, chart->step_inverse, chart->window, sizeof *chart->step_inverse);
    chart->top = (int32_t)lrint(options->margin * ONE_PIXEL);
    chart->rise = (uint32_t)lrint((options->height - 1 - 2 * options->margin) * ONE_PIXEL);
    chart->radius = line_radius(options->line_width);
    lay_out_x(chart);
done:
    if (status)
        line_layout_finish(chart);
    return status;
}

/* On a band scale a vertex lies in the middle of its sample's columns. */
static void lay_out_band(struct line_layout *layout, uint32_t pitch)
{
    for (uint32_t i = 0; i < layout->window; i++) {
        const double x = floor(layout->options.margin) + (double)pitch * i + (pitch - 1) / 2.0;
        layout->x[i] = (int32_t)lrint(x * ONE_PIXEL);
        layout->step_inverse[i] = i + 1 < layout->window ? (float)(1.0 / (pitch * (double)ONE_PIXEL)) : 0;
    }
}

enum plotmill_status line_layout_of(struct line_layout *layout, const struct chart *chart, uint32_t layer,
                                    uint64_t window, struct plotmill_error *error)
{
    const struct chart_options options = line_options(chart, layer);
    const struct chart_panel *panel = &chart->panels[chart->layers[layer].panel];
    enum plotmill_status status = line_layout_init(layout, &options, window, error);
    if (status)
        return status;
    layout->top += (int32_t)(panel->y * ONE_PIXEL);
    if (panel->band)
        lay_out_band(layout, panel->pitch);
    return PLOTMILL_OK;
}

void line_layout_finish(struct line_layout *chart)
{
    free(chart->x);
    free(chart->step_inverse);
    *chart = (struct line_layout){0};
}

/* The first vertex at or right of `at`; the last vertex if all lie left of it. x ascends nearly evenly, so the search
 * begins close to its end. */
static uint32_t vertex_from(const struct line_layout *chart, int64_t at)
{
    const int32_t *x = chart->x;
    const uint32_t last = chart->window - 1;
    if (at <= x[0])
        return 0;
    if (at > x[last])
        return last;
    uint32_t i = (uint32_t)((double)(at - x[0]) / (x[last] - x[0]) * last);
    while (i > 0 && x[i - 1] >= at)
        i--;
    while (i < last && x[i] < at)
        i++;
    return i;
}

/* How far from an abscissa vertices are examined. */
static int64_t reach_distance(const struct line_layout *chart, float radius)
{
    return (int64_t)ceilf(radius) + REACH_SLACK + (chart->options.antialias ? ONE_PIXEL / 2 : 0);
}

/* The vertices that `columns` columns from `left` on examine: the edge from the left ends at the first one, the edge to
 * the right ends at the last one. Returns their number. */
static uint32_t vertices_of(const struct line_layout *chart, int64_t beyond, uint32_t group, uint32_t columns,
                            uint32_t *first)
{
    int64_t left = (int64_t)group * columns * ONE_PIXEL;
    int64_t right = left + (int64_t)(columns - 1) * ONE_PIXEL;
    *first = vertex_from(chart, left - beyond);
    return vertex_from(chart, right + beyond + 1) - *first + 1;
}

enum plotmill_status line_reach_init(struct line_reach *reach, const struct line_layout *chart, float radius,
                                     uint32_t columns, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const int64_t beyond = reach_distance(chart, radius);
    *reach = (struct line_reach){.columns = columns, .groups = (chart->options.width + columns - 1) / columns};
    TRY_ALLOCATE(error, reach->firsts, reach->groups, sizeof *reach->firsts);
    for (uint32_t g = 0; g < reach->groups; g++) {
        uint32_t count = vertices_of(chart, beyond, g, columns, &reach->firsts[g]);
        reach->reach = MAX(reach->reach, count);
    }
done:
    return status;
}

uint32_t line_reach_narrower(const struct line_reach *wide, const struct line_layout *chart, float radius,
                             uint32_t *needed)
{
    const int64_t beyond = reach_distance(chart, radius);
    uint32_t reach = 0, offset = 0, first;
    for (uint32_t g = 0; g < wide->groups; g++) {
        uint32_t count = vertices_of(chart, beyond, g, wide->columns, &first);
        reach = MAX(reach, count);
        offset = MAX(offset, first - wide->firsts[g]);
    }
    *needed = reach + offset;
    return reach;
}

void line_reach_finish(struct line_reach *reach)
{
    free(reach->firsts);
    *reach = (struct line_reach){0};
}
