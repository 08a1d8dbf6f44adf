#include "render/renderer.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "render/stages.h"

/* Pixels of one batch. On a CPU more brings nothing, and less leaves the cost of launching visible; GPUs want enough
 * work to hide their latency. */
#define CPU_BATCH_BYTES ((uint64_t)64 << 20)
#define GPU_BATCH_BYTES ((uint64_t)512 << 20)

struct renderer {
    struct stages stages;
};

uint64_t renderer_image_bytes(const struct plotmill_chart_options *chart, uint64_t window, uint64_t stride)
{
    uint64_t pitch = (uint64_t)chart->width + 15, pixels = (uint64_t)chart->width * chart->height;
    uint64_t spans = chart->antialias ? pitch * (1 + 4 * 2 + CHART_EDGE_BYTES) : pitch * 2 * 2;
    uint64_t parts = window / 128 + 1;
    return pixels + spans + window * 4 + stride * 8 + parts * 16 + 48;
}

uint64_t renderer_table_bytes(const struct plotmill_chart_options *chart, uint64_t window)
{
    return window * (8 + 4 + 4) + (uint64_t)chart->width * 4;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t renderer_auto_batch(const struct plotmill_device *device, const struct plotmill_chart_options *chart,
                             uint64_t window, uint64_t stride)
{
    uint64_t image = renderer_image_bytes(chart, window, stride), pixels = (uint64_t)chart->width * chart->height;
    uint64_t largest = pixels; /* what one image adds to the largest buffer */
    if (chart->antialias && (uint64_t)chart->width * CHART_EDGE_BYTES > largest)
        largest = (uint64_t)chart->width * CHART_EDGE_BYTES;
    if (window * 4 > largest)
        largest = window * 4;
    if (stride * 8 > largest)
        largest = stride * 8;
    uint64_t wanted = device->type == PLOTMILL_DEVICE_CPU ? CPU_BATCH_BYTES : GPU_BATCH_BYTES;
    uint64_t batch = wanted / image;
    if (device->memory)
        batch = smaller(batch, device->memory / 4 / image);
    if (device->max_allocation)
        batch = smaller(batch, device->max_allocation / largest);
    return batch ? batch : 1;
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
    stages_finish(&renderer->stages);
    free(renderer);
}

static enum plotmill_status run_stages(struct stages *s, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (stages_need(s, (enum stage)stage))
            TRY(stages_run(s, (enum stage)stage, images, error));
done:
    return status;
}

enum plotmill_status renderer_warm_up(struct renderer *renderer, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    double *nothing = NULL;
    TRY_ALLOCATE(error, nothing, s->chart.window, sizeof *nothing);
    TRY(stages_upload(s, nothing, 1, error));
    TRY(run_stages(s, 1, error));
    TRY(compute_wait(s->compute, error));
done:
    free(nothing);
    return status;
}

enum plotmill_status renderer_run(struct renderer *renderer, const double *samples, uint64_t images,
                                  const uint8_t **pixels, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = &renderer->stages;
    const struct plotmill_chart_options *o = &s->chart.options;
    const void *view = NULL;
    *pixels = NULL;
    TRY(stages_upload(s, samples, images, error));
    TRY(run_stages(s, images, error));
    TRY(buffer_view(s->ranges, (size_t)images * 16, &view, error));
    memcpy(y_range, view, (size_t)images * 16);
    TRY(buffer_unview(s->ranges, error));
    TRY(buffer_view(s->pixels, (size_t)images * o->width * o->height, &view, error));
    *pixels = view;
done:
    return status;
}

enum plotmill_status renderer_release(struct renderer *renderer, struct plotmill_error *error)
{
    return buffer_unview(renderer->stages.pixels, error);
}
