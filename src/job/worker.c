#include "job/worker.h"

#include <math.h>
#include <stdlib.h>

#include "base/try.h"
#include "job/clamp_counts.h"

/* Where a batch takes that long, a warm-up per worker would cost more than it saves. */
#define SLOW_SECONDS 0.5

/* Batch sizes that are tried: the whole batch, half of it, ... down to TUNE_LEAST images or 1/TUNE_DEEPEST of it. On a
 * CPU small batches stay in its caches; on a GPU large ones hide its latency. */
#define TUNE_LEAST 32
#define TUNE_DEEPEST 16
#define TUNE_TRIES 3
#define TUNE_LONG_TRY 0.1   /* seconds: no second try is needed */
#define TUNE_TOLERANCE 1.05 /* a smaller batch may take this much longer per image */

/* Records what the worker and its command queue do, where the job asks for it and the driver supports it. */
static void record(struct worker *worker, struct compute *compute)
{
    const struct job *job = worker->job;
    const uint32_t device = worker->slot->device.index;
    struct plotmill_error error;
    if (!job->trace)
        return;
    worker->track = trace_add(job->trace, TRACK_WORKER, device);
    if (compute_profile(compute, trace_add(job->trace, TRACK_QUEUE, device), &error))
        log_line(job->log, PLOTMILL_LOG_DETAIL, "no times of kernels: %s", error.message);
}

/* The first launch of a kernel may include compiling: what a batch takes shows the next time. */
static enum plotmill_status warm_up(struct worker *worker, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_slot *slot = worker->slot;
    double *seconds = &slot->warm_up_seconds;
    const bool first = *seconds == 0;
    if (*seconds < SLOW_SECONDS)
        TRY(renderer_warm_up(worker->renderer, slot->batch, seconds, error));
    if (first && *seconds >= SLOW_SECONDS && compute_state(slot->compute).compiled)
        TRY(renderer_warm_up(worker->renderer, slot->batch, seconds, error));
done:
    return status;
}

static enum plotmill_status create_renderer(struct worker *worker, struct compute *compute,
                                            struct plotmill_error *error)
{
    const struct job *job = worker->job;
    struct renderer_options how = job_renderer_options(job);
    how.batch = worker->slot->batch;
    enum plotmill_status status =
        renderer_create(&worker->renderer, compute, job->chart, job->windows.window, &how, error);
    return status ? status : warm_up(worker, error);
}

/* The smallest part of a batch that is hardly slower per image than the best: a larger one would only wait longer and
 * take more memory. */
static enum plotmill_status tune_batch(struct renderer *renderer, uint64_t batch, uint64_t *chosen,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double best = INFINITY, seconds[8];
    int sizes = 0;
    *chosen = batch;
    if (batch / 2 < TUNE_LEAST) /* no other size to compare it with */
        return PLOTMILL_OK;
    for (uint64_t size = batch; size >= TUNE_LEAST && size >= batch / TUNE_DEEPEST; size /= 2, sizes++) {
        double taken = 0;
        seconds[sizes] = INFINITY;
        for (int i = 0; i < TUNE_TRIES && taken <= TUNE_LONG_TRY; i++) {
            TRY(renderer_warm_up(renderer, size, &taken, error));
            seconds[sizes] = fmin(seconds[sizes], taken / (double)size);
        }
        best = fmin(best, seconds[sizes]);
    }
    for (int i = 0; i < sizes; i++)
        if (seconds[i] <= best * TUNE_TOLERANCE)
            *chosen = batch >> i;
done:
    return status;
}

static enum plotmill_status allocate_columns(struct worker *worker, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_set *set = worker->job->set;
    if (!set || !set->column_count)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, worker->arrays.columns, set->column_count, sizeof *worker->arrays.columns);
    for (size_t i = 0; i < set->column_count; i++)
        TRY_ALLOCATE(error, worker->arrays.columns[i], worker->slot->batch * set->columns[i].width,
                     column_value_bytes(set->columns[i].type));
done:
    return status;
}

static enum plotmill_status allocate_arrays(struct worker *worker, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t batch = worker->slot->batch;
    struct batch_arrays *arrays = &worker->arrays;
    TRY_ALLOCATE(error, arrays->samples, batch_samples(&worker->job->windows, batch),
                 source_fields(worker->job->source->shape) * sizeof *arrays->samples);
    TRY_ALLOCATE(error, worker->y_range, batch * 2 * worker->job->chart->panel_count, sizeof *worker->y_range);
    if (chart_has_lead(worker->job->chart))
        TRY_ALLOCATE(error, worker->rows_before, batch, sizeof *worker->rows_before);
    TRY_ALLOCATE(error, arrays->window_start, batch, sizeof *arrays->window_start);
    TRY(allocate_columns(worker, error));
done:
    return status;
}

static void worker_destroy(struct worker *worker)
{
    renderer_destroy(worker->renderer);
    compute_close(worker->fork);
    for (size_t i = 0; worker->arrays.columns && i < worker->job->set->column_count; i++)
        free(worker->arrays.columns[i]);
    free(worker->arrays.columns);
    free(worker->arrays.samples);
    free(worker->arrays.window_start);
    free(worker->y_range);
    free(worker->rows_before);
    *worker = (struct worker){0};
}

/* The first worker's renderer, with a batch that suits the device. All that can fail here is the device. */
static enum plotmill_status create_first_renderer(struct worker *worker, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct job *job = worker->job;
    struct device_slot *slot = worker->slot;
    const bool tune = !slot->batch && !job->options->batch;
    if (!slot->batch) {
        TRY(job_check_batch(job, &slot->device, error));
        slot->batch = job_batch(job, &slot->device);
    }
    uint64_t chosen = slot->batch;
    TRY(create_renderer(worker, slot->compute, error));
    if (tune && job->windows.images > slot->batch)
        TRY(tune_batch(worker->renderer, slot->batch, &chosen, error));
    chosen = job_whole_streams(job, chosen);
    if (chosen != slot->batch) {
        renderer_destroy(worker->renderer);
        worker->renderer = NULL;
        slot->batch = chosen;
        TRY(create_renderer(worker, slot->compute, error));
    }
done:
    return status;
}

/* Workers beyond the first overlap its work; where the device has no room for them, the job runs without. */
static bool create_further(struct worker *worker)
{
    struct plotmill_error why;
    enum plotmill_status status = compute_fork(&worker->fork, worker->slot->compute, &why);
    if (!status) {
        record(worker, worker->fork);
        status = create_renderer(worker, worker->fork, &why);
    }
    if (!status)
        status = allocate_arrays(worker, &why);
    if (status) {
        log_line(worker->job->log, PLOTMILL_LOG_DETAIL, "device %u: no further batch at a time: %s",
                 (unsigned)worker->slot->device.index, why.message);
        worker_destroy(worker);
    }
    return !status;
}

/* Workers for one device. */
static enum plotmill_status create_workers(struct worker *list, const struct worker *model, bool *device_failed,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct job *job = model->job;
    struct device_slot *slot = model->slot;
    uint64_t device_bytes = 0, host_bytes = 0;
    slot->warm_up_seconds = 0;
    list[0] = *model;
    record(&list[0], slot->compute);
    status = create_first_renderer(&list[0], error);
    *device_failed = is_device_failure(status);
    TRY(status);
    compute_report_compiling(slot->compute);
    TRY(allocate_arrays(&list[0], error));
    const uint32_t wanted = job_in_flight(job, &slot->device, slot->batch);
    for (slot->in_flight = 1; slot->in_flight < wanted; slot->in_flight++) {
        list[slot->in_flight] = *model;
        if (!create_further(&list[slot->in_flight]))
            break;
    }
    job_add_memory(job, &slot->device, slot->batch, slot->in_flight, &device_bytes, &host_bytes);
    log_line(job->log, PLOTMILL_LOG_DETAIL, "device %u: batches of %llu images, %u at a time, %.1f MB on the device",
             (unsigned)slot->device.index, (unsigned long long)slot->batch, (unsigned)slot->in_flight,
             1e-6 * (double)device_bytes);
done:
    return status;
}

enum plotmill_status workers_create(struct workers *workers, const struct job *job, struct device_slots *devices,
                                    struct work_queue *queue, const struct output_stage *output,
                                    struct device_slot **failed, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *failed = NULL;
    for (size_t i = 0; i < devices->count; i++) {
        struct device_slot *slot = &devices->slots[i];
        const struct worker model = {.job = job, .queue = queue, .output = output, .slot = slot};
        bool device_failed = false;
        if (slot->state != DEVICE_ACTIVE)
            continue;
        status = create_workers(workers->list[i], &model, &device_failed, error);
        *failed = device_failed ? slot : NULL;
        TRY(status);
    }
done:
    return status;
}

uint64_t workers_destroy(struct workers *workers)
{
    uint64_t host_images = 0;
    for (size_t i = 0; i < DEVICE_SHARES; i++)
        for (int k = WORKERS_PER_DEVICE - 1; k >= 0; k--) { /* forks before the device's own queue */
            struct worker *worker = &workers->list[i][k];
            if (worker->slot)
                worker->slot->images += worker->images;
            host_images += worker->renderer ? renderer_host_images(worker->renderer) : 0;
            worker_destroy(worker);
        }
    return host_images;
}

void workers_trace_memory(const struct workers *workers, struct trace *trace)
{
    for (size_t i = 0; i < DEVICE_SHARES; i++)
        for (int k = 0; k < WORKERS_PER_DEVICE; k++) {
            const struct worker *worker = &workers->list[i][k];
            if (!worker->renderer)
                continue;
            const uint64_t batch = worker->slot->batch;
            const uint64_t samples = batch_samples(&worker->job->windows, batch);
            trace_memory(trace, "samples, on their way", false, 1,
                         samples * source_fields(worker->job->source->shape) * 8);
            trace_memory(trace, "y_range, window_start, columns", false, 1,
                         batch * (8 + 16 * (uint64_t)worker->job->chart->panel_count + job_column_bytes(worker->job)));
            renderer_memory(worker->renderer, trace);
        }
}

enum plotmill_status worker_draw(struct worker *worker, uint64_t first, uint64_t count, struct renderer_images *made,
                                 struct plotmill_error *error)
{
    const struct job *job = worker->job;
    for (uint64_t k = 0; worker->rows_before && k < count; k++)
        worker->rows_before[k] = windows_rows_before(job->source->shape, windows_sample(&job->windows, first + k));
    return renderer_run(worker->renderer, worker->arrays.samples, worker->rows_before, count, made, worker->y_range,
                        error);
}

struct image_batch worker_batch(struct worker *worker, const struct batch_range *range,
                                const struct renderer_images *made)
{
    const struct windows *windows = &worker->job->windows;
    return (struct image_batch){
        .first = range->first,
        .count = range->count,
        .data = made->pixels,
        .streams = made->streams,
        .window_start = worker->arrays.window_start,
        .y_range = worker->y_range,
        .samples = worker->arrays.samples,
        .sample_stride = batch_stride(windows),
        .fields = source_fields(worker->job->source->shape),
        .window = windows->window,
        .columns = (const void *const *)worker->arrays.columns,
    };
}

/* false: the batch was not stored, or not all of it, because the job was stopped or halted. */
static bool store(struct worker *worker, const struct batch_range *range, const struct renderer_images *made)
{
    const struct sink_ops *ops = worker->output->sink->ops;
    const struct image_batch batch = worker_batch(worker, range, made);
    const bool ordered = ops->ordered, alone = ordered || !ops->thread_safe;
    if (alone && !queue_enter_sink(worker->queue, range, ordered))
        return false;
    output_stage_write(worker->output, &batch, worker->queue);
    if (alone)
        queue_leave_sink(worker->queue, ordered);
    return queue_state(worker->queue) != QUEUE_STOPPED;
}

/* Whether an image has no sample. */
static bool is_empty(const struct worker *worker, uint64_t k)
{
    const uint32_t panels = worker->job->chart->panel_count;
    for (uint32_t i = 0; i < panels; i++)
        if (!isnan(worker->y_range[2 * (k * panels + i)]))
            return false;
    return true;
}

/* All that can fail here is the device. */
static enum plotmill_status draw_and_store(struct worker *worker, const struct batch_range *range, bool *stored,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer_images made;
    uint64_t empty = 0;
    TRY(worker_draw(worker, range->first, range->count, &made, error));
    for (uint64_t k = 0; k < range->count; k++)
        empty += is_empty(worker, k);
    *stored = store(worker, range, &made);
    if (*stored) {
        const struct image_batch batch = worker_batch(worker, range, &made);
        if (worker->queue->reader.clamps)
            clamp_counts_add_images(worker->queue->reader.clamps, &batch);
        worker->images += range->count;
        queue_add_stored(worker->queue, range->count, empty);
    }
    TRY(renderer_release(worker->renderer, error));
done:
    return status;
}

static void work(void *user)
{
    struct worker *worker = user;
    struct work_queue *queue = worker->queue;
    struct plotmill_error error = {0};
    enum plotmill_status status;
    struct batch_range range;
    bool stored;
    trace_attach(worker->track);
    do {
        stored = false;
        status = queue_take(queue, worker->slot->batch, &worker->arrays, &range, &error);
        if (status)
            queue_stop(queue, status, &error);
        if (status || !range.count)
            break;
        status = draw_and_store(worker, &range, &stored, &error);
        if (status)
            queue_halt(queue, worker->slot, status, &error);
        if (!stored)
            queue_return(queue, &range);
    } while (!status && stored);
    trace_detach();
    queue_worker_ends(queue);
}

enum plotmill_status workers_start(struct workers *workers, struct plotmill_error *error)
{
    /* Each device gets its first batch before any gets its second. */
    for (int k = 0; k < WORKERS_PER_DEVICE; k++)
        for (size_t i = 0; i < DEVICE_SHARES; i++) {
            struct worker *worker = &workers->list[i][k];
            if (!worker->renderer)
                continue;
            queue_worker_starts(worker->queue);
            enum plotmill_status status = thread_start(&worker->thread, work, worker, error);
            if (status) {
                queue_worker_ends(worker->queue);
                return status;
            }
        }
    return PLOTMILL_OK;
}

void workers_join(struct workers *workers)
{
    for (size_t i = 0; i < DEVICE_SHARES; i++)
        for (int k = 0; k < WORKERS_PER_DEVICE; k++)
            thread_join(&workers->list[i][k].thread);
}
