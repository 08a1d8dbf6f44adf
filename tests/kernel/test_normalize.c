/* `normalize_samples` after `minmax` and `scale`: the y of every sample, compared with the definition in long double.
 */
#include <criterion/criterion.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "rig.h"
#include "rig_series.h"

#define MISSING INT32_MIN

/* Tolerances in steps of 1/4096 px. The definition allows 16. Measured from the chart's rounded y of hi and of lo, the
 * rounded quotient takes half a step, and its truncation to 32 bits an eighth. */
#define STEPS_BY_DEFINITION 16.0L
#define STEPS_BY_LAYOUT 0.63L

struct height_case {
    uint32_t height;
    double margin, lo, hi;
};

static const struct height_case height_cases[] = {
    {500, 0, NAN, NAN},
    {1, 0, NAN, NAN},
    {2, 0.25, NAN, NAN},
    {65535, 1.7, NAN, NAN},
    {500, 20, -1, 1},
    {500, 0, 0, DBL_TRUE_MIN},
    {97, 0, -DBL_MAX, DBL_MAX},
    {500, 0.1, 1e-300, 1e300},
    {65535, 0, 99995, 100004},
    {31, 15, -3, -1},
    {500, 0, -DBL_MIN, DBL_TRUE_MIN},
    {64, 0, 1.7e18, 1.70000000005e18},
    {500, 3, -1e-310, 1e-310},
};

#define HEIGHT_CASES (sizeof height_cases / sizeof *height_cases)

static const uint32_t windows[] = {2, 3, 15, 16, 17, 100, 997, 4097, 10007};

#define WINDOWS (sizeof windows / sizeof *windows)

/* 0 at hi, 1 at lo. */
static long double depth_by_definition(double value, double lo, double hi)
{
    /* Where long double is no wider than double, hi - lo may overflow. */
    long double unit = fmax(fabs(lo), fabs(hi)) > 1e300 ? 0.25L : 1;
    if (hi == lo)
        return 0.5L;
    if (value <= lo || value >= hi)
        return value <= lo ? 1 : 0;
    return 1 - (value * unit - lo * unit) / (hi * unit - lo * unit);
}

static bool height_is_right(const struct line_layout *chart, double value, const double *range, int32_t found)
{
    if (!isfinite(value))
        return found == MISSING;
    long double depth = depth_by_definition(value, range[0], range[1]);
    long double margin = chart->options.margin, inside = chart->options.height - 1 - 2 * margin;
    return fabsl(found - (margin + depth * inside) * 4096) <= STEPS_BY_DEFINITION &&
           fabsl(found - (chart->top + depth * chart->rise)) <= STEPS_BY_LAYOUT;
}

static void expect_heights(const struct rig *rig, uint64_t images)
{
    const struct stages *s = &rig->stages;
    uint64_t wrong = 0;
    char where[300] = "";
    for (uint64_t k = 0; k < images; k++) {
        const double *samples = (double *)rig->host[BUF_SAMPLES] + k * s->stride;
        const int32_t *found = (int32_t *)rig->host[BUF_HEIGHTS] + k * s->window;
        const double *range = (double *)rig->host[BUF_RANGES] + 2 * k;
        for (uint32_t i = 0; i < s->window; i++) {
            if (!height_is_right(&s->strokes->layout, samples[i], range, found[i]) && !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 " sample %u, %a in %a..%a: y = %d/4096", k, (unsigned)i,
                         samples[i], range[0], range[1], (int)found[i]);
        }
    }
    rig_expect_none(rig, wrong, "heights", where);
}

static void run_case(struct rig *rig, uint32_t window, const struct height_case *c, unsigned number)
{
    static const uint32_t batches[] = {1, 2, 3, 5, 13};
    struct chart_options options;
    struct rig_rng rng = {number};
    uint32_t batch = window > 4000 ? 2 : batches[number % 5], images = batch - number / 5 % 2;
    images = images ? images : 1;
    chart_options_init(&options);
    options.width = (uint32_t)(2 * c->margin) + 2;
    options.height = c->height;
    options.margin = c->margin;
    options.range_lo = c->lo;
    options.range_hi = c->hi;
    if (!rig_begin(rig, &options, window, batch, number % 3 ? window + number % 7 : 1))
        return;
    rig_fill_samples(rig, &rng, number);
    rig_run(rig, STAGE_MINMAX, images);
    rig_run(rig, STAGE_SCALE, images);
    rig_run(rig, STAGE_NORMALIZE, images);
    expect_heights(rig, images);
    rig_end(rig);
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    unsigned number = 0;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < HEIGHT_CASES; i++)
        for (unsigned j = 0; j < WINDOWS; j++)
            /* All kinds of series at the usual size, one kind at other sizes. */
            for (unsigned k = 0; k < (windows[j] == 100 ? SERIES_KINDS : 1); k++)
                run_case(&rig, windows[j], &height_cases[i], number++);
    rig_close(&rig);
}

Test(normalize, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(normalize, cpu_small_groups)
{
    check_variant(&rig_variants[1]);
}

Test(normalize, gpu)
{
    check_variant(&rig_variants[2]);
}
