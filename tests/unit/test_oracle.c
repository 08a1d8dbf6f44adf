/* The oracle is tested with images worked out by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "oracle/oracle.h"

static struct chart_options chart_of(uint32_t width, uint32_t height, double line_width)
{
    return (struct chart_options){.width = width,
                                  .height = height,
                                  .line_width = line_width,
                                  .range_lo = NAN,
                                  .range_hi = NAN,
                                  .background = 255,
                                  .foreground = 0};
}

static struct oracle_verdict judge(const double *samples, size_t count, const struct chart_options *chart,
                                   const uint8_t *pixels, double rms_limit, double worst_limit)
{
    struct oracle_verdict verdict;
    cr_assert_eq(oracle_judge(samples, count, chart, pixels, NULL, rms_limit, worst_limit, &verdict), PLOTMILL_OK);
    cr_assert_eq(verdict.pixels, (uint64_t)chart->width * chart->height);
    return verdict;
}

/* Rows of '#' (ink) and '.', no separators. */
static struct oracle_verdict judge_art(const double *samples, size_t count, const struct chart_options *chart,
                                       const char *art)
{
    uint8_t pixels[256];
    size_t size = (size_t)chart->width * chart->height;
    cr_assert_eq(strlen(art), size);
    for (size_t i = 0; i < size; i++)
        pixels[i] = (uint8_t)(art[i] == '#' ? chart->foreground : chart->background);
    return judge(samples, count, chart, pixels, 0, 0);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* The art passes; with any pixel inverted it fails at that pixel. */
#define ONLY(samples, chart, art) only(samples, COUNT(samples), chart, art)

static void only(const double *samples, size_t count, const struct chart_options *chart, const char *art)
{
    struct oracle_verdict verdict = judge_art(samples, count, chart, art);
    cr_expect(verdict.passed, "%s: wrong at %u,%u", art, verdict.wrong_x, verdict.wrong_y);
    char turned[256];
    for (size_t i = 0; art[i]; i++) {
        strcpy(turned, art);
        turned[i] = art[i] == '#' ? '.' : '#';
        verdict = judge_art(samples, count, chart, turned);
        cr_expect(!verdict.passed && verdict.wrong == 1);
        cr_expect(verdict.wrong_y * chart->width + verdict.wrong_x == i);
    }
}

Test(oracle, draws_a_constant_in_the_middle)
{
    const double same[] = {7, 7, 7};
    struct chart_options chart = chart_of(4, 5, 3);
    ONLY(same, &chart,
         "...."
         "####"
         "####"
         "####"
         "....");
    chart = chart_of(4, 6, 2); /* at y = 2.5 */
    ONLY(same, &chart,
         "...."
         "...."
         "####"
         "####"
         "...."
         "....");
}

Test(oracle, leaves_centres_on_the_edge_open)
{
    const double same[] = {7, 7};
    struct chart_options chart = chart_of(2, 6, 3); /* y = 2.5: rows 1 and 4 are 1.5 away */
    cr_expect(judge_art(same, 2, &chart,
                        ".."
                        "##"
                        "##"
                        "##"
                        ".."
                        "..")
                  .passed);
    cr_expect(judge_art(same, 2, &chart,
                        ".."
                        ".."
                        "##"
                        "##"
                        "##"
                        "..")
                  .passed);
    uint8_t grey[12] = {255, 255, 128, 0, 0, 0, 0, 0, 0, 0, 255, 255};
    struct oracle_verdict verdict = judge(same, 2, &chart, grey, 0, 0);
    cr_expect(!verdict.passed && verdict.wrong == 1 && verdict.wrong_x == 0 && verdict.wrong_y == 1);
}

static const char diagonal[] = "...##"
                               "..###"
                               ".###."
                               "###.."
                               "##...";

Test(oracle, draws_two_samples_as_a_diagonal)
{
    const double two[] = {0, 1};
    struct chart_options chart = chart_of(5, 5, 2); /* |x + y - 4| <= sqrt(2) */
    ONLY(two, &chart, diagonal);
    chart.background = 3;
    chart.foreground = 200;
    ONLY(two, &chart, diagonal);
}

Test(oracle, bridges_missing_samples)
{
    const double bridged[] = {0, NAN, 1}, ends[] = {INFINITY, 5, 5, -INFINITY};
    struct chart_options chart = chart_of(5, 5, 2);
    chart.missing = MISSING_BRIDGE;
    ONLY(bridged, &chart, diagonal);
    chart = chart_of(10, 3, 1); /* x from 3 to 6: the ends stay open */
    chart.missing = MISSING_BRIDGE;
    ONLY(ends, &chart,
         ".........."
         "...####..."
         "..........");
}

Test(oracle, draws_a_lone_sample_as_a_dot)
{
    const double dot[] = {NAN, 5, INFINITY}, dots[] = {5, NAN, NAN, 5};
    struct chart_options chart = chart_of(7, 7, 5);
    const char *art = "......."
                      "..###.."
                      ".#####."
                      ".#####."
                      ".#####."
                      "..###.."
                      ".......";
    ONLY(dot, &chart, art);
    chart.missing = MISSING_BRIDGE;
    ONLY(dot, &chart, art);
    chart = chart_of(10, 5, 3); /* sqrt(2) < 1.5 */
    ONLY(dots, &chart,
         ".........."
         "##......##"
         "##......##"
         "##......##"
         "..........");
}

/* The left run lies at the bottom, its cap ends at x = 4.5; the right one on top, from x = 3.5. */
Test(oracle, joins_the_strokes_of_runs_by_their_hull)
{
    const double runs[] = {0, 0, NAN, 1, 1};
    struct chart_options chart = chart_of(9, 9, 5);
    const char *hull = "....#####"
                       "....#####"
                       "....#####"
                       "....#...."
                       "....#...."
                       "....#...."
                       "#####...."
                       "#####...."
                       "#####....";
    ONLY(runs, &chart, hull);
    chart.missing = MISSING_ERROR;
    ONLY(runs, &chart, hull);
}

Test(oracle, clamps_to_a_fixed_range)
{
    const double above[] = {9, INFINITY, 1e308, 1}, through[] = {-1e308, 2};
    struct chart_options chart = chart_of(4, 4, 3);
    chart.range_lo = 0;
    chart.range_hi = 1;
    ONLY(above, &chart,
         "####"
         "####"
         "...."
         "....");
    chart = chart_of(5, 5, 2);
    chart.range_lo = 0;
    chart.range_hi = 1;
    ONLY(through, &chart, diagonal);
}

Test(oracle, honours_a_fractional_margin)
{
    const double low[] = {0, 0};
    struct chart_options chart = chart_of(7, 7, 2); /* (1.25, 4.75) to (4.75, 4.75) */
    chart.margin = 1.25;
    chart.range_lo = 0;
    chart.range_hi = 1;
    ONLY(low, &chart,
         "......."
         "......."
         "......."
         "......."
         ".#####."
         ".#####."
         ".......");
}

Test(oracle, draws_no_width_as_a_vertical)
{
    const double any[] = {0, 1, 0.5};
    struct chart_options chart = chart_of(3, 4, 1);
    chart.margin = 1; /* x = 1, y from 1 to 2 */
    ONLY(any, &chart,
         "..."
         ".#."
         ".#."
         "...");
    const double rising[] = {0, 1, NAN, 0};
    ONLY(rising, &chart,
         "..."
         ".#."
         ".#."
         "...");
}

Test(oracle, draws_nothing_without_samples)
{
    const double none[] = {NAN, INFINITY, -INFINITY}, nan_range[] = {NAN, NAN}, range[] = {0, 1};
    struct chart_options chart = chart_of(3, 2, 3);
    struct oracle_verdict verdict;
    uint8_t pixels[6];
    memset(pixels, 255, sizeof pixels);
    for (int antialias = 0; antialias < 2; antialias++) {
        chart.antialias = antialias;
        chart.range_lo = antialias ? 0 : NAN;
        chart.range_hi = antialias ? 1 : NAN;
        ONLY(none, &chart,
             "..."
             "...");
        oracle_judge(none, 3, &chart, pixels, nan_range, 0, 0, &verdict);
        cr_expect(verdict.passed);
        oracle_judge(none, 3, &chart, pixels, range, 0, 0, &verdict);
        cr_expect(!verdict.passed && verdict.wrong == 0);
    }
}

Test(oracle, checks_the_range)
{
    const double samples[] = {-0.0, NAN, 100000.25}, right[] = {0, 100000.25}, wrong[] = {0, 100000.125};
    const double fixed[] = {-1, 2}, missing[] = {NAN, NAN};
    struct chart_options chart = chart_of(1, 1, 3);
    struct oracle_verdict verdict;
    const uint8_t pixel = 0;
    oracle_judge(samples, 3, &chart, &pixel, right, 0, 0, &verdict);
    cr_expect(verdict.passed);
    oracle_judge(samples, 3, &chart, &pixel, wrong, 0, 0, &verdict);
    cr_expect(!verdict.passed && verdict.wrong == 0);
    oracle_judge(samples, 3, &chart, &pixel, missing, 0, 0, &verdict);
    cr_expect(!verdict.passed);
    chart.range_lo = -1;
    chart.range_hi = 2;
    oracle_judge(samples, 3, &chart, &pixel, fixed, 0, 0, &verdict);
    cr_expect(verdict.passed);
    oracle_judge(samples, 3, &chart, &pixel, right, 0, 0, &verdict);
    cr_expect(!verdict.passed);
}

/* A horizontal at y = 3.25, w = 3, covers 1.75..4.75: three quarters of row 2, a quarter of row 5. At both ends the cap
 * leaves out 0.25 * 0.05652: 3.6 of 255. */
static const uint8_t level[8][4] = {{255, 255, 255, 255}, {255, 255, 255, 255}, {67, 64, 64, 67},
                                    {0, 0, 0, 0},         {0, 0, 0, 0},         {195, 191, 191, 195},
                                    {255, 255, 255, 255}, {255, 255, 255, 255}};
static const double level_sample[] = {1 - 3.25 / 7, 1 - 3.25 / 7};

static struct chart_options level_chart(void)
{
    struct chart_options chart = chart_of(4, 8, 3);
    chart.antialias = 1;
    chart.range_lo = 0;
    chart.range_hi = 1;
    return chart;
}

static struct oracle_verdict judge_level(uint32_t x, uint32_t y, int value)
{
    struct chart_options chart = level_chart();
    uint8_t pixels[8][4];
    memcpy(pixels, level, sizeof pixels);
    pixels[y][x] = (uint8_t)value;
    return judge(level_sample, 2, &chart, &pixels[0][0], 0.5, 0.8);
}

Test(oracle, computes_the_area_of_a_horizontal)
{
    struct oracle_verdict verdict = judge_level(0, 0, 255);
    cr_expect(verdict.passed, "rms %g worst %g", verdict.rms, verdict.worst);
    cr_expect_eq(verdict.partial, 8);
    cr_expect_eq(verdict.wrong, 0);
    verdict = judge_level(1, 2, 65); /* 1.25 off */
    cr_expect(!verdict.passed && verdict.wrong_x == 1 && verdict.wrong_y == 2);
    cr_expect_float_eq(verdict.worst, 1.25, 1e-9);
    verdict = judge_level(2, 5, 193); /* 1.75 off */
    cr_expect(!verdict.passed && verdict.wrong_x == 2 && verdict.wrong_y == 5);
}

Test(oracle, requires_exact_whole_pixels)
{
    const uint32_t at[][3] = {{1, 3, 1}, {0, 4, 1}, {3, 1, 254}, {2, 7, 254}};
    for (size_t i = 0; i < COUNT(at); i++) {
        struct oracle_verdict verdict = judge_level(at[i][0], at[i][1], (int)at[i][2]);
        cr_expect(!verdict.passed && verdict.wrong == 1);
        cr_expect(verdict.wrong_x == at[i][0] && verdict.wrong_y == at[i][1]);
    }
}

/* The edges of a horizontal at y = 3 lie between pixels: a line 1/256 px higher is equally correct. */
Test(oracle, tolerates_a_small_error_next_to_edges)
{
    struct chart_options chart = level_chart();
    const double sample[] = {4.0 / 7, 4.0 / 7};
    uint8_t pixels[8][4];
    memset(pixels, 255, sizeof pixels);
    memset(pixels[2], 0, sizeof pixels[0] * 3);
    for (int y = 2; y <= 4; y += 2)
        pixels[y][0] = pixels[y][3] = 4; /* what the caps leave out */
    struct oracle_verdict exact = judge(sample, 2, &chart, &pixels[0][0], 0.6, 0.8);
    cr_expect(exact.passed && exact.partial == 4, "rms %g worst %g partial %d wrong %d", exact.rms, exact.worst,
              (int)exact.partial, (int)exact.wrong);
    pixels[1][1] = 254;
    struct oracle_verdict trace = judge(sample, 2, &chart, &pixels[0][0], 0.7, 1);
    cr_expect(trace.passed && trace.partial == 5 && trace.worst == 1);
    pixels[4][2] = 1;
    trace = judge(sample, 2, &chart, &pixels[0][0], 0.8, 1);
    cr_expect(trace.passed && trace.partial == 6 && trace.worst == 1);
    pixels[1][1] = 230;
    cr_expect(!judge(sample, 2, &chart, &pixels[0][0], 99, 20).passed);
}

Test(oracle, counts_errors_in_full_contrast)
{
    struct chart_options chart = level_chart();
    chart.background = 10;
    chart.foreground = 20;
    uint8_t pixels[8][4];
    for (int i = 0; i < 32; i++)
        pixels[i / 4][i % 4] = (uint8_t)floor(20.5 - level[i / 4][i % 4] / 25.5);
    struct oracle_verdict verdict = judge(level_sample, 2, &chart, &pixels[0][0], 0.5, 0.8);
    cr_expect(verdict.passed && verdict.partial == 8, "rms %g worst %g", verdict.rms, verdict.worst);
    pixels[2][1] = 19; /* 17.5 is correct */
    cr_expect(!judge(level_sample, 2, &chart, &pixels[0][0], 20, 20).passed);
    chart.foreground = 10;
    memset(pixels, 10, sizeof pixels);
    cr_expect(judge(level_sample, 2, &chart, &pixels[0][0], 0, 0).passed);
    pixels[2][1]++;
    cr_expect_eq(judge(level_sample, 2, &chart, &pixels[0][0], 99, 99).wrong, 1);
}

Test(oracle, estimate_grows_with_the_work)
{
    struct chart_options chart = chart_of(200, 150, 3);
    double few = oracle_cost(100, &chart), many = oracle_cost(10000, &chart);
    cr_expect(few > 200 && many > 10 * few);
    chart.antialias = 1;
    cr_expect(oracle_cost(100, &chart) > 2 * few);
}
