/* What the lanes of a job share: which images come next, who may write, how far the job is, and what stopped it. */
#ifndef PIPELINE_FLOW_H
#define PIPELINE_FLOW_H

#include <stdbool.h>

#include "base/thread.h"
#include "pipeline/feed.h"
#include "pipeline/pipeline.h"

/* Images that one lane carries from the source to the sink. */
struct parcel {
    uint64_t number; /* parcels are numbered in the order of their images */
    uint64_t first;
    uint64_t count; /* 0: there is nothing left to do */
};

struct flow {
    struct trace *trace; /* see pipeline.h */

    /* The source's gate: one lane reads at a time, in order, so that what one read the next need not read again. */
    struct mutex reading;
    struct feed feed;
    const struct image_range *ranges;
    size_t range_count;
    size_t range;  /* the one that parcels come from */
    uint64_t done; /* of it, handed out */
    uint64_t parcels;

    /* The sink's gate, for sinks that take one batch at a time. */
    struct mutex writing;

    struct mutex lock;         /* of all below */
    struct condition changed;  /* of turn, stopped */
    struct condition progress; /* of stored, lanes */
    uint64_t turn;             /* the parcel that an ordered sink waits for */
    uint64_t stored;           /* images */
    uint64_t empty;            /* of these, without a sample */
    unsigned lanes;            /* at work */
    bool stopped;
    enum plotmill_status status; /* why: the first failure counts */
    struct plotmill_error error;
};

/* The job was stopped: nothing new may begin. */
bool flow_stopped(struct flow *flow);

/* The next parcel, of at most `most` images, with its samples (feed.h tells how many) in `samples`. */
enum plotmill_status flow_take(struct flow *flow, uint64_t most, double *samples, struct parcel *parcel,
                               struct plotmill_error *error);

/* Stops the job: lanes end with the batch they are at. Only the first failure is kept. */
void flow_stop(struct flow *flow, enum plotmill_status status, const struct plotmill_error *error);

/* Around a write to a sink that takes one batch at a time; ordered: in the order of the parcels. false: the job was
 * stopped, nothing may be written and flow_leave_sink not be called. */
bool flow_enter_sink(struct flow *flow, const struct parcel *parcel, bool ordered);
void flow_leave_sink(struct flow *flow, bool ordered);

/* A parcel is in the sink. */
void flow_stored(struct flow *flow, uint64_t images, uint64_t empty);

/* A lane has ended. */
void flow_lane_ends(struct flow *flow);

#endif
