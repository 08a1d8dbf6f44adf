/* The oracle is tested with a brute-force painter, which computes the distance of every point to every segment. Its
 * images must pass, and fail when the line moves by more than the tolerance of the definition. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdint.h>

#include "oracle/oracle.h"

#define MAX_SAMPLES 2000
#define MAX_PIXELS (64 * 300)

static struct chart_options chart;
static double samples[MAX_SAMPLES];
static int sample_count;
static uint8_t pixels[MAX_PIXELS];

/* Vertices, and whether a segment leads to them from the one before. */
static double line_x[MAX_SAMPLES], line_y[MAX_SAMPLES];
static int joined[MAX_SAMPLES];
static int vertices, runs;

static uint64_t state = 42;

static double uniform(double lo, double hi)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * (double)(state >> 11) / 9007199254740992.0;
}

/* Only for values whose range is an ordinary double. */
static void lay_out(double shift)
{
    double lo = INFINITY, hi = -INFINITY;
    for (int i = 0; i < sample_count; i++) {
        lo = isfinite(samples[i]) && samples[i] < lo ? samples[i] : lo;
        hi = isfinite(samples[i]) && samples[i] > hi ? samples[i] : hi;
    }
    vertices = runs = 0;
    for (int i = 0; i < sample_count; i++) {
        if (!isfinite(samples[i]))
            continue;
        int k = vertices++;
        double u = lo < hi ? (samples[i] - lo) / (hi - lo) : 0.5;
        line_x[k] = chart.margin + i * ((chart.width - 1 - 2 * chart.margin) / (sample_count - 1));
        line_y[k] = chart.height - 1 - chart.margin - u * (chart.height - 1 - 2 * chart.margin) + shift;
        joined[k] = k > 0 && (chart.missing == MISSING_BRIDGE || isfinite(samples[i - 1]));
        runs += !joined[k];
    }
}

static double distance_to(int k, double x, double y)
{
    double here = hypot(x - line_x[k], y - line_y[k]);
    if (!joined[k])
        return here;
    double dx = line_x[k] - line_x[k - 1], dy = line_y[k] - line_y[k - 1], length = hypot(dx, dy);
    double along = length > 0 ? ((x - line_x[k - 1]) * dx + (y - line_y[k - 1]) * dy) / length : -1;
    if (along < 0 || along > length)
        return fmin(here, hypot(x - line_x[k - 1], y - line_y[k - 1]));
    return fabs((x - line_x[k]) * dy - (y - line_y[k]) * dx) / length;
}

static double distance_at(double x, double y)
{
    double best = INFINITY;
    for (int k = 0; k < vertices; k++)
        best = fmin(best, distance_to(k, x, y));
    return best;
}

/* The highest and the lowest point of all strokes at x, by trying every 1/64 px. */
static void find_hull(double x, double *top, double *bottom)
{
    *top = INFINITY;
    *bottom = -INFINITY;
    for (double y = -33; y < chart.height + 32; y += 1.0 / 64)
        if (distance_at(x, y) <= chart.line_width / 2) {
            *top = fmin(*top, y - 1.0 / 128);
            *bottom = fmax(*bottom, y + 1.0 / 128);
        }
}

/* How many of n x n points of a pixel are ink, one run. */
static int count_near(int x, int y, int n)
{
    double far = distance_at(x, y) - chart.line_width / 2;
    if (n > 1 && fabs(far) > 0.8)
        return far < 0 ? n * n : 0;
    int inside = 0;
    for (int i = 0; i < n * n; i++)
        inside += distance_at(x - 0.5 + (i % n + 0.5) / n, y - 0.5 + (i / n + 0.5) / n) <= chart.line_width / 2;
    return inside;
}

/* Draws the samples, `shift` px too low. */
static void paint(double shift)
{
    static double top[64], bottom[64];
    int n = chart.antialias ? 40 : 1;
    lay_out(shift);
    for (int x = 0; x < (int)chart.width; x++) {
        for (int k = 0; k < n && runs > 1; k++)
            find_hull(x - 0.5 + (k + 0.5) / n, &top[k], &bottom[k]);
        for (int y = 0; y < (int)chart.height; y++) {
            int inside = runs > 1 ? 0 : count_near(x, y, n);
            for (int i = 0; i < n * n && runs > 1; i++) {
                double at = y - 0.5 + (i / n + 0.5) / n;
                inside += top[i % n] <= at && at <= bottom[i % n];
            }
            double value = chart.background + (chart.foreground - chart.background) * (double)inside / (n * n);
            pixels[y * (int)chart.width + x] = (uint8_t)floor(value + 0.5);
        }
    }
}

static struct oracle_verdict judge(double rms_limit, double worst_limit)
{
    struct oracle_verdict verdict;
    cr_assert_eq(oracle_judge(samples, (uint64_t)sample_count, &chart, pixels, NULL, rms_limit, worst_limit, &verdict),
                 PLOTMILL_OK);
    return verdict;
}

static void choose_chart(int antialias, enum missing_mode missing)
{
    chart = (struct chart_options){.width = (uint32_t)uniform(8, 33),
                                   .height = (uint32_t)uniform(8, 25),
                                   .line_width = uniform(0.5, uniform(0, 1) < 0.2 ? 20 : 5),
                                   .margin = uniform(0, 1) < 0.5 ? 0 : uniform(0, 3),
                                   .range_lo = NAN,
                                   .range_hi = NAN,
                                   .antialias = antialias,
                                   .background = uniform(0, 1) < 0.5 ? 255 : 0,
                                   .missing = missing};
    chart.foreground = 255 - chart.background;
}

/* A walk or noise, a share of it missing, at least two samples present. */
static void choose_samples(double gaps)
{
    sample_count = (int)uniform(2, uniform(0, 1) < 0.2 ? 60 : 12);
    int noise = uniform(0, 1) < 0.3;
    double walk = 0;
    for (int i = 0; i < sample_count; i++) {
        walk += uniform(-1, 1);
        samples[i] = noise ? uniform(-1, 1) : walk;
        if (uniform(0, 1) < gaps && i > 0 && i < sample_count - 1)
            samples[i] = i % 2 ? NAN : INFINITY;
    }
}

static const enum missing_mode modes[] = {MISSING_GAP, MISSING_BRIDGE, MISSING_GAP};
static const double shares[] = {0, 0.3, 0.3};

Test(oracle_random, passes_what_the_painter_draws)
{
    for (int i = 0; i < 240; i++) {
        choose_chart(0, modes[i % 3]);
        choose_samples(shares[i % 3]);
        paint(0);
        struct oracle_verdict verdict = judge(0, 0);
        cr_assert(verdict.passed, "case %d: %d wrong, first %u,%u", i, (int)verdict.wrong, verdict.wrong_x,
                  verdict.wrong_y);
        paint(1.0 / 256);
        cr_assert(judge(0, 0).passed, "case %d: moved by 1/256", i);
    }
}

/* 0.05 px is more than 2/64: each place where an edge crosses a column then fails with a chance of 2 to 3 in 100, a
 * small image with a chance of about one half. */
Test(oracle_random, sees_a_line_that_moved)
{
    int failed[3] = {0};
    for (int i = 0; i < 150; i++) {
        choose_chart(0, modes[i % 3]);
        choose_samples(shares[i % 3]);
        paint(i % 2 ? 0.05 : -0.05);
        failed[i % 3] += !judge(0, 0).passed;
    }
    for (int mode = 0; mode < 3; mode++)
        cr_expect(failed[mode] >= 12 && failed[mode] < 50, "mode %d: %d of 50", mode, failed[mode]);
}

Test(oracle_random, passes_what_the_painter_covers)
{
    for (int i = 0; i < 24; i++) {
        choose_chart(1, modes[i % 3]);
        choose_samples(shares[i % 3]);
        paint(0);
        struct oracle_verdict verdict = judge(2, 6);
        cr_assert(verdict.passed, "case %d: rms %g worst %g wrong %d at %u,%u", i, verdict.rms, verdict.worst,
                  (int)verdict.wrong, verdict.wrong_x, verdict.wrong_y);
        paint(0.1);
        struct oracle_verdict moved = judge(2, 6);
        cr_assert(moved.partial < 20 || (!moved.passed && moved.rms > verdict.rms), "case %d: rms %g moved by 0.1", i,
                  moved.rms);
    }
}

Test(oracle_random, handles_many_samples_per_column)
{
    for (int i = 0; i < 4; i++) {
        choose_chart(i % 2, MISSING_GAP);
        chart.line_width = i < 2 ? 0.5 : 3;
        sample_count = i % 2 ? 100 : MAX_SAMPLES;
        double walk = 0;
        for (int k = 0; k < sample_count; k++)
            samples[k] = walk += uniform(-1, 1);
        paint(0);
        struct oracle_verdict verdict = judge(1.5, 6);
        cr_assert(verdict.passed, "case %d: rms %g worst %g wrong %d", i, verdict.rms, verdict.worst,
                  (int)verdict.wrong);
        paint(0.3);
        cr_assert(!judge(1.5, 6).passed);
    }
}

/* u is 1, 0, 1/2 and 1/4 exactly for each: they all look like the first. */
static const double alike[][4] = {{4, 0, 2, 1},
                                  {100010, 99990, 100000, 99995},
                                  {1.7e18 + 524288, 1.7e18 - 524288, 1.7e18, 1.7e18 - 262144},
                                  {-1.7e18 + 524288, -1.7e18 - 524288, -1.7e18, -1.7e18 - 262144},
                                  {1e300, 0, 5e299, 2.5e299},
                                  {1e308, -1e308, -0.0, -5e307},
                                  {DBL_MAX, -DBL_MAX, 0, -DBL_MAX / 2},
                                  {1.625e308, 1.5e308, 1.5625e308, 1.53125e308},
                                  {4 * DBL_TRUE_MIN, 0, 2 * DBL_TRUE_MIN, DBL_TRUE_MIN},
                                  {DBL_MIN, -0.0, DBL_MIN / 2, DBL_MIN / 4},
                                  {2 * DBL_TRUE_MIN, -2 * DBL_TRUE_MIN, 0, -DBL_TRUE_MIN}};

/* In float32, 100,000.03 is 100,000.03125: 0.13 px of a range of 0.0029. */
Test(oracle_random, keeps_the_precision_of_doubles)
{
    choose_chart(0, MISSING_GAP);
    chart.width = 64;
    chart.height = 300;
    chart.line_width = 3;
    sample_count = 4;
    for (int k = 0; k < 4; k++)
        samples[k] = alike[0][k];
    paint(0);
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        for (int k = 0; k < 4; k++)
            samples[k] = alike[i][k];
        cr_expect(judge(0, 0).passed, "row %d", (int)i);
        samples[2] = samples[3];
        cr_expect(!judge(0, 0).passed, "row %d, another middle", (int)i);
    }
    const double prices[] = {100000.03, 100000.0311, 100000.0282, 100000.03};
    for (int k = 0; k < 4; k++)
        samples[k] = prices[k];
    paint(0);
    cr_expect(judge(0, 0).passed);
    for (int k = 0; k < 4; k++)
        samples[k] = (float)samples[k];
    cr_expect(!judge(0, 0).passed);
}
