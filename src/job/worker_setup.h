/* The lanes of a job: as many for each device as its memory bears. */
#ifndef JOB_WORKER_SETUP_H
#define JOB_WORKER_SETUP_H

#include "job/device_slots.h"
#include "job/tune.h"
#include "job/worker.h"

#define CREW_LANES (FLOW_LANES / PLOTMILL_SHARES) /* at most, for each device */

struct crew {
    struct lane lanes[PLOTMILL_SHARES][CREW_LANES]; /* by seat; not at work: all zero */
};

/* Builds the kernels, finds the batch of each device at work where it is not known, makes the lanes. After a failure of
 * a device *failed is its seat. */
enum plotmill_status crew_init(struct crew *crew, const struct pipeline *pipeline, struct team *team, struct flow *flow,
                               const struct delivery *delivery, size_t *failed, struct plotmill_error *error);
/* Tells the trace (NULL: nobody) of all buffers. */
void crew_memory(const struct crew *crew, struct trace *trace);

/* Lanes that are no longer at work leave; what they did is added to their seats. Returns the images that the host
 * compressed for them. Also takes a crew that was never made (all zero). */
uint64_t crew_finish(struct crew *crew, struct team *team);

/* Sets all lanes to work. Those that began are joined with crew_join, also when this fails. */
enum plotmill_status crew_start(struct crew *crew, struct plotmill_error *error);
void crew_join(struct crew *crew);

#endif
