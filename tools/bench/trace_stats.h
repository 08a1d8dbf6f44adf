/* Sums over the tracks of a trace, and the trace as a file for Perfetto. */
#ifndef TOOLS_BENCH_TRACE_STATS_H
#define TOOLS_BENCH_TRACE_STATS_H

#include <stdio.h>

#include "base/trace.h"

/* One stage, summed over all tracks. */
struct trace_row {
    const char *name;
    int waits;
    double seconds;
    double busy; /* share of the time in which at least one track was in this stage, 0..1 */
    uint64_t count;
    uint64_t bytes;
};

enum { TRACE_ROWS = 32, TRACE_LEVELS = 8 };

struct trace_stats {
    uint32_t tracks; /* that were active */
    double seconds;  /* of the job */
    double present;  /* the lifetimes of all tracks, added up: tracks x seconds if none started late or ended early */
    double sum;      /* of the rows: equals `present` for workers and encoders */
    double busy;     /* share of the time in which at least one track did not wait */
    struct trace_row rows[TRACE_ROWS];
    size_t count;
};

/* Sums up the tracks of some kinds: bit k of `kinds` selects kind k. Returns 0 when out of memory. */
int trace_stats_collect(struct trace_stats *stats, const struct trace *trace, unsigned kinds);

/* The row of that name; all zero when there is none. */
struct trace_row trace_stats_row(const struct trace_stats *stats, const char *name);

/* Shares of the time in which 0, 1, 2... intervals ran at once; the last share includes all larger numbers. Counts the
 * intervals that have one of `names` (ends with NULL), or with `names` NULL those that do not wait. `kinds` as above.
 * Returns 0 when out of memory. */
int trace_overlap(const struct trace *trace, unsigned kinds, const char *const names[], double shares[TRACE_LEVELS]);

/* Writes all intervals as Chrome trace events. The host is one process, each device another. */
void trace_write_events(FILE *out, const struct trace *trace);

#endif
