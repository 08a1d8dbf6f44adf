#include "trial.h"

#include "system.h"

/* One tells nothing of how batches flow. */
#define LEAST_ARRIVALS 2

/* Times at which images arrived in the sink: the first of these leaves out what a job takes to get going. */
struct arrivals {
    double limit;
    uint64_t first_done, done;
    double first_seconds, last_seconds, seconds;
    int count;
    int whole, given_up;
};

static int watch(void *user, const struct plotmill_progress *at)
{
    struct arrivals *arrivals = user;
    arrivals->seconds = at->seconds;
    if (at->done > arrivals->done) {
        if (!arrivals->count++) {
            arrivals->first_done = at->done;
            arrivals->first_seconds = at->seconds;
        }
        arrivals->done = at->done;
        arrivals->last_seconds = at->seconds;
    }
    arrivals->whole = at->done == at->images;
    /* A job that has stored everything is given up all the same: its output must not be kept. */
    if (arrivals->limit > 0)
        arrivals->given_up = (at->seconds >= arrivals->limit && arrivals->count >= LEAST_ARRIVALS) || arrivals->whole;
    return arrivals->given_up || system_interrupted();
}

static double rate_of(const struct arrivals *arrivals)
{
    double seconds = arrivals->last_seconds - arrivals->first_seconds;
    if (arrivals->count >= 4 && !arrivals->whole && seconds > 0)
        return (double)(arrivals->done - arrivals->first_done) / seconds;
    return arrivals->last_seconds > 0 ? (double)arrivals->done / arrivals->last_seconds : 0;
}

enum plotmill_status trial_run(const struct trial *trial, struct trial_result *result)
{
    struct arrivals arrivals = {.limit = trial->seconds};
    struct plotmill_job_options job = trial->job;
    plotmill_sink *sink = NULL;
    *result = (struct trial_result){0};
    enum plotmill_status status = plotmill_sink_open(trial->pm, trial->path, &trial->sink, &sink);
    if (status)
        return status;
    job.progress = watch;
    job.progress_user = &arrivals;
    status = plotmill_job_run(trial->pm, trial->source, sink, &job, &result->summary);
    plotmill_sink_destroy(sink);
    if (status == PLOTMILL_CANCELLED && arrivals.given_up && !system_interrupted())
        status = PLOTMILL_OK;
    result->images = arrivals.done;
    result->seconds = arrivals.seconds;
    result->rate = rate_of(&arrivals);
    result->whole = arrivals.whole;
    return status;
}
