/* The devices of a job: those that work and those that stand by. What happens when one fails: smaller batches first,
 * then another device. Each step is a warning, and a fallback event in the summary. */
#ifndef JOB_DEVICE_SLOTS_H
#define JOB_DEVICE_SLOTS_H

#include "device/compute.h"
#include "job/job.h"

enum device_state { DEVICE_STANDBY, DEVICE_ACTIVE, DEVICE_FAILED };

struct device_slot {
    struct device_info device;
    const struct device_entry *entry;
    enum device_state state;
    struct compute *compute;   /* of an active device; NULL: not open */
    uint64_t batch;            /* images per batch; 0: not chosen yet */
    uint32_t in_flight;        /* batches at a time */
    uint64_t images;           /* stored by workers that have ended */
    double warm_up_seconds;    /* the last warm-up of a batch; 0: none yet */
    bool reported_deoptimized; /* as long as it is open */
};

struct device_slots {
    struct device_slot slots[DEVICE_SHARES];
    size_t count;
};

void device_slots_init(struct device_slots *devices, const struct job *job);
void device_slots_finish(struct device_slots *devices);

/* Opens the active devices that are not open. *failed: the one that could not be opened. */
enum plotmill_status device_slots_open(struct device_slots *devices, const struct job *job, struct device_slot **failed,
                                       struct plotmill_error *error);

/* Keeps compiled kernels in the cache. No worker may exist. */
void device_slots_keep_programs(const struct device_slots *devices);

/* "Rendering mode: GPU", or CPU, ...: the types of the active devices. */
void device_slots_log_mode(const struct device_slots *devices, const struct log *log);

/* The first one in this state; NULL: none. */
struct device_slot *device_slots_first(struct device_slots *devices, enum device_state state);

struct device_failure {
    struct device_slot *slot;
    bool working;   /* images were being drawn; else it was being set up */
    uint64_t image; /* the first one that is not stored */
    enum plotmill_status status;
};

/* true: *devices was changed so that the job can go on with new workers. false: it cannot; the message of *error, which
 * says what failed, may get a hint. */
bool device_slots_fall_back(struct device_slots *devices, const struct job *job, const struct device_failure *failure,
                            struct plotmill_error *error, struct job_summary *summary);

/* Adds a fallback event for each open device whose kernels did not build with optimization. The log has it already. */
void device_slots_add_deoptimized(struct device_slots *devices, struct job_summary *summary);

/* At the end of a job: fills in the hint of each fallback event. */
void device_slots_fill_hints(struct device_slots *devices, struct job_summary *summary);

#endif
