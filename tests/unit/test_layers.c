/* A chart's layers as tables for the kernels, and what marks need of their panel. */
#include <criterion/criterion.h>
#include <string.h>

#include "render/layers.h"
#include "render/marks.h"

/* A panel of candles with a stroke and an integer line, and one of columns, in an image of 100 x 80. */
struct example {
    struct chart chart;
    struct chart_panel panels[2];
    struct chart_layer layers[4];
};

static void example_init(struct example *e)
{
    *e = (struct example){
        .panels = {{.x = 3, .y = 5, .width = 90, .height = 40, .margin = 2.75, .band = true, .pitch = 8},
                   {.x = 10, .y = 50, .width = 85, .height = 20, .band = true, .pitch = 8}},
        .layers = {{.mark = MARK_CANDLE,
                    .field = {1, 2, 3, 4},
                    .ink = {1, 2, 3},
                    .down = {4, 5, 6},
                    .body = 5,
                    .wick = 1,
                    .hollow = true},
                   {.mark = MARK_LINE, .width = 3, .ink = {7, 8, 9}, .down = {7, 8, 9}, .field = {5}},
                   {.mark = MARK_LINE, .shape = SHAPE_PIXEL, .missing = MISSING_BRIDGE, .field = {6}, .lead = 19},
                   {.mark = MARK_COLUMN,
                    .panel = 1,
                    .field = {7},
                    .body = 3,
                    .height = HEIGHT_COUNT,
                    .zero_pixel = true,
                    .absolute = true}},
    };
    e->chart = (struct chart){.width = 100,
                              .height = 80,
                              .channels = 3,
                              .panels = e->panels,
                              .panel_count = 2,
                              .layers = e->layers,
                              .layer_count = 4,
                              .field_count = 8};
}

static struct layer_table table_of(const struct example *e, uint32_t lanes)
{
    struct layer_table table;
    struct plotmill_error error;
    cr_assert_eq(layer_table_init(&table, &e->chart, lanes, &error), PLOTMILL_OK, "%s", error.message);
    return table;
}

/* Planes follow each other without gaps, in the order in which they are painted. */
static void expect_planes(const struct layer_table *table, const uint32_t *pitches, const uint32_t *planes,
                          uint32_t count)
{
    uint32_t at = 0;
    cr_assert_eq(table->span_count, count);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(table->spans[i].spans, at, "span layer %u", (unsigned)i);
        cr_assert_eq(table->spans[i].pitch, pitches[i], "span layer %u", (unsigned)i);
        at += planes[i] * pitches[i];
    }
    cr_assert_eq(table->span_size, at);
}

Test(layers, places)
{
    static const uint32_t planes[] = {2, 2, 2, 2, 2, 2}, shaded_planes[] = {2, 2, 2, 4, 2, 2};
    static const uint32_t first[] = {0, 3, 4, 5, 6};
    struct example e;
    example_init(&e);
    struct layer_table table = table_of(&e, 16);
    expect_planes(&table, (const uint32_t[]){90, 90, 90, 96, 90, 85}, planes, 6);
    cr_assert(!memcmp(table.first, first, sizeof first) && table.shaded_columns == 0);
    for (int i = 0; i < 6; i++) {
        const struct span_layer *s = &table.spans[i];
        cr_assert(s->columns == NOT_SHADED && s->two_inks == (i < 3));
        if (i < 5)
            cr_assert(s->left == 3 && s->right == 93 && s->above == 5 && s->below == 45);
        else
            cr_assert(s->left == 10 && s->right == 95 && s->above == 50 && s->below == 70);
    }
    cr_assert(table.spans[2].inks[0] == 0x030201 && table.spans[2].inks[1] == 0x060504);
    cr_assert(table.spans[3].inks[0] == 0x090807);
    layer_table_finish(&table);

    e.chart.antialias = true;
    table = table_of(&e, 1);
    expect_planes(&table, (const uint32_t[]){90, 90, 90, 90, 90, 85}, shaded_planes, 6);
    cr_assert(table.shaded_columns == 90 && table.spans[3].columns == 0 && table.spans[4].columns == NOT_SHADED);
    layer_table_finish(&table);
}

Test(layers, marks)
{
    struct example e;
    example_init(&e);
    struct layer_table table = table_of(&e, 1);
    const struct mark_layer *m = table.marks;
    cr_assert(m[0].margin == 2 && m[0].start == 5 && m[0].step == 8 && m[0].size == 5 && m[0].thin == 1);
    cr_assert(m[0].field[FIELD_OPEN] == 1 && m[0].field[FIELD_CLOSE] == 4 && m[0].panel == 0);
    cr_assert_eq(m[0].flags, MARK_HOLLOW | MARK_TWO_INKS);
    cr_assert(m[2].start == 5 + 3 && m[2].step == 8 && m[2].lead == 19 && m[2].flags == MARK_BRIDGE);
    cr_assert_eq(m[3].flags, MARK_COUNT_ROWS | MARK_ABSOLUTE | MARK_ZERO_PIXEL);
    cr_assert(m[3].panel == 1 && m[3].spans == table.spans[5].spans && m[3].pitch == 85);
    layer_table_finish(&table);

    /* From the top; layers alone are white; a line over a point scale. */
    e.chart.from_top = e.chart.per_layer = true;
    e.chart.rounding = ROUND_TRUNCATE;
    e.panels[0].band = false;
    e.panels[0].pitch = 0;
    table = table_of(&e, 1);
    m = table.marks;
    cr_assert(table.spans[0].above == m[0].above && table.spans[1].inks[1] == 0xffffff && !table.spans[0].two_inks);
    cr_assert_eq(m[0].flags, MARK_HOLLOW | MARK_FROM_TOP | MARK_TRUNCATE);
    cr_assert(m[2].start == 5 && m[2].step == 0 && m[2].size == 86);
    layer_table_finish(&table);
    layer_table_finish(&table);
}

static void expect_refused(const struct example *e, uint64_t window, const char *message)
{
    struct plotmill_error error = {0};
    cr_assert_eq(marks_check(&e->chart, window, &error), message ? PLOTMILL_BAD_INPUT : PLOTMILL_OK, "%s",
                 error.message);
    if (message)
        cr_assert_str_eq(error.message, message);
}

Test(layers, marks_without_room_are_refused)
{
    struct example e;
    example_init(&e);
    expect_refused(&e, 10, NULL);
    expect_refused(&e, 11,
                   "panel 1: found 11 samples of 8 columns each in 86 columns: widen the panel, shorten the "
                   "window, or lower the pitch");
    e.layers[0].body = 9;
    expect_refused(&e, 10, "panel 1, layer 1 (candle): body is 9 px, expected 1 to 8, the columns of a sample");
    example_init(&e);
    e.layers[0].wick = 0;
    expect_refused(&e, 10, "panel 1, layer 1 (candle): wick is 0 px, expected 1 to 8, the columns of a sample");
    example_init(&e);
    e.layers[3].body = 9;
    expect_refused(&e, 10, "panel 2, layer 1 (column): width is 9 px, expected 1 to 8, the columns of a sample");
    example_init(&e);
    e.layers[0].mark = MARK_BAR;
    e.panels[0].pitch = 2;
    expect_refused(&e, 10,
                   "panel 1, layer 1 (bar): a sample has 2 columns, expected 3 or more: widen the panel or "
                   "shorten the window");
    e.panels[0].pitch = 3;
    expect_refused(&e, 10, NULL);
    e.panels[0].pitch = 0;
    e.panels[0].band = false;
    expect_refused(&e, 10, "panel 1, layer 1 (bar): its panel has a point scale, expected x: band");
    e.layers[0].mark = MARK_LINE; /* a stroke */
    expect_refused(&e, 10, NULL);
    e.chart.layer_count = 3;
    expect_refused(&e, 86, NULL);
    expect_refused(&e, 87,
                   "panel 1, layer 3 (line): found 87 samples in 86 columns, expected a column for each: widen "
                   "the panel, shorten the window, or take shape: stroke");
}
