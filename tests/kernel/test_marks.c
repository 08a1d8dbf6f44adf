/* The kernels of whole-pixel marks: random charts of several panels and layers against marks drawn plainly, and the
 * exact scale over all kinds of float64. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain_marks.h"
#include "rig_marks.h"

static struct plotmill_error error;

static void expect_ok(enum plotmill_status status)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s", error.message);
}

/* Paints one interval of all columns; checks its form. */
static void paint(const struct machine *m, const struct drawing *d, const struct span_layer *span,
                  const uint16_t *spans, uint8_t *pixels)
{
    for (uint32_t x = span->left; x < span->right; x++) {
        const uint32_t begin = spans[span->spans + x - span->left];
        const uint32_t end = spans[span->spans + span->pitch + x - span->left];
        const uint32_t first = begin < end ? begin : end, last = begin < end ? end : begin;
        cr_assert((!begin && !end) || (begin != end && first >= span->above && last <= span->below),
                  "%s: column %u has rows %u..%u", m->rig.text, (unsigned)x, (unsigned)begin, (unsigned)end);
        cr_assert(begin <= end || span->two_inks, "%s: column %u has a second ink", m->rig.text, (unsigned)x);
        for (uint32_t y = first; y < last; y++)
            pixels[(size_t)y * d->chart.width + x] = begin < end ? 1 : 2;
    }
}

static void compare_layer(const struct machine *m, const struct drawing *d, const struct layer_table *table,
                          uint32_t image, uint32_t layer, const uint16_t *spans)
{
    const size_t count = (size_t)d->chart.width * d->chart.height;
    uint8_t *found = calloc(count, 1), *expected = calloc(count, 1);
    const struct plain_window window = {
        .rows = d->rows + d->starts[image] * d->fields,
        .length = d->window,
        .rows_before = d->rows_before[image],
        .ranges = d->ranges + 2 * (size_t)image * d->chart.panel_count,
    };
    cr_assert(found && expected);
    for (uint32_t i = table->first[layer]; i < table->first[layer + 1]; i++)
        paint(m, d, &table->spans[i], spans + (size_t)image * table->span_size, found);
    plain_mark(&d->chart, layer, &window, expected);
    const bool two_inks = table->spans[table->first[layer]].two_inks;
    for (size_t i = 0; i < count; i++) {
        const int want = expected[i] == 2 && !two_inks ? 1 : expected[i];
        cr_assert(found[i] == want, "%s: image %u, layer %u (mark %d): pixel %zu,%zu is %d, expected %d", m->rig.text,
                  (unsigned)image, (unsigned)layer, (int)d->chart.layers[layer].mark, i % d->chart.width,
                  i / d->chart.width, found[i], want);
    }
    free(found);
    free(expected);
}

static void check(struct machine *m, const struct drawing *d, size_t least)
{
    struct layer_table table;
    if ((uint64_t)d->chart.width * d->chart.height * d->images > m->rig.work_limit) {
        m->rig.skipped++;
        return;
    }
    m->rig.cases++;
    expect_ok(marks_check(&d->chart, d->window, &error));
    expect_ok(layer_table_init(&table, &d->chart, m->config.lanes, &error));
    uint16_t *spans = machine_run(m, d, &table, least);
    for (uint32_t image = 0; image < d->images; image++)
        for (uint32_t layer = 0; layer < d->chart.layer_count; layer++)
            compare_layer(m, d, &table, image, layer, spans);
    free(spans);
    layer_table_finish(&table);
}

static double *row_of(struct drawing *d, uint64_t row)
{
    return d->rows + row * d->fields;
}

/* Kinds of values whose windows are multiples of one power of two below 2^63 of it. */
static double value_of(struct rig_rng *rng, unsigned kind, double level)
{
    switch (kind) {
    case 0: /* prices with cents */
        return rint(level * 100 + rig_below(rng, 400)) / 100;
    case 1: /* few whole numbers: many ties */
        return rig_below(rng, 9);
    case 2: /* constant */
        return 7.5;
    case 3: /* whole numbers of 63 bits */
        return ldexp((double)(rig_next(rng) >> 11), (int)rig_below(rng, 11)) * (rig_below(rng, 2) ? 1 : -1);
    case 4: /* tiny, down to subnormals */
        return ldexp(rig_below(rng, 100000) - 50000.0, -1074);
    case 5: /* huge */
        return ldexp(rig_below(rng, 1 << 30) - 536870912.0, 993);
    case 6: /* doubles next to each other */
        return 1 + rig_below(rng, 5) * DBL_EPSILON;
    case 7: /* volumes with zeros */
        return rig_below(rng, 3) ? rig_below(rng, 1000000) : 0.0;
    default: /* one value and zeros */
        return rig_below(rng, 2) ? 3 : 0.0;
    }
}
#define VALUE_KINDS 9

static void fill_rows(struct drawing *d, struct rig_rng *rng)
{
    const unsigned kind = rig_below(rng, VALUE_KINDS), missing = rig_below(rng, 4), ordered = rig_below(rng, 2);
    static const double nothing[] = {NAN, INFINITY, -INFINITY};
    double level = 100;
    for (uint32_t row = 0; row < ROWS; row++) {
        double *r = row_of(d, row);
        level += rig_unit(rng) - 0.5;
        for (uint32_t f = 0; f < d->fields; f++)
            r[f] = value_of(rng, kind, level);
        /* Mostly open and close between low and high: by role 0..3 of the first layer. */
        const uint32_t *field = d->layers[0].field;
        for (int k = 0; k < 4 && ordered && rig_below(rng, 10); k++) {
            const double high = r[field[FIELD_HIGH]], low = r[field[FIELD_LOW]], v = r[field[k]];
            r[field[FIELD_HIGH]] = fmax(v, high);
            r[field[FIELD_LOW]] = fmin(low, r[field[k]]);
        }
        for (uint32_t f = 0; f < d->fields; f++)
            if (missing == 3 || rig_below(rng, 100) < 12 * missing)
                r[f] = missing == 3 && rig_below(rng, 3) == 0 ? r[f] : nothing[rig_below(rng, 3)];
    }
}

/* The range of a panel in a window, as `scale` finds it. */
static void find_range(const struct drawing *d, const struct chart_panel *panel, uint32_t image, double range[2])
{
    double lo = INFINITY, hi = -INFINITY;
    for (uint32_t i = 0; i < d->window; i++)
        for (uint32_t s = 0; s < panel->scale_count; s++) {
            const struct scale_field *f = &panel->scale[s];
            double v = d->rows[(d->starts[image] + i) * d->fields + f->field];
            v = f->absolute ? fabs(v) : v;
            if (!isfinite(v) || d->rows_before[image] < f->lead)
                continue;
            lo = v < lo ? v : lo;
            hi = v > hi ? v : hi;
        }
    const bool empty = lo > hi;
    range[0] = empty ? NAN : panel->range == RANGE_FIXED ? panel->lo : panel->range == RANGE_ZERO ? 0 : lo;
    range[1] = empty ? NAN : panel->range == RANGE_FIXED ? panel->hi : hi;
}

static void fill_layer(struct chart_layer *layer, const struct chart_panel *panel, struct rig_rng *rng, uint32_t fields)
{
    const enum mark marks[] = {MARK_COLUMN, MARK_CANDLE, MARK_BAR};
    const uint32_t pitch = panel->pitch;
    *layer = (struct chart_layer){
        .mark = !panel->band || !rig_below(rng, 4) ? MARK_LINE : marks[rig_below(rng, pitch < 3 ? 2 : 3)],
        .shape = SHAPE_PIXEL,
        .ink = {1, 2, 3},
        .down = {1, 2, (uint8_t)(3 + rig_below(rng, 3))},
        .lead = rig_below(rng, 3) ? 0 : rig_below(rng, 200),
        .missing = rig_below(rng, 2) ? MISSING_GAP : MISSING_BRIDGE,
        .body = pitch ? 1 + rig_below(rng, pitch) : 0,
        .wick = pitch ? 1 + rig_below(rng, pitch) : 0,
        .height = rig_below(rng, 2) ? HEIGHT_COUNT : HEIGHT_POSITION,
        .absolute = rig_below(rng, 2),
        .zero_pixel = rig_below(rng, 2),
    };
    layer->hollow = layer->mark == MARK_CANDLE && rig_below(rng, 2);
    for (int k = 0; k < MARK_FIELDS_MAX; k++)
        layer->field[k] = rig_below(rng, fields);
}

/* A panel in which the window has room. */
static void fill_panel(struct drawing *d, struct chart_panel *panel, struct rig_rng *rng, struct scale_field *scale)
{
    *panel = (struct chart_panel){
        .x = rig_below(rng, 20),
        .y = rig_below(rng, 20),
        .height = rig_below(rng, 8) ? 1 + rig_below(rng, 70) : 1,
        .band = rig_below(rng, 4) != 0,
        .range = (enum y_range)rig_below(rng, 3),
        .scale = scale,
        .scale_count = 1 + rig_below(rng, d->fields),
        .clip = rig_below(rng, 2),
    };
    panel->margin = rig_below(rng, 2) ? 0 : floor((panel->height - 1) / 2.0 * rig_unit(rng));
    panel->pitch = panel->band ? 1 + rig_below(rng, 9) : 0;
    panel->width = d->window * (panel->band ? panel->pitch : 1 + rig_below(rng, 4)) + rig_below(rng, 7) +
                   2 * (uint32_t)panel->margin;
    panel->margin += panel->margin ? 0.25 * rig_below(rng, 4) : 0;
    panel->margin = fmin(panel->margin, (panel->height - 1) / 2.0);
    for (uint32_t i = 0; i < panel->scale_count; i++)
        scale[i] = (struct scale_field){i, rig_below(rng, 3) ? 0 : rig_below(rng, 200), rig_below(rng, 4) == 0};
}

static void make_drawing(struct drawing *d, struct rig_rng *rng)
{
    struct chart *chart = &d->chart;
    memset(d, 0, sizeof *d);
    *chart = (struct chart){.channels = 3, .panels = d->panels, .layers = d->layers};
    d->window = 2 + rig_below(rng, rig_below(rng, 4) ? 12 : 80);
    d->fields = chart->field_count = 1 + rig_below(rng, FIELDS);
    d->images = 1 + rig_below(rng, IMAGES);
    chart->rounding = (enum rounding)rig_below(rng, 3);
    chart->from_top = rig_below(rng, 2);
    chart->panel_count = 1 + rig_below(rng, PANELS);
    for (uint32_t p = 0; p < chart->panel_count; p++) {
        struct chart_panel *panel = &d->panels[p];
        fill_panel(d, panel, rng, d->scales[p]);
        chart->width = fmax(chart->width, panel->x + panel->width + rig_below(rng, 3));
        chart->height = fmax(chart->height, panel->y + panel->height + rig_below(rng, 3));
        for (uint32_t i = 0; i < LAYERS / PANELS && (i == 0 || rig_below(rng, 2)); i++) {
            fill_layer(&d->layers[chart->layer_count], panel, rng, d->fields);
            d->layers[chart->layer_count++].panel = p;
        }
    }
    fill_rows(d, rng);
    for (uint32_t k = 0; k < d->images; k++) {
        d->starts[k] = rig_below(rng, ROWS - d->window);
        d->rows_before[k] = (uint32_t)d->starts[k];
    }
    for (uint32_t p = 0; p < chart->panel_count; p++) {
        struct chart_panel *panel = &d->panels[p];
        const double a = row_of(d, rig_below(rng, ROWS))[0], b = row_of(d, rig_below(rng, ROWS))[0];
        panel->lo = fmin(a, b);
        panel->hi = fmax(a, b);
        if (panel->range == RANGE_FIXED && !(isfinite(a) && isfinite(b) && a != b))
            panel->range = RANGE_MINMAX;
        d->panel_scales[p] = (struct panel_scale){
            .range = panel->range == RANGE_ZERO    ? Y_ZERO
                     : panel->range == RANGE_FIXED ? Y_FIXED
                                                   : Y_MINMAX,
            .clip = panel->clip,
        };
    }
    for (uint32_t k = 0; k < d->images; k++)
        for (uint32_t p = 0; p < chart->panel_count; p++)
            find_range(d, &d->panels[p], k, d->ranges + 2 * (k * chart->panel_count + p));
}

/* Any float64, in several ways. */
static double any_value(struct rig_rng *rng, unsigned kind)
{
    const uint64_t random = rig_next(rng);
    double value;
    switch (kind) {
    case 0: /* all bits */
        memcpy(&value, &random, sizeof value);
        return value;
    case 1: /* all exponents */
        return ldexp(rig_unit(rng) - 0.5, (int)rig_below(rng, 2098) - 1074);
    case 2: /* exponents near each other */
        return ldexp(rig_unit(rng) - 0.25, (int)rig_below(rng, 24));
    case 3: /* the largest */
        return (random % 2 ? DBL_MAX : -DBL_MAX) * (1 - rig_unit(rng) / 128);
    case 4: /* near each other */
        return 1e6 + rig_unit(rng) * 1e-7;
    case 5: /* whole numbers: many ties, also outside of a fixed range */
        return rig_below(rng, 20);
    default:
        return rig_unit(rng);
    }
}
#define ANY_KINDS 7

/* One column of one pixel for each sample. */
static void make_scale(struct drawing *d, struct rig_rng *rng)
{
    const unsigned kind = rig_below(rng, ANY_KINDS);
    memset(d, 0, sizeof *d);
    d->images = 1;
    d->fields = 1;
    d->window = 2 + rig_below(rng, ROWS - 2);
    for (uint32_t i = 0; i < ROWS; i++)
        d->rows[i] = rig_below(rng, 10) ? any_value(rng, kind) : NAN;
    d->scales[0][0] = (struct scale_field){0};
    d->layers[0] = (struct chart_layer){.mark = MARK_COLUMN, .body = 1, .shape = SHAPE_PIXEL};
    d->layers[0].height = rig_below(rng, 2) ? HEIGHT_COUNT : HEIGHT_POSITION;
    d->panels[0] = (struct chart_panel){
        .width = d->window,
        .height = 1 + rig_below(rng, (uint32_t[]){65535, 500, 8}[rig_below(rng, 3)]),
        .band = true,
        .pitch = 1,
        .range = rig_below(rng, 2) ? RANGE_FIXED : RANGE_MINMAX,
        .lo = any_value(rng, kind),
        .hi = any_value(rng, kind),
        .clip = rig_below(rng, 2),
        .scale = d->scales[0],
        .scale_count = 1,
    };
    if (!isfinite(d->panels[0].lo) || !isfinite(d->panels[0].hi) || d->panels[0].lo >= d->panels[0].hi)
        d->panels[0].range = RANGE_MINMAX;
    d->panel_scales[0].clip = d->panels[0].clip;
    d->chart = (struct chart){
        .width = d->window,
        .height = d->panels[0].height,
        .panels = d->panels,
        .layers = d->layers,
        .panel_count = 1,
        .layer_count = 1,
        .field_count = 1,
        .rounding = (enum rounding)rig_below(rng, 3),
        .from_top = rig_below(rng, 2),
    };
    find_range(d, d->panels, 0, d->ranges);
}

static void check_scale(struct machine *m, const struct drawing *d)
{
    const struct chart_layer *layer = d->layers;
    const uint32_t height = d->chart.height;
    const bool count = layer->height == HEIGHT_COUNT, from_top = d->chart.from_top && !count;
    const struct plain_scale scale = {d->ranges[0], d->ranges[1], d->panels[0].clip, from_top, d->chart.rounding};
    struct layer_table table;
    expect_ok(layer_table_init(&table, &d->chart, m->config.lanes, &error));
    uint16_t *spans = machine_run(m, d, &table, 64);
    for (uint32_t i = 0; i < d->window; i++) {
        const int64_t begin = spans[i], end = spans[d->window + i];
        int64_t least = 0, most = 0;
        if (isfinite(d->rows[i]) && !isnan(scale.lo)) {
            const struct plain_position y = plain_position(&scale, d->rows[i], count ? height : height - 1);
            least = from_top ? height - y.most : y.least + !count; /* rows */
            most = from_top ? height - y.least : y.most + !count;
        }
        least = least < 0 ? 0 : least > height ? height : least;
        most = most < 0 ? 0 : most > height ? height : most;
        cr_assert(end - begin >= least && end - begin <= most && (begin == end || end == height),
                  "%s: %a in %a..%a: %u..%u, expected %u to %u of %u rows", m->rig.text, d->rows[i], scale.lo, scale.hi,
                  (unsigned)begin, (unsigned)end, (unsigned)least, (unsigned)most, (unsigned)height);
    }
    free(spans);
    layer_table_finish(&table);
    m->rig.cases++;
}

static void check_scales(const struct rig_variant *variant, unsigned cases)
{
    static struct drawing d;
    struct machine m;
    machine_open(&m, variant);
    for (unsigned i = 0; i < cases; i++) {
        struct rig_rng rng = {i};
        make_scale(&d, &rng);
        snprintf(m.rig.text, sizeof m.rig.text, "%s, scale %u", variant->name, i);
        check_scale(&m, &d);
    }
    machine_close(&m);
}

static void check_random(const struct rig_variant *variant, unsigned cases)
{
    static struct drawing d;
    struct machine m;
    machine_open(&m, variant);
    /* llvmpipe of Mesa 22.3 loses stores in loops of work-groups of one, which the renderer never launches there. */
    if (variant->group_limit == 1 && !m.config.long_loops) {
        fprintf(stderr, "%s: skipped: this driver loses stores in them\n", variant->name);
        m.rig.cases++;
        cases = 0;
    }
    for (unsigned i = 0; i < cases; i++) {
        struct rig_rng rng = {i};
        make_drawing(&d, &rng);
        snprintf(m.rig.text, sizeof m.rig.text, "%s, chart %u, window %u", variant->name, i, (unsigned)d.window);
        check(&m, &d, 1 + rig_below(&rng, 40));
    }
    machine_close(&m);
}

Test(marks, cpu)
{
    check_random(&rig_variants[0], 1500);
}

Test(marks, gpu)
{
    check_random(&rig_variants[2], 400);
}

Test(marks, other_variants)
{
    check_random(&rig_variants[1], 100);
    check_random(&rig_variants[3], 100);
}

Test(marks, scales)
{
    check_scales(&rig_variants[0], 1000);
    check_scales(&rig_variants[2], 100);
}
