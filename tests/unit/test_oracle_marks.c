/* The oracle's whole-pixel marks, with images worked out by hand. */
#include "chart_art.h"

enum { OPEN, HIGH, LOW, CLOSE };

/* One panel over the whole image, one layer. */
static struct art_chart chart_of(enum mark mark, uint32_t width, uint32_t height, uint32_t pitch)
{
    struct art_chart a;
    const uint32_t fields = mark_fields(mark);
    art_begin(&a, width, height, fields);
    art_panel(&a, 0, 0, width, height, pitch, 0, fields);
    art_layer(&a, mark, 0, '#', 'r')->shape = SHAPE_PIXEL;
    return a;
}

/* A returned chart has moved. */
static struct art_chart *placed(struct art_chart *a)
{
    a->chart.panels = a->panels;
    a->chart.layers = a->layers;
    for (uint32_t p = 0; p < a->chart.panel_count; p++)
        a->panels[p].scale = a->scales[p];
    return a;
}

Test(oracle_marks, a_bar_has_two_ticks_and_a_line)
{
    const double rows[][4] = {{1, 4, 0, 3}, {3, 3, 1, 1}};
    struct art_chart a = chart_of(MARK_BAR, 6, 5, 3);
    ART_ONLY(placed(&a), rows[0], 2,
             ".#...."
             ".##rr."
             ".#..r."
             "##..rr"
             ".#....");
}

Test(oracle_marks, an_open_outside_of_a_bar_is_drawn_in_its_centre_too)
{
    const double rows[][4] = {{0, 4, 2, 2}};
    struct art_chart a = chart_of(MARK_BAR, 4, 5, 4);
    ART_ONLY(placed(&a), rows[0], 1,
             ".#.."
             ".#.."
             ".##."
             "...."
             "##..");
}

Test(oracle_marks, bars_leave_out_what_is_missing)
{
    const double rows[][4] = {{NAN, 2, 0, 1}, {1, 2, 0, INFINITY}, {1, NAN, 0, 1}, {1, 2, -INFINITY, 1}};
    struct art_chart a = chart_of(MARK_BAR, 12, 3, 3);
    ART_ONLY(placed(&a), rows[0], 4,
             ".#..#......."
             ".####......."
             ".#..#.......");
}

Test(oracle_marks, three_columns_begin_in_the_left_half_of_what_a_pitch_leaves)
{
    const double rows[][4] = {{0, 1, 0, 1}};
    struct art_chart a = chart_of(MARK_BAR, 7, 2, 6);
    ART_ONLY(placed(&a), rows[0], 1,
             "..##..."
             ".##....");
}

Test(oracle_marks, a_candle_has_a_body_and_a_wick)
{
    const double rows[][4] = {{2, 6, 0, 4}, {5, 5, 1, 3}};
    struct art_chart a = chart_of(MARK_CANDLE, 10, 7, 5);
    a.layers[0].body = 3;
    ART_ONLY(placed(&a), rows[0], 2,
             "..#......."
             "..#...rrr."
             ".###..rrr."
             ".###..rrr."
             ".###...r.."
             "..#....r.."
             "..#.......");
    a.layers[0].hollow = true;
    ART_ONLY(&a, rows[0], 2,
             "..#......."
             "..#...rrr."
             ".###..rrr."
             ".#.#..rrr."
             ".###...r.."
             "..#....r.."
             "..#.......");
}

Test(oracle_marks, equal_open_and_close_count_as_up)
{
    const double rows[][4] = {{1, 3, 0, 1}, {NAN, 2, 0, 1}, {2, 2, 0, NAN}, {1, 2, NAN, 0}};
    struct art_chart a = chart_of(MARK_CANDLE, 12, 4, 3);
    a.layers[0].body = 3;
    a.layers[0].hollow = true;
    ART_ONLY(placed(&a), rows[0], 4,
             ".#.........."
             ".#..#..#...."
             "###.#..#...."
             ".#..#..#....");
}

/* The wick is wider than the body, which lies partly outside of low..high. */
Test(oracle_marks, a_candle_covers_body_and_wick)
{
    const double rows[][4] = {{0, 4, 3, 5}, {5, 2, 1, 0}};
    struct art_chart a = chart_of(MARK_CANDLE, 8, 6, 4);
    a.layers[0].body = 2;
    a.layers[0].wick = 4;
    ART_ONLY(placed(&a), rows[0], 2,
             ".##..rr."
             "####.rr."
             "####.rr."
             ".##.rrrr"
             ".##.rrrr"
             ".##..rr.");
}

/* The wick of the first one lies inside of its body, that of the second one below it. */
Test(oracle_marks, the_inside_of_a_hollow_body_is_open)
{
    const double rows[][4] = {{1, 4, 3, 6}, {4, 2, 0, 6}};
    struct art_chart a = chart_of(MARK_CANDLE, 8, 7, 4);
    a.layers[0].body = 4;
    a.layers[0].wick = 2;
    a.layers[0].hollow = true;
    ART_ONLY(placed(&a), rows[0], 2,
             "########"
             "#..##..#"
             "#..#####"
             "#..#...."
             "#..#.##."
             "####.##."
             ".....##.");
}

static const char even[] = "....##"
                           "....##"
                           "..####"
                           "..####"
                           "######";
static const char rising[] = "....##"
                             "...###"
                             "..####"
                             ".#####"
                             "######";
static const char falling[] = ".....#"
                              "....##"
                              "...###"
                              "..####"
                              "######";

/* Rows 0, 1/2, 3/2, 5/2, 7/2 and 4. */
Test(oracle_marks, rows_are_rounded_exactly)
{
    double values[] = {0, 1, 3, 5, 7, 8};
    const struct {
        enum rounding rounding;
        bool from_top;
        const char *art;
    } cases[] = {{ROUND_EVEN, false, even}, {ROUND_HALF_UP, false, rising}, {ROUND_TRUNCATE, false, falling},
                 {ROUND_EVEN, true, even},  {ROUND_HALF_UP, true, falling}, {ROUND_TRUNCATE, true, rising}};
    struct art_chart a = chart_of(MARK_COLUMN, 6, 5, 1);
    placed(&a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        a.chart.rounding = cases[i].rounding;
        a.chart.from_top = cases[i].from_top;
        ART_ONLY(&a, values, 6, cases[i].art);
        for (int k = 0; k < 6; k++) /* 2^60 + 256 n */
            values[k] = 0x1p60 + 256 * values[k];
        ART_ONLY(&a, values, 6, cases[i].art);
        for (int k = 0; k < 6; k++) /* 60 bits, the first and the last of them different from 0 */
            values[k] = (values[k] - 0x1p60) * 0x1p-8;
    }
}

/* 1e-300 is no multiple of a power of two of which 1 is less than 2^63: then 3/2 rows are one or two, and nothing
 * else. 2^62 is 2^63 halves, which is one too many. */
Test(oracle_marks, ties_are_free_where_values_have_too_many_bits)
{
    const double exact[] = {0, 0.5, 1}, more[] = {1e-300, 0.5, 1}, most[] = {0, 0.5, 0x1p62},
                 least[] = {0, 0.5, 0x1p61};
    const char *two = "..#"
                      ".##"
                      ".##"
                      "###";
    const char *one = "..#"
                      "..#"
                      ".##"
                      "###";
    const char *none = "..#"
                       "..#"
                       "..#"
                       "###";
    struct art_chart a = chart_of(MARK_COLUMN, 3, 4, 1);
    placed(&a);
    cr_expect(art_passes(&a, exact, 3, two) && !art_passes(&a, exact, 3, one));
    for (int antialias = 0; antialias < 2; antialias++) {
        a.chart.antialias = antialias;
        cr_expect(art_passes(&a, more, 3, two) && art_passes(&a, more, 3, one) && !art_passes(&a, more, 3, none));
    }
    a.chart.rounding = ROUND_TRUNCATE; /* row 0, but nearly a tie */
    cr_expect(art_passes(&a, least, 3, none) && art_passes(&a, most, 3, none));
    a.chart.from_top = true; /* 3 - 3 * 2^-62 rows from the top */
    cr_expect(art_passes(&a, least, 3, one) && !art_passes(&a, least, 3, none));
    cr_expect(art_passes(&a, most, 3, one) && art_passes(&a, most, 3, none));
}

Test(oracle_marks, undecided_rows_of_every_mark)
{
    const double rows[][4] = {{0.5, 1, 1e-300, 0.5}};
    struct art_chart bar = chart_of(MARK_BAR, 3, 4, 3), candle = chart_of(MARK_CANDLE, 3, 4, 3);
    const char *low = ".#."
                      ".#."
                      "###"
                      ".#.";
    const char *high = ".#."
                       "###"
                       ".#."
                       ".#.";
    const char *neither = ".#."
                          ".#."
                          ".#."
                          "###";
    candle.layers[0].body = 3;
    cr_expect(art_passes(placed(&bar), rows[0], 1, low) && art_passes(&bar, rows[0], 1, high));
    cr_expect(art_passes(placed(&candle), rows[0], 1, low) && art_passes(&candle, rows[0], 1, high));
    cr_expect(!art_passes(&bar, rows[0], 1, neither) && !art_passes(&candle, rows[0], 1, neither));
    /* The upper row is the first or the second one: the inside begins below it. */
    const double hollow_row[][4] = {{1e-300, 1, 1e-300, 0.5}};
    struct art_chart hollow = chart_of(MARK_CANDLE, 3, 6, 3);
    hollow.layers[0].body = 3;
    hollow.layers[0].hollow = true;
    cr_expect(art_passes(placed(&hollow), hollow_row[0], 1,
                         ".#."
                         ".#."
                         "###"
                         "#.#"
                         "#.#"
                         "###"));
    cr_expect(art_passes(&hollow, hollow_row[0], 1,
                         ".#."
                         ".#."
                         ".#."
                         "###"
                         "#.#"
                         "###"));
    cr_expect(!art_passes(&hollow, hollow_row[0], 1,
                          ".#."
                          ".#."
                          "###"
                          "###"
                          "###"
                          "###"));
    const double values[] = {1, 0.5, 1e-300};
    struct art_chart line = chart_of(MARK_LINE, 3, 4, 1);
    cr_expect(art_passes(placed(&line), values, 3,
                         "#.."
                         ".#."
                         "..#"
                         "..#"));
    cr_expect(art_passes(&line, values, 3,
                         "#.."
                         ".#."
                         ".#."
                         "..#"));
    cr_expect(!art_passes(&line, values, 3,
                          "#.."
                          "..."
                          ".#."
                          "..."));
}

Test(oracle_marks, columns_of_counted_rows)
{
    const double values[] = {0, -4, 2, NAN, 1, -8}, none[] = {0, 0, NAN, -0.0, 0, 0},
                 missing[6] = {NAN, NAN, NAN, NAN, NAN, NAN};
    const double range[] = {0, 8}, nothing[] = {0, 0}, no_value[] = {NAN, NAN};
    const char *blank = "........................";
    const char *without_zero = ".....#"
                               ".....#"
                               ".#...#"
                               ".##..#";
    const char *with_zero = ".....#"
                            ".....#"
                            ".#...#"
                            "###.##";
    const char *half_up = ".....#"
                          ".....#"
                          ".#...#"
                          ".##.##";
    struct art_chart a = chart_of(MARK_COLUMN, 6, 4, 1);
    a.layers[0].height = HEIGHT_COUNT;
    a.layers[0].absolute = a.scales[0][0].absolute = true;
    a.panels[0].range = RANGE_ZERO;
    ART_ONLY(placed(&a), values, 6, without_zero);
    cr_expect(art_judge(&a, values, 6, without_zero, range).passed);
    cr_expect(!art_judge(&a, values, 6, without_zero, nothing).passed);
    a.chart.from_top = true;
    ART_ONLY(&a, values, 6, without_zero);
    a.chart.rounding = ROUND_HALF_UP;
    ART_ONLY(&a, values, 6, half_up);
    a.chart.rounding = ROUND_EVEN;
    a.layers[0].zero_pixel = true;
    ART_ONLY(&a, values, 6, with_zero);
    ART_ONLY(&a, none, 6, blank);
    cr_expect(art_judge(&a, none, 6, blank, nothing).passed);
    ART_ONLY(&a, missing, 6, blank);
    cr_expect(art_judge(&a, missing, 6, blank, no_value).passed);
}

Test(oracle_marks, columns_have_a_width_and_a_place_in_the_pitch)
{
    const double values[] = {1, 2};
    struct art_chart a = chart_of(MARK_COLUMN, 11, 2, 5);
    a.panels[0].range = RANGE_ZERO;
    a.layers[0].body = 2;
    ART_ONLY(placed(&a), values, 2,
             "......##..."
             ".##...##...");
}

Test(oracle_marks, equal_values_lie_in_the_middle)
{
    const double values[] = {7, 7};
    struct art_chart a = chart_of(MARK_COLUMN, 2, 4, 1);
    ART_ONLY(placed(&a), values, 2, /* row 3/2 */
             ".."
             "##"
             "##"
             "##");
    a.chart.rounding = ROUND_TRUNCATE;
    ART_ONLY(&a, values, 2,
             ".."
             ".."
             "##"
             "##");
}

Test(oracle_marks, a_pixel_line_is_bresenhams)
{
    const double values[] = {0, 1, 3, 8};
    const char *up = "..........#."
                     ".........#.."
                     ".........#.."
                     "........#..."
                     "........#..."
                     ".......#...."
                     ".....##....."
                     "...##......."
                     ".##.........";
    struct art_chart a = chart_of(MARK_LINE, 12, 9, 3);
    ART_ONLY(placed(&a), values, 4, up);
    const double mirrored[] = {8, 7, 5, 0};
    const char *down = ".##........."
                       "...##......."
                       ".....##....."
                       ".......#...."
                       "........#..."
                       "........#..."
                       ".........#.."
                       ".........#.."
                       "..........#.";
    ART_ONLY(&a, mirrored, 4, down);
    a.chart.flip = true;
    ART_ONLY(&a, mirrored, 4, up);
}

Test(oracle_marks, a_pixel_line_has_gaps_and_bridges)
{
    const double values[] = {0, NAN, 2, INFINITY, 1}, run[] = {0, 1, 2, NAN, NAN};
    const char *gap = "....."
                      "....#"
                      ".....";
    const char *bridge = "..#.."
                         ".#.##"
                         "#....";
    struct art_chart a = chart_of(MARK_LINE, 5, 3, 1);
    ART_ONLY(placed(&a), values, 5, gap);
    a.layers[0].missing = MISSING_ERROR;
    ART_ONLY(&a, values, 5, gap);
    a.layers[0].missing = MISSING_BRIDGE;
    ART_ONLY(&a, values, 5, bridge);
    a.layers[0].missing = MISSING_GAP;
    ART_ONLY(&a, run, 5,
             "..#.."
             ".#..."
             "#....");
    const double one[] = {NAN, 1, NAN, 2, NAN};
    ART_ONLY(&a, one, 5,
             "....."
             "....."
             ".....");
}

/* Columns 0, 1/2, 1, 3/2 and 2, then 0, 5/2 and 5, right of a margin of 1 px. */
Test(oracle_marks, a_pixel_line_on_a_point_scale)
{
    const double steps[] = {0, 1, 2, 2, 1}, three[] = {0, 1, 0};
    struct art_chart a = chart_of(MARK_LINE, 3, 3, 0);
    ART_ONLY(placed(&a), steps, 5, /* vertices in columns 0, 0, 1, 2, 2 */
             ".##"
             "#.#"
             "#..");
    struct art_chart margin = chart_of(MARK_LINE, 8, 4, 0);
    margin.panels[0].margin = 1.75;
    ART_ONLY(placed(&margin), three, 3, /* vertices in columns 1, 3, 6 */
             "........"
             "..###..."
             ".#...##."
             "........");
}

Test(oracle_marks, samples_outside_of_a_range)
{
    const double rows[][4] = {{1, 9, -9, 5}, {-5, 5, 1, 2}};
    struct art_chart a = chart_of(MARK_BAR, 6, 3, 3);
    a.panels[0].range = RANGE_FIXED;
    a.panels[0].lo = 0;
    a.panels[0].hi = 2;
    ART_ONLY(placed(&a), rows[0], 2,
             ".##.##"
             "##..#."
             ".#.##.");
    a.panels[0].clip = true;
    ART_ONLY(&a, rows[0], 2,
             ".#..##"
             "##..#."
             ".#....");
    const double values[] = {-1, 9, 0};
    struct art_chart c = chart_of(MARK_COLUMN, 3, 3, 1);
    c.panels[0] = a.panels[0];
    c.panels[0].width = 3;
    c.panels[0].pitch = 1;
    c.panels[0].scale_count = 1;
    ART_ONLY(placed(&c), values, 3,
             ".#."
             ".#."
             ".##");
    c.panels[0].clip = false;
    ART_ONLY(&c, values, 3,
             ".#."
             ".#."
             "###");
}

/* Clipped values reach into the margin, and no farther than the panel. */
Test(oracle_marks, margins_of_whole_pixels)
{
    const double values[] = {0, 1, 2, 3};
    struct art_chart a = chart_of(MARK_COLUMN, 6, 5, 1);
    a.panels[0].margin = 1;
    a.panels[0].range = RANGE_FIXED;
    a.panels[0].lo = 0;
    a.panels[0].hi = 2;
    ART_ONLY(placed(&a), values, 4,
             "......"
             "...##."
             "..###."
             ".####."
             "......");
    a.panels[0].clip = true;
    ART_ONLY(&a, values, 4,
             "....#."
             "...##."
             "..###."
             ".####."
             "......");
}
