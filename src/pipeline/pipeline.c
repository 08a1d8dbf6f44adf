#include "pipeline/pipeline.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/try.h"
#include "pipeline/crew.h"

/* How often progress is told while no batch ends, so that a job can be stopped at any time. */
#define PROGRESS_SECONDS 0.1

/* One run of a pipeline. */
struct run {
    const struct pipeline *pipeline;
    struct flow flow;
    struct delivery delivery;
    struct crew crew;
    double begin;
    struct plotmill_summary *summary;
};

uint64_t pipeline_batch(const struct plotmill_device *device, const struct windows *windows,
                        const struct plotmill_job_options *options)
{
    uint64_t batch = options->batch;
    if (!batch)
        batch = renderer_auto_batch(device, &options->chart, windows->window, feed_stride(windows));
    batch = batch < RENDERER_BATCH_MAX ? batch : RENDERER_BATCH_MAX;
    return batch < windows->images ? batch : windows->images;
}

enum plotmill_status pipeline_check(const struct plotmill_device *device, const struct windows *windows,
                                    const struct plotmill_job_options *options, struct plotmill_error *error)
{
    return renderer_check_batch(device, &options->chart, windows->window, feed_stride(windows),
                                pipeline_batch(device, windows, options), error);
}

unsigned pipeline_jobs(const struct plotmill_job_options *options)
{
    return options->jobs ? options->jobs : os_cores();
}

static enum plotmill_status prepare(struct run *run, const struct image_range *ranges, size_t range_count,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = run->pipeline;
    const struct plotmill_chart_options *chart = &p->options->chart;
    trace_reset(p->trace);
    run->flow = (struct flow){
        .trace = p->trace,
        .reading = MUTEX_READY,
        .writing = MUTEX_READY,
        .lock = MUTEX_READY,
        .changed = CONDITION_READY,
        .progress = CONDITION_READY,
        .feed = {.source = p->source,
                 .windows = p->windows,
                 .refuse_missing = chart->missing == PLOTMILL_MISSING_ERROR},
        .ranges = ranges,
        .range_count = range_count,
    };
    TRY(delivery_init(&run->delivery, p->sink, p->options, pipeline_jobs(p->options), error));
    TRY(crew_init(&run->crew, p, &run->flow, &run->delivery, error));
done:
    return status;
}

static void report_progress(struct run *run, uint64_t stored)
{
    const struct plotmill_job_options *options = run->pipeline->options;
    struct plotmill_progress progress = {
        .done = stored,
        .images = run->pipeline->windows.images,
        .seconds = os_seconds() - run->begin,
        .setup_seconds = run->summary->setup_seconds,
        .device = compute_device(run->pipeline->computes[0]),
    };
    struct plotmill_error error;
    if (options->progress && options->progress(options->progress_user, &progress))
        flow_stop(&run->flow,
                  plotmill_error_set(&error, PLOTMILL_CANCELLED, "cancelled after %llu of %llu images",
                                     (unsigned long long)progress.done, (unsigned long long)progress.images),
                  &error);
}

/* Tells progress while the lanes work. */
static void watch(struct run *run)
{
    struct flow *flow = &run->flow;
    uint64_t told = 0;
    mutex_lock(&flow->lock);
    while (flow->lanes) {
        if (flow->stored == told)
            condition_wait_for(&flow->progress, &flow->lock, PROGRESS_SECONDS);
        told = flow->stored;
        bool stopped = flow->stopped;
        mutex_unlock(&flow->lock);
        if (!stopped)
            report_progress(run, told);
        mutex_lock(&flow->lock);
        while (flow->lanes && flow->stopped)
            condition_wait(&flow->progress, &flow->lock);
    }
    mutex_unlock(&flow->lock);
}

static enum plotmill_status carry_all(struct run *run, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error failure;
    run->begin = os_seconds();
    trace_begin(run->pipeline->trace);
    report_progress(run, 0); /* a first chance to stop */
    status = crew_start(&run->crew, &failure);
    if (status)
        flow_stop(&run->flow, status, &failure);
    watch(run);
    crew_join(&run->crew);
    trace_end(run->pipeline->trace);
    if (!run->flow.stopped)
        report_progress(run, run->flow.stored);
    if (run->flow.stopped)
        *error = run->flow.error;
    return run->flow.stopped ? run->flow.status : PLOTMILL_OK;
}

static enum plotmill_status open_sink(const struct pipeline *p, struct plotmill_error *error)
{
    const struct plotmill_chart_options *chart = &p->options->chart;
    char spec[1024];
    chart_spec(chart, p->windows.window, p->options->stride, spec, sizeof spec);
    struct plotmill_dataset_info info = {
        .images = p->windows.images,
        .width = chart->width,
        .height = chart->height,
        .background = chart->background,
        .foreground = chart->foreground,
        .spec = spec,
        .input = p->source->input ? p->source->input : "",
        .format = "",
        .producer = plotmill_version(),
        .stored = p->sink->ops->pixels,
    };
    return p->sink->ops->open(p->sink->self, &info, error);
}

static void sum_up(struct run *run)
{
    const struct pipeline *p = run->pipeline;
    struct plotmill_summary *summary = run->summary;
    uint64_t on_host = 0;
    summary->images = run->flow.stored;
    summary->empty_images = run->flow.empty;
    summary->jobs = run->delivery.threads;
    summary->devices = (uint32_t)p->devices;
    summary->batch = run->crew.batch[0];
    summary->in_flight = run->crew.in_flight[0];
    for (size_t i = 0; i < p->devices; i++) {
        struct plotmill_share *share = &summary->shares[i];
        share->device = *compute_device(p->computes[i]);
        share->batch = run->crew.batch[i];
        for (uint32_t k = 0; k < run->crew.in_flight[i]; k++) {
            share->images += run->crew.lanes[i][k].images;
            on_host += renderer_host_images(run->crew.lanes[i][k].renderer);
            lane_memory(&run->crew.lanes[i][k], p->trace);
        }
    }
    if (on_host)
        log_line(p->log, PLOTMILL_LOG_DETAIL, "%llu images were compressed by the host", (unsigned long long)on_host);
}

enum plotmill_status pipeline_run(const struct pipeline *pipeline, const struct image_range *ranges, size_t range_count,
                                  struct plotmill_summary *summary, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink *sink = pipeline->sink;
    struct run *run = NULL;
    bool opened = false;
    double begin = os_seconds();
    TRY_ALLOCATE(error, run, 1, sizeof *run);
    run->pipeline = pipeline;
    run->summary = summary;
    TRY(prepare(run, ranges, range_count, error));
    summary->setup_seconds += os_seconds() - begin;
    TRY(open_sink(pipeline, error));
    opened = true;
    status = carry_all(run, error);
    sum_up(run);
    TRY(status);
    TRY(sink->ops->finish(sink->self, error));
    summary->seconds = os_seconds() - run->begin;
    if (sink->ops->hash)
        summary->has_hash = sink->ops->hash(sink->self, &summary->hash);
done:
    if (status && opened)
        sink->ops->abort(sink->self);
    if (run) {
        crew_finish(&run->crew);
        delivery_finish(&run->delivery);
    }
    free(run);
    return status;
}
