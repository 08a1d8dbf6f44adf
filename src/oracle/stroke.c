/* Strokes: the polylines of a line, laid out in its panel. */
#include "oracle/stroke.h"

#include <math.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"

struct point {
    double x, y;
};

static void add_segment(struct oracle_stroke *stroke, struct point from, struct point to)
{
    struct oracle_segment segment = {.ax = from.x, .ay = from.y, .dx = to.x - from.x, .dy = to.y - from.y};
    double square = segment.dx * segment.dx + segment.dy * segment.dy;
    segment.inverse = square > 0 ? 1 / square : 0;
    stroke->segments[stroke->count++] = segment;
}

/* px: samples outside of a range lie no farther away than this. */
static const double farthest = 98304;

static struct point place(const struct chart_panel *panel, const struct oracle_scale *scale, uint64_t i, uint64_t count,
                          double value)
{
    const double wide = panel->width - 1 - 2 * panel->margin, high = panel->height - 1 - 2 * panel->margin;
    const double down = high > 0 ? (1 - oracle_height(scale, value)) * high : 0;
    struct point point = {panel->margin, CLAMP(panel->margin + down, -farthest, farthest)};
    if (panel->band)
        point.x = (double)oracle_margin(panel) + (double)i * panel->pitch + (panel->pitch - 1) / 2.0;
    else if (count > 1)
        point.x += (double)i * wide / (double)(count - 1);
    return point;
}

static void add_samples(struct oracle_stroke *stroke, const struct oracle_layer *layer,
                        const struct oracle_window *window, const struct oracle_scale *scale)
{
    bool drawn = false; /* the current run has a segment */
    bool open = false;  /* there is a current run */
    struct point from = {0, 0};
    for (uint64_t i = 0; i < window->count; i++) {
        const double value = oracle_value(layer, window, i, FIELD_Y);
        if (!isfinite(value)) {
            if (layer->layer->missing == MISSING_BRIDGE)
                continue;
            if (open && !drawn)
                add_segment(stroke, from, from);
            open = false;
            continue;
        }
        const struct point point = place(layer->panel, scale, i, window->count, value);
        if (open)
            add_segment(stroke, from, point);
        stroke->runs += !open;
        drawn = open;
        open = true;
        from = point;
    }
    if (open && !drawn)
        add_segment(stroke, from, from);
}

enum plotmill_status oracle_cover_stroke(struct oracle_layer *layer, const struct oracle_window *window,
                                         const struct oracle_scale *scale)
{
    enum plotmill_status status = PLOTMILL_OK;
    const double half = layer->layer->width / 2, slack = 1.0 / 64;
    struct oracle_stroke stroke = {.radius = {half - slack, half, half + slack},
                                   .width = layer->panel->width,
                                   .height = layer->panel->height,
                                   .antialias = layer->chart->antialias,
                                   .cover = layer->cover};
    /* A run of n samples has n - 1 segments and a single sample is a dot, so there are at most as many segments as
     * samples. */
    TRY_ALLOCATE(NULL, stroke.segments, window->count, sizeof *stroke.segments);
    add_samples(&stroke, layer, window, scale);
    if (stroke.runs > 1)
        oracle_stroke_hulls(&stroke);
    else
        oracle_stroke_distances(&stroke);
done:
    free(stroke.segments);
    return status;
}
