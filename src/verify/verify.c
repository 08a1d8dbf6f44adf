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

static enum plotmill_status draw(struct compute *compute, const struct pattern *pattern,
                                 const struct plotmill_chart_options *chart, const double *samples, uint8_t *out,
                                 double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *renderer = NULL;
    const uint8_t *pixels;
    struct renderer_options how = {.batch = 1, .stride = 1};
    TRY(renderer_create(&renderer, compute, chart, pattern->samples, &how, error));
    TRY(renderer_run(renderer, samples, 1, &pixels, y_range, error));
    memcpy(out, pixels, (size_t)VERIFY_WIDTH * VERIFY_HEIGHT);
    TRY(renderer_release(renderer, error));
done:
    renderer_destroy(renderer);
    return status;
}

static enum plotmill_status verify_pattern(struct compute *compute, const struct pattern *pattern, int antialias,
                                           uint8_t *out, struct plotmill_verdict *verdict, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_chart_options chart;
    struct oracle_verdict judged = {0};
    double *samples = NULL, y_range[2];
    plotmill_chart_options_init(&chart);
    chart.width = VERIFY_WIDTH;
    chart.height = VERIFY_HEIGHT;
    chart.antialias = antialias;
    TRY_ALLOCATE(error, samples, pattern->samples, sizeof *samples);
    for (uint32_t i = 0; i < pattern->samples; i++)
        samples[i] = pattern->value(i, pattern->samples);
    TRY(draw(compute, pattern, &chart, samples, out, y_range, error));
    TRY(oracle_judge(samples, pattern->samples, &chart, out, y_range, RMS_LIMIT, WORST_LIMIT, &judged));
    *verdict = (struct plotmill_verdict){
        .pattern = pattern->name,
        .antialias = antialias,
        .passed = judged.passed,
        .pixels = judged.pixels,
        .wrong = judged.wrong,
        .rms = judged.rms,
        .worst = judged.worst,
    };
done:
    free(samples);
    return status;
}

enum plotmill_status verify_run(struct compute *compute, plotmill_verdict_fn tell, void *user,
                                struct verify_pictures *pictures, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *pictures = (struct verify_pictures){.count = 2 * pattern_count};
    *failures = 0;
    TRY_ALLOCATE(error, pictures->pixels, pictures->count, (size_t)VERIFY_WIDTH * VERIFY_HEIGHT);
    for (size_t k = 0; k < pictures->count; k++) {
        struct plotmill_verdict verdict;
        uint8_t *out = pictures->pixels + k * VERIFY_WIDTH * VERIFY_HEIGHT;
        TRY(verify_pattern(compute, &patterns[k / 2], k % 2, out, &verdict, error));
        *failures += !verdict.passed;
        if (tell)
            tell(user, &verdict);
    }
done:
    return status;
}
