/* What becomes of a job whose device failed: smaller batches first, then another device. Every step is one warning, and
 * a fallback event in the summary. */
#ifndef JOB_FALLBACK_H
#define JOB_FALLBACK_H

#include "job/device_slots.h"
#include "job/output_stage.h"

struct breakdown {
    size_t seat;    /* of the device that failed */
    bool working;   /* images were being drawn; else it was made ready */
    uint64_t image; /* the first one that is not stored */
    enum plotmill_status status;
};

/* true: the team was changed so that the job can go on, from no lane to new ones. false: it cannot; `error`, which
 * tells what failed, may get a hint. */
bool fall_back(struct team *team, const struct pipeline *pipeline, const struct delivery *delivery,
               const struct breakdown *breakdown, struct plotmill_error *error, struct plotmill_summary *summary);

/* Kernels that did not build with optimization are a fallback event too: of the devices that are open. The log knows
 * already.
 */
void fallback_tell_deoptimized(struct team *team, struct plotmill_summary *summary);

/* When the job is done: fills in what would have avoided each fallback event. */
void fallback_advise(const struct team *team, struct plotmill_summary *summary);

#endif
