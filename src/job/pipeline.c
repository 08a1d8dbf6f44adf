#include "job/pipeline.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/try.h"
#include "job/estimate.h"
#include "job/fallback.h"
#include "job/worker_setup.h"

/* Images of a job that is worth asking beforehand whether the disk has room for it. */
#define LONG_JOB 10000

/* How often progress is told while no batch ends, so that a job can be stopped at any time. */
#define PROGRESS_SECONDS 0.1

/* How long a job that was stopped waits for its devices before it says so: an answer within a second is promised. */
#define OVERDUE_SECONDS 0.4

#define SPEC_SIZE 1024

/* One run of a pipeline. */
struct run {
    const struct pipeline *pipeline;
    const struct plotmill_wanted *wanted;
    uint64_t images; /* wanted, and kept */
    struct team team;
    struct flow flow;
    struct delivery delivery;
    struct crew crew;
    bool opened;  /* the sink */
    double begin; /* of the first batch; moved on by what was spent on devices since */
    uint64_t by_host;
    struct plotmill_summary *summary;
};

struct renderer_options pipeline_renderer(const struct pipeline *p)
{
    struct renderer_options how = {.stride = feed_stride(&p->windows)};
    delivery_ask(p, &how);
    return how;
}

struct memory_needs pipeline_memory_needs(const struct pipeline *p, const struct plotmill_device *device)
{
    const struct renderer_options how = pipeline_renderer(p);
    return renderer_memory_needs(device, &p->options->chart, p->windows.window, &how);
}

uint64_t pipeline_whole_groups(uint64_t batch, uint32_t group)
{
    return batch < group ? group : batch / group * group;
}

static uint64_t batch_asked(const struct pipeline *p, const struct plotmill_device *device,
                            const struct renderer_options *how)
{
    uint64_t batch = p->options->batch;
    if (!batch)
        batch = renderer_auto_batch(device, &p->options->chart, p->windows.window, how);
    batch = batch < RENDERER_BATCH_MAX ? batch : RENDERER_BATCH_MAX;
    return batch < p->windows.images ? batch : p->windows.images;
}

uint64_t pipeline_batch(const struct pipeline *p, const struct plotmill_device *device)
{
    const struct renderer_options how = pipeline_renderer(p);
    return pipeline_whole_groups(batch_asked(p, device, &how), how.images_per_stream);
}

/* What a group adds is nobody's bad input: where it does not fit, the device says so, and another may do it. */
enum plotmill_status pipeline_check(const struct pipeline *p, const struct plotmill_device *device,
                                    struct plotmill_error *error)
{
    struct renderer_options how = pipeline_renderer(p);
    how.batch = batch_asked(p, device, &how);
    return renderer_check_batch(device, &p->options->chart, p->windows.window, &how, error);
}

unsigned pipeline_jobs(const struct plotmill_job_options *options)
{
    return options->jobs ? options->jobs : os_cores();
}

static void report_progress(struct run *run, uint64_t stored)
{
    const struct plotmill_job_options *options = run->pipeline->options;
    struct plotmill_progress progress = {
        .done = run->wanted->kept + stored,
        .kept = run->wanted->kept,
        .images = run->images,
        .seconds = os_seconds() - run->begin,
        .setup_seconds = run->summary->setup_seconds,
        .device = &run->team.seats[team_first(&run->team, SEAT_AT_WORK)].device,
    };
    struct plotmill_error error;
    if (options->progress && options->progress(options->progress_user, &progress))
        flow_stop(&run->flow,
                  plotmill_error_set(&error, PLOTMILL_CANCELLED, "cancelled after %llu of %llu images",
                                     (unsigned long long)progress.done, (unsigned long long)progress.images),
                  &error);
}

/* What is being written now is written to its end; nothing is written after that, so that the sink can be aborted
 * although devices are still at work. Under the flow's lock. */
static void leave_sink(struct run *run)
{
    const struct sink *sink = run->pipeline->sink;
    const struct plotmill_job_options *options = run->pipeline->options;
    struct flow *flow = &run->flow;
    while (flow->writers)
        condition_wait(&flow->progress, &flow->lock);
    if (!flow->lanes)
        return;
    mutex_unlock(&flow->lock);
    if (run->opened)
        sink->ops->abort(sink->self);
    run->opened = false;
    options->overdue(options->progress_user);
    mutex_lock(&flow->lock);
}

/* Until the lanes of a flow that runs no more have ended. Under its lock. */
static void await_lanes(struct run *run)
{
    struct flow *flow = &run->flow;
    const double end = os_seconds() + OVERDUE_SECONDS;
    const bool cancelled = flow->state == FLOW_STOPPED && flow->status == PLOTMILL_CANCELLED;
    while (cancelled && flow->lanes && os_seconds() < end)
        condition_wait_for(&flow->progress, &flow->lock, end - os_seconds());
    if (cancelled && flow->lanes && run->pipeline->options->overdue)
        leave_sink(run);
    while (flow->lanes)
        condition_wait(&flow->progress, &flow->lock);
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
        bool runs = flow->state == FLOW_RUNS;
        mutex_unlock(&flow->lock);
        if (runs)
            report_progress(run, told);
        mutex_lock(&flow->lock);
        if (flow->lanes && flow->state != FLOW_RUNS)
            await_lanes(run);
    }
    mutex_unlock(&flow->lock);
}

static enum plotmill_status carry_all(struct run *run, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct flow *flow = &run->flow;
    struct plotmill_error failure;
    report_progress(run, flow->stored); /* a first chance to stop */
    status = crew_start(&run->crew, &failure);
    if (status)
        flow_stop(flow, status, &failure);
    watch(run);
    crew_join(&run->crew);
    if (flow->state == FLOW_RUNS)
        report_progress(run, flow->stored);
    if (flow->state != FLOW_RUNS)
        *error = flow->error;
    return flow->state != FLOW_RUNS ? flow->status : PLOTMILL_OK;
}

/* `spec` is where the info's spec is kept. */
static struct plotmill_dataset_info describe(const struct pipeline *p, char spec[SPEC_SIZE])
{
    const struct plotmill_chart_options *chart = &p->options->chart;
    chart_spec(chart, p->windows.window, p->options->stride, spec, SPEC_SIZE);
    return (struct plotmill_dataset_info){
        .images = p->windows.images,
        .width = chart->width,
        .height = chart->height,
        .background = chart->background,
        .foreground = chart->foreground,
        .window = p->windows.window,
        .spec = spec,
        .input = p->source->input ? p->source->input : "",
        .format = "",
        .producer = plotmill_version(),
        .stored = p->sink->ops->pixels,
    };
}

/* lane: to estimate the room with; NULL: nothing will be written. */
static enum plotmill_status open_sink(const struct pipeline *p, struct lane *lane, struct plotmill_error *error)
{
    char spec[SPEC_SIZE];
    struct plotmill_dataset_info info = describe(p, spec);
    if (lane && info.images >= LONG_JOB)
        info.image_bytes = estimate_image_bytes(lane, &info);
    return p->sink->ops->open(p->sink->self, &info, error);
}

enum plotmill_status pipeline_ask(const struct pipeline *pipeline, struct plotmill_range *all,
                                  struct plotmill_wanted *wanted, struct plotmill_error *error)
{
    const struct plotmill_sink_ops *ops = pipeline->sink->ops;
    char spec[SPEC_SIZE];
    struct plotmill_dataset_info info = describe(pipeline, spec);
    *all = (struct plotmill_range){0, info.images};
    *wanted = (struct plotmill_wanted){all, 1, 0};
    return ops->wanted ? ops->wanted(pipeline->sink->self, &info, wanted, error) : PLOTMILL_OK;
}

/* Everything with the devices at work as they are now, until the end or the first one that fails. */
static enum plotmill_status attempt(struct run *run, struct breakdown *breakdown, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = run->pipeline;
    const double begin = os_seconds();
    *breakdown = (struct breakdown){.seat = SEAT_NONE};
    TRY(team_open(&run->team, p, &breakdown->seat, error));
    TRY(crew_init(&run->crew, p, &run->team, &run->flow, &run->delivery, &breakdown->seat, error));
    fallback_tell_deoptimized(&run->team, run->summary);
    run->summary->setup_seconds += os_seconds() - begin;
    run->begin += os_seconds() - begin;
    if (!run->opened) {
        run->begin = os_seconds();
        report_progress(run, 0); /* a chance to stop while there is nothing to clear up */
        if (run->flow.state != FLOW_RUNS) {
            *error = run->flow.error;
            TRY(run->flow.status);
        }
        TRY(open_sink(p, &run->crew.lanes[team_first(&run->team, SEAT_AT_WORK)][0], error));
        run->opened = true;
        run->begin = os_seconds();
        trace_begin(p->trace);
    }
    breakdown->working = true;
    status = carry_all(run, error);
    breakdown->seat = run->flow.failed;
done:
    if (!status || status == PLOTMILL_CANCELLED)
        crew_memory(&run->crew, p->trace);
    run->by_host += crew_finish(&run->crew, &run->team);
    breakdown->status = status;
    breakdown->image = flow_first_missing(&run->flow);
    return status;
}

/* Attempts, each with what the one before left, for as long as devices are left. */
static enum plotmill_status carry_on(struct run *run, struct plotmill_error *error)
{
    enum plotmill_status status;
    for (;;) {
        struct breakdown breakdown;
        status = attempt(run, &breakdown, error);
        if (breakdown.seat == SEAT_NONE ||
            !fall_back(&run->team, run->pipeline, &run->delivery, &breakdown, error, run->summary))
            return status;
        TRY(flow_resume(&run->flow, error));
    }
done:
    return status;
}

static void sum_up(struct run *run)
{
    const struct pipeline *p = run->pipeline;
    struct plotmill_summary *summary = run->summary;
    summary->images = run->flow.stored;
    summary->kept_images = run->wanted->kept;
    summary->empty_images = run->flow.empty;
    summary->jobs = run->delivery.threads;
    for (size_t i = 0; i < run->team.count; i++) {
        const struct seat *seat = &run->team.seats[i];
        summary->compiled |= seat->compute && compute_has_compiled(seat->compute);
        if (seat->state == SEAT_READY || (seat->state == SEAT_FAILED && !seat->images))
            continue;
        struct plotmill_share *share = &summary->shares[summary->devices++];
        *share = (struct plotmill_share){
            .device = seat->device, .images = seat->images, .batch = seat->batch, .in_flight = seat->in_flight};
        if (summary->devices == 1) {
            summary->device = seat->device;
            summary->batch = seat->batch;
            summary->in_flight = seat->in_flight;
        }
    }
    summary->host_images = run->by_host;
    if (run->by_host)
        log_line(p->log, PLOTMILL_LOG_DETAIL, "%llu images were compressed by the host",
                 (unsigned long long)run->by_host);
}

static void run_init(struct run *run, const struct pipeline *pipeline, const struct plotmill_wanted *wanted,
                     struct plotmill_summary *summary)
{
    run->pipeline = pipeline;
    run->wanted = wanted;
    run->images = wanted->kept;
    for (size_t i = 0; i < wanted->range_count; i++)
        run->images += wanted->ranges[i].count;
    run->summary = summary;
    team_init(&run->team, pipeline);
    flow_init(&run->flow, wanted->ranges, wanted->range_count);
    trace_reset(pipeline->trace);
    run->flow.trace = pipeline->trace;
    run->flow.feed = (struct feed){
        .source = pipeline->source,
        .windows = pipeline->windows,
        .refuse_missing = pipeline->options->chart.missing == PLOTMILL_MISSING_ERROR,
    };
}

/* Nothing is wanted: what is there already may still have to be put together. */
static enum plotmill_status finish_alone(const struct pipeline *pipeline, const struct plotmill_wanted *wanted,
                                         struct plotmill_summary *summary, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink *sink = pipeline->sink;
    const struct plotmill_job_options *options = pipeline->options;
    const struct plotmill_progress progress = {.done = wanted->kept, .kept = wanted->kept, .images = wanted->kept};
    double begin = os_seconds();
    summary->kept_images = wanted->kept;
    if (options->progress)
        options->progress(options->progress_user, &progress);
    TRY(open_sink(pipeline, NULL, error));
    status = sink->ops->finish(sink->self, error);
    if (status)
        sink->ops->abort(sink->self);
    summary->seconds = os_seconds() - begin;
done:
    return status;
}

enum plotmill_status pipeline_run(const struct pipeline *pipeline, const struct plotmill_wanted *wanted,
                                  struct plotmill_summary *summary, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink *sink = pipeline->sink;
    const struct plotmill_job_options *options = pipeline->options;
    struct run *run = NULL;
    if (!wanted->range_count)
        return finish_alone(pipeline, wanted, summary, error);
    TRY_ALLOCATE(error, run, 1, sizeof *run);
    run_init(run, pipeline, wanted, summary);
    TRY(delivery_init(&run->delivery, pipeline, pipeline_jobs(options), error));
    team_tell_mode(&run->team, pipeline->log);
    status = carry_on(run, error);
    trace_end(pipeline->trace);
    sum_up(run);
    TRY(status);
    TRY(sink->ops->finish(sink->self, error));
    summary->seconds = os_seconds() - run->begin;
    if (sink->ops->hash)
        summary->has_hash = sink->ops->hash(sink->self, &summary->hash);
    fallback_advise(&run->team, summary);
    team_keep_programs(&run->team);
done:
    if (status && run && run->opened)
        sink->ops->abort(sink->self);
    if (run) {
        delivery_finish(&run->delivery);
        team_finish(&run->team);
        flow_finish(&run->flow);
    }
    free(run);
    return status;
}
