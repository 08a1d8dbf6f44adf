#include "api/handles.h"
#include "api/measure.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/chart.h"
#include "job/job.h"

void plotmill_job_options_init(struct plotmill_job_options *options)
{
    *options = (struct plotmill_job_options){.size = sizeof *options, .stride = 1};
    plotmill_chart_options_init(&options->chart);
}

/* Everything that can be checked before a device is touched. */
static enum plotmill_status check(plotmill *pm, const plotmill_source *source,
                                  const struct plotmill_job_options *options, struct windows *windows)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (options->size != sizeof *options)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_job_options: size %zu, expected %zu (call _init first)",
             options->size, sizeof *options);
    TRY(windows_plan(windows, source->source.shape, options, &pm->error));
    TRY(chart_check(&options->chart, windows->window, &pm->error));
done:
    return status;
}

void warn_of_thin_lines(plotmill *pm, const struct plotmill_chart_options *chart)
{
    char width[DECIMAL_SIZE];
    decimal_write(width, chart->line_width);
    if (chart->line_width < 1 && !chart->antialias)
        log_line(&pm->log, PLOTMILL_LOG_WARNING,
                 "a line of %s px may drop pixels: between two centres there is room for it (antialias, or 1 px)",
                 width);
}

static enum plotmill_status plan_device(plotmill *pm, const struct job *job, const struct plotmill_device *device,
                                        struct plotmill_plan *plan)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(job_check_batch(job, device, &pm->error));
    uint64_t batch = job_batch(job, device);
    uint32_t in_flight = job_in_flight(job, device, batch);
    job_add_memory(job, device, batch, in_flight, &plan->device_bytes, &plan->host_bytes);
    if (device == &plan->device) {
        plan->batch = batch;
        plan->in_flight = in_flight;
    }
done:
    return status;
}

static void sum_up_bytes(const plotmill_sink *sink, const struct job *job, struct plotmill_summary *summary)
{
    const struct plotmill_chart_options *chart = &job->options->chart;
    summary->pixel_bytes = summary->images * chart->width * chart->height;
    summary->sink_bytes = atomic_load(&sink->bytes);
    for (uint32_t i = 0; i < summary->devices; i++) {
        const struct plotmill_share *share = &summary->shares[i];
        job_add_memory(job, &share->device, share->batch, share->in_flight, &summary->device_bytes, &summary->host_bytes);
    }
}

enum plotmill_status plotmill_job_plan(plotmill *pm, const plotmill_source *source, plotmill_sink *sink,
                                       const struct plotmill_job_options *options, struct plotmill_plan *plan)
{
    enum plotmill_status status = PLOTMILL_OK;
    static const struct plotmill_sink_ops pixels = {.payload = PLOTMILL_PAYLOAD_PIXELS};
    static const struct sink plain = {.ops = &pixels};
    struct plotmill_device devices[PLOTMILL_SHARES];
    struct job job = {.sink = sink ? &sink->sink : &plain, .options = options};
    size_t count = 0;
    *plan = (struct plotmill_plan){0};
    forget_message(pm);
    TRY(check(pm, source, options, &job.windows));
    TRY(plotmill_devices_choose(pm, options->device, devices, PLOTMILL_SHARES, &count));
    warn_of_thin_lines(pm, &options->chart);
    plan->images = job.windows.images;
    plan->pixel_bytes = plan->images * options->chart.width * options->chart.height;
    plan->jobs = job_threads(options);
    plan->devices = (uint32_t)count;
    plan->device = devices[0];
    for (size_t i = 0; i < count; i++)
        TRY(plan_device(pm, &job, i ? &devices[i] : &plan->device, plan));
done:
    return status;
}

/* A bit holds one of two values. */
static enum plotmill_status check_sink(plotmill *pm, const plotmill_sink *sink,
                                       const struct plotmill_job_options *options)
{
    if (sink->used)
        return plotmill_error_set(&pm->error, PLOTMILL_BAD_INPUT,
                                  "this sink has taken a job already: expected a new one");
    if (sink->sink.ops->pixels.dtype == PLOTMILL_DTYPE_BITS && options->chart.antialias)
        return plotmill_error_set(&pm->error, PLOTMILL_BAD_INPUT,
                                  "--dtype bits: a bit holds ink or background, expected no --antialias");
    return PLOTMILL_OK;
}

/* The devices of a job. */
static enum plotmill_status find_devices(plotmill *pm, struct roster *roster, struct job *job,
                                         struct plotmill_summary *summary)
{
    enum plotmill_status status = PLOTMILL_OK;
    double begin = os_seconds();
    TRY(roster_find(roster, pm, job->options->device));
    warn_of_thin_lines(pm, &job->options->chart);
    job->devices = roster->devices;
    job->sharing = roster->sharing;
    job->device_count = roster->count;
    job->automatic = roster->automatic;
    summary->setup_seconds = os_seconds() - begin;
    summary->device = roster->devices[0].info;
done:
    return status;
}

enum plotmill_status plotmill_job_run(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                      const struct plotmill_job_options *options, struct plotmill_summary *summary)
{
    return measure_job(pm, source, sink, options, &(struct measure_options){0}, summary);
}

enum plotmill_status measure_job(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                 const struct plotmill_job_options *options, const struct measure_options *measure,
                                 struct plotmill_summary *summary)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_summary done = {0};
    struct roster roster = {0};
    struct plotmill_range all;
    struct plotmill_wanted wanted;
    struct source from = guard_source(source);
    struct sink to = guard_sink(sink);
    struct job job = {
        .source = &from,
        .sink = &to,
        .cache = pm->cache_folder,
        .options = options,
        .log = &pm->log,
        .trace = measure->trace,
        .no_overlap = measure->without & MEASURE_WITHOUT_OVERLAP,
        .no_pinning = measure->without & MEASURE_WITHOUT_PINNING,
        .no_device_streams = measure->without & MEASURE_WITHOUT_DEVICE_STREAMS,
    };
    forget_message(pm);
    TRY(check_sink(pm, sink, options));
    TRY(check(pm, source, options, &job.windows));
    TRY(job_wanted(&job, &all, &wanted, &pm->error));
    if (wanted.range_count)
        TRY(find_devices(pm, &roster, &job, &done));
    TRY(job_run(&job, &wanted, &done, &pm->error));
    sum_up_bytes(sink, &job, &done);
    forget_message(pm); /* of an attempt that another one made good */
done:
    roster_finish(&roster);
    if (summary)
        *summary = done;
    return status;
}
