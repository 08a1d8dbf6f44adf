#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "tools/bench/bench.h"
#include "tools/bench/timed_run.h"
#include "tools/bench/trace_stats.h"

/* More than any measurement draws; samples of the longest windows still fit into 64 bits. */
#define IMAGES ((uint64_t)1 << 38)

#define SAMPLES 65536 /* of the walk, which then begins again */

/* A smaller batch that is as fast as the best but for this is the knee. */
#define KNEE 0.95

/* Of the memory that is free: a batch must not make the machine swap. */
#define ROOM 0.7

/* Runs with and without a part of the engine, in turn. */
#define TURNS 3

/* Takes everything, and keeps nothing but its size. */
struct drain {
    _Atomic uint64_t bytes, images;
};

static enum plotmill_status drain_open(void *self, const struct plotmill_dataset_info *info,
                                       struct plotmill_error *error)
{
    struct drain *drain = self;
    (void)info, (void)error;
    atomic_store(&drain->bytes, 0);
    atomic_store(&drain->images, 0);
    return PLOTMILL_OK;
}

static enum plotmill_status drain_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct drain *drain = self;
    uint64_t bytes = 0;
    (void)error;
    for (uint64_t i = 0; batch->streams && i < batch->count; i++)
        bytes += batch->streams[i].size;
    atomic_fetch_add(&drain->bytes, bytes);
    atomic_fetch_add(&drain->images, batch->count);
    return PLOTMILL_OK;
}

static enum plotmill_status drain_finish(void *self, struct plotmill_error *error)
{
    (void)self, (void)error;
    return PLOTMILL_OK;
}

static void drain_abort(void *self)
{
    (void)self;
}

static const struct plotmill_sink_ops drains[] = {
    [PLOTMILL_PAYLOAD_PIXELS] = {.payload = PLOTMILL_PAYLOAD_PIXELS,
                                 .thread_safe = 1,
                                 .open = drain_open,
                                 .write = drain_write,
                                 .finish = drain_finish,
                                 .abort = drain_abort},
    [PLOTMILL_PAYLOAD_ZLIB] = {.payload = PLOTMILL_PAYLOAD_ZLIB,
                               .thread_safe = 1,
                               .open = drain_open,
                               .write = drain_write,
                               .finish = drain_finish,
                               .abort = drain_abort},
};

static enum plotmill_status read_walk(void *self, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    const double *walk = self;
    (void)error;
    for (uint64_t i = 0; i < count;) {
        uint64_t at = (first + i) % SAMPLES, piece = SAMPLES - at < count - i ? SAMPLES - at : count - i;
        memcpy(out + i, walk + at, (size_t)piece * sizeof *out);
        i += piece;
    }
    return PLOTMILL_OK;
}

enum plotmill_status bench_source(plotmill *pm, uint64_t window, plotmill_source **source)
{
    static const struct plotmill_source_ops ops = {.read = read_walk, .destroy = free};
    struct plotmill_source_shape shape = {.samples = IMAGES * window};
    double *walk = malloc(SAMPLES * sizeof *walk);
    uint32_t state = 1;
    if (!walk)
        return PLOTMILL_NO_MEMORY;
    for (size_t i = 0; i < SAMPLES; i++) { /* steps are the bits of a linear congruential generator */
        state = state * 1664525u + 1013904223u;
        walk[i] = (i ? walk[i - 1] : 0) + ((double)(state >> 8) / 8388608.0 - 1);
    }
    enum plotmill_status status = plotmill_source_create(pm, &ops, walk, shape, source);
    if (status)
        free(walk);
    return status;
}

/* What one measurement is of. */
struct subject {
    struct bench *bench;
    char device[16];
    int antialias;
    enum plotmill_payload payload;
    uint64_t batch;
    uint32_t without;
};

static struct trial trial_of(const struct subject *subject, struct drain *drain)
{
    const struct bench *bench = subject->bench;
    struct trial trial = {.pm = bench->pm,
                          .source = bench->source,
                          .ops = &drains[subject->payload],
                          .ops_self = drain,
                          .seconds = bench->seconds};
    plotmill_job_options_init(&trial.job);
    trial.job.device = subject->device;
    trial.job.window = trial.job.stride = bench->window;
    trial.job.limit = IMAGES / 2;
    trial.job.batch = subject->batch;
    trial.job.fallback = PLOTMILL_FALLBACK_NEVER;
    trial.measure.without = subject->without;
    trial.job.chart = bench->chart;
    trial.job.chart.antialias = subject->antialias;
    return trial;
}

/* A message's first line; a failure is no end: the row says it. An interrupt is. */
static enum plotmill_status tell_why(const struct bench *bench, enum plotmill_status status, char *why)
{
    if (status == PLOTMILL_CANCELLED)
        return status;
    if (status)
        snprintf(why, BENCH_TEXT, "%.*s", (int)strcspn(plotmill_message(bench->pm), "\n"), plotmill_message(bench->pm));
    return PLOTMILL_OK;
}

/* What it would take, and whether the machine has that to spare. */
static enum plotmill_status plan_row(const struct subject *subject, struct bench_row *row)
{
    struct drain drain;
    struct plotmill_plan plan;
    struct trial trial = trial_of(subject, &drain);
    plotmill *pm = subject->bench->pm;
    plotmill_sink *sink = NULL;
    enum plotmill_status status = plotmill_sink_create(pm, trial.ops, trial.ops_self, &sink);
    if (!status)
        status = plotmill_job_plan(pm, subject->bench->source, sink, &trial.job, &plan);
    plotmill_sink_destroy(sink);
    if (status)
        return tell_why(subject->bench, status, row->why);
    const uint64_t available = os_free_memory();
    row->device_bytes = plan.device_bytes;
    row->host_bytes = plan.host_bytes;
    if (plan.batch < subject->batch)
        snprintf(row->why, sizeof row->why, "a batch holds at most %" PRIu64 " images", plan.batch);
    uint64_t needed = plan.host_bytes + (plan.device.discrete ? 0 : plan.device_bytes);
    if (available && (double)needed > ROOM * (double)available)
        snprintf(row->why, sizeof row->why, "needs %.1f GiB of memory, %.1f GiB are free",
                 (double)needed / 1073741824.0, (double)available / 1073741824.0);
    return PLOTMILL_OK;
}

static enum plotmill_status measure_rate(const struct subject *subject, struct bench_row *row)
{
    struct drain drain;
    struct trial_result result;
    struct trial trial = trial_of(subject, &drain);
    enum plotmill_status status = tell_why(subject->bench, trial_run(&trial, &result), row->why);
    if (status || *row->why)
        return status;
    uint64_t images = atomic_load(&drain.images);
    row->rate = result.rate;
    row->in_flight = result.summary.in_flight;
    row->stream_bytes = images ? (double)atomic_load(&drain.bytes) / (double)images : 0;
    row->setup_seconds = result.summary.setup_seconds;
    if (result.summary.batch != subject->batch)
        snprintf(row->why, sizeof row->why, "no room for it: the device went on with batches of %" PRIu64,
                 result.summary.batch);
    return PLOTMILL_OK;
}

/* The same with one batch at a time, so that what the device does is not mixed with another batch's. */
static enum plotmill_status measure_alone(const struct subject *subject, struct bench_row *row)
{
    struct drain drain;
    struct trial_result result;
    struct account queues;
    struct subject alone = *subject;
    alone.without |= MEASURE_WITHOUT_OVERLAP;
    struct trial trial = trial_of(&alone, &drain);
    trial.measure.trace = subject->bench->trace;
    trial.seconds /= 2;
    enum plotmill_status status = tell_why(subject->bench, trial_run(&trial, &result), row->why);
    if (status || *row->why)
        return status;
    if (!account_make(&queues, subject->bench->trace, TRACK_QUEUE))
        return PLOTMILL_NO_MEMORY;
    /* The last batch may be drawn, and not stored any more. */
    uint64_t drawn = account_row(&queues, "minmax").count * subject->batch;
    drawn = drawn ? drawn : result.images;
    if (!drawn)
        return PLOTMILL_OK;
    row->alone = queues.seconds / (double)drawn;
    row->between = (queues.seconds - queues.sum) / (double)drawn;
    for (size_t i = 0; i < queues.count && i < BENCH_STAGES; i++)
        row->stages[row->stage_count++] =
            (struct bench_stage){queues.rows[i].name, queues.rows[i].seconds / (double)drawn};
    return PLOTMILL_OK;
}

/* A job that ends keeps its kernels, so that the others start fast. */
static enum plotmill_status warm_up(const struct subject *subject, char *why)
{
    struct drain drain;
    struct trial_result result;
    struct trial trial = trial_of(subject, &drain);
    trial.seconds = 0;
    trial.job.limit = 4;
    trial.job.batch = 2;
    return tell_why(subject->bench, trial_run(&trial, &result), why);
}

static void find_knee(struct bench_mode *mode)
{
    mode->best = mode->knee = mode->count;
    for (size_t i = 0; i < mode->count; i++)
        if (!*mode->rows[i].why && (mode->best == mode->count || mode->rows[i].rate > mode->rows[mode->best].rate))
            mode->best = i;
    for (size_t i = mode->count; i-- > 0 && mode->best < mode->count;)
        if (!*mode->rows[i].why && mode->rows[i].rate >= KNEE * mode->rows[mode->best].rate)
            mode->knee = i;
}

static enum plotmill_status measure_mode(struct subject *subject, struct bench_device *device)
{
    struct bench *bench = subject->bench;
    struct bench_mode *mode = &device->modes[device->mode_count++];
    char why[BENCH_TEXT] = "", state[120];
    *mode = (struct bench_mode){.antialias = subject->antialias, .payload = subject->payload};
    subject->batch = 2;
    enum plotmill_status status =
        measure_fill_rate(bench->pm, subject->device, bench->window, &bench->chart, bench->seconds / 2, &mode->fill);
    if (status)
        return status;
    device->fill = mode->fill > device->fill ? mode->fill : device->fill;
    status = warm_up(subject, why);
    for (size_t i = 0; i < bench->batch_count && !status; i++) {
        struct bench_row *row = &mode->rows[mode->count++];
        *row = (struct bench_row){.batch = subject->batch = bench->batches[i]};
        snprintf(row->why, sizeof row->why, "%s", why);
        snprintf(state, sizeof state, "device %s, %s, batch %" PRIu64, subject->device,
                 bench_mode_name(mode->antialias, mode->payload), row->batch);
        if (bench->console->terminal && !bench->console->quiet)
            console_draw_bar(bench->console, state);
        if (!*row->why)
            status = plan_row(subject, row);
        if (!status && !*row->why)
            status = measure_rate(subject, row);
        if (!status && !*row->why)
            status = measure_alone(subject, row);
    }
    console_clear_bar(bench->console);
    find_knee(mode);
    return status;
}

/* The mean rate with and without, in turn. */
static enum plotmill_status compare_rates(const struct subject *subject, uint32_t without,
                                          struct bench_ablation *ablation)
{
    for (int turn = 0; turn < 2 * TURNS; turn++) {
        struct bench_row row = {0};
        struct subject part = *subject;
        part.without = turn % 2 ? without : 0;
        enum plotmill_status status = measure_rate(&part, &row);
        if (status)
            return status;
        *(turn % 2 ? &ablation->without : &ablation->with) += row.rate / TURNS;
    }
    return PLOTMILL_OK;
}

/* Seconds to start a job without kernels that were kept, and with them. A driver's own cache stays. */
static enum plotmill_status compare_starts(const struct subject *subject, struct bench_ablation *ablation)
{
    plotmill *pm = subject->bench->pm;
    for (int turn = 0; turn < 2; turn++) {
        struct drain drain;
        struct trial_result result;
        struct trial trial = trial_of(subject, &drain);
        trial.seconds = 0;
        trial.job.limit = subject->batch;
        enum plotmill_status status = plotmill_set_cache(pm, turn ? "" : NULL);
        if (!status)
            status = trial_run(&trial, &result);
        if (status)
            return status;
        *(turn ? &ablation->without : &ablation->with) = result.summary.setup_seconds;
    }
    return plotmill_set_cache(pm, subject->bench->no_cache ? "" : NULL);
}

static enum plotmill_status ablate_mode(struct subject *subject, struct bench_device *device,
                                        const struct bench_mode *mode)
{
    static const struct {
        const char *part;
        uint32_t without;
    } parts[] = {{"overlap of batches", MEASURE_WITHOUT_OVERLAP},
                 {"pinned memory", MEASURE_WITHOUT_PINNING},
                 {"streams by the device", MEASURE_WITHOUT_DEVICE_STREAMS}};
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !status; i++) {
        if (parts[i].without == MEASURE_WITHOUT_DEVICE_STREAMS && mode->payload == PLOTMILL_PAYLOAD_PIXELS)
            continue;
        struct bench_ablation *ablation = &device->ablations[device->ablation_count++];
        *ablation = (struct bench_ablation){.part = parts[i].part,
                                            .antialias = mode->antialias,
                                            .payload = mode->payload,
                                            .batch = mode->rows[mode->knee].batch};
        subject->antialias = mode->antialias;
        subject->payload = mode->payload;
        subject->batch = ablation->batch;
        if (parts[i].without == MEASURE_WITHOUT_PINNING && !device->device.discrete)
            ablation->not_applied = "does not apply: the device shares the host's memory";
        else
            status = compare_rates(subject, parts[i].without, ablation);
    }
    return status;
}

static enum plotmill_status ablate_all(struct subject *subject, struct bench_device *device)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct bench_mode *first = &device->modes[0];
    for (size_t i = 0; i < device->mode_count && !status; i++)
        if (device->modes[i].knee < device->modes[i].count)
            status = ablate_mode(subject, device, &device->modes[i]);
    if (status || first->knee == first->count)
        return status;
    struct bench_ablation *cache = &device->ablations[device->ablation_count++];
    *cache = (struct bench_ablation){.part = "cache of kernels",
                                     .antialias = first->antialias,
                                     .payload = first->payload,
                                     .batch = first->rows[first->knee].batch};
    subject->antialias = cache->antialias;
    subject->payload = cache->payload;
    subject->batch = cache->batch;
    if (subject->bench->no_cache)
        cache->not_applied = "not measured: --no-cache";
    else
        status = compare_starts(subject, cache);
    return status;
}

enum plotmill_status bench_measure(struct bench *bench, struct bench_device *device, int ablate)
{
    static const enum plotmill_payload payloads[] = {PLOTMILL_PAYLOAD_PIXELS, PLOTMILL_PAYLOAD_ZLIB};
    struct subject subject = {.bench = bench};
    snprintf(subject.device, sizeof subject.device, "%u", (unsigned)device->device.index);
    enum plotmill_status status = PLOTMILL_OK;
    for (int antialias = bench->antialiased_alone; antialias <= 1 && !status; antialias++)
        for (int i = 0; i < 2 && !status; i++) {
            subject.antialias = antialias;
            subject.payload = payloads[i];
            status = measure_mode(&subject, device);
        }
    if (!status && ablate)
        status = ablate_all(&subject, device);
    return status;
}
