#include "job/queue.h"

#include <stdlib.h>

#include "base/try.h"

bool flow_is_breakdown(enum plotmill_status status)
{
    return status == PLOTMILL_DEVICE_FAILED || status == PLOTMILL_NO_MEMORY;
}

void flow_init(struct flow *flow, const struct plotmill_range *ranges, size_t range_count)
{
    *flow = (struct flow){
        .reading = MUTEX_READY,
        .writing = MUTEX_READY,
        .lock = MUTEX_READY,
        .changed = CONDITION_READY,
        .progress = CONDITION_READY,
        .ranges = ranges,
        .range_count = range_count,
        .failed = SEAT_NONE,
    };
}

void flow_finish(struct flow *flow)
{
    free(flow->resumed);
    flow->resumed = NULL;
}

enum flow_state flow_state(struct flow *flow)
{
    mutex_lock(&flow->lock);
    enum flow_state state = flow->state;
    mutex_unlock(&flow->lock);
    return state;
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
    if (flow_state(flow) == FLOW_RUNS)
        *parcel = next_parcel(flow, most);
    trace_batch(parcel->first, parcel->count);
    trace_switch(TRACE_READ);
    if (parcel->count)
        status = feed_read(&flow->feed, parcel->first, parcel->count, samples, error);
    mutex_unlock(&flow->reading);
    trace_switch(before);
    return status;
}

static void end(struct flow *flow, enum flow_state state, size_t seat, enum plotmill_status status,
                const struct plotmill_error *error)
{
    mutex_lock(&flow->lock);
    if (flow->state < state) {
        flow->state = state;
        flow->failed = seat;
        flow->status = status;
        flow->error = *error;
    }
    condition_wake_all(&flow->changed);
    condition_wake_all(&flow->progress);
    mutex_unlock(&flow->lock);
}

void flow_stop(struct flow *flow, enum plotmill_status status, const struct plotmill_error *error)
{
    end(flow, FLOW_STOPPED, SEAT_NONE, status, error);
}

void flow_halt(struct flow *flow, size_t seat, enum plotmill_status status, const struct plotmill_error *error)
{
    if (flow_is_breakdown(status))
        end(flow, FLOW_HALTED, seat, status, error);
    else
        end(flow, FLOW_STOPPED, SEAT_NONE, status, error);
}

void flow_return(struct flow *flow, const struct parcel *parcel)
{
    mutex_lock(&flow->lock);
    size_t at = flow->returned_count++;
    for (; at && flow->returned[at - 1].first > parcel->first; at--)
        flow->returned[at] = flow->returned[at - 1];
    flow->returned[at] = (struct plotmill_range){parcel->first, parcel->count};
    mutex_unlock(&flow->lock);
}

/* Ranges come in order: one that goes on where the last one ends makes that one longer. */
static void add_range(struct plotmill_range *ranges, size_t *count, uint64_t first, uint64_t images)
{
    if (!images)
        return;
    if (*count && ranges[*count - 1].first + ranges[*count - 1].count == first)
        ranges[*count - 1].count += images;
    else
        ranges[(*count)++] = (struct plotmill_range){first, images};
}

enum plotmill_status flow_resume(struct flow *flow, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_range *left = NULL;
    size_t count = 0;
    TRY_ALLOCATE(error, left, flow->returned_count + flow->range_count - flow->range, sizeof *left);
    /* What was handed out stands before what was not. */
    for (size_t i = 0; i < flow->returned_count; i++)
        add_range(left, &count, flow->returned[i].first, flow->returned[i].count);
    for (size_t i = flow->range; i < flow->range_count; i++) {
        const uint64_t done = i == flow->range ? flow->done : 0;
        add_range(left, &count, flow->ranges[i].first + done, flow->ranges[i].count - done);
    }
    free(flow->resumed);
    flow->ranges = flow->resumed = left;
    flow->range_count = count;
    flow->range = flow->returned_count = 0;
    flow->done = flow->parcels = flow->turn = 0;
    flow->feed.held_count = 0; /* it was held by a lane that is gone */
    flow->state = FLOW_RUNS;
    flow->failed = SEAT_NONE;
done:
    return status;
}

uint64_t flow_first_missing(const struct flow *flow)
{
    if (flow->returned_count)
        return flow->returned[0].first;
    return flow->range < flow->range_count ? flow->ranges[flow->range].first + flow->done : 0;
}

bool flow_enter_sink(struct flow *flow, const struct parcel *parcel, bool ordered)
{
    enum trace_stage before = trace_switch(TRACE_WAIT_SINK);
    if (!ordered)
        mutex_lock(&flow->writing);
    mutex_lock(&flow->lock);
    while (ordered && flow->state == FLOW_RUNS && flow->turn != parcel->number)
        condition_wait(&flow->changed, &flow->lock);
    bool may = flow->state != FLOW_STOPPED && (!ordered || flow->turn == parcel->number);
    mutex_unlock(&flow->lock);
    if (!may && !ordered)
        mutex_unlock(&flow->writing);
    trace_switch(before);
    return may;
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

bool flow_begin_write(struct flow *flow)
{
    mutex_lock(&flow->lock);
    bool begins = flow->state != FLOW_STOPPED;
    flow->writers += begins;
    mutex_unlock(&flow->lock);
    return begins;
}

void flow_end_write(struct flow *flow)
{
    mutex_lock(&flow->lock);
    if (!--flow->writers)
        condition_wake_all(&flow->progress);
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
