#include "pipeline/crew.h"

#include "base/try.h"

/* Of a batch that takes so long a rehearsal for each lane would cost more than it brings. */
#define SLOW_SECONDS 0.5

/* What making the lanes of one device needs to know. */
struct hiring {
    const struct pipeline *pipeline;
    const struct delivery *delivery;
    struct flow *flow;
    struct compute *compute;
    double batch_seconds; /* the last rehearsal of a batch, compiling included; 0: there was none */
};

/* What a lane does, and what its queue does, is recorded where the job asks for that and the driver can tell it. */
static void record(const struct hiring *h, struct compute *compute, struct lane *lane)
{
    struct trace *trace = h->pipeline->trace;
    struct plotmill_error error;
    uint32_t device = compute_device(compute)->index;
    if (!trace)
        return;
    lane->track = trace_add(trace, PLOTMILL_TRACK_LANE, device);
    if (compute_profile(compute, trace_add(trace, PLOTMILL_TRACK_QUEUE, device), &error))
        log_line(h->pipeline->log, PLOTMILL_LOG_DETAIL, "no times of kernels: %s", error.message);
}

static enum plotmill_status create_renderer(struct hiring *h, struct compute *compute, uint64_t batch,
                                            struct renderer **renderer, struct plotmill_error *error)
{
    const struct pipeline *p = h->pipeline;
    struct renderer_options how = {.batch = batch, .stride = feed_stride(&p->windows)};
    delivery_ask(h->delivery, &how);
    enum plotmill_status status =
        renderer_create(renderer, compute, &p->options->chart, p->windows.window, &how, error);
    if (!status && h->batch_seconds < SLOW_SECONDS)
        status = renderer_rehearse(*renderer, batch, &h->batch_seconds, error);
    if (status) {
        renderer_destroy(*renderer);
        *renderer = NULL;
    }
    return status;
}

/* The device may have less room than it says: others use it too. An automatic batch then makes do with less. */
static enum plotmill_status create_first(struct hiring *h, uint64_t *batch, struct renderer **renderer,
                                         struct plotmill_error *error)
{
    for (;;) {
        enum plotmill_status status = create_renderer(h, h->compute, *batch, renderer, error);
        if (status != PLOTMILL_NO_MEMORY || h->pipeline->options->batch || *batch == 1)
            return status;
        log_line(h->pipeline->log, PLOTMILL_LOG_WARNING,
                 "no room on the device for batches of %llu images, trying %llu", (unsigned long long)*batch,
                 (unsigned long long)*batch / 2);
        *batch /= 2;
    }
}

/* Whole groups of images that share a stream. */
static uint64_t whole_groups(uint64_t batch, uint32_t group)
{
    return batch < group ? group : batch / group * group;
}

/* The first lane's renderer, of a batch as large as suits this device. */
static enum plotmill_status hire_first(struct hiring *h, uint64_t *batch, struct renderer **renderer,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = h->pipeline;
    const struct plotmill_device *device = compute_device(h->compute);
    uint64_t chosen;
    TRY(pipeline_check(device, &p->windows, p->options, error));
    *batch = whole_groups(pipeline_batch(device, &p->windows, p->options), h->delivery->group);
    TRY(create_first(h, batch, renderer, error));
    chosen = *batch;
    if (!p->options->batch && p->windows.images > *batch)
        TRY(tune_batch(*renderer, *batch, &chosen, error));
    chosen = whole_groups(chosen, h->delivery->group);
    if (chosen != *batch) {
        renderer_destroy(*renderer);
        *renderer = NULL;
        *batch = chosen;
        TRY(create_renderer(h, h->compute, *batch, renderer, error));
    }
done:
    if (status) {
        renderer_destroy(*renderer);
        *renderer = NULL;
    }
    return status;
}

/* Lanes beyond the first overlap its work; without room for them the job goes on. */
static bool hire_other(struct hiring *h, uint64_t batch, struct lane *lane)
{
    struct plotmill_error ignored;
    struct renderer *renderer = NULL;
    enum plotmill_status status = compute_fork(&lane->fork, h->compute, &ignored);
    if (!status)
        record(h, lane->fork, lane);
    if (!status)
        status = create_renderer(h, lane->fork, batch, &renderer, &ignored);
    if (!status)
        status = lane_init(lane, h->flow, h->delivery, &h->pipeline->windows, renderer, batch, &ignored);
    if (status)
        lane_finish(lane);
    return !status;
}

static enum plotmill_status hire(struct crew *crew, size_t device, struct hiring *h, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = h->pipeline;
    const struct plotmill_device *d = compute_device(h->compute);
    const struct plotmill_chart_options *chart = &p->options->chart;
    struct lane *lanes = crew->lanes[device];
    struct renderer *renderer = NULL;
    uint64_t batch;
    record(h, h->compute, &lanes[0]);
    TRY(hire_first(h, &batch, &renderer, error));
    TRY(lane_init(&lanes[0], h->flow, h->delivery, &p->windows, renderer, batch, error));
    crew->batch[device] = batch;
    crew->in_flight[device] = 1;
    uint32_t wanted = tune_in_flight(d, p->options, &p->windows, batch);
    while (crew->in_flight[device] < wanted && hire_other(h, batch, &lanes[crew->in_flight[device]]))
        crew->in_flight[device]++;
    double bytes = (double)(batch * renderer_image_bytes(chart, p->windows.window, feed_stride(&p->windows)));
    log_line(p->log, PLOTMILL_LOG_DETAIL, "device %u: batches of %llu images, %u at a time, %.1f MB on the device",
             (unsigned)d->index, (unsigned long long)batch, (unsigned)crew->in_flight[device],
             1e-6 * bytes * crew->in_flight[device]);
done:
    return status;
}

enum plotmill_status crew_init(struct crew *crew, const struct pipeline *pipeline, struct flow *flow,
                               const struct delivery *delivery, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < pipeline->devices; i++) {
        struct hiring hiring = {pipeline, delivery, flow, pipeline->computes[i]};
        crew->devices = i + 1;
        TRY(hire(crew, i, &hiring, error));
        compute_keep_programs(pipeline->computes[i]);
    }
done:
    return status;
}

void crew_finish(struct crew *crew)
{
    for (size_t i = 0; i < crew->devices; i++)
        for (int k = CREW_LANES - 1; k >= 0; k--)
            lane_finish(&crew->lanes[i][k]);
    *crew = (struct crew){0};
}

enum plotmill_status crew_start(struct crew *crew, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    /* Each device gets its first batch before any gets its second. */
    for (int k = 0; k < CREW_LANES; k++)
        for (size_t i = 0; i < crew->devices; i++)
            if ((uint32_t)k < crew->in_flight[i])
                TRY(lane_start(&crew->lanes[i][k], error));
done:
    return status;
}

void crew_join(struct crew *crew)
{
    for (size_t i = 0; i < crew->devices; i++)
        for (int k = 0; k < CREW_LANES; k++)
            thread_join(&crew->lanes[i][k].thread);
}
