/* Runs a job. */
#include <stdlib.h>

#include "base/os.h"
#include "base/try.h"
#include "job/clamp_counts.h"
#include "job/estimate.h"
#include "job/field_counts.h"
#include "job/train_part.h"

/* Images from which on it is worth checking first whether the disk has room. */
#define LONG_JOB 10000

/* How often progress is reported while no batch ends, so that a job can be stopped at any time. */
#define PROGRESS_SECONDS 0.1

/* How long a cancelled job waits for its devices before options->overdue: it is to answer within a second. */
#define OVERDUE_SECONDS 0.4

struct run {
    const struct job *job;
    const struct wanted_images *wanted;
    uint64_t images; /* wanted and kept */
    struct dataset_info info;
    struct device_slots devices;
    struct work_queue queue;
    struct output_stage output;
    struct workers workers;
    bool opened;  /* the sink */
    double begin; /* of the first batch, moved on by the time spent on devices since */
    char *train;  /* of info, owned; NULL: there is no split */
    struct job_summary *summary;
};

static void report_progress(struct run *run, uint64_t stored)
{
    const struct job_options *options = run->job->options;
    const struct job_progress progress = {
        .done = run->wanted->kept + stored,
        .kept = run->wanted->kept,
        .images = run->images,
        .seconds = os_seconds() - run->begin,
        .setup_seconds = run->summary->setup_seconds,
        .device = &device_slots_first(&run->devices, DEVICE_ACTIVE)->device,
    };
    struct plotmill_error error;
    if (options->progress && options->progress(options->progress_user, &progress))
        queue_stop(&run->queue,
                   plotmill_error_set(&error, PLOTMILL_CANCELLED, "cancelled after %llu of %llu images",
                                      (unsigned long long)progress.done, (unsigned long long)progress.images),
                   &error);
}

/* Waits, under the queue's lock, until the workers of a queue that runs no more have ended. Where a cancelled job's
 * devices take long, the sink is aborted after the writes that run, and options->overdue is called. */
static void await_workers(struct run *run)
{
    struct work_queue *queue = &run->queue;
    const struct job_options *options = run->job->options;
    const double end = os_seconds() + OVERDUE_SECONDS;
    const bool cancelled = queue->state == QUEUE_STOPPED && queue->status == PLOTMILL_CANCELLED;
    while (cancelled && queue->workers && os_seconds() < end)
        condition_wait_for(&queue->progress, &queue->lock, end - os_seconds());
    if (cancelled && queue->workers && options->overdue) {
        while (queue->writers)
            condition_wait(&queue->progress, &queue->lock);
        if (queue->workers) {
            mutex_unlock(&queue->lock);
            if (run->opened)
                run->job->sink->ops->abort(run->job->sink->self);
            run->opened = false;
            options->overdue(options->progress_user);
            mutex_lock(&queue->lock);
        }
    }
    while (queue->workers)
        condition_wait(&queue->progress, &queue->lock);
}

/* Reports progress while the workers run. */
static void watch(struct run *run)
{
    struct work_queue *queue = &run->queue;
    uint64_t reported = 0;
    mutex_lock(&queue->lock);
    while (queue->workers) {
        if (queue->stored == reported)
            condition_wait_for(&queue->progress, &queue->lock, PROGRESS_SECONDS);
        reported = queue->stored;
        const bool running = queue->state == QUEUE_RUNNING;
        mutex_unlock(&queue->lock);
        if (running)
            report_progress(run, reported);
        mutex_lock(&queue->lock);
        if (queue->workers && queue->state != QUEUE_RUNNING)
            await_workers(run);
    }
    mutex_unlock(&queue->lock);
}

/* Until the images are stored, or a failure. */
static enum plotmill_status run_workers(struct run *run, struct plotmill_error *error)
{
    struct work_queue *queue = &run->queue;
    struct plotmill_error failure;
    report_progress(run, queue->stored); /* a first chance to stop */
    enum plotmill_status status = workers_start(&run->workers, &failure);
    if (status)
        queue_stop(queue, status, &failure);
    watch(run);
    workers_join(&run->workers);
    if (queue->state == QUEUE_RUNNING)
        report_progress(run, queue->stored);
    if (queue->state == QUEUE_RUNNING)
        return PLOTMILL_OK;
    *error = queue->error;
    return queue->status;
}

/* worker: idle, to estimate the output's size with; NULL: nothing will be written. */
static enum plotmill_status open_sink(const struct job *job, struct dataset_info *info, struct worker *worker,
                                      struct plotmill_error *error)
{
    if (worker && (job->image_bytes || info->images >= LONG_JOB))
        info->image_bytes = estimate_image_bytes(worker, info, job->image_bytes ? ESTIMATE_MANY : ESTIMATE_FEW);
    if (job->image_bytes) {
        *job->image_bytes = info->image_bytes;
        return PLOTMILL_OK;
    }
    if (job->opened)
        *job->opened = true;
    error->message[0] = 0;
    return name_failure(job->sink->ops->open(job->sink->self, info, error), "the sink's open", error);
}

static enum plotmill_status finish_sink(const struct sink *sink, struct plotmill_error *error)
{
    error->message[0] = 0; /* of an attempt that a fallback made good */
    return name_failure(sink->ops->finish(sink->self, error), "the sink's finish", error);
}

/* Runs with the active devices until the end, or until the first one fails. */
static enum plotmill_status attempt(struct run *run, struct device_failure *failure, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct job *job = run->job;
    const double begin = os_seconds();
    *failure = (struct device_failure){0};
    TRY(device_slots_open(&run->devices, job, &failure->slot, error));
    TRY(workers_create(&run->workers, job, &run->devices, &run->queue, &run->output, &failure->slot, error));
    device_slots_add_deoptimized(&run->devices, run->summary);
    run->summary->setup_seconds += os_seconds() - begin;
    run->begin += os_seconds() - begin;
    if (!run->opened) {
        run->begin = os_seconds();
        report_progress(run, 0); /* a chance to stop while there is nothing to clean up */
        if (run->queue.state != QUEUE_RUNNING) {
            *error = run->queue.error;
            TRY(run->queue.status);
        }
        const struct device_slot *first = device_slots_first(&run->devices, DEVICE_ACTIVE);
        struct worker *idle = &run->workers.list[first - run->devices.slots][0];
        if (run->info.runs && !job->image_bytes && !run->train) {
            status = train_part_describe(&run->train, idle, error);
            failure->slot = status && is_device_failure(status) ? idle->slot : NULL;
            TRY(status);
            run->info.train = run->train;
        }
        TRY(open_sink(job, &run->info, idle, error));
        run->opened = true;
        run->begin = os_seconds();
        trace_begin(job->trace);
    }
    failure->working = true;
    status = run_workers(run, error);
    failure->slot = run->queue.failed;
done:
    if (!status || status == PLOTMILL_CANCELLED)
        workers_trace_memory(&run->workers, job->trace);
    run->summary->host_images += workers_destroy(&run->workers);
    failure->status = status;
    failure->image = queue_first_missing(&run->queue);
    return status;
}

/* Each attempt goes on with what the one before left, as long as there are devices. */
static enum plotmill_status run_attempts(struct run *run, struct plotmill_error *error)
{
    for (;;) {
        struct device_failure failure;
        enum plotmill_status status = attempt(run, &failure, error);
        if (!failure.slot || !device_slots_fall_back(&run->devices, run->job, &failure, error, run->summary))
            return status;
        status = queue_resume(&run->queue, error);
        if (status)
            return status;
    }
}

void job_summary_free(struct job_summary *summary)
{
    free(summary->shares);
    free(summary->fallback_events);
    field_counts_free(summary->fields, summary->field_count);
    summary->fields = NULL;
    clamp_counts_free(summary->clamps);
    summary->clamps = NULL;
    summary->field_count = 0;
    free(summary->label_classes);
    summary->label_classes = NULL;
    summary->shares = NULL;
    summary->fallback_events = NULL;
    summary->devices = summary->fallback_event_count = 0;
}

static void fill_summary(const struct run *run)
{
    struct job_summary *summary = run->summary;
    const struct job *job = run->job;
    summary->images = run->queue.stored;
    summary->kept_images = run->wanted->kept;
    summary->empty_images = run->queue.empty;
    summary->jobs = run->output.threads;
    summary->pixel_bytes = summary->images * job->chart->width * job->chart->height * job->chart->channels;
    summary->sink_bytes = run->queue.sink_bytes;
    for (size_t i = 0; i < run->devices.count; i++) {
        const struct device_slot *slot = &run->devices.slots[i];
        summary->compiled |= slot->compute && compute_state(slot->compute).compiled;
        if (slot->state == DEVICE_STANDBY || (slot->state == DEVICE_FAILED && !slot->images))
            continue;
        summary->shares[summary->devices++] = (struct device_share){
            .device = slot->device, .images = slot->images, .batch = slot->batch, .in_flight = slot->in_flight};
        if (slot->batch)
            job_add_memory(job, &slot->device, slot->batch, slot->in_flight, &summary->device_bytes,
                           &summary->host_bytes);
    }
    if (summary->devices) {
        summary->device = summary->shares[0].device;
        summary->batch = summary->shares[0].batch;
        summary->in_flight = summary->shares[0].in_flight;
    }
    if (summary->host_images)
        log_line(job->log, PLOTMILL_LOG_DETAIL, "%llu images were compressed by the host",
                 (unsigned long long)summary->host_images);
}

/* Nothing is wanted, but several files may still have to be joined. */
static enum plotmill_status finish_only(const struct job *job, const struct wanted_images *wanted,
                                        struct job_summary *summary, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink *sink = job->sink;
    const struct job_options *options = job->options;
    const struct job_progress progress = {.done = wanted->kept, .kept = wanted->kept, .images = wanted->kept};
    const double begin = os_seconds();
    summary->kept_images = wanted->kept;
    if (options->progress)
        options->progress(options->progress_user, &progress);
    struct dataset_info info = job_dataset_info(job);
    TRY(open_sink(job, &info, NULL, error));
    status = finish_sink(sink, error);
    if (status)
        sink->ops->abort(sink->self);
    summary->seconds = os_seconds() - begin;
done:
    return status;
}

enum plotmill_status job_run(const struct job *job, const struct wanted_images *wanted, struct job_summary *summary,
                             struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink *sink = job->sink;
    struct run *run = NULL;
    if (!wanted->range_count)
        return finish_only(job, wanted, summary, error);
    TRY_ALLOCATE(error, summary->shares, DEVICE_SHARES, sizeof *summary->shares);
    TRY(field_counts_create(&summary->fields, job->chart, error));
    TRY(clamp_counts_create(&summary->clamps, job->chart, error));
    summary->field_count = job->chart->field_count;
    TRY_ALLOCATE(error, run, 1, sizeof *run);
    run->job = job;
    run->wanted = wanted;
    run->images = wanted->kept;
    for (size_t i = 0; i < wanted->range_count; i++)
        run->images += wanted->ranges[i].count;
    run->summary = summary;
    device_slots_init(&run->devices, job);
    queue_init(&run->queue, wanted->ranges, wanted->range_count);
    trace_reset(job->trace);
    run->queue.trace = job->trace;
    run->queue.reader = (struct window_reader){
        .source = job->source,
        .windows = job->windows,
        .set = job->set,
        .checks = &run->queue.checks,
        .counts = summary->fields,
        .clamps = summary->clamps,
    };
    TRY(checks_init(&run->queue.checks, job->chart, error));
    run->info = job_dataset_info(job);
    TRY(output_stage_init(&run->output, job, error));
    run->output.sized = job->image_bytes ? &run->info : NULL;
    device_slots_log_mode(&run->devices, job->log);
    status = run_attempts(run, error);
    trace_end(job->trace);
    fill_summary(run);
    TRY(status);
    if (!job->image_bytes)
        TRY(finish_sink(sink, error));
    summary->seconds = os_seconds() - run->begin;
    field_counts_report(summary->fields, summary->field_count, job->log);
    clamp_counts_report(summary->clamps, job->chart->panel_count, summary->images, job->log);
    if (sink->ops->hash && !job->image_bytes)
        summary->has_hash = sink->ops->hash(sink->self, &summary->hash);
    if (sink->ops->outside && !job->image_bytes)
        summary->outside_images = sink->ops->outside(sink->self);
    device_slots_fill_hints(&run->devices, summary);
    device_slots_keep_programs(&run->devices);
done:
    if (status && run && run->opened && !job->image_bytes)
        sink->ops->abort(sink->self);
    if (run) {
        output_stage_finish(&run->output);
        device_slots_finish(&run->devices);
        queue_finish(&run->queue);
        free(run->train);
    }
    free(run);
    return status;
}
