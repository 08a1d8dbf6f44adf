/* `stamp` and `fill`: pixels of arbitrary spans, exactly. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

struct stamp_case {
    uint32_t width, height;
    uint32_t batch, images;
};

static const struct stamp_case stamp_cases[] = {
    {1, 1, 1, 1},     {1, 1, 5, 4},     {1, 997, 3, 2},  {997, 1, 3, 1},   {2, 3, 5, 5},     {4, 4, 4, 3},
    {15, 31, 3, 2},   {16, 32, 5, 1},   {17, 33, 2, 2},  {8, 5, 5, 3},     {12, 7, 3, 3},    {24, 100, 3, 2},
    {800, 500, 3, 2}, {1009, 61, 2, 1}, {4099, 7, 2, 1}, {65535, 2, 3, 2}, {5, 65535, 2, 1}, {65520, 3, 2, 2},
};

#define STAMP_CASES (sizeof stamp_cases / sizeof *stamp_cases)

struct span {
    uint32_t begin, end;
};

/* A span as `rasterize` stores it: empty, full, one row, the first, the last, without a stroke, anything. */
static struct span random_span(struct rig_rng *rng, uint32_t height)
{
    uint32_t a = rig_below(rng, height), b = rig_below(rng, height + 1);
    switch (rig_below(rng, 8)) {
    case 0:
        return (struct span){a, a};
    case 1:
        return (struct span){0, height};
    case 2:
        return (struct span){a, a + 1};
    case 3:
        return (struct span){0, 1};
    case 4:
        return (struct span){height - 1, height};
    case 5:
        return (struct span){height, height};
    case 6:
        return (struct span){height, 0};
    default:
        return (struct span){a < b ? a : b, a < b ? b : a};
    }
}

static void fill_spans(struct rig *rig, struct rig_rng *rng)
{
    uint16_t *spans = rig->host[BUF_SPANS];
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t pitch = rig->stages.strokes->pitch, planes = o->antialias ? 4 : 2;
    for (size_t k = 0; k < rig->stages.batch; k++, spans += planes * pitch)
        for (size_t x = 0; x < pitch; x++) {
            struct span span = random_span(rng, o->height);
            spans[x] = (uint16_t)span.begin;
            spans[pitch + x] = (uint16_t)span.end;
            for (size_t plane = 2; plane < planes; plane++)
                spans[plane * pitch + x] = (uint16_t)rig_next(rng);
        }
}

static void expect_stamped(const struct rig *rig, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    const uint8_t *found = rig->host[BUF_PIXELS];
    const uint16_t *spans = rig->host[BUF_SPANS];
    size_t pitch = rig->stages.strokes->pitch, planes = o->antialias ? 4 : 2;
    uint64_t wrong = 0;
    char where[120] = "";
    for (uint64_t k = 0; k < images; k++, spans += planes * pitch)
        for (uint32_t y = 0; y < o->height; y++)
            for (uint32_t x = 0; x < o->width; x++, found++) {
                int expected = spans[x] <= y && y < spans[pitch + x] ? o->foreground : o->background;
                if (*found != expected && !wrong++)
                    snprintf(where, sizeof where, "image %" PRIu64 " column %u row %u: %d, expected %d", k, (unsigned)x,
                             (unsigned)y, *found, expected);
            }
    rig_expect_none(rig, wrong, "pixels", where);
}

static void expect_filled(const struct rig *rig, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    const uint8_t *found = rig->host[BUF_PIXELS];
    uint64_t wrong = 0;
    for (size_t i = 0; i < images * rig->image[BUF_PIXELS]; i++)
        wrong += found[i] != o->background;
    rig_expect_none(rig, wrong, "pixels", "see `fill`");
}

static void run_case(struct rig *rig, const struct stamp_case *c, int antialias, unsigned number)
{
    static const int inks[][2] = {{255, 0}, {0, 255}, {254, 1}, {127, 128}, {7, 7}};
    struct chart_options options;
    struct rig_rng rng = {number};
    chart_options_init(&options);
    options.width = c->width;
    options.height = c->height;
    options.antialias = antialias;
    options.background = inks[number % 5][0];
    options.foreground = inks[number % 5][1];
    if (!rig_begin(rig, &options, 2, c->batch, 1))
        return;
    fill_spans(rig, &rng);
    rig_run(rig, STAGE_STAMP, c->images);
    expect_stamped(rig, c->images);
    rig_run(rig, STAGE_FILL, c->images);
    expect_filled(rig, c->images);
    rig_end(rig);
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < STAMP_CASES; i++) {
        run_case(&rig, &stamp_cases[i], 0, i);
        /* Antialiased charts have more span planes; a few cases are enough. */
        if (i % 3 == 0)
            run_case(&rig, &stamp_cases[i], 1, i + 1);
    }
    rig_close(&rig);
}

Test(stamp, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(stamp, cpu_small_groups)
{
    check_variant(&rig_variants[1]);
}

Test(stamp, gpu)
{
    check_variant(&rig_variants[2]);
}

Test(stamp, gpu_groups_of_one)
{
    check_variant(&rig_variants[3]);
}
