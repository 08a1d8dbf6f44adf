#include "pipeline/flow.h"

bool flow_stopped(struct flow *flow)
{
    mutex_lock(&flow->lock);
    bool stopped = flow->stopped;
    mutex_unlock(&flow->lock);
    return stopped;
}

static struct parcel next_parcel(struct flow *flow, uint64_t most)
{
    struct parcel parcel = {.number = flow->parcels};
    while (flow->range < flow->range_count && flow->done == flow->ranges[flow->range].count) {
        flow->range++;
        flow->done = 0;
    }
    if (flow->range == flow->range_count)
        return parcel;
    uint64_t left = flow->ranges[flow->range].count - flow->done;
    parcel.first = flow->ranges[flow->range].first + flow->done;
    parcel.count = left < most ? left : most;
    flow->done += parcel.count;
    flow->parcels++;
    return parcel;
}

enum plotmill_status flow_take(struct flow *flow, uint64_t most, double *samples, struct parcel *parcel,
                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    enum trace_stage before = trace_switch(TRACE_WAIT_SOURCE);
    mutex_lock(&flow->reading);
    *parcel = (struct parcel){0};
    if (!flow_stopped(flow))
        *parcel = next_parcel(flow, most);
    trace_batch(parcel->first, parcel->count);
    trace_switch(TRACE_READ);
    if (parcel->count)
        status = feed_read(&flow->feed, parcel->first, parcel->count, samples, error);
    mutex_unlock(&flow->reading);
    trace_switch(before);
    return status;
}

void flow_stop(struct flow *flow, enum plotmill_status status, const struct plotmill_error *error)
{
    mutex_lock(&flow->lock);
    if (!flow->stopped) {
        flow->stopped = true;
        flow->status = status;
        flow->error = *error;
    }
    condition_wake_all(&flow->changed);
    condition_wake_all(&flow->progress);
    mutex_unlock(&flow->lock);
}

bool flow_enter_sink(struct flow *flow, const struct parcel *parcel, bool ordered)
{
    enum trace_stage before = trace_switch(TRACE_WAIT_SINK);
    if (!ordered)
        mutex_lock(&flow->writing);
    mutex_lock(&flow->lock);
    while (ordered && !flow->stopped && flow->turn != parcel->number)
        condition_wait(&flow->changed, &flow->lock);
    bool stopped = flow->stopped;
    mutex_unlock(&flow->lock);
    if (stopped && !ordered)
        mutex_unlock(&flow->writing);
    trace_switch(before);
    return !stopped;
}

void flow_leave_sink(struct flow *flow, bool ordered)
{
    if (!ordered) {
        mutex_unlock(&flow->writing);
        return;
    }
    mutex_lock(&flow->lock);
    flow->turn++;
    condition_wake_all(&flow->changed);
    mutex_unlock(&flow->lock);
}

void flow_stored(struct flow *flow, uint64_t images, uint64_t empty)
{
    mutex_lock(&flow->lock);
    flow->stored += images;
    flow->empty += empty;
    condition_wake_all(&flow->progress);
    mutex_unlock(&flow->lock);
}

void flow_lane_ends(struct flow *flow)
{
    mutex_lock(&flow->lock);
    flow->lanes--;
    condition_wake_all(&flow->progress);
    mutex_unlock(&flow->lock);
}
