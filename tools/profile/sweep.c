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

void sweep_describe(const struct sweep_row *row, char text[SWEEP_TEXT])
{
    char batch[40] = "", jobs[40] = "", chunk[40] = "";
    if (row->batch)
        snprintf(batch, sizeof batch, " --batch %" PRIu64, row->batch);
    if (row->jobs)
        snprintf(jobs, sizeof jobs, " --jobs %u", (unsigned)row->jobs);
    if (row->chunk_images)
        snprintf(chunk, sizeof chunk, " --chunk-images %u", (unsigned)row->chunk_images);
    snprintf(text, SWEEP_TEXT, "%s%s%s%s", batch, jobs, row->uncompressed ? " --compress none" : "", chunk);
    memmove(text, text + (*text == ' '), strlen(text) + (*text != ' '));
}

int sweep_changes_output(const struct sweep_row *row)
{
    return row->uncompressed || row->chunk_images;
}

int sweep_is_acceptable(const struct sweep *sweep, const struct sweep_row *row)
{
    const struct output_cost *cost = &row->cost, *now = &sweep->rows[0].cost;
    return !sweep_changes_output(row) ||
           (cost->bytes > 0 && cost->bytes <= SWEEP_MAX_COST * now->bytes &&
            cost->random <= SWEEP_MAX_COST * now->random && cost->sequential <= SWEEP_MAX_COST * now->sequential);
}

static struct timed_run changed_run(const struct profile *p, const struct sweep_row *row)
{
    struct timed_run run = p->run;
    run.measure.trace = NULL;
    run.job.batch = row->batch ? row->batch : run.job.batch;
    run.job.jobs = row->jobs ? row->jobs : run.job.jobs;
    run.sink.compress = row->uncompressed ? COMPRESS_NONE : run.sink.compress;
    run.sink.chunk_images = row->chunk_images ? row->chunk_images : run.sink.chunk_images;
    return run;
}

/* Sets row->rate or row->reason. Returns the number of threads that encoded and wrote. */
static uint32_t measure_rate(const struct profile *p, struct sweep_row *row)
{
    struct timed_run run = changed_run(p, row);
    struct timed_run_result result = {0};
    run.seconds = MAX(run.seconds * RUN_SHARE, MIN_SECONDS);
    if (timed_run(&run, &result))
        snprintf(row->reason, sizeof row->reason, "%s", plotmill_message(run.pm));
    else
        row->rate = result.rate;
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
            if (api_reader_read(reader, first, count, pixels, NULL, NULL))
                return 0;
            read += count;
            seconds = os_seconds() - begin;
        }
        seconds /= (double)read;
        shortest = round ? MIN(shortest, seconds) : seconds;
    }
    return shortest;
}

/* Stores a sample with these settings and reads it back. row->cost.bytes stays 0 if that fails. */
static void measure_cost(const struct profile *p, struct sweep_row *row)
{
    struct timed_run run = changed_run(p, row);
    struct timed_run_result result;
    struct dataset_info info;
    struct folder_size folder = {.path = run.path};
    plotmill_reader *reader = NULL;
    const uint64_t size = p->image_bytes;
    const uint64_t block = READ_BLOCK_BYTES / size + 1;
    const uint64_t images = CLAMP(SAMPLE_BYTES / size, MIN_SAMPLE, MAX_SAMPLE);
    run.job.limit = run.job.limit ? MIN(run.job.limit, images) : images;
    run.seconds = 0;
    run.sink.images_per_file = 0;
    uint8_t *pixels = NULL;
    if (!timed_run(&run, &result) && !plotmill_reader_open(run.pm, run.path, &reader)) {
        api_reader_info(reader, &info);
        pixels = malloc((size_t)(block * info.width * info.height * MAX(info.channels, 1)));
    }
    if (pixels) {
        if (os_is_folder(run.path))
            os_list_folder(run.path, add_file_size, &folder);
        else
            folder.bytes = os_file_size(run.path);
        row->cost.random = time_reads(reader, info.images, 0, pixels);
        row->cost.sequential = time_reads(reader, info.images, block, pixels);
        if (row->cost.random > 0 && row->cost.sequential > 0)
            row->cost.bytes = (double)folder.bytes / (double)info.images;
    }
    plotmill_reader_destroy(reader);
    free(pixels);
}

/* Measures a copy of `settings` unless they were tried before. Returns the number of threads that encoded and wrote; 0:
 * not measured. */
static uint32_t try_row(struct profile *p, const struct sweep_row *settings)
{
    struct sweep *sweep = &p->sweep;
    struct sweep_row row = {settings->batch, settings->jobs, settings->chunk_images, settings->uncompressed};
    for (size_t i = 0; i < sweep->count; i++)
        if (sweep->rows[i].batch == row.batch && sweep->rows[i].jobs == row.jobs &&
            sweep->rows[i].chunk_images == row.chunk_images && sweep->rows[i].uncompressed == row.uncompressed)
            return 0;
    if (os_interrupted() || sweep->count == SWEEP_ROWS)
        return 0;
    uint32_t threads = measure_rate(p, &row);
    if (sweep_changes_output(&row) && !*row.reason) {
        if (sweep->rows[0].cost.bytes <= 0)
            measure_cost(p, &sweep->rows[0]);
        measure_cost(p, &row);
    }
    sweep->rows[sweep->count] = row;
    if (row.rate > sweep->best->rate && sweep_is_acceptable(sweep, &row))
        sweep->best = &sweep->rows[sweep->count];
    sweep->count++;
    return os_interrupted() ? 0 : threads;
}

static void try_batches(struct profile *p)
{
    const uint64_t batch = p->result.summary.batch;
    const uint64_t sizes[] = {batch / 4, batch / 2, batch * 2, batch * 4};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i])
            try_row(p, &(struct sweep_row){.batch = sizes[i]});
}

/* A sink that takes one batch at a time uses one thread whatever the option says: the first run shows it. */
static void try_jobs(struct profile *p)
{
    struct sweep *sweep = &p->sweep;
    const struct sweep_row *best = sweep->best;
    const uint32_t counts[] = {2, 1, 4, p->cores, 2 * p->cores};
    struct sweep_row row = *best;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        row.jobs = counts[i];
        if (counts[i] == p->result.summary.jobs || try_row(p, &row) != 1 || counts[i] == 1)
            continue;
        sweep->count--;
        sweep->best = best;
        return;
    }
}

static void try_outputs(struct profile *p)
{
    const int hdf5 = !strcmp(p->format, "hdf5");
    struct sweep_row row = *p->sweep.best;
    row.uncompressed = 1;
    if ((hdf5 || !strcmp(p->format, "png")) && p->run.sink.compress == COMPRESS_DEFLATE)
        try_row(p, &row);
    row = *p->sweep.best;
    row.chunk_images = 8;
    if (hdf5 && p->run.sink.chunk_images <= 1)
        try_row(p, &row);
}

enum plotmill_status profile_sweep(struct profile *p)
{
    struct sweep *sweep = &p->sweep;
    console_say(&p->console, PLOTMILL_LOG_INFO, "trying other settings, %.2g s each", p->run.seconds * RUN_SHARE);
    plotmill_set_log(p->run.pm, NULL, NULL);
    sweep->best = sweep->rows;
    try_row(p, sweep->rows);
    try_batches(p);
    try_jobs(p);
    try_outputs(p);
    /* The best run may have been lucky: it and the job as given are measured twice more, in turn. */
    for (int i = 0; i < 4 && sweep->best != sweep->rows; i++) {
        struct sweep_row row = *(i % 2 ? sweep->best : sweep->rows);
        row.rate = 0;
        measure_rate(p, &row);
        *(i % 2 ? &sweep->best_rate : &sweep->base_rate) += row.rate / 2;
    }
    if (sweep->best_rate < sweep->base_rate * SWEEP_MIN_GAIN)
        sweep->best = sweep->rows;
    plotmill_set_log(p->run.pm, console_log, &p->console);
    return os_interrupted() ? PLOTMILL_CANCELLED : PLOTMILL_OK;
}
