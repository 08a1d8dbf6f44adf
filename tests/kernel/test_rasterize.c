/* `find_steep` and `rasterize`: spans, edges and areas of the stroke around arbitrary heights. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "rig_areas.h"
#include "rig_stroke.h"

/* px across the line, the tolerance of the definition. */
#define TOLERANCE (1.0 / 64)

struct stroke_case {
    uint32_t width, height, window;
    double line_width, margin;
    uint32_t batch, images;
    uint32_t tall; /* heights reach down to this row instead of the last */
};

static const struct stroke_case stroke_cases[] = {
    {1, 1, 2, 3, 0, 5, 4, 0},
    {1, 97, 3, 3, 0, 9, 9, 0},
    {97, 1, 16, 1, 0, 9, 5, 0},
    {15, 40, 3, 3, 0, 9, 9, 0},
    {16, 40, 2, 0.5, 0, 5, 3, 0},
    {17, 40, 17, 3, 2.5, 9, 8, 0},
    {200, 150, 100, 3, 0, 10, 9, 0},
    {200, 150, 100, 1, 10, 9, 9, 0},
    {150, 200, 33, 40, 0, 9, 7, 0},
    {64, 64, 997, 64, 0, 9, 9, 0},
    {100, 90, 4097, 3, 0, 9, 9, 0},
    {31, 60, 10007, 1, 3, 9, 6, 0},
    /* More vertices in reach than one launch examines. */
    {3, 30, 20011, 1, 0, 3, 3, 0},
    {2, 30, 9001, 2, 0, 9, 9, 0},
    {997, 50, 100, 2, 0, 4, 3, 0},
    {4099, 20, 129, 3, 0, 3, 2, 0},
    {4099, 9, 4099, 3, 0, 4, 4, 0},
    {65535, 2, 2, 3, 0, 3, 2, 0},
    {2, 65535, 5, 3, 0, 9, 9, 0},
    {800, 500, 100, 3, 0, 1, 1, 0},
    /* The steepest and longest lines, where rounding errors are largest, with few pixels. */
    {65535, 1, 2, 3, 0, 3, 3, 65535},
    {65535, 1, 3, 64, 0, 4, 4, 65535},
};

#define STROKE_CASES (sizeof stroke_cases / sizeof *stroke_cases)

/* Whether all rows that must be ink are ink, and no rows that must not be. */
static bool rows_agree(struct section narrow, struct section wide, uint32_t begin, uint32_t end)
{
    bool holds = narrow.top > narrow.bottom || (begin <= narrow.top && narrow.bottom < end);
    bool held = begin >= end || (wide.top <= begin && end - 1 <= wide.bottom);
    return holds && held;
}

/* Whether `stamp` can use the span: without a stroke it begins at the height and ends at 0. */
static bool serves_stamp(uint32_t begin, uint32_t end, uint32_t height)
{
    return begin <= end ? end <= height : begin == height && end == 0;
}

static void expect_rows(const struct rig *rig, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t pitch = rig->stages.strokes->pitch;
    double radius = o->line_width / 2;
    uint64_t wrong = 0;
    char where[200] = "";
    for (uint64_t k = 0; k < images; k++) {
        const uint16_t *spans = (uint16_t *)rig->host[BUF_SPANS] + k * 2 * pitch;
        struct test_stroke stroke = stroke_of(rig, k);
        for (uint32_t x = 0; x < o->width; x++) {
            struct section narrow = stroke_rows(&stroke, x, radius - TOLERANCE);
            struct section wide = stroke_rows(&stroke, x, radius + TOLERANCE);
            bool right = serves_stamp(spans[x], spans[pitch + x], o->height) &&
                         rows_agree(narrow, wide, spans[x], spans[pitch + x]);
            if (!right && !wrong++)
                snprintf(where, sizeof where,
                         "image %" PRIu64 " column %u: rows %u..%u, expected %g..%g to %g..%g (both included)", k,
                         (unsigned)x, (unsigned)spans[x], (unsigned)spans[pitch + x], narrow.top, narrow.bottom,
                         wide.top, wide.bottom);
        }
    }
    rig_expect_none(rig, wrong, "columns", where);
}

/* Whether both ends of the stroke are within the tolerance, measured across the line. */
static bool ends_agree(struct section narrow, struct section wide, double top, double bottom)
{
    bool none = top == bottom;
    bool holds = narrow.top > narrow.bottom || (top <= narrow.top && narrow.bottom <= bottom);
    bool held = none || (wide.top <= top && top <= bottom && bottom <= wide.bottom);
    return holds && held;
}

static bool column_agrees(const struct test_stroke *stroke, uint32_t x, const int32_t *edges, uint32_t subsamples,
                          char *where, size_t size)
{
    double radius = stroke->stages->strokes->layout.options.line_width / 2;
    uint32_t count = subsamples * SUBCOLUMNS;
    for (uint32_t i = 0; i < count; i++) {
        const int32_t *e = edges + i / SUBCOLUMNS * 2 * SUBCOLUMNS + i % SUBCOLUMNS;
        double abscissa = x - 0.5 + (i + 0.5) / count;
        struct section narrow = stroke_section(stroke, abscissa, radius - TOLERANCE);
        struct section wide = stroke_section(stroke, abscissa, radius + TOLERANCE);
        double top = e[0] / 256.0, bottom = e[SUBCOLUMNS] / 256.0;
        if (ends_agree(narrow, wide, top, bottom))
            continue;
        snprintf(where, size, "x = %g: %g..%g, expected %g..%g to %g..%g", abscissa, top, bottom, narrow.top,
                 narrow.bottom, wide.top, wide.bottom);
        return false;
    }
    return true;
}

static void expect_edges(const struct rig *rig, uint64_t images)
{
    uint32_t width = rig->stages.strokes->layout.options.width;
    size_t pitch = rig->stages.strokes->pitch;
    uint64_t wrong = 0;
    char where[300] = "", place[200];
    for (uint64_t k = 0; k < images; k++) {
        struct test_stroke stroke = stroke_of(rig, k);
        for (uint32_t x = 0; x < width; x++) {
            const int32_t *edges = (int32_t *)rig->host[BUF_EDGES] + (k * pitch + x) * EDGE_INTS;
            uint32_t subsamples = ((uint8_t *)rig->host[BUF_SUBSAMPLING])[k * pitch + x];
            if (!column_agrees(&stroke, x, edges, subsamples == STEEP_SUBSAMPLES ? STEEP_SUBSAMPLES : 1, place,
                               sizeof place) &&
                !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 ", %s", k, place);
        }
    }
    rig_expect_none(rig, wrong, "columns", where);
}

/* Columns near steep edges have STEEP_SUBSAMPLES subsamples, columns far from any have one. */
static void expect_sets(const struct rig *rig, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t pitch = rig->stages.strokes->pitch;
    uint64_t wrong = 0;
    char where[120] = "";
    for (uint64_t k = 0; k < images; k++) {
        struct test_stroke stroke = stroke_of(rig, k);
        for (uint32_t x = 0; x < o->width; x++) {
            unsigned subsamples = ((uint8_t *)rig->host[BUF_SUBSAMPLING])[k * pitch + x];
            /* x is rounded to 1/4096 px, so the steepness of short edges is slightly off. */
            double vague = 1 / (2048 * fmax(stroke.step, 1.0 / 2048));
            double left = x - 0.5, right = x + 0.5, near = o->line_width / 2;
            bool must = stroke_is_steep(&stroke, left, right, near, SUBCOLUMNS * (1 + vague));
            bool may = stroke_is_steep(&stroke, left, right, near + 2, SUBCOLUMNS * (1 - vague));
            must = must || stroke_has_tip(&stroke, x, near, 0.9, 0.5);
            may = may || stroke_has_tip(&stroke, x, near, 1.01, 1.01);
            bool is_right = (subsamples == STEEP_SUBSAMPLES && may) || (subsamples == 1 && !must);
            if (!is_right && !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 " column %u: %u subsamples", k, (unsigned)x, subsamples);
        }
    }
    rig_expect_none(rig, wrong, "columns", where);
}

struct rows {
    uint32_t begin, end; /* begin >= end: none */
};

struct covered {
    struct rows whole, part;
};

/* From one sub-column's top and bottom in 1/256 px: row y is y*256-128..y*256+128. */
static void cover(struct covered *c, int32_t top, int32_t bottom, uint32_t height)
{
    struct rows whole = {height, 0}, part = {height, 0};
    for (int64_t y = 0; y < height; y++) {
        int64_t upper = y * 256 - 128, lower = y * 256 + 128;
        if (top <= upper && lower <= bottom) {
            whole.begin = whole.begin < y ? whole.begin : (uint32_t)y;
            whole.end = (uint32_t)y + 1;
        }
        if (top < lower && upper < bottom && top < bottom) {
            part.begin = part.begin < y ? part.begin : (uint32_t)y;
            part.end = (uint32_t)y + 1;
        }
    }
    c->whole.begin = c->whole.begin > whole.begin ? c->whole.begin : whole.begin;
    c->whole.end = c->whole.end < whole.end ? c->whole.end : whole.end;
    c->part.begin = c->part.begin < part.begin ? c->part.begin : part.begin;
    c->part.end = c->part.end > part.end ? c->part.end : part.end;
}

static bool same_rows(struct rows a, uint32_t begin, uint32_t end)
{
    return a.begin >= a.end ? begin >= end : a.begin == begin && a.end == end;
}

/* Whether the spans of an antialiased column follow from its edges. */
static bool spans_follow(const int32_t *edges, uint32_t subsamples, const uint16_t *span, size_t pitch, uint32_t height)
{
    struct covered c = {{0, height}, {height, 0}};
    for (uint32_t k = 0; k < subsamples; k++, edges += 2 * SUBCOLUMNS)
        for (int i = 0; i < SUBCOLUMNS; i++)
            cover(&c, edges[i], edges[SUBCOLUMNS + i], height);
    bool right = same_rows(c.whole, span[0], span[pitch]) && same_rows(c.part, span[2 * pitch], span[3 * pitch]);
    /* `blend` relies on it: without wholly covered rows begin == end, inside the partly covered rows or after them. */
    bool inside = span[2 * pitch] >= span[3 * pitch] || (span[2 * pitch] <= span[0] && span[pitch] <= span[3 * pitch]);
    return right && inside && span[0] <= span[pitch] && span[pitch] <= height && span[3 * pitch] <= height;
}

static void expect_spans(const struct rig *rig, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t pitch = rig->stages.strokes->pitch;
    uint64_t wrong = 0;
    char where[200] = "";
    for (uint64_t k = 0; k < images; k++)
        for (uint32_t x = 0; x < o->width; x++) {
            const int32_t *edges = (int32_t *)rig->host[BUF_EDGES] + (k * pitch + x) * EDGE_INTS;
            const uint16_t *span = (uint16_t *)rig->host[BUF_SPANS] + k * 4 * pitch + x;
            uint32_t subsamples = ((uint8_t *)rig->host[BUF_SUBSAMPLING])[k * pitch + x];
            if (!spans_follow(edges, subsamples, span, pitch, o->height) && !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 " column %u: wholly %u..%u, in part %u..%u", k,
                         (unsigned)x, span[0], span[pitch], span[2 * pitch], span[3 * pitch]);
        }
    rig_expect_none(rig, wrong, "spans", where);
}

static bool areas_follow(const int32_t *edges, uint32_t subsamples, const uint16_t *span, size_t pitch,
                         const uint16_t *areas)
{
    uint32_t rows = partial_rows(span, pitch);
    for (uint32_t i = 0; i < rows && i < COLUMN_AREAS; i++)
        if (areas[i] != area_of_row(edges, subsamples, partial_row(span, pitch, i)))
            return false;
    return true;
}

/* The areas follow from the edges and the spans. Returns the number of columns with more partly covered rows than
 * areas. */
static uint64_t expect_areas(const struct rig *rig, uint64_t images)
{
    size_t pitch = rig->stages.strokes->pitch;
    uint64_t wrong = 0, beyond = 0;
    char where[200] = "";
    for (uint64_t k = 0; k < images; k++)
        for (uint32_t x = 0; x < rig->stages.strokes->layout.options.width; x++) {
            const int32_t *edges = (int32_t *)rig->host[BUF_EDGES] + (k * pitch + x) * EDGE_INTS;
            const uint16_t *span = (uint16_t *)rig->host[BUF_SPANS] + k * 4 * pitch + x;
            const uint16_t *areas = (uint16_t *)rig->host[BUF_AREAS] + (k * pitch + x) * COLUMN_AREAS;
            uint32_t subsamples = ((uint8_t *)rig->host[BUF_SUBSAMPLING])[k * pitch + x];
            beyond += partial_rows(span, pitch) > COLUMN_AREAS;
            if (!areas_follow(edges, subsamples, span, pitch, areas) && !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 " column %u", k, (unsigned)x);
        }
    rig_expect_none(rig, wrong, "areas", where);
    return beyond;
}

static bool is_canary(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != RIG_CANARY)
            return false;
    return true;
}

/* Where edges are needed later they equal those with keep_edges; elsewhere none are written. */
static void expect_needed_edges(const struct rig *rig, const uint8_t *edges, uint64_t images)
{
    size_t pitch = rig->stages.strokes->pitch, subsample = EDGE_INTS * 4 / STEEP_SUBSAMPLES;
    bool launches =
        rig->stages.strokes->reach > rig->stages.config.vertices; /* the first of several needs all edges stored */
    uint64_t wrong = 0;
    char where[200] = "";
    for (size_t column = 0; column < images * pitch; column++) {
        const uint16_t *span = (uint16_t *)rig->host[BUF_SPANS] + column / pitch * 4 * pitch + column % pitch;
        const uint8_t *found = (uint8_t *)rig->host[BUF_EDGES] + column * EDGE_INTS * 4;
        size_t size = ((uint8_t *)rig->host[BUF_SUBSAMPLING])[column] * subsample;
        if (column % pitch >= rig->stages.strokes->groups)
            continue;
        bool needed = partial_rows(span, pitch) > COLUMN_AREAS;
        bool right =
            needed ? !memcmp(found, edges + column * EDGE_INTS * 4, size) : launches || is_canary(found, EDGE_INTS * 4);
        if (!right && !wrong++)
            snprintf(where, sizeof where, "image %zu column %zu, %s", column / pitch, column % pitch,
                     needed ? "which are needed" : "which are not needed");
    }
    rig_expect_none(rig, wrong, "columns' edges", where);
}

/* Both runs store the same areas where a column has them. */
static void expect_same_areas(const struct rig *rig, const uint16_t *areas, uint64_t images)
{
    size_t pitch = rig->stages.strokes->pitch;
    const uint16_t *found = rig->host[BUF_AREAS];
    for (size_t column = 0; column < images * pitch; column++, found += COLUMN_AREAS, areas += COLUMN_AREAS) {
        const uint16_t *span = (uint16_t *)rig->host[BUF_SPANS] + column / pitch * 4 * pitch + column % pitch;
        uint32_t rows = partial_rows(span, pitch);
        cr_assert(!memcmp(found, areas, (rows < COLUMN_AREAS ? rows : COLUMN_AREAS) * sizeof *areas),
                  "%s: column %zu of image %zu has other areas without its edges", rig->text, column % pitch,
                  column / pitch);
    }
}

/* Runs the stage as for charts: edges are stored only where they are needed. */
static void run_without_edges(struct rig *rig, uint64_t images)
{
    static const enum buffer_id buffers[] = {BUF_SPANS, BUF_EDGES, BUF_AREAS};
    void *kept[3];
    for (int i = 0; i < 3; i++) {
        kept[i] = malloc(rig->size[buffers[i]]);
        cr_assert_not_null(kept[i]);
        memcpy(kept[i], rig->host[buffers[i]], rig->size[buffers[i]]);
    }
    rig->stages.keep_edges = false;
    rig_run(rig, STAGE_RASTERIZE, images);
    cr_assert(!memcmp(kept[0], rig->host[BUF_SPANS], images * rig->image[BUF_SPANS]),
              "%s: other spans without the edges", rig->text);
    expect_needed_edges(rig, kept[1], images);
    expect_same_areas(rig, kept[2], images);
    for (int i = 0; i < 3; i++)
        free(kept[i]);
}

/* Returns the number of columns with more partly covered rows than areas. */
static uint64_t run_case(struct rig *rig, const struct stroke_case *c, int antialias, unsigned number)
{
    struct chart_options options;
    struct rig_rng rng = {number};
    chart_options_init(&options);
    options.width = c->width;
    options.height = c->height;
    options.line_width = c->line_width;
    options.margin = c->margin;
    options.antialias = antialias;
    uint64_t beyond = 0;
    if (!rig_begin(rig, &options, c->window, c->batch, 1))
        return 0;
    stroke_fill_heights(rig, &rng, number * 2, (int32_t)(c->tall ? c->tall - 1 : c->height - 1) * 4096);
    rig_run(rig, STAGE_EDGES, c->images); /* see test_edges.c */
    if (antialias) {
        rig_run(rig, STAGE_STEEP, c->images);
        expect_sets(rig, c->images);
    }
    rig_run(rig, STAGE_RASTERIZE, c->images);
    if (antialias) {
        expect_edges(rig, c->images);
        expect_spans(rig, c->images);
        beyond = expect_areas(rig, c->images);
        run_without_edges(rig, c->images);
    } else {
        expect_rows(rig, c->images);
    }
    rig_end(rig);
    return beyond;
}

static void check_variant(const struct rig_variant *variant, int antialias)
{
    struct rig rig;
    uint64_t beyond = 0;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < STROKE_CASES; i++)
        beyond += run_case(&rig, &stroke_cases[i], antialias, i);
    cr_assert(!antialias || beyond || rig.skipped, "no column has more partly covered rows than areas");
    rig_close(&rig);
}

Test(rasterize, cpu)
{
    check_variant(&rig_variants[0], 0);
}

Test(rasterize, cpu_small_groups)
{
    check_variant(&rig_variants[1], 0);
}

Test(rasterize, gpu)
{
    check_variant(&rig_variants[2], 0);
}

Test(rasterize, antialiased_cpu)
{
    check_variant(&rig_variants[0], 1);
}

Test(rasterize, antialiased_cpu_small_groups)
{
    check_variant(&rig_variants[1], 1);
}

Test(rasterize, antialiased_gpu)
{
    check_variant(&rig_variants[2], 1);
}
