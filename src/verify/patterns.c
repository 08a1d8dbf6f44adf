#include "verify/patterns.h"

#include <math.h>

enum { OPEN, HIGH, LOW, CLOSE, VOLUME, AVERAGE };

static double uniform(uint32_t i, uint32_t seed)
{
    /* splitmix64 (Steele, Lea, Flood 2014): random access to the i-th number. */
    uint64_t x = ((uint64_t)seed << 32 | i) * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static double sine(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)field;
    return sin(6.283185307179586 * 2 * i / (samples - 1));
}

static double ramp(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)samples, (void)field;
    return i;
}

static double step(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)field;
    return i < samples / 2 ? 0 : 1;
}

static double spike(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)field;
    return i == samples / 2 ? 1 : 0;
}

static double constant(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)i, (void)samples, (void)field;
    return 42;
}

/* Computed anew for each i, which is cheap at 100 samples. */
static double random_walk(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)samples, (void)field;
    double value = 0;
    for (uint32_t k = 0; k <= i; k++)
        value += uniform(k, 1) - 0.5;
    return value;
}

static double noise(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)field;
    return sin(6.283185307179586 * i / samples) + 0.3 * (uniform(i, 2) - 0.5);
}

static double two_samples(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)samples, (void)field;
    return i ? 1 : 0;
}

static double gaps(uint32_t i, uint32_t samples, uint32_t field)
{
    (void)field;
    /* A wide gap, a narrow one that the stroke closes, a single sample, and missing ends. */
    if (i < 4 || i >= samples - 3 || (i >= 20 && i < 40 && i != 30) || i == 70)
        return NAN;
    return sin(0.2 * i) + 0.5 * uniform(i, 3);
}

static double cents(double value)
{
    return floor(100 * value + 0.5) / 100;
}

/* Prices with gaps between bars, a volume that is 0 now and then, and every kind of missing value. */
static double prices(uint32_t i, uint32_t samples, uint32_t field)
{
    const double open = 50 + random_walk(i, samples, 0), close = open + 1.5 * (uniform(i, 4) - 0.5);
    if (i == 9 || (i == 12 && field == OPEN) || (i == 15 && field == CLOSE) || (i == 18 && field == LOW))
        return NAN;
    switch (field) {
    case OPEN:
        return cents(open);
    case HIGH:
        return cents(fmax(open, close) + uniform(i, 5));
    case LOW:
        return cents(fmin(open, close) - uniform(i, 6));
    case CLOSE:
        return cents(i == 21 ? open : close);
    case VOLUME:
        return i % 11 == 3 ? 0 : floor(1e6 * uniform(i, 7));
    default:
        return i < 4 ? NAN : (open + random_walk(i - 4, samples, 0) + 50) / 2;
    }
}

static const struct ink white = {255, 255, 255}, black = {0, 0, 0}, green = {38, 166, 154}, red = {239, 83, 80},
                        blue = {31, 119, 180}, grey = {136, 136, 136};

/* A white chart without panels, in colour. */
static struct chart *begin(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    static char names[PATTERN_FIELDS][8] = {"open", "high", "low", "close", "volume", "average"};
    *storage = (struct pattern_chart){.chart = {.width = width,
                                                .height = height,
                                                .channels = 3,
                                                .background = white,
                                                .antialias = antialias,
                                                .field_count = PATTERN_FIELDS}};
    for (int i = 0; i < PATTERN_FIELDS; i++)
        storage->fields[i] = names[i];
    storage->chart.fields = storage->fields;
    storage->chart.panels = storage->panels;
    storage->chart.layers = storage->layers;
    storage->chart.spec = names[0];
    return &storage->chart;
}

/* A panel with a band scale of 40 samples, which covers fields first..first+count-1. */
static struct chart_panel *add_panel(struct pattern_chart *storage, uint32_t y, uint32_t height, uint32_t first,
                                     uint32_t count)
{
    const uint32_t p = storage->chart.panel_count++, width = storage->chart.width;
    for (uint32_t i = 0; i < count; i++)
        storage->scales[p][i] = (struct scale_field){.field = first + i};
    storage->panels[p] = (struct chart_panel){.y = y,
                                              .width = width,
                                              .height = height,
                                              .margin = 2,
                                              .band = true,
                                              .pitch = (width - 4) / 40,
                                              .scale = storage->scales[p],
                                              .scale_count = count,
                                              .lo = NAN,
                                              .hi = NAN};
    return &storage->panels[p];
}

/* A layer of the last panel. */
static struct chart_layer *add_layer(struct pattern_chart *storage, enum mark mark, uint32_t field, struct ink ink)
{
    struct chart_layer *layer = &storage->layers[storage->chart.layer_count++];
    *layer = (struct chart_layer){.mark = mark,
                                  .panel = storage->chart.panel_count - 1,
                                  .field = {field},
                                  .ink = ink,
                                  .down = ink,
                                  .shape = SHAPE_PIXEL,
                                  .width = 1.5,
                                  .body = 5,
                                  .wick = 1};
    if (mark == MARK_BAR || mark == MARK_CANDLE) {
        for (uint32_t i = 0; i < 4; i++)
            layer->field[i] = OPEN + i;
        layer->down = red;
    }
    return layer;
}

static const struct chart *line(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    struct chart_options options;
    chart_options_init(&options);
    options.width = width;
    options.height = height;
    options.antialias = antialias;
    return line_chart(&storage->line, &options);
}

static const struct chart *pixel_line(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    struct chart *chart = begin(storage, width, height, antialias);
    add_panel(storage, 0, height, HIGH, 3);
    add_layer(storage, MARK_LINE, HIGH, black);
    add_layer(storage, MARK_LINE, CLOSE, blue)->missing = MISSING_BRIDGE;
    return chart;
}

static const struct chart *bars(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    struct chart *chart = begin(storage, width, height, antialias);
    chart->rounding = ROUND_TRUNCATE;
    chart->from_top = true;
    add_panel(storage, 0, height, OPEN, 4);
    add_layer(storage, MARK_BAR, OPEN, green);
    return chart;
}

static const struct chart *candles(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    struct chart *chart = begin(storage, width, height, antialias);
    add_panel(storage, 0, height, OPEN, 4);
    add_layer(storage, MARK_CANDLE, OPEN, green);
    return chart;
}

static const struct chart *hollow_candles(struct pattern_chart *storage, uint32_t width, uint32_t height,
                                          bool antialias)
{
    const struct chart *chart = candles(storage, width, height, antialias);
    storage->layers[0].hollow = true;
    storage->layers[0].ink = black;
    return chart;
}

static const struct chart *columns(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    struct chart *chart = begin(storage, width, height, antialias);
    chart->rounding = ROUND_HALF_UP;
    chart->flip = true;
    add_panel(storage, 0, height / 2, VOLUME, 1)->range = RANGE_ZERO;
    add_layer(storage, MARK_COLUMN, VOLUME, blue)->zero_pixel = true;
    storage->layers[0].height = HEIGHT_COUNT;
    add_panel(storage, height / 2, height - height / 2, CLOSE, 1);
    add_layer(storage, MARK_COLUMN, CLOSE, grey)->body = 6;
    return chart;
}

/* Candles under an average above a panel of volume, with a row between them that nothing covers. */
static const struct chart *layers(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias)
{
    struct chart *chart = begin(storage, width, height, antialias);
    const uint32_t upper = height * 3 / 4;
    add_panel(storage, 0, upper, OPEN, PATTERN_FIELDS)->scale[VOLUME].field = AVERAGE;
    add_layer(storage, MARK_CANDLE, OPEN, green);
    add_layer(storage, MARK_LINE, AVERAGE, blue)->shape = SHAPE_STROKE;
    add_layer(storage, MARK_LINE, HIGH, black);
    add_panel(storage, upper + 1, height - upper - 1, VOLUME, 1)->range = RANGE_ZERO;
    add_layer(storage, MARK_COLUMN, VOLUME, grey);
    return chart;
}

const struct pattern verify_patterns[PATTERNS] = {
    {"sine", 100, line, sine},
    {"ramp", 100, line, ramp},
    {"step", 100, line, step},
    {"spike", 100, line, spike},
    {"constant", 100, line, constant},
    {"random walk", 100, line, random_walk},
    {"gaps", 100, line, gaps},
    {"10,000 noisy samples", 10000, line, noise},
    {"two samples", 2, line, two_samples},
    {"pixel lines", 40, pixel_line, prices},
    {"bars", 40, bars, prices},
    {"candles", 40, candles, prices},
    {"hollow candles", 40, hollow_candles, prices},
    {"columns", 40, columns, prices},
    {"layers in two panels", 40, layers, prices},
};
