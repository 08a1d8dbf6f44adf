/* A job that runs for a limited time, to measure its speed. */
#ifndef TOOLS_BENCH_TIMED_RUN_H
#define TOOLS_BENCH_TIMED_RUN_H

#include "api/engine.h"
#include "api/measure.h"
#include "tools/common/console.h"

struct timed_run {
    plotmill *pm;
    plotmill_source *source;
    struct job_options job; /* its progress function is replaced */
    struct measure_options measure;
    struct sink_options sink;   /* options for `path` */
    const char *path;           /* where the sink writes */
    const struct sink_ops *ops; /* a sink to use instead of `path`; NULL: none */
    void *ops_self;
    /* The job is cancelled this long after its first batch began, but not before some batches have arrived; a cancelled
     * job leaves no output. 0: the job runs to its end, and its output stays. */
    double seconds;
};

struct timed_run_result {
    uint64_t images;            /* stored */
    double seconds;             /* since the first batch began */
    double rate;                /* images/s, up to the last batch stored */
    struct job_summary summary; /* without its lists */
};

/* Returns PLOTMILL_CANCELLED only after an interrupt (base/os.h). */
enum plotmill_status timed_run(const struct timed_run *run, struct timed_run_result *result);

/* Reports why the last run failed, or that it was interrupted; returns the exit code. */
int timed_run_fail(struct console *console, const plotmill *pm, enum plotmill_status status);

#endif
