#include "api/settings.h"

#include "base/try.h"
#include "options/formats.h"

static struct text_options text_reading(const struct text_settings *text, const struct data_settings *data)
{
    return (struct text_options){.header = text->header,
                                 .skip = text->skip,
                                 .comment = text->comment,
                                 .separator = text->separator,
                                 .decimal = text->decimal,
                                 .thousands = text->thousands,
                                 .missing = text->missing_values,
                                 .no_units = text->units != 0,
                                 .encoding = text->encoding,
                                 .time = text->time,
                                 .time_format = text->time_format,
                                 .skip_bad_rows = text->bad_rows != 0,
                                 .sequences = data->rows != 0,
                                 .label_column = data->label_column};
}

struct source_options source_options(const struct data_settings *data, const struct text_settings *text,
                                     uint64_t window)
{
    struct source_options options = {.text = text_reading(text, data)};
    options.column = data->column;
    options.columns = data->columns;
    options.axes = data->axes;
    options.window = window;
    options.dataset = data->dataset;
    options.member = data->member;
    options.group_by = data->group_by;
    options.order = (enum row_order)data->order;
    options.gap_factor = data->break_at_gaps;
    options.from = data->from;
    options.to = data->to;
    return options;
}

struct window_options window_choice(const struct window_settings *windows)
{
    return (struct window_options){.file = windows->windows,
                                   .label = windows->label,
                                   .label_field = windows->label_field,
                                   .drop_unlabelled = windows->drop_unlabelled != 0,
                                   .split = windows->split,
                                   .split_at = windows->split_at,
                                   .split_by = windows->split_by,
                                   .shuffle = windows->shuffle};
}

void image_apply(const struct image_settings *image, struct chart_options *chart)
{
    chart->width = image->size.width;
    chart->height = image->size.height;
    chart->line_width = line_width_px(image);
    chart->margin = image->margin;
    chart->antialias = image->antialias;
    chart->background = image->background.red;
    chart->foreground = image->foreground.red;
    chart->range_lo = image->range.lo;
    chart->range_hi = image->range.hi;
    chart->missing = (enum missing_mode)image->missing;
}

void device_apply(const struct device_settings *device, struct job_options *job)
{
    job->device = device->device;
    job->batch = device->batch;
    job->jobs = (uint32_t)device->jobs;
    job->fallback = device->fallback ? FALLBACK_ALWAYS : device->no_fallback ? FALLBACK_NEVER : FALLBACK_BY_DEVICE;
}

struct sink_options output_sink_options(const struct output_settings *output, const char *format)
{
    static const uint32_t channels[] = {0, 1, 3, 0};
    struct sink_options options;
    sink_options_init(&options);
    options.format = *format ? format : NULL;
    options.compress = (enum compress)output->compress;
    options.force = output->force;
    options.store_sequences = output->store_sequences;
    options.describe = output->skip_existing;
    options.pixels = (struct pixel_format){.dtype = (enum pixel_dtype)output->dtype,
                                           .layout = (enum pixel_layout)output->layout,
                                           .channels = channels[output->channels]};
    options.quality = (int)output->quality;
    options.folders = output->folders;
    options.chunk_images = (uint32_t)output->chunk_images;
    options.images_per_file = output->images_per_file;
    options.resume = output->resume;
    options.shard = output->shard.number;
    options.shards = output->shard.of;
    return options;
}

enum plotmill_status settings_fill(struct settings *settings, const struct option_values *values,
                                   const struct option_group groups[SCOPES], const struct paths *inputs,
                                   const struct config *config, const struct log *log, struct plotmill_error *error)
{
    static const int chart_channels[] = {0, 1, 3, -1};
    enum plotmill_status status = PLOTMILL_OK;
    struct text_list unused;
    struct chart chart = {0};
    const struct output_settings *output = &values->output;
    *settings = (struct settings){.inputs = (const char *const *)inputs->items,
                                  .input_count = inputs->count,
                                  .source = source_options(&values->data, &values->text, values->windows.window),
                                  .output = output->path,
                                  .output_folder = config->output_folder,
                                  .format = output_format(output, &groups[SCOPE_OUTPUT]),
                                  .no_cache = values->device.no_cache,
                                  .skip_existing = output->skip_existing,
                                  .dry_run = values->general.dry_run};
    config_list_unused(config, &unused);
    if (unused.items)
        log_line(log, PLOTMILL_LOG_INFO, "%s: these keys have no effect here: %s", config->file ? config->file : "set",
                 unused.text);
    TRY(device_check(&values->device, error));
    TRY(image_check(&values->image, &groups[SCOPE_CHART], log, error));
    TRY(chart_request_init(&settings->request, &values->image, &groups[SCOPE_CHART], config,
                           chart_channels[output->channels], error));
    settings->request.overrides.draws_copies = *settings->format && !formats_take(settings->format, "channels");
    TRY(settings->request.maker.make(&settings->request.maker, values->windows.window, &chart, error));
    TRY(output_check(output, &groups[SCOPE_OUTPUT], chart_is_shaded(&chart), error));
    settings->sink = output_sink_options(output, settings->format);
    job_options_init(&settings->job);
    settings->job.window = values->windows.window ? values->windows.window : chart.window;
    settings->source.window = settings->job.window;
    settings->job.stride = values->windows.stride;
    settings->job.limit = values->windows.limit;
    settings->job.windows = window_choice(&values->windows);
    settings->job.windows.group_by = values->data.group_by;
    const struct window_rule rule = {settings->job.window, settings->job.stride, settings->job.limit};
    TRY(window_options_check(&settings->job.windows, &rule, error));
    device_apply(&values->device, &settings->job);
    image_apply(&values->image, &settings->job.line);
    settings->sink.drawn = chart.channels;
    if (!settings->request.is_line || !chart_one_grey(&chart) || chart.channels > 1)
        settings->job.maker = &settings->request.maker;
done:
    chart_free(&chart);
    return status;
}

void settings_finish(struct settings *settings)
{
    chart_request_finish(&settings->request);
    *settings = (struct settings){0};
}
