#include "job/worker.h"

#include <math.h>
#include <stdlib.h>

#include "base/try.h"

enum plotmill_status lane_init(struct lane *lane, struct flow *flow, const struct delivery *delivery,
                               const struct windows *windows, struct renderer *renderer, uint64_t batch,
                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    lane->flow = flow;
    lane->delivery = delivery;
    lane->windows = windows;
    lane->renderer = renderer;
    lane->batch = batch;
    TRY_ALLOCATE(error, lane->samples, feed_samples(windows, batch), sizeof *lane->samples);
    TRY_ALLOCATE(error, lane->y_range, batch * 2, sizeof *lane->y_range);
    TRY_ALLOCATE(error, lane->window_start, batch, sizeof *lane->window_start);
done:
    return status;
}

void lane_finish(struct lane *lane)
{
    renderer_destroy(lane->renderer);
    compute_close(lane->fork);
    free(lane->samples);
    free(lane->y_range);
    free(lane->window_start);
    *lane = (struct lane){0};
}

void lane_memory(const struct lane *lane, struct trace *trace)
{
    trace_memory(trace, "samples, on their way", false, 1, feed_samples(lane->windows, lane->batch) * 8);
    trace_memory(trace, "y_range, window_start", false, 1, lane->batch * 24);
    renderer_memory(lane->renderer, trace);
}

/* false: not, or not all of it; the job was stopped then, be it by this, or halted before it began. */
static bool store(struct lane *lane, const struct parcel *parcel, const struct renderer_images *made)
{
    const struct plotmill_sink_ops *ops = lane->delivery->sink->ops;
    struct plotmill_batch batch = {
        .first = parcel->first,
        .count = parcel->count,
        .data = made->pixels,
        .streams = made->streams,
        .window_start = lane->window_start,
        .y_range = lane->y_range,
        .samples = lane->samples,
        .sample_stride = feed_stride(lane->windows),
        .window = lane->windows->window,
    };
    bool ordered = ops->ordered, alone = ordered || !ops->thread_safe;
    if (alone && !flow_enter_sink(lane->flow, parcel, ordered))
        return false;
    delivery_run(lane->delivery, &batch, lane->flow);
    if (alone)
        flow_leave_sink(lane->flow, ordered);
    return flow_state(lane->flow) != FLOW_STOPPED;
}

/* All that can fail here is the device. */
static enum plotmill_status carry(struct lane *lane, const struct parcel *parcel, bool *stored,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer_images made;
    uint64_t empty = 0;
    TRY(renderer_run(lane->renderer, lane->samples, parcel->count, &made, lane->y_range, error));
    for (uint64_t k = 0; k < parcel->count; k++) {
        lane->window_start[k] = (int64_t)((parcel->first + k) * lane->windows->start_step);
        empty += isnan(lane->y_range[2 * k]) != 0;
    }
    *stored = store(lane, parcel, &made);
    if (*stored) {
        lane->images += parcel->count;
        flow_stored(lane->flow, parcel->count, empty);
    }
    TRY(renderer_release(lane->renderer, error));
done:
    return status;
}

static void run(void *user)
{
    struct lane *lane = user;
    struct flow *flow = lane->flow;
    struct plotmill_error error = {0};
    enum plotmill_status status;
    struct parcel parcel;
    trace_attach(lane->track);
    bool stored;
    do {
        stored = false;
        status = flow_take(flow, lane->batch, lane->samples, &parcel, &error);
        if (status)
            flow_stop(flow, status, &error);
        if (status || !parcel.count)
            break;
        status = carry(lane, &parcel, &stored, &error);
        if (status)
            flow_halt(flow, lane->seat, status, &error);
        if (!stored)
            flow_return(flow, &parcel);
    } while (!status && stored);
    trace_detach();
    flow_lane_ends(flow);
}

enum plotmill_status lane_start(struct lane *lane, struct plotmill_error *error)
{
    struct flow *flow = lane->flow;
    mutex_lock(&flow->lock);
    flow->lanes++;
    mutex_unlock(&flow->lock);
    enum plotmill_status status = thread_start(&lane->thread, run, lane, error);
    if (status)
        flow_lane_ends(flow);
    return status;
}
