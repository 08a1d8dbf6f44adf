#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "oracle/oracle.h"
#include "render/renderer.h"
#include "verify/patterns.h"

/* What the definition allows antialiased images of any legal series, in units of 1/255. */
#define RMS_LIMIT 5.0
#define WORST_LIMIT 20.0

/* Patterns first..first+count-1 have equally many samples: they are drawn as one batch, into `out`. */
struct group {
    size_t first, count;
    struct plotmill_chart_options chart;
    double *samples; /* (count, patterns[first].samples) */
    double *y_range; /* (count, 2) */
};

static enum plotmill_status draw(struct compute *compute, const struct group *group, uint8_t *out,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *renderer = NULL;
    struct renderer_images drawn;
    uint32_t samples = patterns[group->first].samples;
    struct renderer_options how = {.batch = group->count, .stride = samples};
    TRY(renderer_create(&renderer, compute, &group->chart, samples, &how, error));
    TRY(renderer_run(renderer, group->samples, group->count, &drawn, group->y_range, error));
    memcpy(out, drawn.pixels, group->count * VERIFY_WIDTH * VERIFY_HEIGHT);
    TRY(renderer_release(renderer, error));
done:
    renderer_destroy(renderer);
    return status;
}

static enum plotmill_status judge(const struct group *group, size_t k, const uint8_t *pixels,
                                  struct plotmill_verdict *verdict, struct plotmill_error *error)
{
    const struct pattern *pattern = &patterns[group->first + k];
    struct oracle_verdict judged = {0};
    enum plotmill_status status = oracle_judge(group->samples + k * pattern->samples, pattern->samples, &group->chart,
                                               pixels, group->y_range + 2 * k, RMS_LIMIT, WORST_LIMIT, &judged);
    if (status)
        return plotmill_error_set(error, status, "%s: cannot be judged: out of memory", pattern->name);
    *verdict = (struct plotmill_verdict){
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

static enum plotmill_status verify_group(struct compute *compute, struct group *group, uint8_t *out,
                                         plotmill_verdict_fn tell, void *user, int *failures,
                                         struct plotmill_error *error)
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
        struct plotmill_verdict verdict;
        TRY(judge(group, k, out + k * VERIFY_WIDTH * VERIFY_HEIGHT, &verdict, error));
        *failures += !verdict.passed;
        if (tell)
            tell(user, &verdict);
    }
done:
    free(group->samples);
    free(group->y_range);
    return status;
}

enum plotmill_status verify_run(struct compute *compute, plotmill_verdict_fn tell, void *user,
                                struct verify_pictures *pictures, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *pictures = (struct verify_pictures){.count = 2 * pattern_count};
    *failures = 0;
    TRY_ALLOCATE(error, pictures->pixels, pictures->count, (size_t)VERIFY_WIDTH * VERIFY_HEIGHT);
    for (int antialias = 0; antialias < 2; antialias++)
        for (size_t first = 0, count; first < pattern_count; first += count) {
            struct group group = {.first = first};
            for (count = 1; first + count < pattern_count; count++)
                if (patterns[first + count].samples != patterns[first].samples)
                    break;
            group.count = count;
            plotmill_chart_options_init(&group.chart);
            group.chart.width = VERIFY_WIDTH;
            group.chart.height = VERIFY_HEIGHT;
            group.chart.antialias = antialias;
            uint8_t *out = pictures->pixels + (antialias * pattern_count + first) * VERIFY_WIDTH * VERIFY_HEIGHT;
            TRY(verify_group(compute, &group, out, tell, user, failures, error));
        }
done:
    return status;
}
