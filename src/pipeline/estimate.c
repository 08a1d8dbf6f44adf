#include "pipeline/estimate.h"

#define MOST_IMAGES 64

/* Whatever fails here will fail again in the job, which tells of it. */
double estimate_image_bytes(struct lane *lane)
{
    struct plotmill_error ignored;
    struct renderer_images made;
    struct feed feed = lane->flow->feed; /* a copy: that of the job has read nothing yet */
    const uint64_t group = lane->delivery->group, images = lane->windows->images;
    uint64_t count = lane->batch < MOST_IMAGES ? lane->batch : MOST_IMAGES;
    double bytes = 0;
    count = count < images ? count : images;
    if (lane->delivery->sink->ops->payload == PLOTMILL_PAYLOAD_PIXELS ||
        feed_read(&feed, 0, count, lane->samples, &ignored) ||
        renderer_run(lane->renderer, lane->samples, count, &made, lane->y_range, &ignored))
        return 0;
    for (uint64_t i = 0; made.streams && i < (count + group - 1) / group; i++)
        bytes += (double)made.streams[i].size;
    renderer_release(lane->renderer, &ignored);
    return bytes / (double)count;
}
