/* `paint`: the same pixels as `rasterize`, `stamp` and `blend`, which have tests of their own. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "rig_stroke.h"

/* Columns with few and with many partly covered rows, at every border of the image. All charts are painted but one,
 * which has too many samples. */
static const struct paint_case {
    uint32_t width, height, window, batch, images;
    double line_width;
    bool painted;
} paint_cases[] = {
    {97, 61, 2, 1, 1, 3, true},     {800, 500, 100, 2, 2, 3, true}, {13, 300, 40, 5, 4, 0.5, true},
    {64, 40, 60, 3, 2, 20, true},   {1, 1, 3, 2, 2, 1.25, true},    {300, 900, 31, 2, 1, 17.3, true},
    {31, 7, 5, 4, 4, 3, true},      {1, 700, 9, 3, 2, 2, true},     {211, 16, 50, 3, 3, 1, true},
    {40, 30, 9000, 1, 1, 3, false}, {160, 120, 60, 3, 3, 64, true},
};

static void draw(struct rig *rig, uint64_t images)
{
    rig_run(rig, STAGE_EDGES, images);
    rig_run(rig, STAGE_STEEP, images);
    if (rig->stages.paints) {
        rig_run(rig, STAGE_PAINT, images);
        return;
    }
    rig_run(rig, STAGE_RASTERIZE, images);
    rig_run(rig, STAGE_STAMP, images);
    rig_run(rig, STAGE_BLEND, images);
}

/* The pixels of a case, freed by the caller; NULL: the case exceeds $PLOTMILL_TEST_WORK. */
static uint8_t *drawn(struct rig *rig, const struct paint_case *c, unsigned number, bool paints)
{
    struct chart_options options;
    struct rig_rng rng = {number};
    chart_options_init(&options);
    options.width = c->width;
    options.height = c->height;
    options.line_width = c->line_width;
    options.antialias = 1;
    options.background = number % 2 ? 250 : 10;
    options.foreground = number % 2 ? 3 : 201;
    rig->paints = paints;
    if (!rig_begin(rig, &options, c->window, c->batch, 1))
        return NULL;
    bool expected = paints && c->painted && rig->variant->launch == LAUNCH_CPU && rig->stages.config.long_loops;
    cr_assert(rig->stages.paints == expected, "%s: painted %d, expected %d", rig->text, rig->stages.paints, expected);
    stroke_fill_heights(rig, &rng, number * 2, (int32_t)(c->height - 1) * 4096);
    draw(rig, c->images);
    uint8_t *pixels = rig->host[BUF_PIXELS];
    rig->host[BUF_PIXELS] = NULL;
    rig_end(rig);
    return pixels;
}

static void expect_same(const struct rig *rig, const struct paint_case *c, const uint8_t *found,
                        const uint8_t *expected)
{
    uint64_t wrong = 0;
    char where[120] = "";
    for (uint64_t k = 0; k < c->images; k++)
        for (uint32_t y = 0; y < c->height; y++)
            for (uint32_t x = 0; x < c->width; x++, found++, expected++)
                if (*found != *expected && !wrong++)
                    snprintf(where, sizeof where, "image %" PRIu64 " column %u row %u: %d, expected %d", k, (unsigned)x,
                             (unsigned)y, *found, *expected);
    rig_expect_none(rig, wrong, "pixels", where);
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < sizeof paint_cases / sizeof *paint_cases; i++) {
        uint8_t *expected = drawn(&rig, &paint_cases[i], i, false);
        uint8_t *found = expected ? drawn(&rig, &paint_cases[i], i, true) : NULL;
        if (found)
            expect_same(&rig, &paint_cases[i], found, expected);
        free(found);
        free(expected);
    }
    rig_close(&rig);
}

Test(paint, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(paint, cpu_small_groups)
{
    check_variant(&rig_variants[1]);
}
