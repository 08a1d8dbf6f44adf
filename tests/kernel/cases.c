#include "cases.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct rng {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next64(struct rng *d)
{
    uint64_t x = d->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static double uniform(struct rng *d)
{
    return (double)(next64(d) >> 11) / 9007199254740992.0;
}

static uint32_t between(struct rng *d, uint32_t low, uint32_t high)
{
    return low + (uint32_t)(next64(d) % (high - low + 1));
}

/* Every doubling from low to high is equally likely. Only exact arithmetic, so that cases do not depend on the C
 * library. */
static double between_log(struct rng *d, double low, double high)
{
    int doublings = 0;
    while (ldexp(low, doublings + 1) <= high)
        doublings++;
    double value = ldexp(low, (int)(next64(d) % (unsigned)(doublings + 1))) * (1 + uniform(d));
    return value < high ? value : high;
}

static bool one_in(struct rng *d, uint32_t n)
{
    return next64(d) % n == 0;
}

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

static struct chart_case usual_case(struct rng *d)
{
    struct chart_case c = {.series = series_names[WALK], .window = 100, .images = 2, .stride = 100};
    double walk = 0;
    chart_options_init(&c.chart);
    c.chart.antialias = 1;
    c.samples = calloc((size_t)c.images * c.window, sizeof *c.samples);
    for (uint32_t i = 0; c.samples && i < c.images * c.window; i++)
        c.samples[i] = next_value(d, WALK, i, &walk);
    return c;
}

struct chart_case chart_case_make(uint64_t seed, uint64_t index, enum case_scale scale)
{
    struct rng d = {seed * 0x2545f4914f6cdd1du + index};
    if (scale == CASE_WALKS)
        return usual_case(&d);
    const struct limits *limits = &scale_limits[scale];
    struct chart_case c = {0};
    choose_chart(&d, &c.chart, limits);
    c.window = (uint32_t)between_log(&d, 2, limits->window + 0.99);
    if (scale == CASE_TEST && one_in(&d, 40)) { /* more vertices in reach than one launch takes */
        c.window = 20000;
        c.chart.width = c.chart.width < 16 ? c.chart.width : 16;
        c.chart.height = c.chart.height < 16 ? c.chart.height : 16;
        c.chart.margin = 0;
    }
    c.images = scale == CASE_TINY ? between(&d, 1, 3) : between(&d, 1, 9);
    c.stride = one_in(&d, 3) ? c.window : between(&d, 1, c.window < 7 ? c.window : 7);
    uint64_t count = (uint64_t)(c.images - 1) * c.stride + c.window;
    c.samples = calloc((size_t)count, sizeof *c.samples);
    if (!c.samples)
        return c;
    enum series kind = (enum series)between(&d, 0, SERIES_KINDS - 1);
    c.series = series_names[kind];
    double walk = 0;
    for (uint64_t i = 0; i < count; i++)
        c.samples[i] = next_value(&d, kind, (uint32_t)i, &walk);
    if (one_in(&d, 3))
        drop_samples(&d, &c, count);
    if (one_in(&d, 6)) {
        c.chart.range_lo = -0.5;
        c.chart.range_hi = one_in(&d, 2) ? 0.75 : 1e5 + 10;
    }
    return c;
}

void chart_case_free(struct chart_case *c)
{
    free(c->samples);
    c->samples = NULL;
}

void chart_case_describe(const struct chart_case *c, char *text, size_t size)
{
    const struct chart_options *o = &c->chart;
    snprintf(text, size, "%s, T %u, %u images, stride %u, %ux%u, w %g, margin %g, %s%s%s", c->series,
             (unsigned)c->window, (unsigned)c->images, (unsigned)c->stride, (unsigned)o->width, (unsigned)o->height,
             o->line_width, o->margin, o->antialias ? "antialiased" : "binary",
             o->missing == MISSING_BRIDGE ? ", bridge" : "", isnan(o->range_lo) ? "" : ", fixed range");
}
