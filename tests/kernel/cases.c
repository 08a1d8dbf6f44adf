#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

struct limits {
    uint32_t width, height, window;
    double line_width;
};

static const struct limits scale_limits[] = {
    [CASE_TINY] = {40, 30, 60, 12},
    [CASE_TEST] = {200, 150, 600, 40},
    [CASE_SOAK] = {2000, 1500, 20000, 40},
};

static void choose_chart(struct rng *d, struct chart_options *chart, const struct limits *limits)
{
    chart_options_init(chart);
    chart->width = (uint32_t)between_log(d, 8, limits->width + 0.99);
    chart->height = (uint32_t)between_log(d, 8, limits->height + 0.99);
    if (one_in(d, 30))
        chart->width = 1;
    if (one_in(d, 30))
        chart->height = 1;
    chart->line_width = one_in(d, 3) ? 3 : between_log(d, 0.5, limits->line_width);
    chart->antialias = one_in(d, 2);
    uint32_t shorter = chart->width < chart->height ? chart->width : chart->height;
    if (one_in(d, 3))
        chart->margin = uniform(d) * (shorter - 1) / 2.0;
    else if (one_in(d, 3))
        chart->margin = (shorter - 1) / 4;
    if (one_in(d, 4)) {
        chart->background = (int)between(d, 0, 255);
        chart->foreground = (int)between(d, 0, 255);
    }
    chart->missing = one_in(d, 3) ? MISSING_BRIDGE : MISSING_GAP;
}

enum series { WALK, NOISE, PRICES, LARGE, HUGE_RANGE, SUBNORMAL, CONSTANT, STEPS, OUTLIER, SMOOTH, SERIES_KINDS };

static const char *const series_names[] = {"walk",    "noise",     "1e5 moving by 20", "1.7e18 moving by 1e6",
                                           "1e300",   "subnormal", "constant",         "steps",
                                           "outlier", "smooth"};

/* A wave with a period of 64 samples, from parabolas instead of the C library's sine. */
static double wave(uint32_t phase)
{
    double x = (phase % 32) / 32.0;
    return (phase < 32 ? 4 : -4) * x * (1 - x);
}

static double next_value(struct rng *d, enum series kind, uint32_t i, double *walk)
{
    double u = uniform(d);
    *walk += u - 0.5;
    switch (kind) {
    case WALK:
        return *walk;
    case NOISE:
        return u;
    case PRICES:
        return 1e5 + 20 * u;
    case LARGE:
        return 1.7e18 + 1e6 * u;
    case HUGE_RANGE:
        return (u - 0.5) * 1.9 * (i % 3 ? 1e300 : 1.7e308);
    case SUBNORMAL:
        return (double)(next64(d) % 5000) * 4.9406564584124654e-324;
    case CONSTANT:
        return -7.25;
    case STEPS:
        return floor(*walk * 2);
    case OUTLIER:
        return u < 0.01 ? 1e9 : u * 1e-3;
    default:
        return wave(i % 64) + 1e-3 * *walk;
    }
}

static void drop_samples(struct rng *d, struct chart_case *c, uint64_t count)
{
    double chance = between_log(d, 0.002, 1);
    uint32_t longest = (uint32_t)between_log(d, 1, c->window + 1.0);
    for (uint64_t i = 0; i < count; i++)
        if (uniform(d) < chance) {
            for (uint32_t run = between(d, 1, longest); run && i < count; run--, i++)
                c->samples[i] = one_in(d, 5) ? -INFINITY : NAN;
            i += between(d, 0, 3);
        }
}

/* A copy of what line_chart makes, on the heap. */
static bool copy_line(struct chart *to, const struct chart_options *options)
{
    struct line_chart line;
    const struct chart *from = line_chart(&line, options);
    *to = *from;
    to->spec = NULL;
    to->field_count = 1;
    to->fields = calloc(1, sizeof *to->fields);
    to->panels = calloc(1, sizeof *to->panels);
    to->layers = calloc(1, sizeof *to->layers);
    struct scale_field *scale = calloc(1, sizeof *scale);
    if (!to->fields || !to->panels || !to->layers || !scale) {
        free(scale);
        return false;
    }
    to->panels[0] = from->panels[0];
    to->panels[0].scale = scale;
    to->panels[0].scale[0] = from->panels[0].scale[0];
    to->layers[0] = from->layers[0];
    return true;
}

/* Without a chart there are no samples either. */
static struct chart_case finish_case(struct chart_case c, const struct chart_options *options)
{
    c.rows_before = calloc(c.images, sizeof *c.rows_before);
    if (!copy_line(&c.chart, options) || !c.rows_before || !c.samples)
        chart_case_free(&c);
    return c;
}

static struct chart_case usual_case(struct rng *d)
{
    struct chart_case c = {.series = series_names[WALK], .window = 100, .images = 2, .stride = 100};
    struct chart_options chart;
    double walk = 0;
    chart_options_init(&chart);
    chart.antialias = 1;
    c.samples = calloc((size_t)c.images * c.window, sizeof *c.samples);
    for (uint32_t i = 0; c.samples && i < c.images * c.window; i++)
        c.samples[i] = next_value(d, WALK, i, &walk);
    return finish_case(c, &chart);
}

struct chart_case chart_case_make(uint64_t seed, uint64_t index, enum case_scale scale)
{
    struct rng d = {seed * 0x2545f4914f6cdd1du + index};
    if (scale == CASE_WALKS)
        return usual_case(&d);
    const struct limits *limits = &scale_limits[scale];
    struct chart_case c = {0};
    struct chart_options chart;
    choose_chart(&d, &chart, limits);
    c.window = (uint32_t)between_log(&d, 2, limits->window + 0.99);
    if (scale == CASE_TEST && one_in(&d, 40)) { /* more vertices in reach than one launch takes */
        c.window = 20000;
        chart.width = chart.width < 16 ? chart.width : 16;
        chart.height = chart.height < 16 ? chart.height : 16;
        chart.margin = 0;
    }
    c.images = scale == CASE_TINY ? between(&d, 1, 3) : between(&d, 1, 9);
    c.stride = one_in(&d, 3) ? c.window : between(&d, 1, c.window < 7 ? c.window : 7);
    uint64_t count = (uint64_t)(c.images - 1) * c.stride + c.window;
    c.samples = calloc((size_t)count, sizeof *c.samples);
    if (!c.samples)
        return finish_case(c, &chart);
    enum series kind = (enum series)between(&d, 0, SERIES_KINDS - 1);
    c.series = series_names[kind];
    double walk = 0;
    for (uint64_t i = 0; i < count; i++)
        c.samples[i] = next_value(&d, kind, (uint32_t)i, &walk);
    if (one_in(&d, 3))
        drop_samples(&d, &c, count);
    if (one_in(&d, 6)) {
        chart.range_lo = -0.5;
        chart.range_hi = one_in(&d, 2) ? 0.75 : 1e5 + 10;
    }
    return finish_case(c, &chart);
}

void chart_case_free(struct chart_case *c)
{
    chart_free(&c->chart);
    free(c->samples);
    free(c->rows_before);
    c->samples = NULL;
    c->rows_before = NULL;
}
