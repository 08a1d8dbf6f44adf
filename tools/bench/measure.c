#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "tools/bench/bench.h"
#include "tools/bench/timed_run.h"

/* More than any measurement draws; samples of the longest windows still fit into 64 bits. */
#define IMAGES ((uint64_t)1 << 38)

#define SAMPLES 65536 /* of the random walk, which then repeats */

/* The smallest batch with this share of the best rate is the knee. */
#define KNEE 0.95

/* Share of the free memory that a batch may take: the machine must not swap. */
#define MEMORY_SHARE 0.7

/* Runs with and without a part of the engine, alternating. */
#define ROUNDS 3

#define GIB 1073741824.0

/* A sink that counts images and bytes and stores nothing. */
struct null_sink {
    struct sink_ops ops;
    _Atomic uint64_t bytes, images;
};

static enum plotmill_status null_open(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct null_sink *sink = self;
    (void)info, (void)error;
    atomic_store(&sink->bytes, 0);
    atomic_store(&sink->images, 0);
    return PLOTMILL_OK;
}

static enum plotmill_status null_write(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct null_sink *sink = self;
    uint64_t bytes = 0;
    (void)error;
    for (uint64_t i = 0; batch->streams && i < batch->count; i++)
        bytes += batch->streams[i].size;
    atomic_fetch_add(&sink->bytes, bytes);
    atomic_fetch_add(&sink->images, batch->count);
    return PLOTMILL_OK;
}

static enum plotmill_status null_finish(void *self, struct plotmill_error *error)
{
    (void)self, (void)error;
    return PLOTMILL_OK;
}

static void null_abort(void *self)
{
    (void)self;
}

static enum plotmill_status read_walk(void *self, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    const double *walk = self;
    (void)error;
    for (uint64_t i = 0, piece; i < count; i += piece) {
        const uint64_t at = (first + i) % SAMPLES;
        piece = MIN(SAMPLES - at, count - i);
        memcpy(out + i, walk + at, (size_t)piece * sizeof *out);
    }
    return PLOTMILL_OK;
}

enum plotmill_status bench_source(plotmill *pm, uint64_t window, plotmill_source **source)
{
    static const struct source_ops ops = {.read = read_walk, .destroy = free};
    struct source_shape shape = {.samples = IMAGES * window};
    double *walk = malloc(SAMPLES * sizeof *walk);
    uint32_t state = 1;
    if (!walk)
        return PLOTMILL_NO_MEMORY;
    for (size_t i = 0; i < SAMPLES; i++) { /* steps of a linear congruential generator */
        state = state * 1664525u + 1013904223u;
        walk[i] = (i ? walk[i - 1] : 0) + ((double)(state >> 8) / 8388608.0 - 1);
    }
    enum plotmill_status status = api_source_create(pm, &ops, walk, shape, source);
    if (status)
        free(walk);
    return status;
}

/* What is measured: a device in a mode, with a batch size. */
struct measurement {
    struct bench *bench;
    struct bench_device *device;
    char name[16]; /* of the device: its index */
    struct null_sink sink;
    struct timed_run run;
};

static void choose_mode(struct measurement *m, int antialias, enum payload payload, uint64_t batch)
{
    m->run.job.line.antialias = antialias;
    m->run.job.batch = batch;
    m->sink.ops.payload = payload;
}

/* Writes the first line of the message to `reason` and lets the measurement go on, except after an interrupt. */
static enum plotmill_status keep_reason(struct measurement *m, enum plotmill_status status, char *reason)
{
    const char *message = plotmill_message(m->bench->pm);
    if (status == PLOTMILL_CANCELLED)
        return status;
    if (status)
        snprintf(reason, BENCH_REASON, "%.*s", (int)strcspn(message, "\n"), message);
    return PLOTMILL_OK;
}

/* Sets row->reason where the batch cannot run. */
static enum plotmill_status measure_row(struct measurement *m, struct bench_row *row)
{
    struct job_plan plan;
    struct timed_run_result result;
    struct timed_run run = m->run;
    plotmill_sink *sink = NULL;
    enum plotmill_status status = api_sink_create(run.pm, run.ops, run.ops_self, &sink);
    if (!status)
        status = api_job_plan(run.pm, run.source, sink, &run.job, &plan);
    plotmill_sink_destroy(sink);
    if (status)
        return keep_reason(m, status, row->reason);
    row->device_bytes = plan.device_bytes;
    row->host_bytes = plan.host_bytes;
    double needed = (double)plan.host_bytes + (plan.device.discrete ? 0 : (double)plan.device_bytes);
    double available = (double)os_free_memory();
    if (available > 0 && needed > MEMORY_SHARE * available)
        snprintf(row->reason, sizeof row->reason, "needs %.1f GiB of memory, %.1f GiB are free", needed / GIB,
                 available / GIB);
    else if (plan.batch < row->batch)
        snprintf(row->reason, sizeof row->reason, "a batch holds at most %" PRIu64 " images", plan.batch);
    if (!*row->reason)
        status = keep_reason(m, timed_run(&run, &result), row->reason);
    if (status || *row->reason)
        return status;
    const uint64_t images = atomic_load(&m->sink.images), bytes = atomic_load(&m->sink.bytes);
    row->rate = result.rate;
    row->in_flight = result.summary.in_flight;
    row->image_bytes = bytes ? (double)bytes / (double)images : (double)run.job.line.width * run.job.line.height;
    row->setup_seconds = result.summary.setup_seconds;
    if (result.summary.batch != row->batch) {
        snprintf(row->reason, sizeof row->reason, "not enough memory: the device continued with batches of %" PRIu64,
                 result.summary.batch);
        return PLOTMILL_OK;
    }
    /* With one batch in flight, so that the times of different batches do not mix. */
    run.measure.without |= MEASURE_WITHOUT_OVERLAP;
    run.measure.trace = m->bench->trace;
    run.seconds /= 2;
    status = keep_reason(m, timed_run(&run, &result), row->reason);
    if (status || *row->reason)
        return status;
    if (!trace_stats_collect(&row->queues, m->bench->trace, 1u << TRACK_QUEUE))
        return PLOTMILL_NO_MEMORY;
    /* The last batch may be drawn without being stored. */
    const uint64_t drawn = trace_stats_row(&row->queues, "minmax").count * row->batch;
    row->drawn = (double)(drawn ? drawn : result.images);
    return PLOTMILL_OK;
}

static enum plotmill_status measure_mode(struct measurement *m, int antialias, enum payload payload)
{
    struct bench *bench = m->bench;
    struct bench_mode *mode = &m->device->modes[m->device->mode_count++];
    struct timed_run_result ignored;
    char reason[BENCH_REASON] = "", state[120];
    *mode = (struct bench_mode){.antialias = antialias, .payload = payload};
    enum plotmill_status status =
        measure_fill_rate(bench->pm, m->name, bench->window, &bench->chart, bench->seconds / 2, &mode->fill);
    if (status)
        return status;
    m->device->fill = MAX(mode->fill, m->device->fill);
    /* A job that runs to its end stores its kernels in the cache: later ones start fast. */
    choose_mode(m, antialias, payload, 2);
    struct timed_run warm_up = m->run;
    warm_up.seconds = 0;
    warm_up.job.limit = 4;
    status = keep_reason(m, timed_run(&warm_up, &ignored), reason);
    for (size_t i = 0; i < bench->batch_count && !status; i++) {
        struct bench_row *row = &mode->rows[mode->count++];
        *row = (struct bench_row){.batch = bench->batches[i]};
        memcpy(row->reason, reason, sizeof reason);
        choose_mode(m, antialias, payload, row->batch);
        snprintf(state, sizeof state, "device %s, %s, batch %" PRIu64, m->name, bench_mode_name(mode), row->batch);
        if (bench->console.terminal && !bench->console.quiet)
            console_draw_bar(&bench->console, state);
        if (!*row->reason)
            status = measure_row(m, row);
        if (!*row->reason && (!mode->best || row->rate > mode->best->rate))
            mode->best = row;
    }
    console_clear_bar(&bench->console);
    for (size_t i = mode->count; mode->best && i-- > 0;)
        if (!*mode->rows[i].reason && mode->rows[i].rate >= KNEE * mode->best->rate)
            mode->knee = &mode->rows[i];
    return status;
}

/* Measures with and without a part of the engine, in turn: images/s, or without the cache (`without` 0) seconds to
 * start. A driver's own cache stays. */
static enum plotmill_status compare_without(struct measurement *m, uint32_t without, struct bench_ablation *ablation)
{
    struct timed_run run = m->run;
    struct timed_run_result result;
    char reason[BENCH_REASON];
    enum plotmill_status status = PLOTMILL_OK;
    const int rounds = without ? ROUNDS : 1;
    if (!without) {
        run.seconds = 0;
        run.job.limit = run.job.batch;
    }
    for (int i = 0; i < 2 * rounds && !status; i++) {
        run.measure.without = i % 2 ? without : 0;
        if (!without)
            status = api_set_cache(run.pm, i % 2 ? "" : NULL);
        if (!status)
            status = keep_reason(m, timed_run(&run, &result), reason);
        if (!status)
            *(i % 2 ? &ablation->without : &ablation->with) +=
                (without ? result.rate : result.summary.setup_seconds) / rounds;
    }
    return status || without ? status : api_set_cache(run.pm, m->bench->device.no_cache ? "" : NULL);
}

static enum plotmill_status ablate_device(struct measurement *m)
{
    static const struct {
        const char *name;
        uint32_t without; /* 0: the cache */
    } parts[] = {{"overlap of batches", MEASURE_WITHOUT_OVERLAP},
                 {"pinned memory", MEASURE_WITHOUT_PINNING},
                 {"streams by the device", MEASURE_WITHOUT_DEVICE_STREAMS},
                 {"kernel cache", 0}};
    struct bench_device *device = m->device;
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < device->mode_count; i++) {
        const struct bench_mode *mode = &device->modes[i];
        for (size_t k = 0; k < sizeof parts / sizeof *parts && mode->knee && !status; k++) {
            const uint32_t without = parts[k].without;
            if ((without == MEASURE_WITHOUT_DEVICE_STREAMS && mode->payload == PAYLOAD_PIXELS) || (!without && i > 0))
                continue;
            struct bench_ablation *ablation = &device->ablations[device->ablation_count++];
            *ablation = (struct bench_ablation){.part = parts[k].name, .mode = mode, .starts = !without};
            choose_mode(m, mode->antialias, mode->payload, mode->knee->batch);
            if (without == MEASURE_WITHOUT_PINNING && !device->device.discrete)
                ablation->not_applied = "does not apply: the device shares the host's memory";
            else if (!without && m->bench->device.no_cache)
                ablation->not_applied = "not measured: --no-cache";
            else
                status = compare_without(m, without, ablation);
        }
    }
    return status;
}

enum plotmill_status bench_measure(struct bench *bench, struct bench_device *device)
{
    struct measurement m = {.bench = bench, .device = device};
    m.sink.ops = (struct sink_ops){
        .thread_safe = 1, .open = null_open, .write = null_write, .finish = null_finish, .abort = null_abort};
    m.run = (struct timed_run){
        .pm = bench->pm, .source = bench->source, .ops = &m.sink.ops, .ops_self = &m.sink, .seconds = bench->seconds};
    snprintf(m.name, sizeof m.name, "%u", (unsigned)device->device.index);
    job_options_init(&m.run.job);
    m.run.job.device = m.name;
    m.run.job.window = m.run.job.stride = bench->window;
    m.run.job.limit = IMAGES / 2;
    m.run.job.fallback = FALLBACK_NEVER;
    m.run.job.line = bench->chart;
    enum plotmill_status status = PLOTMILL_OK;
    for (int antialias = bench->image.antialias; antialias <= 1 && !status; antialias++) {
        status = measure_mode(&m, antialias, PAYLOAD_PIXELS);
        if (!status)
            status = measure_mode(&m, antialias, PAYLOAD_ZLIB);
    }
    return status || !bench->ablate ? status : ablate_device(&m);
}
