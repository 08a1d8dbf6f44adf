/* Random charts of layers in panels. */
#include <stdlib.h>

#include "base/numbers.h"
#include "cases.h"
#include "random.h"

enum { OPEN, HIGH, LOW, CLOSE, VOLUME, AVERAGE, FLOW, OTHER, FIELDS };
#define PANELS_MAX 4
#define MANY_LAYERS 70

enum prices {
    CENTS,
    QUARTERS,
    REALS,
    LARGE_PRICES,
    FEW_VALUES,
    TINY_BITS,
    FAR_BITS,
    SUBNORMAL,
    HUGE_RANGE,
    EQUAL,
    PRICE_KINDS
};

static const char *const price_names[PRICE_KINDS] = {"cents",      "quarters",      "reals",      "1e5 and cents",
                                                     "few values", "one of 1e-300", "1 and 2^61", "subnormal",
                                                     "1e308",      "equal prices"};

static const struct limits {
    uint32_t width, height, window, layers;
    double line_width;
} limits[] = {
    [CASE_TINY] = {48, 32, 24, 3, 6}, [CASE_TEST] = {220, 150, 100, 4, 20}, [CASE_SOAK] = {1600, 900, 500, 6, 40}};

static double price_of(struct rng *d, enum prices kind, double walk)
{
    switch (kind) {
    case CENTS:
        return floor(10000 + 100 * walk) / 100;
    case QUARTERS:
        return floor(40 + 4 * walk) / 4;
    case REALS:
        return walk + 0.1 * uniform(d);
    case LARGE_PRICES:
        return 1e5 + floor(100 * walk) / 100;
    case FEW_VALUES:
        return between(d, 0, 8);
    case TINY_BITS:
        return one_in(d, 9) ? 1e-300 : between(d, 0, 16) / 4.0;
    case FAR_BITS: /* multiples of 1 below 2^63: nearly ties */
        return one_in(d, 3) ? between(d, 0, 8) : ldexp(between(d, 0, 8), 58);
    case SUBNORMAL:
        return ldexp(between(d, 0, 8), -1074);
    case HUGE_RANGE:
        return (uniform(d) - 0.5) * 1.9 * 1.7e308;
    default:
        return 7.25;
    }
}

static void fill_row(struct rng *d, enum prices kind, bool outside, double *walk, double *row)
{
    for (int i = 0; i < 4; i++) {
        *walk += uniform(d) - 0.5;
        row[i] = price_of(d, kind, *walk);
    }
    if (row[HIGH] < row[LOW]) {
        const double high = row[LOW];
        row[LOW] = row[HIGH];
        row[HIGH] = high;
    }
    if (!outside || !one_in(d, 6)) {
        row[HIGH] = fmax(row[HIGH], fmax(row[OPEN], row[CLOSE]));
        row[LOW] = fmin(row[LOW], fmin(row[OPEN], row[CLOSE]));
    }
    row[VOLUME] = one_in(d, 5) ? 0 : between(d, 0, 1000);
    row[AVERAGE] = row[OPEN] / 2 + row[CLOSE] / 2;
    row[FLOW] = (double)between(d, 0, 40) - 20;
    row[OTHER] = uniform(d);
}

/* Without memory there are no samples. */
static void fill_samples(struct rng *d, struct chart_case *c)
{
    const uint64_t rows = (uint64_t)(c->images - 1) * c->stride + c->window;
    const enum prices kind = (enum prices)between(d, 0, PRICE_KINDS - 1);
    const bool outside = one_in(d, 3), missing = one_in(d, 3);
    const uint32_t chance = between(d, 2, 20), before = between(d, 0, 2 * c->window);
    double walk = 0;
    c->series = price_names[kind];
    c->samples = calloc((size_t)rows * FIELDS, sizeof *c->samples);
    c->rows_before = calloc(c->images, sizeof *c->rows_before);
    for (uint64_t i = 0; c->samples && i < rows; i++) {
        fill_row(d, kind, outside, &walk, c->samples + i * FIELDS);
        for (int f = 0; missing && f < FIELDS; f++)
            if (one_in(d, chance))
                c->samples[i * FIELDS + f] = one_in(d, 4) ? INFINITY : NAN;
    }
    for (uint32_t k = 0; c->rows_before && k < c->images; k++)
        c->rows_before[k] = before + k * c->stride;
}

static struct ink choose_ink(struct rng *d, bool grey)
{
    static const struct ink usual[] = {{0, 0, 0}, {255, 255, 255}, {38, 166, 154}, {239, 83, 80}};
    struct ink ink = usual[between(d, 0, grey ? 1 : 3)];
    if (one_in(d, 2))
        ink = (struct ink){(uint8_t)between(d, 0, 255), (uint8_t)between(d, 0, 255), (uint8_t)between(d, 0, 255)};
    if (grey)
        ink.green = ink.blue = ink.red;
    return ink;
}

static uint32_t inner_width(const struct chart_panel *panel)
{
    return panel->width - 2 * (uint32_t)panel->margin;
}

static void choose_rectangle(struct rng *d, const struct chart *chart, uint32_t number, bool stacked,
                             struct chart_panel *panel)
{
    const uint32_t count = chart->panel_count;
    panel->width = chart->width;
    panel->height = chart->height;
    if (count == 1 && !one_in(d, 3))
        return;
    if (stacked && chart->height >= count) {
        panel->y = chart->height / count * number;
        panel->height = chart->height / count - (one_in(d, 2) && chart->height / count > 1);
    } else {
        panel->x = between(d, 0, chart->width - 1);
        panel->y = between(d, 0, chart->height - 1);
        panel->width = between(d, 1, chart->width - panel->x);
        panel->height = between(d, 1, chart->height - panel->y);
    }
}

static void choose_panel(struct rng *d, struct chart_panel *panel, uint32_t window)
{
    const uint32_t shorter = MIN(panel->width, panel->height);
    if (one_in(d, 3))
        panel->margin = uniform(d) * (shorter - 1) / 2.0;
    else if (one_in(d, 3))
        panel->margin = (shorter - 1) / 4;
    if (inner_width(panel) >= window && !one_in(d, 5)) {
        panel->band = true;
        panel->pitch = one_in(d, 4) ? between(d, 1, inner_width(panel) / window) : inner_width(panel) / window;
    }
    panel->lo = panel->hi = NAN;
    if (one_in(d, 4)) {
        panel->range = RANGE_ZERO;
    } else if (one_in(d, 4)) {
        panel->range = RANGE_FIXED;
        panel->lo = one_in(d, 2) ? 0 : 0.125;
        panel->hi = one_in(d, 2) ? 3 : 100.5;
        panel->clip = one_in(d, 2);
    }
}

static void choose_column(struct rng *d, struct chart_layer *layer)
{
    static const uint32_t shown[] = {VOLUME, VOLUME, CLOSE, FLOW};
    layer->mark = MARK_COLUMN;
    layer->field[0] = shown[between(d, 0, 3)];
    layer->absolute = layer->field[0] == FLOW || one_in(d, 3);
    layer->height = one_in(d, 2) ? HEIGHT_COUNT : HEIGHT_POSITION;
    layer->zero_pixel = layer->height == HEIGHT_COUNT && one_in(d, 2);
}

static void choose_line(struct rng *d, struct chart_layer *layer, const struct chart_panel *panel, uint32_t window,
                        double widest)
{
    static const uint32_t shown[] = {CLOSE, CLOSE, HIGH, LOW, AVERAGE, AVERAGE, OTHER, VOLUME};
    const bool whole = panel->band || inner_width(panel) >= window;
    layer->mark = MARK_LINE;
    layer->field[0] = shown[between(d, 0, 7)];
    layer->shape = whole && one_in(d, 2) ? SHAPE_PIXEL : SHAPE_STROKE;
    layer->width = one_in(d, 2) ? 1.5 : between_log(d, 0.5, widest);
    layer->missing = one_in(d, 3) ? MISSING_BRIDGE : MISSING_GAP;
}

static void choose_layer(struct rng *d, struct chart_layer *layer, const struct chart *chart, uint32_t window,
                         double widest)
{
    const struct chart_panel *panel = &chart->panels[layer->panel];
    const uint32_t kind = panel->band ? between(d, 0, 4) : 0;
    if (kind <= 1)
        choose_line(d, layer, panel, window, widest);
    else if (kind == 2)
        choose_column(d, layer);
    else
        layer->mark = kind == 3 && panel->pitch >= 3 ? MARK_BAR : MARK_CANDLE;
    layer->ink = choose_ink(d, chart->channels == 1);
    layer->down = layer->ink;
    if (mark_fields(layer->mark) == MARK_FIELDS_MAX) {
        for (uint32_t i = 0; i < 4; i++)
            layer->field[i] = i;
        layer->down = one_in(d, 3) ? layer->ink : choose_ink(d, chart->channels == 1);
        layer->hollow = layer->mark == MARK_CANDLE && one_in(d, 2);
    }
    if (layer->mark == MARK_COLUMN || layer->mark == MARK_CANDLE) {
        layer->body = one_in(d, 2) ? panel->pitch : between(d, 1, panel->pitch);
        layer->wick = one_in(d, 2) ? 1 : between(d, 1, panel->pitch);
    }
    layer->lead = one_in(d, 5) ? between(d, 1, 2 * window) : 0;
}

/* What the layers of panels first..end-1 show, or only the first field of it. */
static bool choose_scale(struct rng *d, struct chart *chart, struct chart_panel *panel, uint32_t first, uint32_t end)
{
    panel->scale = calloc((size_t)chart->layer_count * 4 + 1, sizeof *panel->scale);
    if (!panel->scale)
        return false;
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        for (uint32_t k = 0; layer->panel >= first && layer->panel < end && k < mark_fields(layer->mark); k++)
            panel->scale[panel->scale_count++] = (struct scale_field){layer->field[k], layer->lead, layer->absolute};
    }
    if (one_in(d, 6))
        panel->scale_count = 1;
    return true;
}

static bool choose_panels(struct rng *d, struct chart_case *c, const struct limits *l)
{
    struct chart *chart = &c->chart;
    const bool stacked = one_in(d, 2);
    uint32_t narrowest = chart->width;
    chart->panels = calloc(chart->panel_count, sizeof *chart->panels);
    if (!chart->panels)
        return false;
    for (uint32_t p = 0; p < chart->panel_count; p++) {
        choose_rectangle(d, chart, p, stacked, &chart->panels[p]);
        narrowest = MIN(narrowest, chart->panels[p].width);
    }
    const uint32_t widest = one_in(d, 3) ? narrowest : chart->width, longest = MIN(l->window, widest);
    c->window = (uint32_t)between_log(d, 2, MAX(2, longest) + 0.99);
    for (uint32_t p = 0; p < chart->panel_count; p++)
        choose_panel(d, &chart->panels[p], c->window);
    return true;
}

static bool choose_layers(struct rng *d, struct chart_case *c, const struct limits *l, bool many)
{
    struct chart *chart = &c->chart;
    const bool shared = chart->panel_count > 1 && one_in(d, 4);
    chart->layers = calloc((size_t)chart->panel_count * MAX(l->layers, MANY_LAYERS), sizeof *chart->layers);
    if (!chart->layers)
        return false;
    for (uint32_t p = 0; p < chart->panel_count; p++)
        for (uint32_t k = many ? MANY_LAYERS : between(d, 1, l->layers); k; k--) {
            struct chart_layer *layer = &chart->layers[chart->layer_count++];
            layer->panel = p;
            choose_layer(d, layer, chart, c->window, l->line_width);
        }
    for (uint32_t p = 0; p < chart->panel_count; p++)
        if (!choose_scale(d, chart, &chart->panels[p], shared ? 0 : p, shared ? chart->panel_count : p + 1))
            return false;
    if (chart->per_layer)
        chart->channels = chart->layer_count;
    return true;
}

struct chart_case layered_case_make(uint64_t seed, uint64_t index, enum case_scale scale)
{
    struct rng d = {seed * 0x2545f4914f6cdd1du + index + 0x6c61796572};
    const struct limits *l = &limits[scale == CASE_WALKS ? CASE_TEST : scale];
    const bool many = scale != CASE_TINY && one_in(&d, 30);
    struct chart_case c = {.images = between(&d, 1, scale == CASE_TINY ? 3 : 9)};
    struct chart *chart = &c.chart;
    chart->width = (uint32_t)between_log(&d, 8, (many ? 40 : l->width) + 0.99);
    chart->height = (uint32_t)between_log(&d, 8, (many ? 30 : l->height) + 0.99);
    chart->per_layer = !many && one_in(&d, 6);
    chart->channels = one_in(&d, 3) ? 1 : 3;
    chart->antialias = one_in(&d, 2);
    chart->rounding = (enum rounding)between(&d, 0, 2);
    chart->from_top = one_in(&d, 4);
    chart->flip = one_in(&d, 4);
    chart->background = choose_ink(&d, chart->channels == 1);
    chart->field_count = FIELDS;
    chart->fields = calloc(FIELDS, sizeof *chart->fields);
    chart->panel_count = many ? 1 : between(&d, 1, scale == CASE_TINY ? 3 : PANELS_MAX);
    if (!chart->fields || !choose_panels(&d, &c, l) || !choose_layers(&d, &c, l, many)) {
        chart->field_count = chart->fields ? FIELDS : 0;
        chart->panel_count = chart->panels ? chart->panel_count : 0;
        chart_case_free(&c);
        return c;
    }
    c.stride = one_in(&d, 3) ? c.window : between(&d, 1, MIN(c.window, 7));
    fill_samples(&d, &c);
    if (!c.rows_before || !c.samples)
        chart_case_free(&c);
    return c;
}
