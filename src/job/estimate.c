#include "job/estimate.h"

#include "base/numbers.h"
#include "base/os.h"

/* Images per place of the job, neighbours. The host encodes them far slower than the device, and packs small ones
 * better the more of them one stream holds. */
#define IMAGES_PER_PLACE 4
#define HOST_IMAGES_MIN 2
#define HOST_IMAGES_MAX 256
#define HOST_PIXELS (256 << 10)
#define HOST_SHARE 8 /* images asked for, per place */

/* No further place is tried after so long. */
#define SAMPLE_SECONDS 1.5

/* job_estimate ends after this many batches and seconds; with fewer batches, later. */
#define ENOUGH_BATCHES 6
#define ENOUGH_SECONDS 0.5
#define LATE_SECONDS 2.0

uint64_t estimate_batch_bytes(const struct output_stage *output, const struct dataset_info *info,
                              const struct image_batch *batch)
{
    struct work_queue queue;
    struct output_stage sizing = *output;
    sizing.sized = info;
    queue_init(&queue, NULL, 0);
    output_stage_write(&sizing, batch, &queue);
    return queue.state == QUEUE_RUNNING && !queue.size_unknown ? queue.sink_bytes : 0;
}

/* Whatever fails here will fail again in the job, which reports it: 0. */
static uint64_t draw_and_size(struct worker *worker, const struct dataset_info *info, uint64_t first, uint64_t count)
{
    struct plotmill_error ignored = {0};
    struct renderer_images made;
    struct window_reader reader = worker->queue->reader; /* a copy: the job's has read nothing yet */
    reader.counts = NULL;
    if (window_reader_read(&reader, first, count, &worker->arrays, &ignored) ||
        worker_draw(worker, first, count, &made, &ignored))
        return 0;
    const struct image_batch batch = worker_batch(worker, &(struct batch_range){.first = first, .count = count}, &made);
    const uint64_t bytes = estimate_batch_bytes(worker->output, info, &batch);
    renderer_release(worker->renderer, &ignored);
    return bytes;
}

double estimate_image_bytes(struct worker *worker, const struct dataset_info *info, uint64_t images)
{
    const struct sink_ops *ops = worker->output->sink->ops;
    const struct output_form form = worker->output->form;
    const bool by_host = form.convert || ops->payload == PAYLOAD_PIXELS;
    const uint64_t all = info->images, group = form.images_per_stream, batch = worker->slot->batch;
    const double end = os_seconds() + SAMPLE_SECONDS;
    uint64_t bytes = 0, drawn = 0, place;
    if (ops->payload == PAYLOAD_PIXELS && !ops->stored_bytes)
        return 0;
    uint64_t count = IMAGES_PER_PLACE, places;
    if (by_host) {
        count = HOST_PIXELS / ((uint64_t)info->width * info->height * info->channels);
        count = CLAMP(count, HOST_IMAGES_MIN, HOST_IMAGES_MAX);
    }
    places = by_host ? images / HOST_SHARE : images / count;
    if (count < group) { /* whole streams: one that is filled up with blank images is larger per image */
        places = places * count / group;
        count = group;
    }
    count = count / group * group;
    count = MIN(count, batch);
    count = MIN(count, all);
    places = MIN(MAX(places, images / ESTIMATE_FEW), (all + count - 1) / count);
    for (place = 0; place < places && (!place || os_seconds() < end); place++) {
        /* Multiples of the golden ratio are spread evenly, however many there are. */
        const double at = 0.618033988749895 * ((double)place + 0.5);
        const uint64_t first = (uint64_t)((at - (double)(uint64_t)at) * (double)(all - count + 1)) / group * group;
        const uint64_t added = draw_and_size(worker, info, first, count);
        if (!added)
            return 0;
        bytes += added;
        drawn += count;
    }
    return drawn ? (double)bytes / (double)drawn : 0;
}

struct measured_rate {
    uint64_t images; /* stored when the last batch came */
    double seconds;
    unsigned batches;
};

static int stop_when_measured(void *user, const struct job_progress *progress)
{
    struct measured_rate *rate = user;
    if (progress->done > rate->images) {
        rate->images = progress->done;
        rate->seconds = progress->seconds;
        rate->batches++;
    }
    return (rate->batches >= ENOUGH_BATCHES && progress->seconds >= ENOUGH_SECONDS) ||
           (rate->batches && progress->seconds >= LATE_SECONDS);
}

enum plotmill_status job_estimate(const struct job *job, struct job_estimate *estimate, struct plotmill_error *error)
{
    const struct sink_ops *ops = job->sink->ops;
    const uint64_t images = job->windows.images;
    const struct image_range all = {0, images};
    struct measured_rate rate = {0};
    struct job_summary summary = {0};
    struct job_options options = *job->options;
    struct job run = *job;
    double image_bytes = 0;
    options.progress = stop_when_measured;
    options.progress_user = &rate;
    options.overdue = NULL;
    run.options = &options;
    run.image_bytes = &image_bytes;
    enum plotmill_status status = job_run(&run, &(struct wanted_images){&all, 1, 0}, &summary, error);
    job_summary_free(&summary);
    if (status && status != PLOTMILL_CANCELLED)
        return status;
    const struct pixel_format stored = job_pixels(job);
    if (ops->payload == PAYLOAD_PIXELS && !ops->stored_bytes)
        image_bytes = (double)pixel_format_image_bytes(&stored, job->chart->width, job->chart->height);
    estimate->bytes = image_bytes * (double)images;
    estimate->seconds = rate.images ? rate.seconds / (double)rate.images * (double)images : 0;
    return PLOTMILL_OK;
}
