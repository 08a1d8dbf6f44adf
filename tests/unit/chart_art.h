/* Charts made by hand, and images of them as text. */
#ifndef TESTS_UNIT_CHART_ART_H
#define TESTS_UNIT_CHART_ART_H

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "oracle/oracle.h"

#define ART_MAX 4096
#define ART_LAYERS 8

/* One chart of up to ART_LAYERS layers and panels; fields are open, high, low, close, volume, or as many as are asked
 * for. */
struct art_chart {
    struct chart chart;
    struct chart_panel panels[ART_LAYERS];
    struct chart_layer layers[ART_LAYERS];
    struct scale_field scales[ART_LAYERS][ART_LAYERS];
    uint64_t rows_before;
};

/* Inks by letter, as art has them. */
static const struct {
    char letter;
    struct ink ink;
} art_inks[] = {{'.', {255, 255, 255}}, {'#', {0, 0, 0}},     {'r', {200, 10, 20}},
                {'g', {30, 190, 40}},   {'b', {50, 60, 180}}, {'o', {90, 90, 90}}};

static inline struct ink art_ink(char letter)
{
    for (size_t i = 0; i < sizeof art_inks / sizeof *art_inks; i++)
        if (art_inks[i].letter == letter)
            return art_inks[i].ink;
    cr_assert_fail("no ink %c", letter);
    return (struct ink){0};
}

/* A chart of `width` x `height` px without panels, white, of three channels. */
static inline void art_begin(struct art_chart *a, uint32_t width, uint32_t height, uint32_t fields)
{
    *a = (struct art_chart){
        .chart = {.width = width, .height = height, .channels = 3, .background = art_ink('.'), .field_count = fields}};
    a->chart.panels = a->panels;
    a->chart.layers = a->layers;
}

/* A panel with a band scale (pitch 0: a point scale), which covers fields first..first+count-1. */
static inline struct chart_panel *art_panel(struct art_chart *a, uint32_t x, uint32_t y, uint32_t width,
                                            uint32_t height, uint32_t pitch, uint32_t first, uint32_t count)
{
    const uint32_t p = a->chart.panel_count++;
    for (uint32_t i = 0; i < count; i++)
        a->scales[p][i] = (struct scale_field){.field = first + i};
    a->panels[p] = (struct chart_panel){.x = x,
                                        .y = y,
                                        .width = width,
                                        .height = height,
                                        .band = pitch > 0,
                                        .pitch = pitch,
                                        .scale = a->scales[p],
                                        .scale_count = count,
                                        .lo = NAN,
                                        .hi = NAN};
    return &a->panels[p];
}

/* A layer of the last panel with fields first.., 1 px wide, a wick of 1 px. */
static inline struct chart_layer *art_layer(struct art_chart *a, enum mark mark, uint32_t first, char ink, char down)
{
    struct chart_layer *layer = &a->layers[a->chart.layer_count++];
    *layer = (struct chart_layer){.mark = mark,
                                  .panel = a->chart.panel_count - 1,
                                  .ink = art_ink(ink),
                                  .down = art_ink(down),
                                  .width = 1,
                                  .body = 1,
                                  .wick = 1};
    for (uint32_t i = 0; i < mark_fields(mark); i++)
        layer->field[i] = first + i;
    return layer;
}

static inline void art_fill(const struct art_chart *a, const char *art, uint8_t *pixels)
{
    const size_t size = (size_t)a->chart.width * a->chart.height;
    cr_assert(strlen(art) == size && size <= ART_MAX, "art of %d pixels, expected %d", (int)strlen(art), (int)size);
    for (size_t i = 0; i < size; i++) {
        const struct ink ink = art_ink(art[i]);
        const uint8_t bytes[] = {ink.red, ink.green, ink.blue};
        memcpy(pixels + i * a->chart.channels, bytes, a->chart.channels);
    }
}

static inline struct oracle_verdict art_judge(const struct art_chart *a, const double *rows, uint64_t count,
                                              const char *art, const double *y_range)
{
    static uint8_t pixels[ART_MAX * 3];
    const struct oracle_window window = {rows, count, a->rows_before};
    struct oracle_verdict verdict;
    art_fill(a, art, pixels);
    cr_assert_eq(oracle_judge_chart(&a->chart, &window, pixels, y_range, 0, 0, &verdict), PLOTMILL_OK);
    return verdict;
}

static inline bool art_passes(const struct art_chart *a, const double *rows, uint64_t count, const char *art)
{
    return art_judge(a, rows, count, art, NULL).passed;
}

/* The art passes; with any pixel changed to any other letter it fails at that pixel. */
static inline void art_only(const struct art_chart *a, const double *rows, uint64_t count, const char *art,
                            const char *file, int line)
{
    static char turned[ART_MAX + 1];
    struct oracle_verdict verdict = art_judge(a, rows, count, art, NULL);
    cr_expect(verdict.passed, "%s:%d: %d wrong, first %u,%u", file, line, (int)verdict.wrong, (unsigned)verdict.wrong_x,
              (unsigned)verdict.wrong_y);
    for (size_t i = 0; art[i]; i++)
        for (size_t k = 0; k < sizeof art_inks / sizeof *art_inks; k++) {
            if (art[i] == art_inks[k].letter)
                continue;
            strcpy(turned, art);
            turned[i] = art_inks[k].letter;
            verdict = art_judge(a, rows, count, turned, NULL);
            cr_expect(!verdict.passed && verdict.wrong == 1 && verdict.wrong_y * a->chart.width + verdict.wrong_x == i,
                      "%s:%d: pixel %d as %c is not found", file, line, (int)i, art_inks[k].letter);
        }
}
#define ART_ONLY(chart, rows, count, art) art_only(chart, rows, count, art, __FILE__, __LINE__)

#endif
