#include "verify/verify.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "oracle/oracle.h"
#include "render/renderer.h"
#include "verify/patterns.h"

/* What the definition allows for antialiased images of any legal series, in units of 1/255. */
#define RMS_LIMIT 5.0
#define WORST_LIMIT 20.0

/* Small enough for a simulator to draw in seconds. */
#define QUICK_WIDTH 96
#define QUICK_HEIGHT 64

/* Patterns first..first+count-1, which have one chart and equally many samples, and are drawn as one batch. */
struct group {
    size_t first, count;
    struct pattern_chart storage;
    const struct chart *chart;
    uint32_t samples; /* per image */
    double *rows;     /* (count, samples, fields) */
    double *y_range;  /* (count, panels, 2) */
};

static size_t image_bytes(const struct chart *chart)
{
    return (size_t)chart->width * chart->height * chart->channels;
}

/* Pixels of three channels. */
static void copy_in_colour(const struct chart *chart, size_t count, const uint8_t *pixels, uint8_t *out)
{
    const size_t values = count * chart->width * chart->height * 3;
    for (size_t i = 0; i < values; i++)
        out[i] = pixels[chart->channels == 3 ? i : i / 3];
}

static enum plotmill_status judge(const struct group *group, size_t k, const uint8_t *pixels, struct verdict *verdict,
                                  struct plotmill_error *error)
{
    const char *name = verify_patterns[group->first + k].name;
    struct oracle_verdict judged = {0};
    const struct oracle_window window = {.rows = group->rows + k * group->samples * group->chart->field_count,
                                         .count = group->samples};
    enum plotmill_status status =
        oracle_judge_chart(group->chart, &window, pixels, group->y_range + k * group->chart->panel_count * 2, RMS_LIMIT,
                           WORST_LIMIT, &judged);
    if (status)
        return plotmill_error_set(error, status, "%s: cannot be judged: out of memory", name);
    *verdict = (struct verdict){
        .pattern = name,
        .antialias = group->chart->antialias,
        .passed = judged.passed,
        .pixels = judged.pixels,
        .wrong = judged.wrong,
        .rms = judged.rms,
        .worst = judged.worst,
    };
    return PLOTMILL_OK;
}

/* out: (count, height, width, 3) */
static enum plotmill_status draw(struct compute *compute, const struct group *group, uint8_t *out, verdict_fn report,
                                 void *user, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *renderer = NULL;
    struct renderer_images drawn;
    struct renderer_options how = {.batch = group->count, .stride = group->samples};
    TRY(renderer_create(&renderer, compute, group->chart, group->samples, &how, error));
    TRY(renderer_run(renderer, group->rows, NULL, group->count, &drawn, group->y_range, error));
    for (size_t k = 0; k < group->count; k++) {
        struct verdict verdict;
        TRY(judge(group, k, drawn.pixels + k * image_bytes(group->chart), &verdict, error));
        *failures += !verdict.passed;
        if (report)
            report(user, &verdict);
    }
    copy_in_colour(group->chart, group->count, drawn.pixels, out);
    TRY(renderer_release(renderer, error));
done:
    renderer_destroy(renderer);
    return status;
}

static enum plotmill_status verify_group(struct compute *compute, struct group *group, uint8_t *out, verdict_fn report,
                                         void *user, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t fields = group->chart->field_count;
    double *value;
    TRY_ALLOCATE(error, group->rows, group->count * group->samples * fields, sizeof *group->rows);
    TRY_ALLOCATE(error, group->y_range, group->count * group->chart->panel_count * 2, sizeof *group->y_range);
    value = group->rows;
    for (size_t k = 0; k < group->count; k++)
        for (uint32_t i = 0; i < group->samples; i++)
            for (uint32_t field = 0; field < fields; field++)
                *value++ = verify_patterns[group->first + k].value(i, group->samples, field);
    TRY(draw(compute, group, out, report, user, failures, error));
done:
    free(group->rows);
    free(group->y_range);
    return status;
}

static void find_group(struct group *group, size_t first, uint32_t width, uint32_t height, bool antialias)
{
    const struct pattern *pattern = &verify_patterns[first];
    group->first = first;
    group->samples = pattern->samples;
    for (group->count = 1; first + group->count < PATTERNS; group->count++)
        if (pattern[group->count].samples != pattern->samples || pattern[group->count].chart != pattern->chart)
            break;
    group->chart = pattern->chart(&group->storage, width, height, antialias);
    group->rows = group->y_range = NULL;
}

enum plotmill_status verify_run(struct compute *compute, verdict_fn report, void *user,
                                struct verify_pictures *pictures, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t picture = (size_t)VERIFY_WIDTH * VERIFY_HEIGHT * 3;
    struct group group;
    *pictures = (struct verify_pictures){.count = 2 * PATTERNS};
    *failures = 0;
    TRY_ALLOCATE(error, pictures->pixels, pictures->count, picture);
    for (int antialias = 0; antialias < 2; antialias++)
        for (size_t first = 0; first < PATTERNS; first += group.count) {
            find_group(&group, first, VERIFY_WIDTH, VERIFY_HEIGHT, antialias != 0);
            uint8_t *out = pictures->pixels + ((size_t)antialias * PATTERNS + first) * picture;
            TRY(verify_group(compute, &group, out, report, user, failures, error));
        }
done:
    return status;
}

enum plotmill_status verify_quickly(struct compute *compute, size_t *drawn, int *failures, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint8_t *pixels = NULL;
    struct group group;
    *drawn = 0;
    *failures = 0;
    TRY_ALLOCATE(error, pixels, PATTERNS, (size_t)QUICK_WIDTH * QUICK_HEIGHT * 3);
    for (int antialias = 0; antialias < 2; antialias++) {
        find_group(&group, 0, QUICK_WIDTH, QUICK_HEIGHT, antialias != 0);
        TRY(verify_group(compute, &group, pixels, NULL, NULL, failures, error));
        *drawn += group.count;
    }
done:
    free(pixels);
    return status;
}
