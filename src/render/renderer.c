#include "render/renderer.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "render/encoder.h"
#include "render/footprint.h"
#include "render/stages.h"

/* All buffers of one batch. On a CPU more brings nothing, and less leaves the cost of launching visible; GPUs want
 * enough work to hide their latency. */
#define CPU_BATCH_BYTES ((uint64_t)64 << 20)
#define GPU_BATCH_BYTES ((uint64_t)512 << 20)

struct renderer {
    struct stages stages;
    struct encoder *encoder; /* streams; NULL: pixels */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Images whose buffers the device can hold: 0 when one is too much. */
static uint64_t fitting_batch(const struct plotmill_device *device, const struct memory_needs *footprint,
                              uint64_t window, uint64_t stride)
{
    uint64_t batch = RENDERER_BATCH_MAX;
    if (device->max_allocation) {
        uint64_t samples = device->max_allocation / 8;
        batch = smaller(batch, device->max_allocation / footprint->largest);
        batch = smaller(batch, samples < window ? 0 : (samples - window) / stride + 1);
    }
    /* Neighbours are numbered in 32 bits. */
    batch = smaller(batch, (UINT32_MAX - window) / stride + 1);
    if (device->memory) {
        uint64_t memory = device->memory, first = footprint->first;
        batch = smaller(batch, memory < first ? 0 : (memory - first) / footprint->further + 1);
    }
    return batch;
}

uint64_t renderer_auto_batch(const struct plotmill_device *device, const struct plotmill_chart_options *chart,
                             uint64_t window, const struct renderer_options *how)
{
    struct memory_needs footprint = renderer_memory_needs(device, chart, window, how);
    uint64_t wanted = device->type == PLOTMILL_DEVICE_CPU ? CPU_BATCH_BYTES : GPU_BATCH_BYTES;
    if (device->memory)
        wanted = smaller(wanted, device->memory / 4);
    uint64_t batch = smaller(wanted / footprint.further, fitting_batch(device, &footprint, window, how->stride));
    return batch ? batch : 1;
}

enum plotmill_status renderer_check_batch(const struct plotmill_device *device,
                                          const struct plotmill_chart_options *chart, uint64_t window,
                                          const struct renderer_options *how, struct plotmill_error *error)
{
    struct memory_needs footprint = renderer_memory_needs(device, chart, window, how);
    uint64_t fits = fitting_batch(device, &footprint, window, how->stride);
    if (how->batch <= fits)
        return PLOTMILL_OK;
    if (fits)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "batch %llu: at most %llu such images fit on %s",
                                  (unsigned long long)how->batch, (unsigned long long)fits, device->name);
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "an image of %ux%u from %llu samples needs %.1f GiB on the device; %s has %.1f GiB, %.1f GiB in one buffer",
        (unsigned)chart->width, (unsigned)chart->height, (unsigned long long)window,
        (double)footprint.first / 1073741824.0, device->name, (double)device->memory / 1073741824.0,
        (double)device->max_allocation / 1073741824.0);
}

enum plotmill_status renderer_create(struct renderer **renderer, struct compute *compute,
                                     const struct plotmill_chart_options *chart, uint64_t window,
                                     const struct renderer_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *made = NULL;
    *renderer = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    TRY(stages_init(&made->stages, compute, chart, window, options, error));
    struct encoder_use use = encoder_use_of(options);
    if (options->payload != PLOTMILL_PAYLOAD_PIXELS)
        TRY(encoder_create(&made->encoder, &made->stages, &use, error));
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
    stages_finish(&renderer->stages);
    free(renderer);
}

/* Streams are made from spans: pixels are drawn for them only where the encoder asks. */
static enum plotmill_status run_stages(struct renderer *renderer, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    TRY(stages_run_all(s, STAGE_MINMAX, renderer->encoder ? STAGE_STAMP : STAGE_FILL, images, error));
    if (renderer->encoder)
        TRY(encoder_run(renderer->encoder, images, error));
done:
    return status;
}

/* A walk whose steps are the bits of a linear congruential generator. */
static double *make_walk(size_t count)
{
    double *samples = malloc(count * sizeof *samples);
    uint32_t state = 1;
    for (size_t i = 0; samples && i < count; i++) {
        state = state * 1664525u + 1013904223u;
        samples[i] = (i ? samples[i - 1] : 0) + ((double)(state >> 8) / 8388608.0 - 1);
    }
    return samples;
}

enum plotmill_status renderer_warm_up(struct renderer *renderer, uint64_t images, double *seconds,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    double *walk = make_walk((size_t)((images - 1) * s->stride + s->chart.window));
    if (!walk)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for %llu windows", (unsigned long long)images);
    *seconds = -os_seconds();
    TRY(stages_upload(s, walk, images, error));
    TRY(run_stages(renderer, images, error));
    TRY(compute_wait(s->compute, error));
    *seconds += os_seconds();
done:
    free(walk);
    return status;
}

enum plotmill_status renderer_run(struct renderer *renderer, const double *samples, uint64_t images,
                                  struct renderer_images *made, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    const struct plotmill_chart_options *o = &s->chart.options;
    const void *view = NULL;
    *made = (struct renderer_images){0};
    TRY(stages_upload(s, samples, images, error));
    TRY(run_stages(renderer, images, error));
    TRY(buffer_view(s->ranges, (size_t)images * 16, &view, error));
    memcpy(y_range, view, (size_t)images * 16);
    TRY(buffer_unview(s->ranges, error));
    if (renderer->encoder) {
        TRY(encoder_view(renderer->encoder, images, &made->streams, error));
    } else {
        TRY(buffer_view(s->pixels, (size_t)images * o->width * o->height, &view, error));
        made->pixels = view;
    }
done:
    return status;
}

enum plotmill_status renderer_release(struct renderer *renderer, struct plotmill_error *error)
{
    return renderer->encoder ? encoder_unview(renderer->encoder, error) : buffer_unview(renderer->stages.pixels, error);
}

uint64_t renderer_host_images(const struct renderer *renderer)
{
    return renderer->encoder ? encoder_host_images(renderer->encoder) : 0;
}

void renderer_memory(const struct renderer *renderer, struct trace *trace)
{
    stages_memory(&renderer->stages, trace);
    if (renderer->encoder)
        encoder_memory(renderer->encoder, trace);
}
