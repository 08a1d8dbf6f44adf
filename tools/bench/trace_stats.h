/* What the tracks of a trace did, added up. */
#ifndef TOOLS_BENCH_TRACE_STATS_H
#define TOOLS_BENCH_TRACE_STATS_H

#include "base/trace.h"

struct account_row {
    const char *name;
    int waits;
    double seconds; /* of all tracks */
    double busy;    /* share of the time in which at least one track was at it, 0..1 */
    uint64_t count;
    uint64_t bytes;
};

enum { ACCOUNT_ROWS = 32, ACCOUNT_FILL = 8 };

struct account {
    uint32_t tracks; /* that did something */
    double seconds;  /* of the job */
    double present;  /* seconds that tracks were there, all together: tracks x seconds but for who came late or left */
    double sum;      /* of the rows: equals `present` for lanes and workers */
    double busy;     /* share of the time in which at least one track did something other than waiting */
    struct account_row rows[ACCOUNT_ROWS];
    size_t count;
};

/* 0 when memory has run out. */
int account_make(struct account *account, const struct trace *trace, enum track_kind kind);

/* The row of that name, or one of nothing. */
struct account_row account_row(const struct account *account, const char *name);

/* Share of the time in which at least one thread of the host was at a stage. 0 when memory has run out. */
int account_host(const struct trace *trace, const char *name, double *busy);

/* Shares of the time in which 0, 1, 2... lanes had a batch at the device: uploaded, drawn or downloaded. The last one
 * stands for more, too. 0 when memory has run out. */
int account_fill(const struct trace *trace, double shares[ACCOUNT_FILL]);

#endif
