/* Images of a resident series into the caller's memory, batch by batch. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/render_call.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "chart/png_rows.h"
#include "device/process.h"
#include "formats/image_files.h"
#include "formats/png.h"
#include "job/queue.h"
#include "render/encoder.h"

/* Half a call of at least this many images may be a batch of its own. */
#define HALF_LEAST 32

/* JPEG with all tables of the standard: as libjpeg-turbo bounds it. */
#define JPEG_HEADERS 2048

/* Image files hold a grey chart with three channels as it is drawn with them: like those of jobs. */
static bool draws_copies(const plotmill_renderer *r, enum plotmill_encoding encoding)
{
    return image_files_are(encoding) && r->asked.channels > 1;
}

static struct form form_of(const plotmill_renderer *r, enum plotmill_encoding encoding)
{
    struct chart drawn = *r->chart; /* the last call may have drawn it with other channels */
    const struct chart *chart = &drawn;
    struct png_form png;
    if (draws_copies(r, encoding))
        drawn.channels = r->asked.channels;
    else if (r->made_copies)
        drawn.channels = 1;
    chart_png_form(chart, &png);
    const bool plain = pixel_format_is_plain(&r->format, chart->channels);
    const bool is_cpu = compute_device(r->device->compute)->type == DEVICE_TYPE_CPU;
    const uint32_t own = r->format.layout == LAYOUT_NCHW ? chart->channels : 1; /* planes of the chart's channels */
    const uint32_t planes = chart->channels > 1 ? own : pixel_format_channels(&r->format);
    struct form form = {.encoding = encoding, .plain = plain};
    switch (encoding) {
    case PLOTMILL_PIXELS:
        form.direct = plain && is_cpu;
        form.bound = (size_t)render_number_bytes(r);
        break;
    case PLOTMILL_ZLIB:
        form.payload = encoder_takes(chart, &r->format) ? PAYLOAD_ZLIB : PAYLOAD_PIXELS;
        form.bound = (size_t)encoder_stream_bound(chart, render_number_bytes(r) / planes, planes);
        break;
    case PLOTMILL_PNG:
        form.payload = PAYLOAD_PNG;
        form.bound = (size_t)png_bytes(
            &png, encoder_stream_bound(chart, (png_row_bytes(&png, chart->width) + 1) * chart->height, 1));
        break;
    default:
        form.bound = (size_t)(2 * chart->channels * (((uint64_t)chart->width + 7) / 8 * 8) *
                              (((uint64_t)chart->height + 7) / 8 * 8)) +
                     JPEG_HEADERS;
    }
    return form;
}

size_t plotmill_renderer_bound(const plotmill_renderer *renderer, enum plotmill_encoding encoding)
{
    if (!renderer || !renderer->chart->width || image_files_check_encoding(encoding, NULL))
        return 0;
    return form_of(renderer, encoding).bound;
}

static enum plotmill_status check_memory(const struct call *call)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill *pm = call->r->pm;
    const struct plotmill_request *request = &call->request;
    const size_t bound = call->form.bound;
    REQUIRE(pm, request->out);
    if (request->encoding != PLOTMILL_PIXELS)
        REQUIRE(pm, request->sizes);
    if (request->count > SIZE_MAX / bound)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "count: found %llu, expected at most %llu images of %zu bytes",
             (unsigned long long)request->count, (unsigned long long)(SIZE_MAX / bound), bound);
    if (request->out_size < request->count * bound)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT,
             "out_size: found %zu, expected at least %zu bytes: %llu images of %zu bytes", request->out_size,
             (size_t)request->count * bound, (unsigned long long)request->count, bound);
done:
    return status;
}

static enum plotmill_status check_start(const struct resident *resident, uint64_t k, uint64_t start,
                                        struct plotmill_error *error)
{
    const bool ready = resident->shape.row_length;
    const uint64_t unit = resident->windows.unit, last = (resident->shape.samples - resident->window) / unit;
    const unsigned long long index = k, found = start;
    if (start > last)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "starts[%llu]: found %llu, expected at most %llu: the source has %llu %s", index,
                                  found, (unsigned long long)last, (unsigned long long)(resident->shape.samples / unit),
                                  ready ? "ready sequences" : "samples");
    if (!windows_fit(resident->shape, start, ready ? 1 : resident->window))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "starts[%llu]: found %llu, whose window of %llu samples is not inside one group, or "
                                  "not inside from and to",
                                  index, found, (unsigned long long)resident->window);
    return PLOTMILL_OK;
}

/* Fills call->starts with samples. */
static enum plotmill_status place_windows(struct call *call)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct resident *resident = &call->r->resident;
    struct plotmill_error *error = &call->r->pm->error;
    const struct plotmill_request *request = &call->request;
    const uint64_t images = resident->windows.images;
    if (!request->starts && (request->first > images || request->count > images - request->first))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "first %llu, count %llu: expected at most %llu together, the images of the source with stride %llu",
             (unsigned long long)request->first, (unsigned long long)request->count, (unsigned long long)images,
             (unsigned long long)call->r->job.stride);
    TRY_ALLOCATE(error, call->starts, request->count, sizeof *call->starts);
    for (uint64_t k = 0; k < request->count; k++) {
        if (request->starts)
            TRY(check_start(resident, k, request->starts[k], error));
        call->starts[k] = request->starts ? request->starts[k] * resident->windows.unit
                                          : windows_sample(&resident->windows, request->first + k);
    }
    if (chart_has_lead(call->r->chart)) {
        TRY_ALLOCATE(error, call->rows_before, request->count, sizeof *call->rows_before);
        for (uint64_t k = 0; k < request->count; k++)
            call->rows_before[k] = windows_rows_before(resident->shape, call->starts[k]);
    }
    TRY(resident_check_missing(call->r, call->starts, request->count, error));
done:
    return status;
}

/* *widest: 0 without line widths. */
static enum plotmill_status check_line_widths(const struct call *call, double *widest)
{
    const double *widths = call->request.line_widths;
    *widest = 0;
    if (widths && !chart_single_line(call->r->chart))
        return plotmill_error_set(
            &call->r->pm->error, PLOTMILL_BAD_INPUT,
            "line_widths: apply to a chart that is one grey line over the whole image, in one channel");
    for (uint64_t k = 0; widths && k < call->request.count; k++) {
        if (!(widths[k] >= CHART_LINE_WIDTH_MIN && widths[k] <= CHART_LINE_WIDTH_MAX)) {
            char found[DECIMAL_SIZE];
            decimal_write(found, widths[k]);
            return plotmill_error_set(&call->r->pm->error, PLOTMILL_BAD_INPUT,
                                      "line_widths[%llu]: found %s, expected %g to %g px", (unsigned long long)k, found,
                                      CHART_LINE_WIDTH_MIN, CHART_LINE_WIDTH_MAX);
        }
        *widest = MAX(*widest, widths[k]);
    }
    return PLOTMILL_OK;
}

static bool on_device(const plotmill_renderer *r)
{
    return r->resident.series.samples;
}

/* Images per batch. */
static enum plotmill_status choose_batch(const struct call *call, struct renderer_options *how)
{
    enum plotmill_status status = PLOTMILL_OK;
    const plotmill_renderer *r = call->r;
    const struct device_info *device = compute_device(r->device->compute);
    struct renderer_options drawn = *how;
    const uint64_t count = call->request.count;
    drawn.no_pixels = false; /* of the batch; into the caller's memory it is drawn as well */
    uint64_t batch = r->job.batch ? r->job.batch : renderer_auto_batch(device, r->chart, r->resident.window, &drawn);
    batch = MIN(batch, r->batch_limit);
    if (count >= 2 * HALF_LEAST && !call->form.direct) /* one half is downloaded or encoded while the other is drawn */
        batch = MIN(batch, (count + RENDERER_QUEUES - 1) / RENDERER_QUEUES);
    how->batch = MIN(batch, count);
    TRY(renderer_check_batch(device, r->chart, r->resident.window, how, &r->pm->error));
done:
    return status;
}

static bool fits(const struct renderer_options *have, const struct renderer_options *wanted)
{
    return have->batch >= wanted->batch && have->stride == wanted->stride && have->payload == wanted->payload &&
           have->copies == wanted->copies && have->planes == wanted->planes && have->no_pixels == wanted->no_pixels &&
           have->widest >= wanted->widest;
}

/* Makes the engines of a call, unless those of an earlier one will do. */
static enum plotmill_status prepare_engines(struct call *call, double widest, uint64_t *batch)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_renderer *r = call->r;
    struct plotmill_error *error = &r->pm->error;
    const uint64_t window = r->resident.window;
    struct renderer_options how = {
        .stride = on_device(r) ? 0 : window,
        .payload = call->form.payload,
        .planes = call->form.payload == PAYLOAD_ZLIB && r->chart->channels > 1 && r->format.layout == LAYOUT_NCHW,
        .copies = call->form.payload == PAYLOAD_ZLIB && r->chart->channels == 1 ? pixel_format_channels(&r->format) : 1,
        .widest = chart_single_line(r->chart) ? MAX(widest, r->chart->layers->width) : 0,
        .no_pixels = call->form.direct,
    };
    TRY(choose_batch(call, &how));
    *batch = how.batch;
    if (r->engines[0] && fits(&r->how, &how))
        return PLOTMILL_OK;
    renderer_free_engines(r);
    r->how = how;
    for (int i = 0; i < RENDERER_QUEUES; i++) {
        TRY(renderer_create(&r->engines[i], r->queues[i], r->chart, window, &how, error));
        if (!on_device(r))
            TRY_ALLOCATE(error, r->staging[i], how.batch * window,
                         source_fields(r->resident.shape) * sizeof *r->staging[i]);
    }
done:
    if (status)
        renderer_free_engines(r);
    return status;
}

/* Queues the batch that begins with image `first`. */
static enum plotmill_status begin_batch(struct call *call, int queue, uint64_t first, uint64_t count,
                                        struct pending_batch *pending)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_renderer *r = call->r;
    const struct plotmill_request *request = &call->request;
    const size_t bytes = (size_t)render_image_bytes(r), window = (size_t)r->resident.window;
    const size_t fields = source_fields(r->resident.shape);
    uint8_t *out = request->out;
    *pending = (struct pending_batch){.first = first, .windows = {.images = count}};
    struct window_batch *windows = &pending->windows;
    windows->rows_before = call->rows_before ? call->rows_before + first : NULL;
    windows->line_widths = request->line_widths ? request->line_widths + first : NULL;
    if (on_device(r)) {
        windows->series = &r->resident.series;
        windows->starts = call->starts + first;
    } else {
        for (uint64_t k = 0; k < count; k++)
            memcpy(r->staging[queue] + k * window * fields, r->resident.host + call->starts[first + k] * fields,
                   window * fields * sizeof *r->staging[queue]);
        windows->samples = r->staging[queue];
    }
    if (call->form.direct) {
        TRY(buffer_create_over(&pending->direct, r->queues[queue], out + first * bytes, (size_t)count * bytes, true,
                               &r->pm->error));
        windows->pixels = pending->direct;
    } else if (call->form.plain && call->form.encoding == PLOTMILL_PIXELS &&
               compute_device(r->device->compute)->discrete) {
        windows->copy = out + first * bytes;
    }
    TRY(renderer_begin(r->engines[queue], windows, &r->pm->error));
done:
    return status;
}

/* Waits for a batch and stores it. */
static enum plotmill_status end_batch(struct call *call, int queue, struct pending_batch *pending)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &call->r->pm->error;
    struct renderer *engine = call->r->engines[queue];
    const size_t panels = call->r->chart->panel_count;
    double *y_range = call->request.y_range ? call->request.y_range + 2 * panels * pending->first : NULL;
    const size_t used = call->used;
    struct renderer_images made;
    TRY(renderer_end(engine, &pending->windows, &made, y_range, error));
    status = render_store(call, pending, &made);
    const enum plotmill_status released = renderer_release(engine, status ? NULL : error);
    TRY(status);
    TRY(released);
    call->done += pending->windows.images;
done:
    if (status)
        call->used = used; /* the batch is drawn again */
    buffer_destroy(pending->direct);
    *pending = (struct pending_batch){0};
    return status;
}

static bool is_cancelled(const struct call *call)
{
    const plotmill_renderer *r = call->r;
    const struct plotmill_progress progress = {
        .size = sizeof progress,
        .done = call->done,
        .images = call->request.count,
        .seconds = os_seconds() - call->began,
        .setup_seconds = r->setup_seconds,
        .device = compute_device(r->device->compute)->name,
    };
    return call->request.progress && call->request.progress(call->request.progress_user, &progress);
}

/* Draws what is not done yet. Two batches are queued at a time: the next one before the last one is waited for. After a
 * failure none is. */
static enum plotmill_status draw_batches(struct call *call, uint64_t batch)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_renderer *r = call->r;
    const uint64_t count = call->request.count;
    struct pending_batch pending[RENDERER_QUEUES] = {{.first = 0}};
    uint64_t next = call->done;
    int oldest = 0, queued = 0;
    while (call->done < count) {
        while (queued < RENDERER_QUEUES && next < count) {
            const int queue = (oldest + queued) % RENDERER_QUEUES;
            const uint64_t left = count - next, images = MIN(left, batch);
            queued++;
            TRY(begin_batch(call, queue, next, images, &pending[queue]));
            next += images;
        }
        TRY(end_batch(call, oldest, &pending[oldest]));
        oldest = (oldest + 1) % RENDERER_QUEUES;
        queued--;
        if (is_cancelled(call))
            FAIL(&r->pm->error, PLOTMILL_CANCELLED, "cancelled after %llu of %llu images",
                 (unsigned long long)call->done, (unsigned long long)count);
    }
done:
    for (int i = 0; status && i < RENDERER_QUEUES; i++) { /* nothing may write to the caller's memory any more */
        compute_wait(r->queues[i], NULL);
        buffer_destroy(pending[i].direct);
    }
    if (status)
        renderer_free_engines(r);
    return status;
}

/* Where the device fails, smaller batches may succeed. */
static enum plotmill_status draw_all(struct call *call, double widest)
{
    plotmill_renderer *r = call->r;
    for (;;) {
        uint64_t batch = 0;
        enum plotmill_status status = prepare_engines(call, widest, &batch);
        if (!status)
            status = draw_batches(call, batch);
        if (!is_device_failure(status))
            return status;
        if (batch <= 1) {
            r->device->failed = status == PLOTMILL_DEVICE_FAILED;
            return status;
        }
        r->batch_limit = batch / 2;
        log_line(&r->pm->log, PLOTMILL_LOG_WARNING, "%s: %s; continuing with batches of %llu images",
                 compute_device(r->device->compute)->name, r->pm->error.message, (unsigned long long)r->batch_limit);
        clear_message(r->pm);
    }
}

enum plotmill_status renderer_draw(plotmill_renderer *r, const struct plotmill_request *request)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill *pm = r->pm;
    struct call call = {.r = r, .began = os_seconds()};
    double widest;
    TRY(take_struct(pm, "struct plotmill_request", &call.request, sizeof call.request, request,
                    offsetof(struct plotmill_request, sizes)));
    TRY(opencl_check_process(&pm->error));
    TRY(image_files_check_encoding(call.request.encoding, &pm->error));
    if (r->resident.loaded)
        TRY(renderer_make_chart(r, r->resident.window, draws_copies(r, call.request.encoding)));
    const struct image_kind kind = render_image_kind(r);
    TRY(image_files_check(call.request.encoding, &r->format, &kind, &pm->error));
    if (!r->resident.loaded)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "no series: call plotmill_renderer_load first");
    if (!call.request.count)
        return PLOTMILL_OK;
    call.form = form_of(r, call.request.encoding);
    TRY(check_memory(&call));
    TRY(place_windows(&call));
    TRY(check_line_widths(&call, &widest));
    TRY(draw_all(&call, widest));
    for (uint64_t k = 0; k < call.request.count && call.form.encoding == PLOTMILL_PIXELS && call.request.sizes; k++)
        call.request.sizes[k] = call.form.bound;
    compute_keep_programs(r->device->compute);
done:
    free(call.starts);
    free(call.rows_before);
    return status;
}

enum plotmill_status plotmill_render(plotmill_renderer *renderer, const struct plotmill_request *request)
{
    if (!renderer)
        return PLOTMILL_BAD_INPUT;
    plotmill *pm = renderer->pm;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, request);
    TRY(renderer_draw(renderer, request));
done:
    return call_end(pm, status);
}
