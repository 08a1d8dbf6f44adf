/* The oracle's composition of layers, panels and channels, with images worked out by hand. */
#include "chart_art.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct oracle_verdict judge(const struct art_chart *a, const double *rows, uint64_t count, const uint8_t *pixels,
                                   double rms, double worst)
{
    const struct oracle_window window = {rows, count, a->rows_before};
    struct oracle_verdict verdict;
    cr_assert_eq(oracle_judge_chart(&a->chart, &window, pixels, NULL, rms, worst, &verdict), PLOTMILL_OK);
    return verdict;
}

/* A line over columns, bottom to top; the panel of the second pair lies over a corner of the first one. */
Test(oracle_chart, later_layers_and_panels_cover_earlier_ones)
{
    const double rows[][2] = {{1, 2}, {2, 2}, {3, 2}};
    struct art_chart a;
    art_begin(&a, 6, 4, 2);
    art_panel(&a, 0, 0, 6, 3, 2, 0, 1);
    art_layer(&a, MARK_COLUMN, 0, 'g', 'g')->body = 2;
    struct chart_layer *line = art_layer(&a, MARK_LINE, 1, 'b', 'b');
    line->shape = SHAPE_PIXEL; /* outside of the scale, which covers field 0: row 1 */
    art_panel(&a, 3, 2, 2, 2, 0, 1, 1)->range = RANGE_ZERO;
    art_layer(&a, MARK_LINE, 1, 'r', 'r'); /* at the top: y = 0 */
    ART_ONLY(&a, rows[0], 3,
             "....gg"
             "bbbbbg"
             "gggrrg"
             "......");
    a.chart.flip = true;
    ART_ONLY(&a, rows[0], 3,
             "......"
             "gggrrg"
             "bbbbbg"
             "....gg");
}

Test(oracle_chart, nothing_is_drawn_outside_of_a_panel)
{
    const double values[] = {0, 1};
    struct art_chart a;
    art_begin(&a, 6, 5, 1);
    art_panel(&a, 1, 1, 4, 3, 0, 0, 1);
    art_layer(&a, MARK_LINE, 0, '#', '#')->width = 64;
    ART_ONLY(&a, values, 2,
             "......"
             ".####."
             ".####."
             ".####."
             "......");
}

Test(oracle_chart, a_stroke_on_a_band_scale_joins_the_middles)
{
    const double same[] = {4, 4}, rising[] = {0, 1};
    struct art_chart a;
    art_begin(&a, 8, 3, 1);
    art_panel(&a, 0, 0, 8, 3, 3, 0, 1);
    struct chart_layer *line = art_layer(&a, MARK_LINE, 0, '#', '#');
    ART_ONLY(&a, same, 2, /* x from 1 to 4 */
             "........"
             ".####..."
             "........");
    a.panels[0].pitch = 4; /* from (1.5, 2) to (5.5, 0): the line 2 y = 5.5 - x, within 0.45 sqrt(5) of it */
    line->width = 0.9;
    ART_ONLY(&a, rising, 2,
             ".....#.."
             "...##..."
             "..#.....");
    line->missing = MISSING_BRIDGE;
    line->width = 3;
    line->lead = 1;
    ART_ONLY(&a, same, 2, "........................");
}

/* The line leaves the panel on its way to u = 2, and comes back. */
Test(oracle_chart, strokes_leave_a_clipped_range)
{
    const double values[] = {0, 1, 2, 1, 0};
    struct art_chart a;
    art_begin(&a, 9, 3, 1);
    struct chart_panel *panel = art_panel(&a, 0, 0, 9, 3, 0, 0, 1);
    panel->range = RANGE_FIXED;
    panel->lo = 0;
    panel->hi = 1;
    art_layer(&a, MARK_LINE, 0, '#', '#')->width = 1.25;
    ART_ONLY(&a, values, 5,
             "..#####.."
             ".#.....#."
             "#.......#");
    panel->clip = true;
    ART_ONLY(&a, values, 5,
             "..#...#.."
             ".#.....#."
             "#.......#");
}

Test(oracle_chart, whole_layers_wait_for_their_rows)
{
    const double rows[][2] = {{0, 9}, {1, 9}, {2, 9}};
    struct art_chart a;
    art_begin(&a, 3, 3, 2);
    art_panel(&a, 0, 0, 3, 3, 1, 0, 2);
    art_layer(&a, MARK_COLUMN, 0, 'g', 'g');
    art_layer(&a, MARK_LINE, 1, 'b', 'b')->shape = SHAPE_PIXEL;
    a.layers[1].lead = a.scales[0][1].lead = 20;
    a.rows_before = 19;
    const char *without = "..g"
                          ".gg"
                          "ggg";
    const double range[] = {0, 2};
    ART_ONLY(&a, rows[0], 3, without);
    cr_expect(art_judge(&a, rows[0], 3, without, range).passed);
    a.rows_before = 20; /* rows 0, 2/9 and 4/9 */
    const char *with = "bbb"
                       "..."
                       "ggg";
    const double both[] = {0, 9};
    ART_ONLY(&a, rows[0], 3, with);
    cr_expect(art_judge(&a, rows[0], 3, with, both).passed && !art_judge(&a, rows[0], 3, with, range).passed);
}

Test(oracle_chart, each_panel_has_a_range)
{
    const double rows[][2] = {{0, 5}, {1, NAN}};
    const double right[] = {0, 1, 0, 5, -1, 1}, wrong[] = {0, 1, 5, 5, -1, 1}, no_value[] = {0, 1, 0, 5, NAN, NAN};
    struct art_chart a;
    art_begin(&a, 2, 1, 2);
    art_panel(&a, 0, 0, 2, 1, 1, 0, 1);
    art_panel(&a, 0, 0, 1, 1, 0, 1, 1)->range = RANGE_ZERO;
    struct chart_panel *fixed = art_panel(&a, 1, 0, 1, 1, 0, 1, 1);
    fixed->range = RANGE_FIXED;
    fixed->lo = -1;
    fixed->hi = 1;
    cr_expect(art_judge(&a, rows[0], 2, "..", right).passed);
    cr_expect(!art_judge(&a, rows[0], 2, "..", wrong).passed);
    cr_expect(!art_judge(&a, rows[0], 2, "..", no_value).passed);
    cr_expect(art_judge(&a, rows[1], 1, "..", (const double[]){1, 1, NAN, NAN, NAN, NAN}).passed);
    cr_expect(art_judge(&a, (const double[]){3, -2}, 1, "..", (const double[]){3, 3, 0, 0, -1, 1}).passed);
}

/* Two layers, and four channels could not hold them: each has its own, 255 on 0. */
Test(oracle_chart, a_channel_for_each_layer)
{
    const double rows[][2] = {{0, 1}, {1, 1}};
    uint8_t pixels[2][2][2] = {{{0, 255}, {255, 255}}, {{255, 0}, {255, 0}}};
    struct art_chart a;
    art_begin(&a, 2, 2, 2);
    a.chart.channels = 2;
    a.chart.per_layer = true;
    art_panel(&a, 0, 0, 2, 2, 1, 0, 2);
    art_layer(&a, MARK_COLUMN, 0, 'g', 'g');
    art_layer(&a, MARK_LINE, 1, '.', '.')->shape = SHAPE_PIXEL;
    for (int antialias = 0; antialias < 2; antialias++) {
        a.chart.antialias = antialias;
        cr_expect(judge(&a, rows[0], 2, &pixels[0][0][0], 0, 0).passed);
        for (int i = 0; i < 8; i++) {
            uint8_t *value = &pixels[i / 4][i / 2 % 2][i % 2];
            *value ^= 255;
            const struct oracle_verdict verdict = judge(&a, rows[0], 2, &pixels[0][0][0], 9, 9);
            cr_expect(!verdict.passed && verdict.wrong == 1 && (int)(verdict.wrong_y * 2 + verdict.wrong_x) == i / 2);
            *value ^= 255;
        }
    }
}

/* Horizontals at y = 3.25, w = 3, cover 1.75..4.75: three quarters of row 2, a quarter of row 5, at both ends 0.0139
 * less. Black leaves 64 and 191 there, 67 and 195 at the ends. Then comes (200, 10, 20): 64 + 136 * 0.75, 64 - 54 *
 * 0.75, 64 - 44 * 0.75; 191 + 9 * 0.25, 191 - 181 * 0.25, 191 - 171 * 0.25; 67 + 133 * 0.7361 and so on. */
static const double shaded_sample = 1 - 3.25 / 7;
#define WHITE         \
    {                 \
        255, 255, 255 \
    }
#define RED         \
    {               \
        200, 10, 20 \
    }
static const uint8_t shaded[8][4][3] = {{WHITE, WHITE, WHITE, WHITE},
                                        {WHITE, WHITE, WHITE, WHITE},
                                        {{165, 25, 32}, {166, 24, 31}, {166, 24, 31}, {165, 25, 32}},
                                        {RED, RED, RED, RED},
                                        {RED, RED, RED, RED},
                                        {{196, 151, 154}, {193, 146, 148}, {193, 146, 148}, {196, 151, 154}},
                                        {WHITE, WHITE, WHITE, WHITE},
                                        {WHITE, WHITE, WHITE, WHITE}};

static struct oracle_verdict judge_shaded(int row, int channel, int value)
{
    const double rows[] = {shaded_sample, shaded_sample};
    uint8_t pixels[8][4][3];
    struct art_chart a;
    art_begin(&a, 4, 8, 1);
    a.chart.antialias = true;
    struct chart_panel *panel = art_panel(&a, 0, 0, 4, 8, 0, 0, 1);
    panel->range = RANGE_FIXED;
    panel->lo = 0;
    panel->hi = 1;
    art_layer(&a, MARK_LINE, 0, '#', '#')->width = 3;
    art_layer(&a, MARK_LINE, 0, 'r', 'r')->width = 3;
    memcpy(pixels, shaded, sizeof pixels);
    pixels[row][1][channel] = (uint8_t)value;
    return judge(&a, rows, 2, &pixels[0][0][0], 0.9, 1.5);
}

Test(oracle_chart, antialiased_layers_are_composed)
{
    struct oracle_verdict verdict = judge_shaded(0, 0, 255);
    cr_expect(verdict.passed && verdict.partial == 24 && verdict.wrong == 0, "rms %g worst %g partial %d wrong %d",
              verdict.rms, verdict.worst, (int)verdict.partial, (int)verdict.wrong);
    verdict = judge_shaded(2, 1, 30);
    cr_expect(!verdict.passed && verdict.wrong == 0 && verdict.wrong_x == 1 && verdict.wrong_y == 2);
    verdict = judge_shaded(5, 0, 183);
    cr_expect(!verdict.passed && verdict.wrong == 0 && verdict.wrong_x == 1 && verdict.wrong_y == 5);
    verdict = judge_shaded(3, 2, 21);
    cr_expect(!verdict.passed && verdict.wrong == 1 && verdict.wrong_y == 3);
    verdict = judge_shaded(7, 2, 254);
    cr_expect(!verdict.passed && verdict.wrong == 1 && verdict.wrong_y == 7);
}

/* The grey of the upper line is what the lower one leaves in row 2: what may be wrong there is the lower one's error,
 * of which the upper one lets a quarter through. */
Test(oracle_chart, errors_of_layers_add_up)
{
    const double rows[] = {shaded_sample, shaded_sample};
    uint8_t pixels[8][4] = {{255, 255, 255, 255}, {255, 255, 255, 255}, {65, 64, 64, 65},     {64, 64, 64, 64},
                            {64, 64, 64, 64},     {164, 159, 159, 164}, {255, 255, 255, 255}, {255, 255, 255, 255}};
    struct art_chart a;
    art_begin(&a, 4, 8, 1);
    a.chart.channels = 1;
    a.chart.antialias = true;
    struct chart_panel *panel = art_panel(&a, 0, 0, 4, 8, 0, 0, 1);
    panel->range = RANGE_FIXED;
    panel->lo = 0;
    panel->hi = 1;
    art_layer(&a, MARK_LINE, 0, '#', '#')->width = 3;
    art_layer(&a, MARK_LINE, 0, 'o', 'o')->width = 3;
    a.layers[1].ink = a.layers[1].down = (struct ink){64, 64, 64};
    cr_expect(judge(&a, rows, 2, pixels[0], 1, 2).passed);
    pixels[2][1] = 67; /* 2.5 of 64 */
    const struct oracle_verdict verdict = judge(&a, rows, 2, pixels[0], 5, 20);
    cr_expect(verdict.passed && verdict.worst > 8 && verdict.worst < 11, "worst %g", verdict.worst);
    pixels[2][1] = 71;
    cr_expect(!judge(&a, rows, 2, pixels[0], 9, 20).passed);
}

/* A line of 1 px at y = 2.25, whose ends cover 0.691 and 0.202 of their pixels, under and over columns of one row
 * more than 0.75. */
Test(oracle_chart, whole_pixels_are_never_shaded)
{
    const double values[] = {0.25, 0.25, 0.25};
    const uint8_t line_alone[4][3] = {{255, 255, 255}, {255, 255, 255}, {79, 64, 79}, {203, 191, 203}};
    const uint8_t line_above[4][3] = {{255, 255, 255}, {255, 255, 255}, {28, 23, 28}, {72, 68, 72}};
    uint8_t hidden[4][3] = {{255, 255, 255}, {255, 255, 255}, {90, 90, 90}, {90, 90, 90}};
    struct art_chart a;
    art_begin(&a, 3, 4, 1);
    a.chart.channels = 1;
    a.chart.antialias = true;
    struct chart_panel *panel = art_panel(&a, 0, 0, 3, 4, 1, 0, 1);
    panel->range = RANGE_FIXED;
    panel->lo = 0;
    panel->hi = 1;
    art_layer(&a, MARK_LINE, 0, '#', '#');
    cr_expect(judge(&a, values, 3, line_alone[0], 1, 1.5).passed);
    art_layer(&a, MARK_COLUMN, 0, 'o', 'o');
    cr_expect(judge(&a, values, 3, hidden[0], 0, 0).passed);
    hidden[3][1] = 91;
    cr_expect_eq(judge(&a, values, 3, hidden[0], 9, 9).wrong, 1);
    hidden[3][1] = 90;
    const struct chart_layer line = a.layers[0];
    a.layers[0] = a.layers[1];
    a.layers[1] = line;
    cr_expect(judge(&a, values, 3, line_above[0], 1, 1.5).passed);
    cr_expect(!judge(&a, values, 3, hidden[0], 9, 20).passed);
    cr_expect(!judge(&a, values, 3, line_alone[0], 9, 20).passed);
}

Test(oracle_chart, cost_adds_up)
{
    struct art_chart a;
    art_begin(&a, 200, 150, 1);
    art_panel(&a, 0, 0, 200, 150, 0, 0, 1);
    art_layer(&a, MARK_LINE, 0, '#', '#');
    const double one = oracle_cost_chart(100, &a.chart);
    art_layer(&a, MARK_LINE, 0, '#', '#');
    cr_expect_float_eq(oracle_cost_chart(100, &a.chart), 2 * one, 1);
    a.layers[1].mark = MARK_COLUMN;
    cr_expect_lt(oracle_cost_chart(100, &a.chart), 1.5 * one);
}
