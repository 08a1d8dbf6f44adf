/* The lanes of a job: as many for each device as its memory bears. */
#ifndef PIPELINE_CREW_H
#define PIPELINE_CREW_H

#include "pipeline/lane.h"
#include "pipeline/tune.h"

#define CREW_LANES 3 /* at most, for each device */

struct crew {
    struct lane lanes[PLOTMILL_SHARES][CREW_LANES];
    uint32_t in_flight[PLOTMILL_SHARES]; /* lanes of each device */
    uint64_t batch[PLOTMILL_SHARES];
    size_t devices;
};

/* Builds the kernels, finds each device's batch, makes the lanes. crew_finish also takes one that was never made (all
 * zero). */
enum plotmill_status crew_init(struct crew *crew, const struct pipeline *pipeline, struct flow *flow,
                               const struct delivery *delivery, struct plotmill_error *error);
void crew_finish(struct crew *crew);

/* Sets all lanes to work. Those that began are joined with crew_join, also when this fails. */
enum plotmill_status crew_start(struct crew *crew, struct plotmill_error *error);
void crew_join(struct crew *crew);

#endif
