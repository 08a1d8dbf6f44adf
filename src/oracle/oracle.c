#include "oracle/oracle.h"

#include <math.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "oracle/judge.h"
#include "oracle/stroke.h"

typedef void (*mark_fn)(struct oracle_layer *layer, const struct oracle_window *window, const struct oracle_rows *rows);

static const mark_fn marks[MARKS] = {
    [MARK_LINE] = oracle_cover_pixel_line,
    [MARK_BAR] = oracle_cover_bar,
    [MARK_CANDLE] = oracle_cover_candle,
    [MARK_COLUMN] = oracle_cover_column,
};

static enum plotmill_status cover_layer(struct oracle_layer *layer, const struct oracle_window *window,
                                        const struct oracle_scale *scale)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart_panel *panel = layer->panel;
    struct oracle_rows rows;
    if (window->rows_before < layer->layer->lead || scale->empty)
        return PLOTMILL_OK;
    TRY_ALLOCATE(NULL, layer->cover, (size_t)panel->width * panel->height, sizeof *layer->cover);
    TRY_ALLOCATE(NULL, layer->falling, panel->width, sizeof *layer->falling);
    if (layer_is_stroke(layer->layer)) {
        TRY(oracle_cover_stroke(layer, window, scale));
    } else {
        oracle_rows_init(&rows, layer, window, scale);
        marks[layer->layer->mark](layer, window, &rows);
    }
done:
    return status;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

enum plotmill_status oracle_judge_chart(const struct chart *chart, const struct oracle_window *window,
                                        const uint8_t *pixels, const double *y_range, double rms_limit,
                                        double worst_limit, struct oracle_verdict *verdict)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct oracle_layer *layers = NULL;
    struct oracle_scale *scales = NULL;
    uint32_t wrong_ranges = 0;
    TRY_ALLOCATE(NULL, layers, chart->layer_count, sizeof *layers);
    TRY_ALLOCATE(NULL, scales, chart->panel_count, sizeof *scales);
    for (uint32_t p = 0; p < chart->panel_count; p++) {
        oracle_scale_find(&scales[p], chart, &chart->panels[p], window);
        if (y_range)
            wrong_ranges += !same(y_range[2 * p], scales[p].lo) || !same(y_range[2 * p + 1], scales[p].hi);
    }
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        layers[i] = (struct oracle_layer){.chart = chart, .panel = &chart->panels[layer->panel], .layer = layer};
        TRY(cover_layer(&layers[i], window, &scales[layer->panel]));
    }
    TRY(oracle_compose(chart, layers, pixels, verdict));
    verdict->ranges = wrong_ranges;
    verdict->passed =
        wrong_ranges == 0 && verdict->wrong == 0 && verdict->rms <= rms_limit && verdict->worst <= worst_limit;
done:
    for (uint32_t i = 0; layers && i < chart->layer_count; i++) {
        free(layers[i].cover);
        free(layers[i].falling);
    }
    free(layers);
    free(scales);
    return status;
}

enum plotmill_status oracle_judge(const double *samples, uint64_t count, const struct chart_options *chart,
                                  const uint8_t *pixels, const double *y_range, double rms_limit, double worst_limit,
                                  struct oracle_verdict *verdict)
{
    struct line_chart line;
    const struct oracle_window window = {.rows = samples, .count = count};
    return oracle_judge_chart(line_chart(&line, chart), &window, pixels, y_range, rms_limit, worst_limit, verdict);
}

/* Fitted to counts over noise from 24x16 to 2000x1500 and T from 2 to 20,000, where it is right within a factor of 2.
 * Smooth series cost up to ten times less. */
static double distances_to(double count, const struct chart_panel *panel, bool antialias)
{
    double wide = panel->width, high = panel->height;
    double cost = fmax(wide, high) * (3 * count + 10);
    if (antialias)
        cost += 600 * fmin(wide * high, wide + count * high / 2) + 20 * count * high;
    return cost;
}

/* The upper and lower edge of each segment in every column that it reaches, for each stroke. */
static double edges_of(double count, const struct chart_panel *panel, double line_width, bool antialias)
{
    double columns = fmin(panel->width, line_width + 3 + panel->width / count);
    return 2 * count * columns * (antialias ? ORACLE_SHAPES * ORACLE_GRID : 2);
}

double oracle_cost_chart(uint64_t count, const struct chart *chart)
{
    const double samples = count ? (double)count : 1;
    double cost = 0;
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        const struct chart_panel *panel = &chart->panels[layer->panel];
        const double distances = distances_to(samples, panel, chart->antialias);
        if (!layer_is_stroke(layer))
            cost += (double)panel->width * panel->height / 10;
        else if (layer->missing == MISSING_BRIDGE)
            cost += distances;
        else
            cost += fmax(distances, edges_of(samples, panel, layer->width, chart->antialias));
    }
    return cost;
}

double oracle_cost(uint64_t count, const struct chart_options *chart)
{
    struct line_chart line;
    return oracle_cost_chart(count, line_chart(&line, chart));
}
