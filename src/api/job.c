#include <stdlib.h>

#include "api/handles.h"
#include "api/label_fields.h"
#include "api/measure.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/spec.h"
#include "formats/image_files.h"
#include "job/estimate.h"
#include "job/queue.h"
#include "source/frame.h"
#include "source/source.h"

void job_options_init(struct job_options *options)
{
    *options = (struct job_options){.stride = 1};
    chart_options_init(&options->line);
}

char *job_spec(const struct job_options *options, const struct chart *chart, uint64_t window)
{
    return dataset_write_spec(chart, window, options->stride);
}

void warn_of_thin_lines(plotmill *pm, const struct chart *chart)
{
    double least = 1;
    char width[DECIMAL_SIZE];
    for (uint32_t i = 0; i < chart->layer_count; i++)
        if (layer_is_stroke(&chart->layers[i]))
            least = MIN(least, chart->layers[i].width);
    decimal_write(width, least);
    if (least < 1 && !chart->antialias)
        log_line(
            &pm->log, PLOTMILL_LOG_WARNING,
            "a line of %s px may drop pixels where it passes between their centres: use antialiasing, or at least 1 px",
            width);
}

enum plotmill_status check_bits(const struct chart *chart, const struct pixel_format *pixels,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (pixels->dtype != DTYPE_BITS)
        goto done;
    if (chart_is_shaded(chart))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "dtype bits: does not apply with antialias: a bit holds only foreground or background");
    if (!chart->per_layer && !chart_one_grey(chart))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "dtype bits: the chart has colours or several greys, expected one grey ink, or one channel per layer");
done:
    return status;
}

/* Whether the sink can take the chart's pixels. */
static enum plotmill_status check_pixels(const struct job *job, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink_ops *ops = job->sink->ops;
    struct pixel_format stored;
    TRY(pixel_format_resolve(&ops->pixels, job->chart->channels, &stored, error));
    if (ops->payload == PAYLOAD_PNG)
        TRY(image_files_check_channels("png", job->chart->channels, error));
    TRY(check_bits(job->chart, &stored, error));
done:
    return status;
}

/* A job with what it is made of. It must not move. */
struct made_job {
    struct job job;
    struct window_set windows;
    struct made_chart chart;
    struct source frame; /* the chart's fields */
    char *spec;
};

/* Fills *made, and checks what can be checked before a device is opened. finish_job must follow, also after a failure.
 */
static enum plotmill_status init_job(struct made_job *made, plotmill *pm, const plotmill_source *source,
                                     const struct sink *sink, const struct job_options *options)
{
    const struct window_rule rule = {options->window, options->stride, options->limit};
    enum plotmill_status status = PLOTMILL_OK;
    struct job *job = &made->job;
    size_t label_value;
    *made = (struct made_job){.job = {.sink = sink, .cache = pm->cache_folder, .options = options, .log = &pm->log}};
    TRY(label_value_find(&source->source, options, &label_value, &pm->error));
    TRY(name_failure(
        window_set_plan(&made->windows, &source->source, label_value, &rule, &options->windows, &pm->log, &pm->error),
        "the source's read", &pm->error));
    job->windows = made->windows.windows;
    job->set = &made->windows;
    TRY(made_chart_init(&made->chart, options->maker, &options->line, job->windows.window, &pm->error));
    job->chart = made->chart.chart;
    chart_png_form(job->chart, &job->png);
    TRY(check_pixels(job, &pm->error));
    TRY(name_failure(frame_open(&made->frame, &source->source, job->chart, &pm->error), "the source's read",
                     &pm->error));
    job->source = &made->frame;
    made->spec = job_spec(options, job->chart, job->windows.window);
    TRY_MEMORY(&pm->error, made->spec);
    job->spec = made->spec;
done:
    return status;
}

static void finish_job(struct made_job *made)
{
    device_list_free(&made->job.devices.list);
    window_set_free(&made->windows);
    source_close(&made->frame);
    made_chart_free(&made->chart);
    free(made->spec);
}

static enum plotmill_status fill_plan(plotmill *pm, const struct job *job, struct job_plan *plan)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = job->chart;
    plan->images = job->windows.images;
    plan->windows = job->set->counts;
    plan->width = chart->width;
    plan->height = chart->height;
    plan->channels = chart->channels;
    plan->pixel_bytes = plan->images * chart->width * chart->height * chart->channels;
    plan->jobs = job_threads(job->options);
    plan->devices = (uint32_t)job->devices.sharing;
    plan->device = job->devices.devices[0]->info;
    for (size_t i = 0; i < job->devices.sharing; i++) {
        const struct device_info *device = &job->devices.devices[i]->info;
        TRY(job_check_batch(job, device, &pm->error));
        const uint64_t batch = job_batch(job, device);
        const uint32_t in_flight = job_in_flight(job, device, batch);
        job_add_memory(job, device, batch, in_flight, &plan->device_bytes, &plan->host_bytes);
        plan->batch = i ? plan->batch : batch;
        plan->in_flight = i ? plan->in_flight : in_flight;
    }
done:
    return status;
}

static enum plotmill_status make_plan(plotmill *pm, const plotmill_source *source, plotmill_sink *sink,
                                      const struct job_options *options, bool estimate, struct job_plan *plan)
{
    static const struct sink_ops pixel_ops = {.payload = PAYLOAD_PIXELS, .thread_safe = 1};
    static const struct sink pixels = {.ops = &pixel_ops};
    enum plotmill_status status = PLOTMILL_OK;
    struct made_job made = {0};
    struct job *job = &made.job;
    struct job_estimate estimated;
    *plan = (struct job_plan){0};
    clear_message(pm);
    TRY(init_job(&made, pm, source, sink ? &sink->sink : &pixels, options));
    if (sink && sink->sink.ops->check) {
        const struct dataset_info info = job_dataset_info(job);
        TRY(sink->sink.ops->check(sink->sink.self, &info, &pm->error));
    }
    TRY(find_job_devices(&job->devices, pm, options->device));
    warn_of_thin_lines(pm, job->chart);
    TRY(fill_plan(pm, job, plan));
    if (estimate) {
        TRY(job_estimate(job, &estimated, &pm->error));
        plan->expected_bytes = sink ? (uint64_t)estimated.bytes : 0;
        plan->expected_seconds = estimated.seconds;
        clear_message(pm); /* of an attempt that a fallback made good */
    }
done:
    finish_job(&made);
    return status;
}

enum plotmill_status api_job_plan(plotmill *pm, const plotmill_source *source, plotmill_sink *sink,
                                  const struct job_options *options, struct job_plan *plan)
{
    return make_plan(pm, source, sink, options, false, plan);
}

enum plotmill_status api_job_estimate(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                      const struct job_options *options, struct job_plan *plan)
{
    return make_plan(pm, source, sink, options, true, plan);
}

enum plotmill_status api_job_run(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                 const struct job_options *options, struct job_summary *summary)
{
    return measure_job(pm, source, sink, options, &(struct measure_options){0}, summary);
}

enum plotmill_status measure_job(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                 const struct job_options *options, const struct measure_options *measure,
                                 struct job_summary *summary)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct job_summary done = {0};
    struct image_range all;
    struct wanted_images wanted;
    struct made_job made = {0};
    struct job *job = &made.job;
    clear_message(pm);
    if (sink->used)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "this sink has taken a job already: expected a new one");
    TRY(init_job(&made, pm, source, &sink->sink, options));
    job->opened = &sink->used;
    job->trace = measure->trace;
    job->no_overlap = measure->without & MEASURE_WITHOUT_OVERLAP;
    job->no_pinning = measure->without & MEASURE_WITHOUT_PINNING;
    job->no_device_streams = measure->without & MEASURE_WITHOUT_DEVICE_STREAMS;
    done.windows = made.windows.counts;
    if (made.windows.classes)
        TRY(string_keep(&done.label_classes, made.windows.classes, &pm->error));
    TRY(job_wanted(job, &all, &wanted, &pm->error));
    if (wanted.range_count) {
        const double begin = os_seconds();
        TRY(find_job_devices(&job->devices, pm, options->device));
        warn_of_thin_lines(pm, job->chart);
        done.setup_seconds = os_seconds() - begin;
        done.device = job->devices.devices[0]->info;
    }
    TRY(job_run(job, &wanted, &done, &pm->error));
    clear_message(pm); /* of an attempt that a fallback made good */
done:
    finish_job(&made);
    if (summary)
        *summary = done;
    else
        job_summary_free(&done);
    return status;
}
