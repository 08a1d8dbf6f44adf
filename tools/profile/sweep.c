#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/profile/profile.h"

/* A run that is compared with others lasts a quarter of the one that is looked at. */
#define SHARE 0.25
#define LEAST_SECONDS 0.05

/* Less is what two runs of the same settings differ by. */
#define GAIN 1.05

/* Changes of the user's job; 0: as they are. */
struct change {
    uint64_t batch;
    uint32_t jobs;
    int uncompressed;
    uint32_t chunk_images;
};

struct search {
    struct profile *profile;
    struct console *console;
    struct change best;
    double best_rate;
    enum plotmill_status status;
};

static void name_change(const struct change *change, char *text, size_t size)
{
    int length = 0;
    *text = 0;
    if (change->batch)
        length += snprintf(text + length, size - (size_t)length, " --batch %" PRIu64, change->batch);
    if (change->jobs)
        length += snprintf(text + length, size - (size_t)length, " --jobs %u", (unsigned)change->jobs);
    if (change->uncompressed)
        length += snprintf(text + length, size - (size_t)length, " --compress none");
    if (change->chunk_images)
        snprintf(text + length, size - (size_t)length, " --chunk-images %u", (unsigned)change->chunk_images);
    memmove(text, text + (*text == ' '), strlen(text) + 1 - (*text == ' '));
}

/* The rate, 0 where such a job cannot be run; `why` says why. *threads: that encoded and wrote. */
static double rate_of(struct search *search, const struct change *change, uint32_t *threads, char *why, size_t size)
{
    struct trial trial = search->profile->trial;
    struct trial_result result = {0};
    trial.measure.trace = NULL;
    trial.seconds = trial.seconds * SHARE > LEAST_SECONDS ? trial.seconds * SHARE : LEAST_SECONDS;
    trial.job.batch = change->batch ? change->batch : trial.job.batch;
    trial.job.jobs = change->jobs ? change->jobs : trial.job.jobs;
    if (change->uncompressed)
        trial.sink.compress = PLOTMILL_COMPRESS_NONE;
    if (change->chunk_images)
        trial.sink.chunk_images = change->chunk_images;
    plotmill_set_log(trial.pm, NULL, NULL);
    search->status = trial_run(&trial, &result);
    plotmill_set_log(trial.pm, console_log, search->console);
    *why = 0;
    if (search->status)
        snprintf(why, size, "%s", plotmill_message(trial.pm));
    if (search->status != PLOTMILL_CANCELLED)
        search->status = PLOTMILL_OK;
    *threads = result.summary.jobs;
    return *why ? 0 : result.rate;
}

static uint32_t try_change(struct search *search, const struct change *change)
{
    struct sweep *sweep = &search->profile->sweep;
    uint32_t threads = 0;
    if (search->status || sweep->count == SWEEP_ROWS)
        return 0;
    struct sweep_row *row = &sweep->rows[sweep->count++];
    name_change(change, row->settings, sizeof row->settings);
    row->rate = rate_of(search, change, &threads, row->why, sizeof row->why);
    if (search->status)
        sweep->count--;
    if (row->rate > search->best_rate) {
        search->best_rate = row->rate;
        search->best = *change;
    }
    return threads;
}

static void try_batches(struct search *search)
{
    const uint64_t batch = search->profile->result.summary.batch;
    const struct change from = search->best;
    const uint64_t sizes[] = {batch / 4, batch / 2, batch * 2, batch * 4};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct change change = from;
        change.batch = sizes[i];
        if (sizes[i] && (!i || sizes[i] != sizes[i - 1]) && sizes[i] != batch)
            try_change(search, &change);
    }
}

/* Where the sink takes one batch at a time, threads have nothing to share: told by what the first try used. */
static void try_jobs(struct search *search)
{
    const uint32_t now = search->profile->result.summary.jobs, cores = search->profile->cores;
    const uint32_t counts[] = {2, 1, 4, cores, 2 * cores};
    const struct change from = search->best;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct change change = from;
        int tried = counts[i] == now;
        for (size_t k = 0; k < i; k++)
            tried |= counts[k] == counts[i];
        change.jobs = counts[i];
        if (tried)
            continue;
        if (try_change(search, &change) == 1 && counts[i] > 1) {
            search->profile->sweep.count--;
            search->best = from;
            return;
        }
    }
}

static void try_sink(struct search *search)
{
    const struct profile *p = search->profile;
    const int hdf5 = !strcmp(p->format, "hdf5");
    struct change change = search->best;
    change.uncompressed = 1;
    if ((hdf5 || !strcmp(p->format, "png")) && p->trial.sink.compress == PLOTMILL_COMPRESS_DEFLATE)
        try_change(search, &change);
    change = search->best;
    change.chunk_images = 8;
    if (hdf5 && p->trial.sink.chunk_images <= 1)
        try_change(search, &change);
}

/* The best one may have been lucky: it and the job as it was are measured twice more, in turn. */
static void confirm(struct search *search)
{
    struct sweep *sweep = &search->profile->sweep;
    const struct change none = {0};
    char why[SWEEP_TEXT];
    uint32_t threads;
    double base = 0, best = 0;
    if (search->best_rate <= 0 || !memcmp(&search->best, &none, sizeof none))
        return;
    for (int i = 0; i < 2 && !search->status; i++) {
        base += rate_of(search, &none, &threads, why, sizeof why) / 2;
        if (!search->status)
            best += rate_of(search, &search->best, &threads, why, sizeof why) / 2;
    }
    if (search->status || best < base * GAIN)
        return;
    name_change(&search->best, sweep->best, sizeof sweep->best);
    sweep->base_rate = base;
    sweep->best_rate = best;
}

enum plotmill_status profile_sweep(struct profile *profile, struct console *console)
{
    struct search search = {.profile = profile, .console = console};
    console_say(console, PLOTMILL_LOG_INFO, "trying other settings, %.2g s each", profile->trial.seconds * SHARE);
    try_change(&search, &search.best);
    try_batches(&search);
    try_jobs(&search);
    try_sink(&search);
    confirm(&search);
    return search.status;
}
