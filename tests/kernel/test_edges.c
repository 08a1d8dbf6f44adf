/* `measure_edges`: slope, shift, lift and run of each edge. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "rig.h"
#include "rig_stroke.h"

#define MISSING INT32_MIN
/* The relative error of the inverse root, see cl/common.cl. */
#define TOLERANCE 1e-5

static bool close_to(float found, double expected)
{
    return fabs(found - expected) <= TOLERANCE * fabs(expected);
}

static bool coeffs_agree(const float *found, const struct line_layout *chart, const int32_t *y, uint32_t i)
{
    double dx = chart->x[i] - chart->x[i - 1], dy = (double)y[i] - y[i - 1], length = hypot(dx, dy);
    if (y[i] == MISSING || y[i - 1] == MISSING || dx == 0)
        return found[3] == 0;
    return close_to(found[0], dy / dx) && close_to(found[1], chart->radius * dy / length) &&
           close_to(found[2], chart->radius * dx / length) && close_to(found[3], dx);
}

static void expect_coeffs(const struct rig *rig, uint64_t images)
{
    const struct line_layout *chart = &rig->stages.strokes->layout;
    const int32_t *y = rig->host[BUF_HEIGHTS];
    const float *found = rig->host[BUF_EDGE_COEFFS];
    uint64_t wrong = 0;
    char where[160] = "";
    for (uint64_t k = 0; k < images; k++, y += chart->window, found += 4 * (size_t)chart->window)
        for (uint32_t i = 1; i < chart->window; i++)
            if (!coeffs_agree(&found[4 * (size_t)i], chart, y, i) && !wrong++)
                snprintf(where, sizeof where, "image %" PRIu64 ", edge to sample %u: %g %g %g %g", k, (unsigned)i,
                         (double)found[4 * i], (double)found[4 * i + 1], (double)found[4 * i + 2],
                         (double)found[4 * i + 3]);
    rig_expect_none(rig, wrong, "edges", where);
}

static void check_variant(const struct rig_variant *variant)
{
    static const struct {
        uint32_t width, height, window, batch, images;
        double line_width;
    } cases[] = {{97, 61, 2, 1, 1, 3},     {800, 500, 100, 3, 2, 3}, {13, 300, 257, 5, 5, 0.5},
                 {64, 40, 1000, 2, 1, 64}, {1, 1, 3, 2, 2, 1.25},    {300, 2000, 31, 4, 3, 17.3}};
    struct rig rig;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chart_options options;
        struct rig_rng rng = {i};
        chart_options_init(&options);
        options.width = cases[i].width;
        options.height = cases[i].height;
        options.line_width = cases[i].line_width;
        if (!rig_begin(&rig, &options, cases[i].window, cases[i].batch, 1))
            continue;
        stroke_fill_heights(&rig, &rng, i * 2, (int32_t)(cases[i].height - 1) * 4096);
        rig_run(&rig, STAGE_EDGES, cases[i].images);
        expect_coeffs(&rig, cases[i].images);
        rig_end(&rig);
    }
    rig_close(&rig);
}

Test(edges, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(edges, other_variants)
{
    for (int i = 1; i < RIG_VARIANTS; i++)
        check_variant(&rig_variants[i]);
}
