/* How fast a job goes: in all, and over its last minute, so that an estimate follows when a device falls back or a disk
 * slows down. */
#ifndef TOOLS_COMMON_RATE_H
#define TOOLS_COMMON_RATE_H

#include <stdint.h>

#define RATE_MARKS 60

struct rate_mark {
    double seconds;
    uint64_t done;
};

struct rate {
    struct rate_mark marks[RATE_MARKS]; /* a second or more apart; the oldest is overwritten */
    uint64_t count;                     /* of them, so far */
    struct rate_mark first, last;       /* the first and the latest call's */
};

/* Begins as {0}; the first call says where the job starts (images kept from an earlier run are no work). */
void rate_add(struct rate *rate, double seconds, uint64_t done);

/* Images a second over the last minute, and since the first call; 0 where none is known yet. */
double rate_now(const struct rate *rate);
double rate_average(const struct rate *rate);

#endif
