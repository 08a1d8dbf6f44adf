#include "job/worker_setup.h"

#include "base/try.h"

/* Of a batch that takes so long a rehearsal for each lane would cost more than it brings. */
#define SLOW_SECONDS 0.5

/* What making the lanes of one device needs to know. */
struct hiring {
    const struct pipeline *pipeline;
    const struct delivery *delivery;
    struct flow *flow;
    struct seat *seat;
    double batch_seconds; /* the last rehearsal of a batch; 0: there was none */
};

/* What a lane does, and what its queue does, is recorded where the job asks for that and the driver can tell it. */
static void record(const struct hiring *h, struct compute *compute, struct lane *lane)
{
    struct trace *trace = h->pipeline->trace;
    struct plotmill_error error;
    uint32_t device = h->seat->device.index;
    if (!trace)
        return;
    lane->track = trace_add(trace, TRACK_WORKER, device);
    if (compute_profile(compute, trace_add(trace, TRACK_QUEUE, device), &error))
        log_line(h->pipeline->log, PLOTMILL_LOG_DETAIL, "no times of kernels: %s", error.message);
}

/* The first launch of a kernel may end its compiling: what a batch takes shows the next time. */
static enum plotmill_status rehearse(struct hiring *h, struct renderer *renderer, uint64_t batch,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool first = h->batch_seconds == 0;
    if (h->batch_seconds < SLOW_SECONDS)
        TRY(renderer_warm_up(renderer, batch, &h->batch_seconds, error));
    if (first && h->batch_seconds >= SLOW_SECONDS && compute_has_compiled(h->seat->compute))
        TRY(renderer_warm_up(renderer, batch, &h->batch_seconds, error));
done:
    return status;
}

static enum plotmill_status create_renderer(struct hiring *h, struct compute *compute, struct renderer **renderer,
                                            struct plotmill_error *error)
{
    const struct pipeline *p = h->pipeline;
    struct renderer_options how = pipeline_renderer(p);
    how.batch = h->seat->batch;
    enum plotmill_status status =
        renderer_create(renderer, compute, &p->options->chart, p->windows.window, &how, error);
    if (!status)
        status = rehearse(h, *renderer, how.batch, error);
    if (status) {
        renderer_destroy(*renderer);
        *renderer = NULL;
    }
    return status;
}

/* The first lane's renderer, of a batch as large as suits this device. */
static enum plotmill_status hire_first(struct hiring *h, struct renderer **renderer, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = h->pipeline;
    struct seat *seat = h->seat;
    const bool tune = !seat->batch && !p->options->batch;
    if (!seat->batch) {
        TRY(pipeline_check(p, &seat->device, error));
        seat->batch = pipeline_batch(p, &seat->device);
    }
    uint64_t chosen = seat->batch;
    TRY(create_renderer(h, seat->compute, renderer, error));
    if (tune && p->windows.images > seat->batch)
        TRY(tune_batch(*renderer, seat->batch, &chosen, error));
    chosen = pipeline_whole_groups(chosen, h->delivery->group);
    if (chosen != seat->batch) {
        renderer_destroy(*renderer);
        *renderer = NULL;
        seat->batch = chosen;
        TRY(create_renderer(h, seat->compute, renderer, error));
    }
done:
    if (status) {
        renderer_destroy(*renderer);
        *renderer = NULL;
    }
    return status;
}

/* Lanes beyond the first overlap its work; without room for them the job goes on. */
static bool hire_other(struct hiring *h, struct lane *lane)
{
    struct plotmill_error why;
    struct renderer *renderer = NULL;
    enum plotmill_status status = compute_fork(&lane->fork, h->seat->compute, &why);
    if (!status)
        record(h, lane->fork, lane);
    if (!status)
        status = create_renderer(h, lane->fork, &renderer, &why);
    if (!status)
        status = lane_init(lane, h->flow, h->delivery, &h->pipeline->windows, renderer, h->seat->batch, &why);
    if (status) {
        log_line(h->pipeline->log, PLOTMILL_LOG_DETAIL, "device %u: no further batch at a time: %s",
                 (unsigned)h->seat->device.index, why.message);
        lane_finish(lane);
    }
    return !status;
}

/* *failed: the device did, nothing else. */
static enum plotmill_status hire(struct hiring *h, struct lane *lanes, bool *failed, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = h->pipeline;
    struct seat *seat = h->seat;
    const struct memory_needs needs = pipeline_memory_needs(p, &seat->device);
    struct renderer *renderer = NULL;
    record(h, seat->compute, &lanes[0]);
    status = hire_first(h, &renderer, error);
    *failed = flow_is_breakdown(status);
    TRY(status);
    compute_report_compiling(seat->compute);
    TRY(lane_init(&lanes[0], h->flow, h->delivery, &p->windows, renderer, seat->batch, error));
    seat->in_flight = 1;
    uint32_t wanted = tune_in_flight(p, &seat->device, seat->batch);
    while (seat->in_flight < wanted && hire_other(h, &lanes[seat->in_flight]))
        seat->in_flight++;
    log_line(p->log, PLOTMILL_LOG_DETAIL, "device %u: batches of %llu images, %u at a time, %.1f MB on the device",
             (unsigned)seat->device.index, (unsigned long long)seat->batch, (unsigned)seat->in_flight,
             1e-6 * (double)memory_needs_bytes(&needs, seat->batch) * seat->in_flight);
done:
    return status;
}

enum plotmill_status crew_init(struct crew *crew, const struct pipeline *pipeline, struct team *team, struct flow *flow,
                               const struct delivery *delivery, size_t *failed, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool device_failed = false;
    *failed = SEAT_NONE;
    for (size_t i = 0; i < team->count; i++) {
        struct hiring hiring = {pipeline, delivery, flow, &team->seats[i], 0};
        if (team->seats[i].state != SEAT_AT_WORK)
            continue;
        status = hire(&hiring, crew->lanes[i], &device_failed, error);
        *failed = device_failed ? i : SEAT_NONE;
        TRY(status);
        for (int k = 0; k < CREW_LANES; k++)
            crew->lanes[i][k].seat = i;
    }
done:
    return status;
}

void crew_memory(const struct crew *crew, struct trace *trace)
{
    for (size_t i = 0; i < PLOTMILL_SHARES; i++)
        for (int k = 0; k < CREW_LANES; k++)
            if (crew->lanes[i][k].renderer)
                lane_memory(&crew->lanes[i][k], trace);
}

uint64_t crew_finish(struct crew *crew, struct team *team)
{
    uint64_t by_host = 0;
    for (size_t i = 0; i < team->count; i++)
        for (int k = CREW_LANES - 1; k >= 0; k--) {
            struct lane *lane = &crew->lanes[i][k];
            team->seats[i].images += lane->images;
            by_host += lane->renderer ? renderer_host_images(lane->renderer) : 0;
            lane_finish(lane);
        }
    return by_host;
}

enum plotmill_status crew_start(struct crew *crew, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    /* Each device gets its first batch before any gets its second. */
    for (int k = 0; k < CREW_LANES; k++)
        for (size_t i = 0; i < PLOTMILL_SHARES; i++)
            if (crew->lanes[i][k].renderer)
                TRY(lane_start(&crew->lanes[i][k], error));
done:
    return status;
}

void crew_join(struct crew *crew)
{
    for (size_t i = 0; i < PLOTMILL_SHARES; i++)
        for (int k = 0; k < CREW_LANES; k++)
            thread_join(&crew->lanes[i][k].thread);
}
