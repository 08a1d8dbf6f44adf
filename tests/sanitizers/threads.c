/* Two threads render at once, each with a handle of its own, built with ThreadSanitizer (tests/suites/sanitizers). With
 * the argument "planted", the threads also write a variable that no lock guards, which must be noticed. Exit 1, and a
 * line: a job failed, or gave other images. */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "api/engine.h"

#define SAMPLES 400
#define JOBS 3

static double samples[SAMPLES];
static pthread_barrier_t start;
static int planted, unguarded;

struct work {
    uint64_t hash;
    char failure[500];
};

static enum plotmill_status draw(plotmill *pm, uint64_t *hash)
{
    plotmill_source *source = NULL;
    plotmill_sink *sink = NULL;
    struct job_options job;
    struct job_summary summary;
    job_options_init(&job);
    job.window = 50;
    job.batch = 32;
    job.jobs = 2;
    job.line.width = 64;
    job.line.height = 48;
    enum plotmill_status status = api_source_from_array(pm, samples, (struct source_shape){SAMPLES, 0}, &source);
    if (!status)
        status = api_sink_open(pm, "hash:", NULL, &sink);
    if (!status)
        status = api_job_run(pm, source, sink, &job, &summary);
    if (!status)
        *hash = summary.hash;
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
    return status;
}

static void *run(void *user)
{
    struct work *work = user;
    pthread_barrier_wait(&start);
    plotmill *pm = plotmill_create();
    for (int i = 0; i < JOBS && !*work->failure; i++) {
        uint64_t hash = 0;
        if (draw(pm, &hash))
            snprintf(work->failure, sizeof work->failure, "%.400s", plotmill_message(pm));
        else if (i && hash != work->hash)
            snprintf(work->failure, sizeof work->failure, "job %d: other images", i);
        work->hash = hash;
    }
    if (planted)
        unguarded++;
    plotmill_destroy(pm);
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t threads[2];
    struct work works[2] = {{0}};
    planted = count > 1 && !strcmp(arguments[1], "planted");
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = sin(0.1 * i) + 0.3 * sin(1.7 * i);
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run, &works[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        if (*works[i].failure)
            return printf("thread %d: %s\n", i, works[i].failure), 1;
    if (works[0].hash != works[1].hash)
        return printf("the threads gave other images: %016" PRIx64 " and %016" PRIx64 "\n", works[0].hash,
                      works[1].hash),
               1;
    return 0;
}
