#include "tools/bench/timed_run.h"

#include "base/os.h"

/* Several batches are on their way at a time, and come in bursts: few tell little. A slow device is given a few times
 * as long for them, and then two must do. */
#define ENOUGH 6
#define LEAST 2
#define PATIENCE 4

struct arrivals {
    double limit; /* seconds; 0: to the end */
    uint64_t done;
    double last_seconds, seconds; /* when the last batch arrived; now */
    int count;
    int whole, given_up;
};

static int is_over(const struct arrivals *arrivals)
{
    /* A job that has stored everything is given up all the same: its output must not be kept. */
    if (arrivals->limit <= 0 || arrivals->whole)
        return arrivals->limit > 0;
    return (arrivals->count >= ENOUGH && arrivals->seconds >= arrivals->limit) ||
           (arrivals->count >= LEAST && arrivals->seconds >= PATIENCE * arrivals->limit);
}

static int watch(void *user, const struct plotmill_progress *at)
{
    struct arrivals *arrivals = user;
    arrivals->seconds = at->seconds;
    if (at->done > arrivals->done) {
        arrivals->count++;
        arrivals->done = at->done;
        arrivals->last_seconds = at->seconds;
    }
    arrivals->whole = at->done == at->images;
    arrivals->given_up = is_over(arrivals);
    return arrivals->given_up || os_interrupted();
}

enum plotmill_status trial_run(const struct trial *trial, struct trial_result *result)
{
    struct arrivals arrivals = {.limit = trial->seconds};
    struct plotmill_job_options job = trial->job;
    plotmill_sink *sink = NULL;
    *result = (struct trial_result){0};
    enum plotmill_status status = trial->ops ? plotmill_sink_create(trial->pm, trial->ops, trial->ops_self, &sink)
                                             : plotmill_sink_open(trial->pm, trial->path, &trial->sink, &sink);
    if (status)
        return status;
    job.progress = watch;
    job.progress_user = &arrivals;
    status = measure_job(trial->pm, trial->source, sink, &job, &trial->measure, &result->summary);
    plotmill_sink_destroy(sink);
    if (status == PLOTMILL_CANCELLED && arrivals.given_up && !os_interrupted())
        status = PLOTMILL_OK;
    result->images = arrivals.done;
    result->seconds = arrivals.seconds;
    result->rate = arrivals.last_seconds > 0 ? (double)arrivals.done / arrivals.last_seconds : 0;
    result->whole = arrivals.whole;
    return status;
}
