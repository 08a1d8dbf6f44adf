#include "verify/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "oracle/oracle.h"
#include "render/renderer.h"

static double uniform(uint32_t i, uint32_t seed)
{
    /* splitmix64 (Steele, Lea, Flood 2014): random access to the i-th number. */
    uint64_t x = ((uint64_t)seed << 32 | i) * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static double sine(uint32_t i, uint32_t samples)
{
    return sin(6.283185307179586 * 2 * i / (samples - 1));
}

static double ramp(uint32_t i, uint32_t samples)
{
    (void)samples;
    return i;
}

static double step(uint32_t i, uint32_t samples)
{
    return i < samples / 2 ? 0 : 1;
}

static double spike(uint32_t i, uint32_t samples)
{
    return i == samples / 2 ? 1 : 0;
}

static double constant(uint32_t i, uint32_t samples)
{
    (void)i, (void)samples;
    return 42;
}

/* Computed anew for each i, which is cheap at 100 samples. */
static double random_walk(uint32_t i, uint32_t samples)
{
    (void)samples;
    double value = 0;
    for (uint32_t k = 0; k <= i; k++)
        value += uniform(k, 1) - 0.5;
    return value;
}

static double noise(uint32_t i, uint32_t samples)
{
    return sin(6.283185307179586 * i / samples) + 0.3 * (uniform(i, 2) - 0.5);
}

static double two_samples(uint32_t i, uint32_t samples)
{
    (void)samples;
    return i ? 1 : 0;
}

static double gaps(uint32_t i, uint32_t samples)
{
    /* A wide gap, a narrow one that the stroke closes, a single sample, and missing ends. */
    if (i < 4 || i >= samples - 3 || (i >= 20 && i < 40 && i != 30) || i == 70)
        return NAN;
    return sin(0.2 * i) + 0.5 * uniform(i, 3);
}

static const struct pattern {
    const char *name;
    uint32_t samples;
    double (*value)(uint32_t i, uint32_t samples);
} patterns[] = {
    {"sine", 100, sine},
    {"ramp", 100, ramp},
    {"step", 100, step},
    {"spike", 100, spike},
    {"constant", 100, constant},
    {"random walk", 100, random_walk},
    {"gaps", 100, gaps},
    {"10,000 noisy samples", 10000, noise},
    {"two samples", 2, two_samples},
};
#define PATTERNS (sizeof patterns / sizeof *patterns)

/* What the definition allows for antialiased images of any legal series, in units of 1/255. */
#define RMS_LIMIT 5.0
#define WORST_LIMIT 20.0

/* Small enough for a simulator to draw in seconds. */
#define QUICK_WIDTH 96
#define QUICK_HEIGHT 64

/* Patterns first..first+count-1, which have equally many samples and are drawn as one batch. */
struct group {
    size_t first, count;
    struct chart_options chart;
    double *samples; /* (count, patterns[first].samples) */
    double *y_range; /* (count, 2) */
};

static enum plotmill_status draw(struct compute *compute, const struct group *group, uint8_t *out,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *renderer = NULL;
    struct renderer_images drawn;
    struct line_chart chart;
    uint32_t samples = patterns[group->first].samples;
    struct renderer_options how = {.batch = group->count, .stride = samples};
    TRY(renderer_create(&renderer, compute, line_chart(&chart, &group->chart), samples, &how, error));
    TRY(renderer_run(renderer, group->samples, NULL, group->count, &drawn, group->y_range, error));
    memcpy(out, drawn.pixels, group->count * group->chart.width * group->chart.height);
    TRY(renderer_release(renderer, error));
done:
    renderer_destroy(renderer);
    return status;
}

static enum plotmill_status judge(const struct group *group, size_t k, const uint8_t *pixels, struct verdict *verdict,
                                  struct plotmill_error *error)
{
    const struct pattern *pattern = &patterns[group->first + k];
    struct oracle_verdict judged = {0};
    enum plotmill_status status = oracle_judge(group->samples + k * pattern->samples, pattern->samples, &group->chart,
                                               pixels, group->y_range + 2 * k, RMS_LIMIT, WORST_LIMIT, &judged);
    if (status)
        return plotmill_error_set(error, status, "%s: cannot be judged: out of memory", pattern->name);
    *verdict = (struct verdict){
        .pattern = pattern->name,
        .antialias = group->chart.antialias,
        .passed = judged.passed,
        .pixels = judged.pixels,
        .wrong = judged.wrong,
        .rms = judged.rms,
        .worst = judged.worst,
    };
    return PLOTMILL_OK;
}

static enum plotmill_status verify_group(struct compute *compute, struct group *group, uint8_t *out, verdict_fn report,
                                         void *user, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t samples = patterns[group->first].samples;
    TRY_ALLOCATE(error, group->samples, group->count * samples, sizeof *group->samples);
    TRY_ALLOCATE(error, group->y_range, group->count * 2, sizeof *group->y_range);
    for (size_t k = 0; k < group->count; k++)
        for (uint32_t i = 0; i < samples; i++)
            group->samples[k * samples + i] = patterns[group->first + k].value(i, samples);
    TRY(draw(compute, group, out, error));
    for (size_t k = 0; k < group->count; k++) {
        struct verdict verdict;
        TRY(judge(group, k, out + k * group->chart.width * group->chart.height, &verdict, error));
        *failures += !verdict.passed;
        if (report)
            report(user, &verdict);
    }
done:
    free(group->samples);
    free(group->y_range);
    return status;
}

static struct group find_group(size_t first, uint32_t width, uint32_t height, int antialias)
{
    struct group group = {.first = first, .count = 1};
    while (first + group.count < PATTERNS && patterns[first + group.count].samples == patterns[first].samples)
        group.count++;
    chart_options_init(&group.chart);
    group.chart.width = width;
    group.chart.height = height;
    group.chart.antialias = antialias;
    return group;
}

enum plotmill_status verify_run(struct compute *compute, verdict_fn report, void *user,
                                struct verify_pictures *pictures, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *pictures = (struct verify_pictures){.count = 2 * PATTERNS};
    *failures = 0;
    TRY_ALLOCATE(error, pictures->pixels, pictures->count, (size_t)VERIFY_WIDTH * VERIFY_HEIGHT);
    for (int antialias = 0; antialias < 2; antialias++)
        for (size_t first = 0, count; first < PATTERNS; first += count) {
            struct group group = find_group(first, VERIFY_WIDTH, VERIFY_HEIGHT, antialias);
            count = group.count;
            uint8_t *out = pictures->pixels + (antialias * PATTERNS + first) * VERIFY_WIDTH * VERIFY_HEIGHT;
            TRY(verify_group(compute, &group, out, report, user, failures, error));
        }
done:
    return status;
}

enum plotmill_status verify_quickly(struct compute *compute, size_t *drawn, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint8_t *pixels = NULL;
    *drawn = 0;
    *failures = 0;
    TRY_ALLOCATE(error, pixels, PATTERNS, (size_t)QUICK_WIDTH * QUICK_HEIGHT);
    for (int antialias = 0; antialias < 2; antialias++) {
        struct group group = find_group(0, QUICK_WIDTH, QUICK_HEIGHT, antialias);
        TRY(verify_group(compute, &group, pixels, NULL, NULL, failures, error));
        *drawn += group.count;
    }
done:
    free(pixels);
    return status;
}
