/* `fill_gaps`: gaps become straight lines, in place; gaps at the ends of a window stay. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define MISSING INT32_MIN

enum gaps { GAPS_NONE, GAPS_ALL, GAPS_ENDS, GAPS_EVERY_OTHER, GAPS_LONG, GAPS_RANDOM, GAPS_MOST, GAPS_KINDS };

static bool is_gap(enum gaps kind, struct rig_rng *rng, uint32_t i, uint32_t window)
{
    switch (kind) {
    case GAPS_NONE:
        return false;
    case GAPS_ALL:
        return true;
    case GAPS_ENDS:
        return i < window / 3 || i > window - window / 3;
    case GAPS_EVERY_OTHER:
        return i & 1;
    case GAPS_LONG:
        return i > 0 && i + 1 < window;
    case GAPS_RANDOM:
        return rig_below(rng, 2) != 0;
    default:
        return rig_below(rng, 50) != 0;
    }
}

/* Windows may overlap: a sample is missing in all its windows, but its y differs between them. Samples between windows
 * are present, so that using them changes results. */
static void fill_inputs(struct rig *rig, struct rig_rng *rng, unsigned kind)
{
    const struct line_layout *chart = &rig->stages.strokes->layout;
    uint64_t count = rig->size[BUF_SAMPLES] / 8, stride = rig->stages.stride, window = chart->window;
    double *samples = rig->host[BUF_SAMPLES];
    int32_t *y = rig->host[BUF_HEIGHTS];
    for (uint64_t i = 0; i < count; i++)
        samples[i] = 1;
    for (uint64_t k = 0; k < rig->stages.batch; k++)
        for (uint32_t i = 0; i < window; i++)
            samples[k * stride + i] = is_gap((enum gaps)((kind + k) % GAPS_KINDS), rng, i, chart->window) ? NAN : 1;
    for (uint64_t k = 0; k < rig->stages.batch; k++)
        for (uint32_t i = 0; i < window; i++)
            *y++ = isnan(samples[k * stride + i]) ? MISSING : chart->top + (int32_t)rig_below(rng, chart->rise + 1);
}

/* The distances to the nearest present samples on both sides of each, in the batch. */
static void fill_neighbours(struct rig *rig)
{
    const double *samples = rig->host[BUF_SAMPLES];
    uint32_t *neighbours = rig->host[BUF_NEIGHBOURS], count = (uint32_t)(rig->size[BUF_SAMPLES] / 8);
    for (uint32_t i = 0, last = UINT32_MAX; i < count; i++) {
        neighbours[2 * i] = last == UINT32_MAX ? last : i - last;
        last = isnan(samples[i]) ? last : i;
    }
    for (uint32_t i = count, next = UINT32_MAX; i-- > 0;) {
        neighbours[2 * i + 1] = next == UINT32_MAX ? next : next - i;
        next = isnan(samples[i]) ? next : i;
    }
}

/* The next present sample from i on; `end` without one. */
static uint32_t present_from(const int32_t *y, uint32_t i, uint32_t end)
{
    while (i < end && y[i] == MISSING)
        i++;
    return i;
}

static bool is_bridged(const struct line_layout *chart, const int32_t *before, uint32_t i, uint32_t last, int32_t found)
{
    uint32_t next = present_from(before, i, chart->window);
    if (before[i] != MISSING)
        return found == before[i];
    if (last == chart->window || next == chart->window)
        return found == MISSING;
    long double run = chart->x[next] - chart->x[last], along = chart->x[i] - chart->x[last];
    long double part = run > 0 ? along / run : 0;
    long double expected = before[last] + ((long double)before[next] - before[last]) * part;
    return fabsl(found - expected) <= 0.5L + 1e-6L;
}

static void expect_bridged(const struct rig *rig, const int32_t *before, uint64_t images)
{
    const struct line_layout *chart = &rig->stages.strokes->layout;
    const int32_t *found = rig->host[BUF_HEIGHTS];
    uint64_t wrong = 0;
    char where[200] = "";
    for (uint64_t k = 0; k < images; k++, before += chart->window, found += chart->window) {
        uint32_t last = chart->window;
        for (uint32_t i = 0; i < chart->window; i++) {
            if (!is_bridged(chart, before, i, last, found[i]) && !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 " sample %u: %d", k, (unsigned)i, (int)found[i]);
            last = before[i] != MISSING ? i : last;
        }
    }
    rig_expect_none(rig, wrong, "heights", where);
}

static void run_case(struct rig *rig, uint32_t window, uint32_t width, unsigned number)
{
    static const uint32_t batches[][2] = {{5, 1}, {5, 4}, {7, 7}, {14, 13}, {70, 65}};
    struct chart_options options;
    struct rig_rng rng = {number};
    const uint32_t strides[] = {window, window + 3, 1, window / 2 + 1};
    const uint32_t *batch = batches[window > 200 ? number % 3 : number % 5];
    chart_options_init(&options);
    options.missing = MISSING_BRIDGE;
    options.width = width;
    /* As tall as 4 MB of pixels allow; this test does not use the pixels. */
    options.height = number % 2 ? 20 : 4000000 / width / batch[0];
    options.height = options.height > 65535 ? 65535 : options.height < 2 ? 2 : options.height;
    if (!rig_begin(rig, &options, window, batch[0], strides[number % 4]))
        return;
    fill_inputs(rig, &rng, number);
    fill_neighbours(rig);
    int32_t *before = malloc(rig->size[BUF_HEIGHTS]);
    cr_assert_not_null(before);
    memcpy(before, rig->host[BUF_HEIGHTS], rig->size[BUF_HEIGHTS]);
    rig_run(rig, STAGE_FILL_GAPS, batch[1]);
    expect_bridged(rig, before, batch[1]);
    free(before);
    rig_end(rig);
}

static void check_variant(const struct rig_variant *variant)
{
    static const uint32_t windows[] = {2, 3, 4, 16, 100, 129, 4097, 10007}, widths[] = {1, 2, 17, 800, 65535};
    struct rig rig;
    unsigned number = 0;
    rig_open(&rig, variant);
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        for (size_t j = 0; j < sizeof widths / sizeof *widths; j++)
            run_case(&rig, windows[i], widths[j], number++);
    rig_close(&rig);
}

Test(fill_gaps, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(fill_gaps, gpu)
{
    check_variant(&rig_variants[2]);
}
