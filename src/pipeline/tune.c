#include "pipeline/tune.h"

#include "base/try.h"
#include "pipeline/feed.h"

#define IN_FLIGHT 3

/* Sizes that are tried: the whole batch, its half, ... down to LEAST images or 1/DEEPEST of it. */
#define LEAST 16
#define DEEPEST 8
#define TRIES 3
/* As much longer an image as a smaller batch may take. */
#define TOLERANCE 1.08

uint32_t tune_in_flight(const struct plotmill_device *device, const struct plotmill_chart_options *chart,
                        const struct windows *windows, uint64_t batch)
{
    uint64_t bytes = batch * renderer_image_bytes(chart, windows->window, feed_stride(windows));
    uint64_t batches = (windows->images + batch - 1) / batch;
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
        TRY(renderer_rehearse(renderer, images, &taken, error));
        *seconds = i && *seconds < taken ? *seconds : taken;
    }
    *seconds /= (double)images;
done:
    return status;
}

enum plotmill_status tune_batch(struct renderer *renderer, uint64_t batch, uint64_t *chosen,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double best;
    *chosen = batch;
    TRY(quickest(renderer, batch, &best, error));
    for (uint64_t size = batch / 2; size >= LEAST && size >= batch / DEEPEST; size /= 2) {
        double seconds;
        TRY(quickest(renderer, size, &seconds, error));
        best = seconds < best ? seconds : best;
        if (seconds > best * TOLERANCE)
            break;
        *chosen = size;
    }
done:
    return status;
}
