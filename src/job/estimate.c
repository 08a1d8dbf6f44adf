#include "job/estimate.h"

/* Images, so many at each of some places all over the job: series change on their way. */
#define PLACES 8
#define IMAGES_A_PLACE 8
/* The host takes far longer to encode one, and packs small ones better the more of them lie in one stream. */
#define LEAST_BY_HOST 2
#define MOST_BY_HOST 256
#define PIXELS_BY_HOST (256 << 10)

/* Whatever fails here will fail again in the job, which tells of it: 0. */
static uint64_t weigh(struct lane *lane, const struct plotmill_dataset_info *info, uint64_t first, uint64_t count)
{
    struct plotmill_error ignored;
    struct renderer_images made;
    struct feed feed = lane->flow->feed; /* a copy: that of the job has read nothing yet */
    if (feed_read(&feed, first, count, lane->samples, &ignored) ||
        renderer_run(lane->renderer, lane->samples, count, &made, lane->y_range, &ignored))
        return 0;
    for (uint64_t k = 0; k < count; k++)
        lane->window_start[k] = (int64_t)((first + k) * lane->windows->start_step);
    const struct plotmill_batch batch = {
        .first = first,
        .count = count,
        .data = made.pixels,
        .streams = made.streams,
        .window_start = lane->window_start,
        .y_range = lane->y_range,
        .samples = lane->samples,
        .sample_stride = feed_stride(lane->windows),
        .window = lane->windows->window,
    };
    const uint64_t bytes = delivery_weigh(lane->delivery, info, &batch);
    renderer_release(lane->renderer, &ignored);
    return bytes;
}

static uint64_t images_by_host(const struct plotmill_dataset_info *info)
{
    const uint64_t images = PIXELS_BY_HOST / ((uint64_t)info->width * info->height);
    return images < LEAST_BY_HOST ? LEAST_BY_HOST : images > MOST_BY_HOST ? MOST_BY_HOST : images;
}

double estimate_image_bytes(struct lane *lane, const struct plotmill_dataset_info *info)
{
    const struct plotmill_sink_ops *ops = lane->delivery->sink->ops;
    const bool by_host = lane->delivery->convert || ops->payload == PLOTMILL_PAYLOAD_PIXELS;
    uint64_t places = PLACES, count = by_host ? images_by_host(info) : IMAGES_A_PLACE, all = 0;
    if (ops->payload == PLOTMILL_PAYLOAD_PIXELS && !ops->stored_bytes)
        return 0;
    if (lane->delivery->group > 1) { /* a stream has room for all of them */
        count *= places;
        places = 1;
    }
    count = count < lane->batch ? count : lane->batch;
    for (uint64_t place = 0; place < places; place++) {
        const uint64_t bytes = weigh(lane, info, (lane->windows->images - count) / places * place, count);
        if (!bytes)
            return 0;
        all += bytes;
    }
    return (double)all / (double)(count * places);
}
