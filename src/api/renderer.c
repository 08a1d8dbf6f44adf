/* Renderers: a device, charts, and a resident series. */
#include "api/renderer.h"

#include <stdlib.h>
#include <string.h>

#include "api/measure.h"
#include "api/settings.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/line_layout.h"
#include "chart/pixel_format.h"
#include "device/process.h"
#include "formats/jpeg.h"
#include "job/queue.h"

void renderer_free_engines(plotmill_renderer *r)
{
    for (int i = 0; i < RENDERER_QUEUES; i++) {
        renderer_destroy(r->engines[i]);
        r->engines[i] = NULL;
        free(r->staging[i]);
        r->staging[i] = NULL;
    }
}

void plotmill_renderer_destroy(plotmill_renderer *r)
{
    if (!r)
        return;
    renderer_free_engines(r);
    resident_free(&r->resident);
    for (int i = 0; i < RENDERER_QUEUES; i++)
        compute_close(r->queues[i]);
    pool_destroy(r->pool);
    made_chart_free(&r->made);
    chart_request_finish(&r->request);
    free(r);
}

/* Small images of two samples of a line: drivers finish compiling a kernel when it is first launched, for any window
 * and size. */
static enum plotmill_status warm_up(plotmill_renderer *r, struct compute *compute)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_options line = r->job.line;
    struct line_chart chart;
    struct renderer *renderer = NULL;
    double seconds;
    line.width = MIN(line.width, 16 + line.width % 16); /* the kernels of this width */
    line.height = MIN(line.height, 16);
    line.margin = 0;
    for (int through_spans = 0; through_spans < 2; through_spans++) {
        const struct renderer_options how = {.batch = 1, .stride = 2, .no_paint = through_spans};
        if (through_spans && !line.antialias)
            break;
        TRY(renderer_create(&renderer, compute, line_chart(&chart, &line), 2, &how, &r->pm->error));
        TRY(renderer_warm_up(renderer, 1, &seconds, &r->pm->error));
        renderer_destroy(renderer);
        renderer = NULL;
    }
    compute_keep_programs(compute);
done:
    renderer_destroy(renderer);
    return status;
}

static enum plotmill_status open_on(plotmill_renderer *r, const struct device_entry *entry, const char *cache)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(open_devices_get(r->pm, entry, cache, &r->device));
    TRY(warm_up(r, r->device->compute));
    for (int i = 0; i < RENDERER_QUEUES; i++)
        TRY(compute_fork(&r->queues[i], r->device->compute, &r->pm->error));
done:
    if (status) {
        for (int i = 0; i < RENDERER_QUEUES; i++) {
            compute_close(r->queues[i]);
            r->queues[i] = NULL;
        }
        if (r->device && is_device_failure(status))
            r->device->failed = true;
    }
    return status;
}

/* Opens the selected device; where it fails and the option fallback allows it, the next one. */
static enum plotmill_status open_device_of(plotmill_renderer *r, const char *text, const char *cache)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill *pm = r->pm;
    const enum fallback_mode fallback = r->job.fallback;
    struct job_devices found;
    TRY(find_job_devices(&found, pm, text));
    const bool others = fallback == FALLBACK_ALWAYS || (fallback == FALLBACK_BY_DEVICE && found.automatic);
    const size_t count = others ? found.count : fallback == FALLBACK_NEVER ? 1 : found.sharing;
    for (size_t i = 0; i < count; i++) {
        status = open_on(r, found.devices[i], cache);
        if (!is_device_failure(status) || i + 1 == count)
            break;
        log_line(&pm->log, PLOTMILL_LOG_WARNING, "device %u failed: %s; continuing on device %u, %s",
                 (unsigned)found.devices[i]->info.index, pm->error.message, (unsigned)found.devices[i + 1]->info.index,
                 found.devices[i + 1]->info.name);
        clear_message(pm);
    }
done:
    device_list_free(&found.list);
    return status;
}

enum plotmill_status renderer_make_chart(plotmill_renderer *r, uint64_t window, bool copies)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &r->pm->error;
    const bool coloured = !r->made_copies && r->made_window && r->chart->channels > 1;
    if (window && window == r->made_window && (coloured || copies == r->made_copies))
        return PLOTMILL_OK;
    renderer_free_engines(r);
    made_chart_free(&r->made);
    r->made_window = 0;
    r->made_copies = copies;
    r->request.overrides.draws_copies = copies;
    status = made_chart_init(&r->made, copies ? &r->request.maker : r->job.maker, &r->job.line, window, error);
    r->chart = r->made.chart;
    TRY(status);
    TRY(pixel_format_resolve(&r->asked, r->chart->channels, &r->format, error));
    TRY(check_bits(r->chart, &r->format, error));
    chart_png_form(r->chart, &r->png);
    r->made_window = window;
done:
    return status;
}

enum plotmill_status renderer_open(plotmill *pm, const struct job_options *job, const struct pixel_format *format,
                                   int quality, const struct chart_request *request, const char *cache,
                                   plotmill_renderer **renderer)
{
    enum plotmill_status status = PLOTMILL_OK;
    const double began = os_seconds();
    struct plotmill_renderer *made = NULL;
    *renderer = NULL;
    TRY(opencl_check_process(&pm->error));
    TRY(pixel_format_check(format, &pm->error));
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    made->job = *job;
    made->job.device = NULL;
    if (request) {
        TRY(chart_request_copy(&made->request, request, &pm->error));
        made->job.maker = job->maker ? &made->request.maker : NULL;
    }
    made->asked = *format;
    TRY(renderer_make_chart(made, job->window || made->job.maker ? job->window : CHART_WINDOW_MIN, false));
    made->quality = quality ? quality : JPEG_QUALITY_DEFAULT;
    made->batch_limit = RENDERER_BATCH_MAX;
    TRY(open_device_of(made, job->device, cache));
    warn_of_thin_lines(pm, made->chart);
    made->setup_seconds = os_seconds() - began;
    *renderer = made;
    made = NULL;
done:
    plotmill_renderer_destroy(made);
    return status;
}

enum plotmill_status plotmill_renderer_create(plotmill *pm, const plotmill_options *options,
                                              plotmill_renderer **renderer)
{
    struct settings settings = {0};
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, renderer);
    *renderer = NULL;
    REQUIRE_OWN(pm, options, options ? options_owner(options) : pm);
    TRY(settings_get(&settings, options, &pm->log, &pm->error));
    TRY(renderer_open(pm, &settings.job, &settings.sink.pixels, settings.sink.quality, &settings.request,
                      settings.no_cache ? "" : pm->cache_folder, renderer));
done:
    settings_finish(&settings);
    return call_end(pm, status);
}

enum plotmill_status plotmill_renderer_load(plotmill_renderer *renderer, plotmill_source *source)
{
    if (!renderer)
        return PLOTMILL_BAD_INPUT;
    plotmill *pm = renderer->pm;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, source);
    REQUIRE_OWN(pm, source, source->pm);
    TRY(opencl_check_process(&pm->error));
    const bool engines = renderer->engines[0];
    resident_free(&renderer->resident);
    status = resident_load(renderer, source);
    if (status)
        renderer_free_engines(renderer);
    if (status == PLOTMILL_NO_MEMORY && engines) { /* without them there is more room */
        clear_message(pm);
        status = resident_load(renderer, source);
    }
done:
    return call_end(pm, status);
}

enum plotmill_status api_renderer_open(plotmill *pm, const struct job_options *options, plotmill_renderer **renderer)
{
    static const struct pixel_format plain;
    clear_message(pm);
    return renderer_open(pm, options, &plain, 0, NULL, pm->cache_folder, renderer);
}

void api_renderer_info(const plotmill_renderer *renderer, struct dataset_info *info)
{
    const struct chart *chart = renderer->chart;
    *info = (struct dataset_info){.images = renderer->resident.windows.images,
                                  .width = chart->width,
                                  .height = chart->height,
                                  .channels = chart->channels,
                                  .panels = chart->panel_count};
}

enum plotmill_status api_draw(plotmill *pm, const struct job_options *job, const double *samples, uint64_t images,
                              uint8_t *pixels, double *y_range)
{
    const struct source_shape shape = {(images - 1) * job->stride + job->window, 0};
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_renderer *renderer = NULL;
    plotmill_source *source = NULL;
    struct plotmill_request request = {.size = sizeof request, .count = images, .out = pixels, .y_range = y_range};
    request.out_size = (size_t)images * job->line.width * job->line.height;
    TRY(api_renderer_open(pm, job, &renderer));
    TRY(api_source_from_array(pm, samples, shape, &source));
    TRY(resident_load(renderer, source));
    TRY(renderer_draw(renderer, &request));
done:
    plotmill_source_destroy(source);
    plotmill_renderer_destroy(renderer);
    return status;
}

enum plotmill_status measure_fill_rate(plotmill *pm, const char *device, uint64_t window,
                                       const struct chart_options *chart, double seconds, double *rate)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = NULL;
    struct line_chart line;
    *rate = 0;
    clear_message(pm);
    TRY(line_layout_check(chart, window, &pm->error));
    TRY(open_device(pm, device, &compute));
    TRY(renderer_fill_rate(compute, line_chart(&line, chart), window, seconds, rate, &pm->error));
    compute_keep_programs(compute);
done:
    compute_close(compute);
    return status;
}
