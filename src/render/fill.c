#include "render/renderer.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/try.h"
#include "render/stages.h"

/* Larger than a cache of 32 MiB four times over: a batch that stays in the cache is filled several times as fast. */
#define FILL_BYTES ((uint64_t)160 << 20)
#define LEAST_ROUNDS 5
#define MOST_ROUNDS 501

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One image more than FILL_BYTES, or as many as the device has room for. */
static struct renderer_options fill_batch(const struct plotmill_device *device,
                                          const struct plotmill_chart_options *chart, uint64_t window)
{
    struct renderer_options how = {.stride = window};
    uint64_t batch = FILL_BYTES / ((uint64_t)chart->width * chart->height) + 1;
    how.batch = batch < RENDERER_BATCH_MAX ? batch : RENDERER_BATCH_MAX;
    while (how.batch > 1 && renderer_check_batch(device, chart, window, &how, NULL))
        how.batch /= 2;
    return how;
}

static enum plotmill_status time_round(struct stages *stages, double *seconds, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double begin = os_seconds();
    TRY(stages_run(stages, STAGE_FILL, stages->batch, error));
    TRY(compute_wait(stages->compute, error));
    *seconds = os_seconds() - begin;
done:
    return status;
}

enum plotmill_status renderer_fill_rate(struct compute *compute, const struct plotmill_chart_options *chart,
                                        uint64_t window, double seconds, double *rate, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages stages = {0};
    double taken[MOST_ROUNDS], all = 0;
    int rounds = 0;
    const struct renderer_options how = fill_batch(compute_device(compute), chart, window);
    TRY(renderer_check_batch(compute_device(compute), chart, window, &how, error));
    TRY(stages_init(&stages, compute, chart, window, &how, error));
    for (int i = 0; i < 2; i++) /* compiles, and has the memory committed */
        TRY(time_round(&stages, &taken[0], error));
    for (; rounds < LEAST_ROUNDS || (all < seconds && rounds < MOST_ROUNDS); rounds++) {
        TRY(time_round(&stages, &taken[rounds], error));
        all += taken[rounds];
    }
    qsort(taken, (size_t)rounds, sizeof *taken, compare_doubles);
    *rate = (double)how.batch * chart->width * chart->height / taken[rounds / 2];
done:
    stages_finish(&stages);
    return status;
}
