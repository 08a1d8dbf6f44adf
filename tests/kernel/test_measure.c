/* `minmax` and `scale`: lo and hi of each image, and what `normalize_samples` needs of them. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "rig.h"
#include "rig_series.h"

struct measure_case {
    uint32_t window, batch, images, stride;
};

static const struct measure_case measure_cases[] = {
    {2, 5, 1, 1},    {2, 130, 129, 2},     {3, 12, 12, 3},     {3, 70, 65, 1},         {100, 24, 23, 100},
    {127, 5, 3, 1},  {128, 24, 24, 128},   {129, 14, 13, 140}, {256, 3, 2, 7},         {4095, 3, 1, 4095},
    {4096, 4, 4, 1}, {4097, 14, 13, 4097}, {8193, 2, 1, 8200}, {10007, 13, 12, 10007},
};

#define MEASURE_CASES (sizeof measure_cases / sizeof *measure_cases)

/* Integers in the order of the doubles: the bits of the magnitude, with the sign. */
static int64_t key_of(double value)
{
    int64_t magnitude = (int64_t)rig_bits(fabs(value));
    return value < 0 ? -magnitude : magnitude;
}

struct minmax {
    double lo, hi;
    bool empty;
};

static struct minmax measure(const double *samples, uint64_t count)
{
    struct minmax e = {.empty = true};
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(samples[i]))
            continue;
        e.lo = e.empty || samples[i] < e.lo ? samples[i] : e.lo;
        e.hi = e.empty || samples[i] > e.hi ? samples[i] : e.hi;
        e.empty = false;
    }
    return e;
}

static void expect_extents(const struct rig *rig, uint64_t images)
{
    const struct stages *s = &rig->stages;
    const int64_t *found = rig->host[BUF_EXTENTS];
    uint64_t wrong = 0, window = s->window, part_size = s->config.part_size;
    char where[200] = "";
    for (uint64_t k = 0; k < images; k++)
        for (uint64_t part = 0; part < s->parts; part++, found += 2) {
            uint64_t begin = part * part_size, end = begin + part_size < window ? begin + part_size : window;
            struct minmax e = measure((double *)rig->host[BUF_SAMPLES] + k * s->stride + begin, end - begin);
            int64_t lo = e.empty ? INT64_MAX : key_of(e.lo), hi = e.empty ? INT64_MIN : key_of(e.hi);
            if (found[0] == lo && found[1] == hi)
                continue;
            if (!wrong++)
                snprintf(where, sizeof where,
                         "image %" PRIu64 " part %" PRIu64 ": %" PRId64 "..%" PRId64 ", expected %" PRId64 "..%" PRId64,
                         k, part, found[0], found[1], lo, hi);
        }
    rig_expect_none(rig, wrong, "extents", where);
}

/* The exponent as stored in a double, but 1 for subnormals. */
static int biased_exponent(double value)
{
    int exponent;
    frexp(value, &exponent);
    return exponent < -1021 || value == 0 ? 1 : exponent + 1022;
}

static void expect_scale(const struct rig *rig, uint64_t image, double lo, double hi)
{
    const uint64_t *found = (const uint64_t *)rig->host[BUF_SCALES] + 4 * image;
    int exponent = biased_exponent(lo) > biased_exponent(hi) ? biased_exponent(lo) : biased_exponent(hi);
    /* Units of 2^(exponent - 1084); in these a double is an integer below 2^62, or has a fraction, which is truncated.
     */
    int64_t aligned_lo = (int64_t)trunc(ldexp(lo, 1084 - exponent));
    int64_t aligned_hi = (int64_t)trunc(ldexp(hi, 1084 - exponent));
    uint64_t span = (uint64_t)aligned_hi - (uint64_t)aligned_lo;
    unsigned shift = 0;
    while (span && !(span << shift >> 63))
        shift++;
    bool right = found[0] == (uint64_t)aligned_hi && found[1] == (uint64_t)aligned_lo &&
                 found[2] >> 32 == (unsigned)exponent && (uint32_t)found[2] == shift && found[3] == span << shift >> 32;
    cr_assert(right, "%s: scale of image %" PRIu64 ", %a..%a: %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64, rig->text,
              image, lo, hi, found[0], found[1], found[2], found[3]);
}

/* Computed from whole windows, so that this also tests the merging of parts. */
static void expect_ranges(const struct rig *rig, uint64_t images)
{
    const struct stages *s = &rig->stages;
    const struct chart_options *o = &s->strokes->layout.options;
    for (uint64_t k = 0; k < images; k++) {
        struct minmax e = measure((double *)rig->host[BUF_SAMPLES] + k * s->stride, s->window);
        const double *found = (double *)rig->host[BUF_RANGES] + 2 * k;
        if (e.empty) {
            cr_assert(isnan(found[0]) && isnan(found[1]), "%s: range of image %" PRIu64 ": %a..%a, expected NaN",
                      rig->text, k, found[0], found[1]);
            continue;
        }
        double lo = isnan(o->range_lo) ? e.lo : o->range_lo, hi = isnan(o->range_hi) ? e.hi : o->range_hi;
        /* -0 is 0. */
        uint64_t lo_bits = lo == 0 ? 0 : rig_bits(lo), hi_bits = hi == 0 ? 0 : rig_bits(hi);
        cr_assert(rig_bits(found[0]) == lo_bits && rig_bits(found[1]) == hi_bits,
                  "%s: range of image %" PRIu64 ": %a..%a, expected %a..%a", rig->text, k, found[0], found[1], lo, hi);
        expect_scale(rig, k, lo, hi);
    }
}

static void run_case(struct rig *rig, const struct measure_case *c, unsigned number)
{
    static const double ranges[][2] = {{NAN, NAN}, {-0.0, 1e300}, {-1.75e308, 1.75e308}, {NAN, NAN}, {5e-324, 1e-323}};
    struct chart_options options;
    struct rig_rng rng = {number};
    chart_options_init(&options);
    options.width = options.height = 4;
    options.range_lo = ranges[number % 5][0];
    options.range_hi = ranges[number % 5][1];
    if (!rig_begin(rig, &options, c->window, c->batch, c->stride))
        return;
    rig_fill_samples(rig, &rng, number * 5);
    rig_run(rig, STAGE_MINMAX, c->images);
    expect_extents(rig, c->images);
    rig_run(rig, STAGE_SCALE, c->images);
    expect_ranges(rig, c->images);
    rig_end(rig);
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < MEASURE_CASES; i++)
        run_case(&rig, &measure_cases[i], i);
    rig_close(&rig);
}

Test(measure, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(measure, gpu)
{
    check_variant(&rig_variants[2]);
}

Test(measure, gpu_groups_of_one)
{
    check_variant(&rig_variants[3]);
}
