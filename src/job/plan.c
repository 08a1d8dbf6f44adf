/* What a job needs, known before it runs. */
#include "base/numbers.h"
#include "base/os.h"
#include "chart/pixel_format.h"
#include "job/job.h"
#include "job/queue.h"
#include "render/encoder.h"

struct pixel_shape job_pixel_shape(const struct job *job)
{
    const struct chart *chart = job->chart;
    struct pixel_shape shape = {chart->width, chart->height, -1, -1, chart->channels};
    if (chart->per_layer) {
        shape.background = 0;
        shape.foreground = 255;
    } else if (chart_one_grey(chart)) {
        shape.background = chart->background.red;
        shape.foreground = chart->layers->ink.red;
    }
    return shape;
}

struct pixel_format job_pixels(const struct job *job)
{
    struct pixel_format pixels = job->sink->ops->pixels;
    pixel_format_resolve(&pixels, job->chart->channels, &pixels, NULL);
    return pixels;
}

struct output_form job_output_form(const struct job *job)
{
    const struct sink_ops *ops = job->sink->ops;
    const struct pixel_format stored = job_pixels(job);
    const bool zlib = ops->payload == PAYLOAD_ZLIB, pixels = ops->payload == PAYLOAD_PIXELS;
    const bool compress = !pixels && (job->no_device_streams || (zlib && !encoder_takes(job->chart, &stored)));
    return (struct output_form){
        .compress = compress,
        .convert = compress || (pixels && !pixel_format_is_plain(&stored, job->chart->channels)),
        .images_per_stream = zlib && ops->images_per_stream ? ops->images_per_stream : 1,
    };
}

struct renderer_options job_renderer_options(const struct job *job)
{
    const struct sink_ops *ops = job->sink->ops;
    const struct output_form form = job_output_form(job);
    const struct pixel_format stored = job_pixels(job);
    const enum payload payload = form.compress ? PAYLOAD_PIXELS : ops->payload;
    return (struct renderer_options){
        .stride = batch_stride(&job->windows),
        .payload = payload,
        .images_per_stream = form.images_per_stream,
        .planes = payload == PAYLOAD_ZLIB && job->chart->channels > 1 && stored.layout == LAYOUT_NCHW,
        .copies = payload == PAYLOAD_ZLIB && job->chart->channels == 1 ? stored.channels : 1,
    };
}

uint64_t job_whole_streams(const struct job *job, uint64_t batch)
{
    const uint32_t group = job_output_form(job).images_per_stream;
    return MAX(batch / group, 1) * group;
}

static uint64_t requested_batch(const struct job *job, const struct device_info *device)
{
    const struct renderer_options how = job_renderer_options(job);
    uint64_t batch = job->options->batch;
    if (!batch)
        batch = renderer_auto_batch(device, job->chart, job->windows.window, &how);
    batch = MIN(batch, RENDERER_BATCH_MAX);
    return MIN(batch, job->windows.images);
}

uint64_t job_batch(const struct job *job, const struct device_info *device)
{
    return job_whole_streams(job, requested_batch(job, device));
}

static enum plotmill_status check_batch(const struct job *job, const struct device_info *device, uint64_t batch,
                                        struct plotmill_error *error)
{
    struct renderer_options how = job_renderer_options(job);
    how.batch = batch;
    return renderer_check_batch(device, job->chart, job->windows.window, &how, error);
}

/* Without the rounding to whole streams: where a stream's further images do not fit, the device fails, and another one
 * may take over. */
enum plotmill_status job_check_batch(const struct job *job, const struct device_info *device,
                                     struct plotmill_error *error)
{
    return check_batch(job, device, requested_batch(job, device), error);
}

uint64_t job_fitting_batch(const struct job *job, const struct device_info *device)
{
    const uint32_t group = job_output_form(job).images_per_stream;
    uint64_t batch = job_batch(job, device);
    while (batch && check_batch(job, device, batch, NULL))
        batch /= 2;
    return batch < group ? batch : batch / group * group;
}

static struct memory_needs needs_of(const struct job *job, const struct device_info *device)
{
    const struct renderer_options how = job_renderer_options(job);
    return renderer_memory_needs(device, job->chart, job->windows.window, &how);
}

uint32_t job_in_flight(const struct job *job, const struct device_info *device, uint64_t batch)
{
    if (job->no_overlap)
        return 1;
    const struct memory_needs needs = needs_of(job, device);
    const uint64_t batches = (job->windows.images + batch - 1) / batch;
    uint64_t most = device->memory ? device->memory / 2 / memory_needs_bytes(&needs, batch) : WORKERS_PER_DEVICE;
    most = MIN(most, batches);
    return (uint32_t)CLAMP(most, 1, WORKERS_PER_DEVICE);
}

uint64_t job_column_bytes(const struct job *job)
{
    uint64_t bytes = 0;
    for (size_t i = 0; job->set && i < job->set->column_count; i++)
        bytes += job->set->columns[i].width * column_value_bytes(job->set->columns[i].type);
    return bytes;
}

void job_add_memory(const struct job *job, const struct device_info *device, uint64_t batch, uint32_t in_flight,
                    uint64_t *device_bytes, uint64_t *host_bytes)
{
    const struct memory_needs needs = needs_of(job, device);
    const uint64_t samples = batch_samples(&job->windows, batch) * source_fields(job->source->shape) * sizeof(double);
    uint64_t host = samples + batch * (8 + 16 * job->chart->panel_count + job_column_bytes(job) + needs.host) +
                    job->windows.window * 8; /* and x, step_inverse */
    if (chart_has_missing(job->chart, MISSING_BRIDGE))
        host += samples;
    *device_bytes += in_flight * memory_needs_bytes(&needs, batch);
    *host_bytes += in_flight * host;
}

unsigned job_threads(const struct job_options *options)
{
    return options->jobs ? options->jobs : os_cores();
}

struct dataset_info job_dataset_info(const struct job *job)
{
    const struct chart *chart = job->chart;
    const struct pixel_shape shape = job_pixel_shape(job);
    const struct window_set *set = job->set;
    return (struct dataset_info){
        .images = job->windows.images,
        .width = chart->width,
        .height = chart->height,
        .background = shape.background,
        .foreground = shape.foreground,
        .channels = chart->channels,
        .panels = chart->panel_count,
        .fields = source_fields(job->source->shape),
        .field_names = job->source->about.fields,
        .window = job->windows.window,
        .spec = job->spec,
        .input = job->source->input ? job->source->input : "",
        .format = "",
        .producer = version_text(),
        .stored = job_pixels(job),
        .png = &job->png,
        .columns = set ? set->columns : NULL,
        .column_count = set ? set->column_count : 0,
        .runs = set ? set->runs : NULL,
        .run_count = set ? set->run_count : 0,
        .windows = set ? set->description : NULL,
        .label_counts = set ? set->classes : NULL,
    };
}

enum plotmill_status job_wanted(const struct job *job, struct image_range *all, struct wanted_images *wanted,
                                struct plotmill_error *error)
{
    const struct sink_ops *ops = job->sink->ops;
    const struct dataset_info info = job_dataset_info(job);
    *all = (struct image_range){0, info.images};
    *wanted = (struct wanted_images){all, 1, 0};
    if (!ops->wanted)
        return PLOTMILL_OK;
    return name_failure(ops->wanted(job->sink->self, &info, wanted, error), "the sink's wanted", error);
}
