#include "api/handles.h"
#include "base/decimal.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/chart.h"
#include "pipeline/feed.h"
#include "pipeline/pipeline.h"
#include "pipeline/tune.h"
#include "render/renderer.h"

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

enum plotmill_status plotmill_job_plan(plotmill *pm, const plotmill_source *source,
                                       const struct plotmill_job_options *options, struct plotmill_plan *plan)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct windows windows;
    *plan = (struct plotmill_plan){0};
    forget_message(pm);
    TRY(check(pm, source, options, &windows));
    TRY(plotmill_device_choose(pm, options->device, &plan->device));
    warn_of_thin_lines(pm, &options->chart);
    const struct plotmill_chart_options *chart = &options->chart;
    uint64_t stride = feed_stride(&windows);
    plan->images = windows.images;
    TRY(pipeline_check(&plan->device, &windows, options, &pm->error));
    plan->batch = pipeline_batch(&plan->device, &windows, options);
    plan->pixel_bytes = windows.images * chart->width * chart->height;
    plan->in_flight = tune_in_flight(&plan->device, chart, &windows, plan->batch);
    plan->jobs = pipeline_jobs(options);
    plan->devices = 1;
    plan->device_bytes = plan->in_flight * (plan->batch * renderer_image_bytes(chart, windows.window, stride) +
                                            renderer_table_bytes(chart, windows.window));
    uint64_t samples = plan->batch * stride + windows.window;
    plan->host_bytes = samples * sizeof(double) + plan->batch * 24 + windows.window * 8; /* and x, step_inverse */
    if (chart->missing == PLOTMILL_MISSING_BRIDGE)
        plan->host_bytes += samples * 8;
    if (plan->device.discrete)
        plan->host_bytes += plan->batch * chart->width * chart->height;
    plan->host_bytes *= plan->in_flight;
done:
    return status;
}

enum plotmill_status plotmill_job_run(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                      const struct plotmill_job_options *options, struct plotmill_summary *summary)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_summary done = {0};
    struct compute *compute = NULL;
    struct windows windows;
    struct source from = guard_source(source);
    struct sink to = guard_sink(sink);
    forget_message(pm);
    if (sink->used)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "this sink has taken a job already: expected a new one");
    TRY(check(pm, source, options, &windows));
    double begin = os_seconds();
    TRY(open_device(pm, options->device, &compute, &done.device));
    warn_of_thin_lines(pm, &options->chart);
    done.setup_seconds = os_seconds() - begin;
    struct pipeline pipeline = {
        .source = &from,
        .sink = &to,
        .computes = &compute,
        .devices = 1,
        .options = options,
        .windows = windows,
        .log = &pm->log,
    };
    TRY(pipeline_run(&pipeline, &(struct image_range){0, windows.images}, 1, &done, &pm->error));
    forget_message(pm); /* of an attempt that another one made good */
done:
    compute_close(compute);
    if (summary)
        *summary = done;
    return status;
}
