#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "tools/profile/profile.h"

/* Duration of each run, as a share of the profiled one. */
#define RUN_SHARE 0.25
#define MIN_SECONDS 0.05

/* A stored sample holds this many bytes of pixels, more than readers cache, within these numbers of images. */
#define SAMPLE_BYTES ((uint64_t)64 << 20)
#define MIN_SAMPLE 16
#define MAX_SAMPLE 2048

#define READ_ROUNDS 3
#define RANDOM_READS 100
#define READ_SECONDS 0.1                      /* at most, per round */
#define READ_BLOCK_BYTES ((uint64_t)16 << 20) /* read at a time in order */

/* Changes to the user's job; 0: none. */
struct change {
    uint64_t batch;
    uint32_t jobs;
    int uncompressed;
    uint32_t chunk_images;
};

struct search {
    struct profile *profile;
    struct change best;
    double best_rate;
    enum plotmill_status status; /* PLOTMILL_CANCELLED after an interrupt */
};

static void describe_change(const struct change *change, char *text, size_t size)
{
    char batch[40] = "", jobs[40] = "", chunk[40] = "";
    if (change->batch)
        snprintf(batch, sizeof batch, " --batch %" PRIu64, change->batch);
    if (change->jobs)
        snprintf(jobs, sizeof jobs, " --jobs %u", (unsigned)change->jobs);
    if (change->chunk_images)
        snprintf(chunk, sizeof chunk, " --chunk-images %u", (unsigned)change->chunk_images);
    snprintf(text, size, "%s%s%s%s", batch, jobs, change->uncompressed ? " --compress none" : "", chunk);
    memmove(text, text + (*text == ' '), strlen(text) + 1 - (*text == ' '));
}

static struct timed_run changed_run(const struct profile *profile, const struct change *change)
{
    struct timed_run run = profile->run;
    run.measure.trace = NULL;
    run.job.batch = change->batch ? change->batch : run.job.batch;
    run.job.jobs = change->jobs ? change->jobs : run.job.jobs;
    run.sink.compress = change->uncompressed ? PLOTMILL_COMPRESS_NONE : run.sink.compress;
    run.sink.chunk_images = change->chunk_images ? change->chunk_images : run.sink.chunk_images;
    return run;
}

/* Runs the changed job. Sets row->rate or row->reason. Returns the number of threads that encoded and wrote. */
static uint32_t measure_rate(struct search *search, const struct change *change, struct sweep_row *row)
{
    struct timed_run run = changed_run(search->profile, change);
    struct timed_run_result result = {0};
    run.seconds = MAX(run.seconds * RUN_SHARE, MIN_SECONDS);
    enum plotmill_status status = timed_run(&run, &result);
    row->rate = status ? 0 : result.rate;
    if (status)
        snprintf(row->reason, sizeof row->reason, "%s", plotmill_message(run.pm));
    search->status = status == PLOTMILL_CANCELLED ? status : PLOTMILL_OK;
    return result.summary.jobs;
}

struct folder_size {
    const char *path;
    uint64_t bytes;
};

static bool add_file_size(void *user, const char *name)
{
    struct folder_size *folder = user;
    char path[2048];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    folder->bytes += os_file_size(path);
    return true;
}

/* The shortest of several rounds, in seconds per image; 0: not readable. block 0: single images at random positions,
 * else `block` images at a time in order. */
static double time_reads(plotmill_reader *reader, uint64_t images, uint64_t block, uint8_t *pixels)
{
    const uint64_t wanted = block ? images : RANDOM_READS;
    uint32_t state = 1;
    double shortest = 0;
    for (int round = 0; round < READ_ROUNDS; round++) {
        const double begin = os_seconds();
        uint64_t read = 0;
        double seconds = 0;
        while (read < wanted && seconds < READ_SECONDS) {
            state = state * 1664525u + 1013904223u; /* a linear congruential generator */
            uint64_t first = block ? read : (state >> 8) % images;
            uint64_t count = block ? MIN(block, images - first) : 1;
            if (plotmill_reader_read(reader, first, count, pixels, NULL, NULL))
                return 0;
            read += count;
            seconds = os_seconds() - begin;
        }
        seconds /= (double)read;
        shortest = round ? MIN(shortest, seconds) : seconds;
    }
    return shortest;
}

/* Stores a sample with these settings and reads it back. cost->bytes stays 0 where that fails. */
static void measure_cost(struct search *search, const struct change *change, struct output_cost *cost)
{
    struct timed_run run = changed_run(search->profile, change);
    struct timed_run_result result;
    struct plotmill_dataset_info info;
    plotmill_reader *reader = NULL;
    const uint64_t size = (uint64_t)run.job.chart.width * run.job.chart.height;
    const uint64_t block = READ_BLOCK_BYTES / size + 1;
    const uint64_t images = CLAMP(SAMPLE_BYTES / size, MIN_SAMPLE, MAX_SAMPLE);
    run.job.limit = run.job.limit ? MIN(run.job.limit, images) : images;
    run.seconds = 0;
    run.sink.images_per_file = 0;
    enum plotmill_status status = timed_run(&run, &result);
    search->status = status == PLOTMILL_CANCELLED ? status : PLOTMILL_OK;
    uint8_t *pixels = status ? NULL : malloc((size_t)(block * size));
    if (pixels && !plotmill_reader_open(run.pm, run.path, &reader)) {
        struct folder_size folder = {.path = run.path};
        plotmill_reader_info(reader, &info);
        if (os_is_folder(run.path))
            os_list_folder(run.path, add_file_size, &folder);
        else
            folder.bytes = os_file_size(run.path);
        cost->random = time_reads(reader, info.images, 0, pixels);
        cost->sequential = time_reads(reader, info.images, block, pixels);
        if (cost->random > 0 && cost->sequential > 0)
            cost->bytes = (double)folder.bytes / (double)info.images;
    }
    plotmill_reader_destroy(reader);
    free(pixels);
}

int sweep_is_acceptable(const struct output_cost *cost, const struct output_cost *now)
{
    return cost->bytes > 0 && now->bytes > 0 && cost->bytes <= SWEEP_MAX_COST * now->bytes &&
           cost->random <= SWEEP_MAX_COST * now->random && cost->sequential <= SWEEP_MAX_COST * now->sequential;
}

static uint32_t try_change(struct search *search, const struct change *change)
{
    struct sweep *sweep = &search->profile->sweep;
    if (search->status || sweep->count == SWEEP_ROWS)
        return 0;
    struct sweep_row *row = &sweep->rows[sweep->count];
    *row = (struct sweep_row){.changes_output = change->uncompressed || change->chunk_images};
    describe_change(change, row->settings, sizeof row->settings);
    uint32_t threads = measure_rate(search, change, row);
    if (row->changes_output && !search->status && !*row->reason) {
        if (sweep->rows[0].cost.bytes <= 0)
            measure_cost(search, &(struct change){0}, &sweep->rows[0].cost);
        measure_cost(search, change, &row->cost);
    }
    sweep->count += !search->status;
    if (row->rate > search->best_rate &&
        (!row->changes_output || sweep_is_acceptable(&row->cost, &sweep->rows[0].cost))) {
        search->best_rate = row->rate;
        search->best = *change;
        sweep->best = *row;
    }
    return search->status ? 0 : threads;
}

static void try_batches(struct search *search)
{
    const uint64_t batch = search->profile->result.summary.batch;
    const uint64_t sizes[] = {batch / 4, batch / 2, batch * 2, batch * 4};
    struct change change = search->best;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        change.batch = sizes[i];
        if (sizes[i] && (!i || sizes[i] != sizes[i - 1]) && sizes[i] != batch)
            try_change(search, &change);
    }
}

/* A sink that takes one batch at a time uses one thread whatever the option says: the first run shows it. */
static void try_jobs(struct search *search)
{
    const uint32_t now = search->profile->result.summary.jobs, cores = search->profile->cores;
    const uint32_t counts[] = {2, 1, 4, cores, 2 * cores};
    const struct search before = *search;
    struct sweep_row best = search->profile->sweep.best;
    struct change change = search->best;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int tried = counts[i] == now;
        for (size_t k = 0; k < i; k++)
            tried |= counts[k] == counts[i];
        change.jobs = counts[i];
        if (tried || try_change(search, &change) != 1 || counts[i] == 1)
            continue;
        search->profile->sweep.count--;
        search->profile->sweep.best = best;
        *search = before;
        return;
    }
}

static void try_outputs(struct search *search)
{
    const struct profile *p = search->profile;
    const int hdf5 = !strcmp(p->format, "hdf5");
    struct change change = search->best;
    change.uncompressed = 1;
    if ((hdf5 || !strcmp(p->format, "png")) && p->run.sink.compress == PLOTMILL_COMPRESS_DEFLATE)
        try_change(search, &change);
    change = search->best;
    change.chunk_images = 8;
    if (hdf5 && p->run.sink.chunk_images <= 1)
        try_change(search, &change);
}

/* The best run may have been lucky: it and the job as given are measured twice more, in turn. */
static void confirm(struct search *search)
{
    struct sweep *sweep = &search->profile->sweep;
    const struct change none = {0};
    struct sweep_row row = {0};
    for (int i = 0; i < 4 && *sweep->best.settings && !search->status; i++) {
        measure_rate(search, i % 2 ? &search->best : &none, &row);
        *(i % 2 ? &sweep->best_rate : &sweep->base_rate) += row.rate / 2;
    }
    if (sweep->best_rate < sweep->base_rate * SWEEP_MIN_GAIN)
        *sweep->best.settings = 0;
}

enum plotmill_status profile_sweep(struct profile *profile)
{
    struct search search = {.profile = profile};
    console_say(&profile->console, PLOTMILL_LOG_INFO, "trying other settings, %.2g s each",
                profile->run.seconds * RUN_SHARE);
    plotmill_set_log(profile->run.pm, NULL, NULL);
    try_change(&search, &search.best);
    try_batches(&search);
    try_jobs(&search);
    try_outputs(&search);
    confirm(&search);
    plotmill_set_log(profile->run.pm, console_log, &profile->console);
    return search.status;
}
