#include "tools/bench/timed_run.h"

#include "base/os.h"

/* Several batches are in flight and arrive in bursts, so a rate needs several of them. A slow device gets up to
 * SLOW_FACTOR times as long; then two batches suffice. */
#define ENOUGH_BATCHES 6
#define MIN_BATCHES 2
#define SLOW_FACTOR 4

struct arrivals {
    double limit; /* seconds; 0: none */
    uint64_t images;
    double last_seconds, seconds; /* of the last batch; now */
    int batches, cancelled;
};

static int on_progress(void *user, const struct job_progress *at)
{
    struct arrivals *arrivals = user;
    arrivals->seconds = at->seconds;
    if (at->done > arrivals->images) {
        arrivals->batches++;
        arrivals->images = at->done;
        arrivals->last_seconds = at->seconds;
    }
    /* A job that has stored everything is cancelled as well: its output must not be kept. */
    arrivals->cancelled =
        arrivals->limit > 0 &&
        (at->done == at->images || (arrivals->batches >= ENOUGH_BATCHES && at->seconds >= arrivals->limit) ||
         (arrivals->batches >= MIN_BATCHES && at->seconds >= SLOW_FACTOR * arrivals->limit));
    return arrivals->cancelled || os_interrupted();
}

enum plotmill_status timed_run(const struct timed_run *run, struct timed_run_result *result)
{
    struct arrivals arrivals = {.limit = run->seconds};
    struct job_options job = run->job;
    plotmill_sink *sink = NULL;
    *result = (struct timed_run_result){0};
    enum plotmill_status status = run->ops ? api_sink_create(run->pm, run->ops, run->ops_self, &sink)
                                           : api_sink_open(run->pm, run->path, &run->sink, &sink);
    if (status)
        return status;
    job.progress = on_progress;
    job.progress_user = &arrivals;
    status = measure_job(run->pm, run->source, sink, &job, &run->measure, &result->summary);
    job_summary_free(&result->summary);
    plotmill_sink_destroy(sink);
    if (status == PLOTMILL_CANCELLED && arrivals.cancelled && !os_interrupted())
        status = PLOTMILL_OK;
    result->images = arrivals.images;
    result->seconds = arrivals.seconds;
    result->rate = arrivals.last_seconds > 0 ? (double)arrivals.images / arrivals.last_seconds : 0;
    return status;
}

int timed_run_fail(struct console *console, const plotmill *pm, enum plotmill_status status)
{
    const char *message = status == PLOTMILL_CANCELLED ? os_interrupt_message : plotmill_message(pm);
    return console_fail(console, status, "%s", *message ? message : plotmill_status_str(status));
}
