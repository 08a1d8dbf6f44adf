/* `blend`: exact values of partly covered pixels from arbitrary edges and areas; all other pixels stay unchanged. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "rig_areas.h"

struct blend_case {
    uint32_t width, height;
    uint32_t batch, images;
};

static const struct blend_case blend_cases[] = {
    {1, 1, 5, 4},    {1, 997, 3, 2},  {997, 1, 3, 1},   {2, 3, 5, 5},     {15, 31, 3, 2},   {16, 32, 5, 1},
    {17, 33, 2, 2},  {127, 60, 3, 3}, {128, 60, 3, 2},  {129, 60, 4, 3},  {200, 150, 3, 2}, {1009, 61, 2, 1},
    {4099, 7, 2, 1}, {8198, 5, 2, 2}, {3, 65535, 2, 1}, {65535, 2, 2, 1},
};

#define BLEND_CASES (sizeof blend_cases / sizeof *blend_cases)

/* Top and bottom of one sub-column in 1/256 px, top <= bottom: none, thin, a few rows, the whole height, far beyond. */
static void random_edge(struct rig_rng *rng, uint32_t height, int32_t *top, int32_t *bottom)
{
    int32_t tall = (int32_t)height * 256, a = (int32_t)rig_below(rng, height * 256 + 1) - 128;
    int32_t b = (int32_t)rig_below(rng, height * 256 + 1) - 128;
    static const int32_t far = 1 << 24;
    switch (rig_below(rng, 7)) {
    case 0:
        *top = *bottom = 1 << 25;
        break;
    case 1:
        *top = a;
        *bottom = a + (int32_t)rig_below(rng, 3);
        break;
    case 2:
        *top = a;
        *bottom = a + (int32_t)rig_below(rng, 1000);
        break;
    case 3:
        *top = -128 - (int32_t)rig_below(rng, 2);
        *bottom = tall - 128 + (int32_t)rig_below(rng, 2);
        break;
    case 4:
        *top = -far;
        *bottom = far;
        break;
    case 5:
        *top = a & ~255;
        *bottom = (a & ~255) + 256 * (int32_t)rig_below(rng, 3);
        break;
    default:
        *top = a < b ? a : b;
        *bottom = a < b ? b : a;
    }
}

/* Wholly covered rows lie inside the partly covered ones; both may be empty. */
static void random_spans(struct rig_rng *rng, uint32_t height, uint16_t *span, size_t pitch)
{
    uint32_t outer_begin = rig_below(rng, height + 1), outer_end = rig_below(rng, height + 1);
    uint32_t inner_begin = outer_end, inner_end = outer_end;
    if (rig_below(rng, 4) == 0)
        outer_begin = 0;
    if (rig_below(rng, 4) == 0)
        inner_begin = inner_end = outer_end = height;
    if (outer_begin < outer_end && rig_below(rng, 2)) {
        inner_begin = outer_begin + rig_below(rng, outer_end - outer_begin + 1);
        inner_end = inner_begin + rig_below(rng, outer_end - inner_begin + 1);
    }
    span[0] = (uint16_t)inner_begin;
    span[pitch] = (uint16_t)inner_end;
    span[2 * pitch] = (uint16_t)outer_begin;
    span[3 * pitch] = (uint16_t)outer_end;
}

static struct area_layer layer_of(const struct rig *rig, size_t image)
{
    size_t pitch = rig->stages.strokes->pitch;
    return (struct area_layer){
        .spans = (uint16_t *)rig->host[BUF_SPANS] + image * 4 * pitch,
        .subsampling = (uint8_t *)rig->host[BUF_SUBSAMPLING] + image * pitch,
        .edges = (int32_t *)rig->host[BUF_EDGES] + image * pitch * EDGE_INTS,
        .areas = (uint16_t *)rig->host[BUF_AREAS] + image * pitch * COLUMN_AREAS,
        .pitch = pitch,
        .columns = pitch,
    };
}

static void fill_inputs(struct rig *rig, struct rig_rng *rng)
{
    uint32_t height = rig->stages.strokes->layout.options.height;
    size_t pitch = rig->stages.strokes->pitch;
    int32_t *edges = rig->host[BUF_EDGES];
    uint8_t *pixels = rig->host[BUF_PIXELS];
    for (size_t k = 0; k < rig->stages.batch; k++)
        for (size_t x = 0; x < pitch; x++) {
            random_spans(rng, height, (uint16_t *)rig->host[BUF_SPANS] + k * 4 * pitch + x, pitch);
            ((uint8_t *)rig->host[BUF_SUBSAMPLING])[k * pitch + x] = rig_below(rng, 3) ? 1 : STEEP_SUBSAMPLES;
            for (int n = 0; n < STEEP_SUBSAMPLES; n++, edges += 2 * SUBCOLUMNS)
                for (int i = 0; i < SUBCOLUMNS; i++)
                    random_edge(rng, height, &edges[i], &edges[SUBCOLUMNS + i]);
        }
    for (size_t k = 0; k < rig->stages.batch; k++) {
        struct area_layer layer = layer_of(rig, k);
        areas_fill(&layer);
    }
    for (size_t i = 0; i < rig->size[BUF_PIXELS]; i++)
        pixels[i] = (uint8_t)rig_next(rng);
}

/* The part of row y between top and bottom, in 1/256. */
static int32_t covered(int32_t y, int32_t top, int32_t bottom)
{
    int32_t upper = y * 256 - 128, lower = y * 256 + 128;
    int32_t from = top > upper ? top : upper, to = bottom < lower ? bottom : lower;
    return to > from ? to - from : 0;
}

static int shade(const struct chart_options *o, const int32_t *edges, uint32_t subsamples, uint32_t y)
{
    int32_t area = 0;
    for (uint32_t k = 0; k < subsamples; k++, edges += 2 * SUBCOLUMNS)
        for (int i = 0; i < SUBCOLUMNS; i++)
            area += covered((int32_t)y, edges[i], edges[SUBCOLUMNS + i]);
    /* Exact: the divisor is a power of two. */
    double share = (double)area / (256.0 * SUBCOLUMNS * subsamples);
    return (int)floor(o->background + (o->foreground - o->background) * share + 0.5);
}

static int expected_pixel(const struct rig *rig, size_t column, uint32_t y, int before)
{
    size_t pitch = rig->stages.strokes->pitch;
    const uint16_t *s = (uint16_t *)rig->host[BUF_SPANS] + column / pitch * 4 * pitch + column % pitch;
    const int32_t *edges = (int32_t *)rig->host[BUF_EDGES] + column * EDGE_INTS;
    bool inner = s[0] <= y && y < s[pitch], outer = s[2 * pitch] <= y && y < s[3 * pitch];
    return outer && !inner
               ? shade(&rig->stages.strokes->layout.options, edges, ((uint8_t *)rig->host[BUF_SUBSAMPLING])[column], y)
               : before;
}

/* Returns the pixels after blending, and overwrites the edges that no kernel may read. */
static uint8_t *blended(struct rig *rig, struct rig_rng *rng)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    uint8_t *expected = malloc(rig->size[BUF_PIXELS]), *next = expected;
    cr_assert_not_null(expected);
    memcpy(expected, rig->host[BUF_PIXELS], rig->size[BUF_PIXELS]);
    for (size_t k = 0; k < rig->stages.batch; k++) {
        struct area_layer layer = layer_of(rig, k);
        for (uint32_t y = 0; y < o->height; y++)
            for (uint32_t x = 0; x < o->width; x++, next++)
                *next = (uint8_t)expected_pixel(rig, k * rig->stages.strokes->pitch + x, y, *next);
        areas_spoil_edges(&layer, rng);
    }
    return expected;
}

static void expect_blended(const struct rig *rig, const uint8_t *expected, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    const uint8_t *found = rig->host[BUF_PIXELS];
    uint64_t wrong = 0;
    char where[120] = "";
    for (uint64_t k = 0; k < images; k++)
        for (uint32_t y = 0; y < o->height; y++)
            for (uint32_t x = 0; x < o->width; x++, found++, expected++)
                if (*found != *expected && !wrong++)
                    snprintf(where, sizeof where, "image %" PRIu64 " column %u row %u: %d, expected %d", k, (unsigned)x,
                             (unsigned)y, *found, *expected);
    rig_expect_none(rig, wrong, "pixels", where);
}

static void run_case(struct rig *rig, const struct blend_case *c, unsigned number)
{
    static const int inks[][2] = {{255, 0}, {0, 255}, {254, 1}, {127, 128}, {128, 127}, {7, 7}, {30, 201}};
    struct chart_options options;
    struct rig_rng rng = {number};
    chart_options_init(&options);
    options.width = c->width;
    options.height = c->height;
    options.antialias = 1;
    options.background = inks[number % 7][0];
    options.foreground = inks[number % 7][1];
    if (!rig_begin(rig, &options, 2, c->batch, 1))
        return;
    fill_inputs(rig, &rng);
    uint8_t *expected = blended(rig, &rng);
    rig_run(rig, STAGE_BLEND, c->images);
    expect_blended(rig, expected, c->images);
    free(expected);
    rig_end(rig);
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < BLEND_CASES; i++)
        run_case(&rig, &blend_cases[i], i);
    rig_close(&rig);
}

Test(blend, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(blend, cpu_small_groups)
{
    check_variant(&rig_variants[1]);
}

Test(blend, gpu)
{
    check_variant(&rig_variants[2]);
}
