#include "render/renderer.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"
#include "render/draw.h"
#include "render/encoder.h"
#include "render/stages.h"

/* All buffers of one batch. A larger batch is not faster on a CPU, and in a smaller one the cost of launching shows;
 * GPUs need enough work to hide their latency. */
#define CPU_BATCH_BYTES ((uint64_t)64 << 20)
#define GPU_BATCH_BYTES ((uint64_t)512 << 20)

/* Four times a cache of 32 MiB and more: a batch that stays in the cache is filled several times as fast. */
#define FILL_BYTES ((uint64_t)160 << 20)
#define FILL_ROUNDS_MIN 5
#define FILL_ROUNDS_MAX 501

struct renderer {
    struct stages stages;
    struct encoder *encoder; /* NULL: pixels */
    struct drawing *drawing; /* NULL: a single line, or streams */
};

struct memory_needs renderer_memory_needs(const struct device_info *device, const struct chart *chart, uint64_t window,
                                          const struct renderer_options *options)
{
    const struct item_limits any = {SIZE_MAX, SIZE_MAX};
    struct plotmill_error ignored;
    struct memory_needs needs = {0};
    struct stages stages = {0};
    if (stages_plan(&stages, device, any, chart, window, options, &ignored)) {
        needs = (struct memory_needs){UINT64_MAX, 1, UINT64_MAX, 0}; /* the host has no memory: nothing fits */
    } else {
        if (options->payload != PAYLOAD_PIXELS)
            encoder_plan(&stages.buffers, chart, options);
        stages_add_needs(&stages, device->discrete != 0, &needs);
    }
    stages_finish(&stages);
    return needs;
}

uint64_t memory_needs_bytes(const struct memory_needs *needs, uint64_t batch)
{
    return needs->first + (batch - 1) * needs->further;
}

/* The largest batch that the device can hold; 0 when one image is too much. */
static uint64_t fitting_batch(const struct device_info *device, const struct memory_needs *needs,
                              const struct chart *chart, uint64_t window, uint64_t stride)
{
    uint64_t batch = RENDERER_BATCH_MAX, memory = device->memory;
    if (device->max_allocation) {
        uint64_t samples = device->max_allocation / 8 / chart->field_count;
        batch = MIN(batch, device->max_allocation / needs->largest);
        if (stride)
            batch = MIN(batch, samples < window ? 0 : (samples - window) / stride + 1);
    }
    if (memory)
        batch = MIN(batch, memory < needs->first ? 0 : (memory - needs->first) / needs->further + 1);
    return batch;
}

uint64_t renderer_auto_batch(const struct device_info *device, const struct chart *chart, uint64_t window,
                             const struct renderer_options *options)
{
    struct memory_needs needs = renderer_memory_needs(device, chart, window, options);
    uint64_t wanted = device->type == DEVICE_TYPE_CPU ? CPU_BATCH_BYTES : GPU_BATCH_BYTES;
    if (device->memory)
        wanted = MIN(wanted, device->memory / 4);
    uint64_t fits = fitting_batch(device, &needs, chart, window, options->stride);
    return MAX(MIN(wanted / needs.further, fits), 1);
}

enum plotmill_status renderer_check_batch(const struct device_info *device, const struct chart *chart, uint64_t window,
                                          const struct renderer_options *options, struct plotmill_error *error)
{
    struct memory_needs needs = renderer_memory_needs(device, chart, window, options);
    uint64_t fits = fitting_batch(device, &needs, chart, window, options->stride);
    if (options->batch <= fits)
        return PLOTMILL_OK;
    if (fits)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "batch %llu: at most %llu such images fit on %s",
                                  (unsigned long long)options->batch, (unsigned long long)fits, device->name);
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "an image of %ux%u from %llu samples needs %.1f GiB on the device; %s has %.1f GiB, %.1f GiB in one buffer",
        (unsigned)chart->width, (unsigned)chart->height, (unsigned long long)window, (double)needs.first / 1073741824.0,
        device->name, (double)device->memory / 1073741824.0, (double)device->max_allocation / 1073741824.0);
}

enum plotmill_status renderer_create(struct renderer **renderer, struct compute *compute, const struct chart *chart,
                                     uint64_t window, const struct renderer_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *made = NULL;
    *renderer = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    TRY(stages_init(&made->stages, compute, chart, window, options, error));
    if (options->payload != PAYLOAD_PIXELS)
        TRY(encoder_create(&made->encoder, &made->stages, options, error));
    else if (!made->stages.single)
        TRY(draw_create(&made->drawing, &made->stages, error));
    *renderer = made;
    made = NULL;
done:
    renderer_destroy(made);
    return status;
}

void renderer_destroy(struct renderer *renderer)
{
    if (!renderer)
        return;
    encoder_destroy(renderer->encoder);
    draw_destroy(renderer->drawing);
    stages_finish(&renderer->stages);
    free(renderer);
}

enum plotmill_status renderer_begin(struct renderer *renderer, const struct window_batch *windows,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    s->series = windows->series;
    s->pixels = windows->pixels;
    TRY(stages_place(s, windows->images, windows->starts, windows->rows_before, windows->line_widths, error));
    if (!windows->series)
        TRY(stages_upload(s, windows->samples, windows->images, error));
    /* Streams are made from spans; pixels are drawn for them only where the encoder needs them. */
    TRY(stages_run_all(s, STAGE_MINMAX, renderer->encoder ? STAGE_STAMP : STAGE_FILL, windows->images, error));
    if (renderer->encoder)
        TRY(encoder_run(renderer->encoder, windows->images, error));
    if (renderer->drawing)
        TRY(draw_run(renderer->drawing, windows->images, error));
    TRY(compute_flush(s->compute, error));
done:
    return status;
}

enum plotmill_status renderer_end(struct renderer *renderer, const struct window_batch *windows,
                                  struct renderer_images *made, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = renderer->stages.model;
    struct buffer *const *buffer = renderer->stages.buffers.at;
    const uint64_t images = windows->images;
    const size_t pixel_bytes = (size_t)images * chart->width * chart->height * chart->channels;
    const size_t range_bytes = (size_t)images * chart->panel_count * 16;
    const void *view = NULL;
    *made = (struct renderer_images){0};
    if (y_range) {
        TRY(buffer_view(buffer[BUF_RANGES], range_bytes, &view, error));
        memcpy(y_range, view, range_bytes);
        TRY(buffer_unview(buffer[BUF_RANGES], error));
    }
    if (renderer->encoder) {
        TRY(encoder_view(renderer->encoder, images, &made->streams, error));
    } else if (windows->pixels) {
        TRY(buffer_view(windows->pixels, pixel_bytes, &view, error));
        TRY(buffer_unview(windows->pixels, error));
    } else if (windows->copy) {
        TRY(buffer_read(buffer[BUF_PIXELS], windows->copy, pixel_bytes, error));
    } else {
        TRY(buffer_view(buffer[BUF_PIXELS], pixel_bytes, &view, error));
        made->pixels = view;
    }
done:
    return status;
}

enum plotmill_status renderer_warm_up(struct renderer *renderer, uint64_t images, double *seconds,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    size_t count = (size_t)((images - 1) * s->stride + s->window) * s->model->field_count;
    double *walk = malloc(count * sizeof *walk), value = 0;
    uint32_t state = 1; /* of a linear congruential generator */
    if (!walk)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for %llu windows", (unsigned long long)images);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        walk[i] = value += (double)(state >> 8) / 8388608.0 - 1;
    }
    *seconds = -os_seconds();
    TRY(renderer_begin(renderer, &(struct window_batch){.images = images, .samples = walk}, error));
    TRY(compute_wait(s->compute, error));
    *seconds += os_seconds();
done:
    free(walk);
    return status;
}

enum plotmill_status renderer_run(struct renderer *renderer, const double *samples, const uint32_t *rows_before,
                                  uint64_t images, struct renderer_images *made, double *y_range,
                                  struct plotmill_error *error)
{
    const struct window_batch windows = {.images = images, .samples = samples, .rows_before = rows_before};
    enum plotmill_status status = renderer_begin(renderer, &windows, error);
    *made = (struct renderer_images){0};
    return status ? status : renderer_end(renderer, &windows, made, y_range, error);
}

enum plotmill_status renderer_release(struct renderer *renderer, struct plotmill_error *error)
{
    struct buffer *pixels = renderer->stages.buffers.at[BUF_PIXELS];
    if (renderer->encoder)
        return encoder_unview(renderer->encoder, error);
    return pixels ? buffer_unview(pixels, error) : PLOTMILL_OK;
}

uint64_t renderer_host_images(const struct renderer *renderer)
{
    return renderer->encoder ? encoder_host_images(renderer->encoder) : 0;
}

void renderer_memory(const struct renderer *renderer, struct trace *trace)
{
    buffers_report(&renderer->stages.buffers, renderer->stages.batch, trace);
    for (uint32_t i = 0; i < renderer->stages.stroke_count; i++)
        buffers_report(&renderer->stages.strokes[i].buffers, renderer->stages.batch, trace);
    if (renderer->encoder)
        encoder_report(renderer->encoder, trace);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum plotmill_status renderer_fill_rate(struct compute *compute, const struct chart *chart, uint64_t window,
                                        double seconds, double *rate, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct device_info *device = compute_device(compute);
    const uint64_t image_bytes = (uint64_t)chart->width * chart->height; /* of grey charts */
    struct renderer_options options = {.stride = window};
    struct stages stages = {0};
    double taken[FILL_ROUNDS_MAX], total = 0;
    int rounds = -2; /* two to compile, and to have the memory committed */
    options.batch = MIN(FILL_BYTES / image_bytes + 1, RENDERER_BATCH_MAX);
    while (options.batch > 1 && renderer_check_batch(device, chart, window, &options, NULL))
        options.batch /= 2;
    TRY(renderer_check_batch(device, chart, window, &options, error));
    TRY(stages_init(&stages, compute, chart, window, &options, error));
    for (; rounds < FILL_ROUNDS_MIN || (total < seconds && rounds < FILL_ROUNDS_MAX); rounds++) {
        double begin = os_seconds();
        TRY(stages_run(&stages, STAGE_FILL, stages.batch, error));
        TRY(compute_wait(compute, error));
        if (rounds >= 0)
            total += taken[rounds] = os_seconds() - begin;
    }
    qsort(taken, (size_t)rounds, sizeof *taken, compare_doubles);
    *rate = (double)(options.batch * image_bytes) / taken[rounds / 2];
done:
    stages_finish(&stages);
    return status;
}
