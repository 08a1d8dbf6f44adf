/* What plotmill profile found out; its parts fill it and print it. */
#ifndef TOOLS_PROFILE_PROFILE_H
#define TOOLS_PROFILE_PROFILE_H

#include "tools/bench/timed_run.h"
#include "tools/bench/trace_stats.h"
#include "tools/common/console.h"

enum { SWEEP_ROWS = 24, SWEEP_TEXT = 120 };

/* One short run of the job with other settings. */
struct sweep_row {
    char settings[SWEEP_TEXT]; /* as on the command line: "--batch 64" */
    double rate;               /* images/s; 0: it could not be run */
    char why[SWEEP_TEXT];      /* it could not be run */
};

struct sweep {
    struct sweep_row rows[SWEEP_ROWS]; /* the first one: as asked */
    size_t count;
    char best[SWEEP_TEXT];       /* "": nothing was faster */
    double best_rate, base_rate; /* measured once more, in turn */
};

struct profile {
    struct trial trial;         /* the user's own job */
    struct trial_result result; /* how it went */
    struct trace *trace;
    const char *output;  /* as the user named it; NULL: null: */
    const char *format;  /* "hdf5" */
    double open_seconds; /* reading the input before the first image */
    unsigned cores;      /* of the host */
    double cpu_seconds;  /* of the process while the job ran, its start included; 0: unknown */
    double job_seconds;  /* the same by the clock */
    uint64_t peak;       /* bytes, the most the process had held by the end of the job; 0: unknown */
    struct account lanes, workers, queues;
    double reading, encoding, writing; /* shares of the time in which a thread of the host was at it */
    double fill[ACCOUNT_FILL];         /* see account_fill */
    struct sweep sweep;
    char verdict[400];
};

/* From the trace; 0 when memory has run out. */
int profile_analyse(struct profile *profile);

/* Runs the job again and again with other settings. Returns PLOTMILL_CANCELLED after an interrupt; no other failure
 * ends it. */
enum plotmill_status profile_sweep(struct profile *profile, struct console *console);

/* To stdout. */
void profile_print(const struct profile *profile);
void profile_print_json(const struct profile *profile);

#endif
