#include "job/tune.h"

#include "base/try.h"

#define IN_FLIGHT 3

/* Sizes that are tried: the whole batch, its half, ... down to LEAST images or 1/DEEPEST of it. On a CPU the smaller
 * ones stay in its caches; on a GPU the larger ones hide its latency. */
#define LEAST 32
#define DEEPEST 16
#define TRIES 3
#define LONG_TRY 0.1 /* seconds: long enough to be sure by itself */
/* As much longer an image as a smaller batch may take. */
#define TOLERANCE 1.05

uint32_t tune_in_flight(const struct pipeline *pipeline, const struct plotmill_device *device, uint64_t batch)
{
    if (pipeline->no_overlap)
        return 1;
    const struct memory_needs needs = pipeline_memory_needs(pipeline, device);
    uint64_t bytes = memory_needs_bytes(&needs, batch);
    uint64_t batches = (pipeline->windows.images + batch - 1) / batch;
    uint64_t most = device->memory ? device->memory / 2 / bytes : IN_FLIGHT;
    most = most < batches ? most : batches;
    return most < 1 ? 1 : most < IN_FLIGHT ? (uint32_t)most : IN_FLIGHT;
}

static enum plotmill_status quickest(struct renderer *renderer, uint64_t images, double *seconds,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *seconds = 0;
    for (int i = 0; i < TRIES; i++) {
        double taken;
        TRY(renderer_warm_up(renderer, images, &taken, error));
        *seconds = i && *seconds < taken ? *seconds : taken;
        if (taken > LONG_TRY)
            break;
    }
    *seconds /= (double)images;
done:
    return status;
}

enum plotmill_status tune_batch(struct renderer *renderer, uint64_t batch, uint64_t *chosen,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double best = 0, seconds[8];
    int sizes = 0;
    *chosen = batch;
    if (batch / 2 < LEAST) /* no other size to compare it with */
        return PLOTMILL_OK;
    for (uint64_t size = batch; !sizes || (size >= LEAST && size >= batch / DEEPEST); size /= 2, sizes++) {
        TRY(quickest(renderer, size, &seconds[sizes], error));
        best = sizes && best < seconds[sizes] ? best : seconds[sizes];
    }
    for (int i = 0; i < sizes; i++)
        if (seconds[i] <= best * TOLERANCE)
            *chosen = batch >> i;
done:
    return status;
}
