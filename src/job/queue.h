/* What the lanes of a job share: which images come next, who may write, how far the job is, and what stopped it. */
#ifndef JOB_QUEUE_H
#define JOB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/thread.h"
#include "job/feed.h"
#include "job/pipeline.h"

/* Images that one lane carries from the source to the sink. */
struct parcel {
    uint64_t number; /* parcels are numbered in the order of their images */
    uint64_t first;
    uint64_t count; /* 0: there is nothing left to do */
};

enum flow_state {
    FLOW_RUNS,
    FLOW_HALTED, /* a device failed: nothing new begins, but what is being written is written to its end */
    FLOW_STOPPED /* the job is over: no write begins any more */
};

#define FLOW_LANES (3 * PLOTMILL_SHARES) /* at most */

struct flow {
    struct trace *trace; /* see pipeline.h */

    /* The source's gate: one lane reads at a time, in order, so that what one read the next need not read again. */
    struct mutex reading;
    struct feed feed;
    const struct plotmill_range *ranges;
    size_t range_count;
    size_t range;  /* the one that parcels come from */
    uint64_t done; /* of it, handed out */
    uint64_t parcels;
    struct plotmill_range *resumed; /* the ranges, after flow_resume */

    /* The sink's gate, for sinks that take one batch at a time. */
    struct mutex writing;

    struct mutex lock;         /* of all below */
    struct condition changed;  /* of turn, state */
    struct condition progress; /* of stored, lanes */
    uint64_t turn;             /* the parcel that an ordered sink waits for */
    uint64_t stored;           /* images */
    uint64_t empty;            /* of these, without a sample */
    unsigned lanes;            /* at work */
    unsigned writers;          /* writes under way */
    enum flow_state state;
    enum plotmill_status status; /* why: the first failure counts, but a stop more than a halt */
    struct plotmill_error error;
    size_t failed;                              /* halted: the device's seat (team.h), else SEAT_NONE */
    struct plotmill_range returned[FLOW_LANES]; /* parcels that were taken, but not stored */
    size_t returned_count;
};

/* What a device does when it fails: smaller batches or another one may do. */
bool flow_is_breakdown(enum plotmill_status status);

void flow_init(struct flow *flow, const struct plotmill_range *ranges, size_t range_count);
void flow_finish(struct flow *flow);

enum flow_state flow_state(struct flow *flow);

/* The next parcel, of at most `most` images, with its samples (feed.h tells how many) in `samples`. */
enum plotmill_status flow_take(struct flow *flow, uint64_t most, double *samples, struct parcel *parcel,
                               struct plotmill_error *error);

/* Stops the job: lanes end with the batch they are at. */
void flow_stop(struct flow *flow, enum plotmill_status status, const struct plotmill_error *error);

/* A device failed: lanes end likewise, and flow_resume may follow. A status that is not flow_is_breakdown stops. */
void flow_halt(struct flow *flow, size_t seat, enum plotmill_status status, const struct plotmill_error *error);

/* A lane that ends gives a parcel back of which nothing was stored. */
void flow_return(struct flow *flow, const struct parcel *parcel);

/* When no lane is left of a halted flow: makes it run again, over what was not stored. */
enum plotmill_status flow_resume(struct flow *flow, struct plotmill_error *error);

/* The first image that was not stored, when no lane is left. */
uint64_t flow_first_missing(const struct flow *flow);

/* Around a write to a sink that takes one batch at a time; ordered: in the order of the parcels. false: nothing may be
 * written any more and flow_leave_sink not be called. */
bool flow_enter_sink(struct flow *flow, const struct parcel *parcel, bool ordered);
void flow_leave_sink(struct flow *flow, bool ordered);

/* Around every write. false: the job was stopped, none may begin. */
bool flow_begin_write(struct flow *flow);
void flow_end_write(struct flow *flow);

/* A parcel is in the sink. */
void flow_stored(struct flow *flow, uint64_t images, uint64_t empty);

/* A lane has ended. */
void flow_lane_ends(struct flow *flow);

#endif
