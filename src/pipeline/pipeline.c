#include "pipeline/pipeline.h"

#include <math.h>
#include <stdlib.h>

#include "base/os.h"
#include "base/try.h"
#include "pipeline/feed.h"
#include "render/renderer.h"

/* One run of a pipeline: what its batches share. */
struct run {
    const struct pipeline *pipeline;
    struct renderer *renderer;
    struct feed feed;
    uint64_t batch;
    double *y_range;
    int64_t *window_start;
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

/* The device may have less room than it says: others use it too. An automatic batch then makes do with less. */
static enum plotmill_status create_renderer(struct run *run, struct plotmill_error *error)
{
    const struct pipeline *p = run->pipeline;
    for (;;) {
        struct renderer_options how = {
            .batch = run->batch, .stride = feed_stride(&p->windows), .payload = p->sink->ops->payload};
        enum plotmill_status status =
            renderer_create(&run->renderer, p->compute, &p->options->chart, p->windows.window, &how, error);
        if (!status)
            status = renderer_warm_up(run->renderer, error);
        if (status != PLOTMILL_NO_MEMORY || p->options->batch || run->batch == 1)
            return status;
        renderer_destroy(run->renderer);
        run->renderer = NULL;
        log_line(p->log, PLOTMILL_LOG_WARNING, "no room on the device for batches of %llu images, trying %llu",
                 (unsigned long long)run->batch, (unsigned long long)run->batch / 2);
        run->batch /= 2;
    }
}

static enum plotmill_status prepare(struct run *run, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pipeline *p = run->pipeline;
    const struct plotmill_chart_options *chart = &p->options->chart;
    run->batch = pipeline_batch(compute_device(p->compute), &p->windows, p->options);
    TRY(pipeline_check(compute_device(p->compute), &p->windows, p->options, error));
    log_line(p->log, PLOTMILL_LOG_INFO, "compiling kernels");
    TRY(create_renderer(run, error));
    run->summary->batch = run->batch;
    log_line(p->log, PLOTMILL_LOG_DETAIL, "batches of %llu images, %.1f MB on the device",
             (unsigned long long)run->batch,
             1e-6 * (double)(run->batch * renderer_image_bytes(chart, p->windows.window, feed_stride(&p->windows))));
    TRY_ALLOCATE(error, run->y_range, run->batch * 2, sizeof *run->y_range);
    TRY_ALLOCATE(error, run->window_start, run->batch, sizeof *run->window_start);
    TRY(feed_init(&run->feed, p->source, &p->windows, run->batch, chart->missing == PLOTMILL_MISSING_ERROR, error));
done:
    return status;
}

static void release(struct run *run)
{
    renderer_destroy(run->renderer);
    feed_finish(&run->feed);
    free(run->y_range);
    free(run->window_start);
}

static enum plotmill_status report_progress(struct run *run, struct plotmill_error *error)
{
    const struct plotmill_job_options *options = run->pipeline->options;
    run->summary->seconds = os_seconds() - run->begin;
    struct plotmill_progress progress = {
        .done = run->summary->images,
        .images = run->pipeline->windows.images,
        .seconds = run->summary->seconds,
        .setup_seconds = run->summary->setup_seconds,
    };
    if (options->progress && options->progress(options->progress_user, &progress))
        return plotmill_error_set(error, PLOTMILL_CANCELLED, "cancelled after %llu of %llu images",
                                  (unsigned long long)progress.done, (unsigned long long)progress.images);
    return PLOTMILL_OK;
}

static enum plotmill_status run_batch(struct run *run, uint64_t first, uint64_t count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink *sink = run->pipeline->sink;
    struct plotmill_batch batch = {
        .first = first, .count = count, .window_start = run->window_start, .y_range = run->y_range};
    TRY(feed_read(&run->feed, first, count, error));
    struct renderer_images made;
    TRY(renderer_run(run->renderer, run->feed.samples, count, &made, run->y_range, error));
    batch.data = made.pixels;
    batch.streams = made.streams;
    for (uint64_t k = 0; k < count; k++) {
        run->window_start[k] = (int64_t)((first + k) * run->pipeline->windows.start_step);
        run->summary->empty_images += isnan(run->y_range[2 * k]) != 0;
    }
    TRY(sink->ops->write(sink->self, &batch, error));
    TRY(renderer_release(run->renderer, error));
    run->summary->images += count;
    TRY(report_progress(run, error));
done:
    return status;
}

static enum plotmill_status run_ranges(struct run *run, const struct image_range *ranges, size_t range_count,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    run->begin = os_seconds();
    TRY(report_progress(run, error)); /* a first chance to stop */
    for (size_t r = 0; r < range_count; r++)
        for (uint64_t done = 0; done < ranges[r].count; done += run->batch) {
            uint64_t left = ranges[r].count - done;
            TRY(run_batch(run, ranges[r].first + done, left < run->batch ? left : run->batch, error));
        }
done:
    return status;
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
        .format = "",
        .producer = plotmill_version(),
    };
    return p->sink->ops->open(p->sink->self, &info, error);
}

enum plotmill_status pipeline_run(const struct pipeline *pipeline, const struct image_range *ranges, size_t range_count,
                                  struct plotmill_summary *summary, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct run run = {.pipeline = pipeline, .summary = summary};
    const struct sink *sink = pipeline->sink;
    bool opened = false;
    double begin = os_seconds();
    TRY(prepare(&run, error));
    summary->setup_seconds += os_seconds() - begin;
    TRY(open_sink(pipeline, error));
    opened = true;
    TRY(run_ranges(&run, ranges, range_count, error));
    TRY(sink->ops->finish(sink->self, error));
    summary->seconds = os_seconds() - run.begin;
    if (renderer_host_images(run.renderer))
        log_line(pipeline->log, PLOTMILL_LOG_DETAIL, "%llu images were compressed by the host",
                 (unsigned long long)renderer_host_images(run.renderer));
    if (sink->ops->hash)
        summary->has_hash = sink->ops->hash(sink->self, &summary->hash);
done:
    if (status && opened)
        sink->ops->abort(sink->self);
    release(&run);
    return status;
}
