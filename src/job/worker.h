/* A lane carries one batch after another all the way: source, device, sink. With two or three lanes for each device
 * one reads while another's kernels run and a third one writes; what is in flight is bounded by their number. */
#ifndef JOB_WORKER_H
#define JOB_WORKER_H

#include "job/output_stage.h"
#include "job/queue.h"

struct lane {
    struct flow *flow;
    const struct delivery *delivery;
    const struct windows *windows;
    struct compute *fork;      /* its queue; NULL: the device's own */
    struct renderer *renderer; /* its buffers */
    uint64_t batch;            /* images they hold */
    double *samples;
    double *y_range;
    int64_t *window_start;
    size_t seat;     /* of the device, in the team */
    uint64_t images; /* stored so far */
    struct thread thread;
    struct trace_track *track; /* what it does is recorded there; NULL: nowhere */
};

/* Takes over the renderer, also when it fails. lane_finish also takes one that was never made (all zero). */
enum plotmill_status lane_init(struct lane *lane, struct flow *flow, const struct delivery *delivery,
                               const struct windows *windows, struct renderer *renderer, uint64_t batch,
                               struct plotmill_error *error);
void lane_finish(struct lane *lane);

/* Adds its buffers on the host and the device; takes NULL. */
void lane_memory(const struct lane *lane, struct trace *trace);

/* Carries parcels in a thread of its own until there are none, or the job is stopped. */
enum plotmill_status lane_start(struct lane *lane, struct plotmill_error *error);

#endif
