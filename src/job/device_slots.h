/* The devices of a job: those at work, and those that stand ready for when they fail. */
#ifndef JOB_DEVICE_SLOTS_H
#define JOB_DEVICE_SLOTS_H

#include "job/pipeline.h"

enum seat_state { SEAT_READY, SEAT_AT_WORK, SEAT_FAILED };

struct seat {
    struct plotmill_device device;
    const struct device_entry *entry;
    enum seat_state state;
    struct compute *compute; /* at work; NULL: not opened yet, or not again */
    uint64_t batch;          /* images a batch; 0: still to be chosen */
    uint32_t in_flight;      /* batches at a time */
    uint64_t images;         /* stored by lanes that have ended */
    bool told_deoptimized;   /* of what is open */
};

struct team {
    struct seat seats[PLOTMILL_SHARES];
    size_t count;
};

void team_init(struct team *team, const struct pipeline *pipeline);
void team_finish(struct team *team);

void seat_close(struct seat *seat);

/* Opens what is at work and not open. After a failure *failed is the seat. */
enum plotmill_status team_open(struct team *team, const struct pipeline *pipeline, size_t *failed,
                               struct plotmill_error *error);

/* Keeps what was compiled for the next start. No lane may be left. */
void team_keep_programs(const struct team *team);

/* "Rendering mode: GPU", or CPU, in the log: what those at work are. */
void team_tell_mode(const struct team *team, const struct log *log);

/* The first seat in this state, or team->count. */
size_t team_first(const struct team *team, enum seat_state state);

#endif
