/* A job that is run for a while and given up, to see how fast it goes: it leaves nothing. */
#ifndef TOOLS_BENCH_TIMED_RUN_H
#define TOOLS_BENCH_TIMED_RUN_H

#include "api/measure.h"
#include "plotmill/plotmill.h"

struct trial {
    plotmill *pm;
    plotmill_source *source;
    struct plotmill_job_options job; /* its progress is the trial's own */
    struct measure_options measure;
    struct plotmill_sink_options sink;   /* of `path` */
    const char *path;                    /* where the sink would write */
    const struct plotmill_sink_ops *ops; /* a sink of the command's own instead; NULL: none */
    void *ops_self;
    double seconds; /* given up after so many, from the first batch on, but not before some batches have come; 0: runs
                       to its end, and its output stays */
};

struct trial_result {
    uint64_t images; /* stored before it was given up */
    double seconds;  /* from the first batch on */
    double rate;     /* images a second, until the last batch that was stored */
    int whole;       /* the job ended by itself */
    struct plotmill_summary summary;
};

/* Returns PLOTMILL_CANCELLED only after an interrupt (system.h). */
enum plotmill_status trial_run(const struct trial *trial, struct trial_result *result);

#endif
