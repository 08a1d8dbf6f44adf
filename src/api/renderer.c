#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/measure.h"
#include "base/numbers.h"
#include "base/try.h"
#include "render/renderer.h"

/* The engine is first created for one image, which builds the kernels, and created again for a run with another stride
 * or more images: its buffers have one stride and one batch size. */
struct plotmill_renderer {
    plotmill *pm;
    struct compute *compute;
    struct chart_options chart;
    uint64_t window;
    struct renderer *engine;
    struct renderer_options how;
};

enum plotmill_status api_renderer_create(plotmill *pm, const char *device, uint64_t window,
                                         const struct chart_options *chart, plotmill_renderer **renderer)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_renderer *made = NULL;
    *renderer = NULL;
    clear_message(pm);
    TRY(chart_check(chart, window, &pm->error));
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    made->chart = *chart;
    made->window = window;
    TRY(open_device(pm, device, &made->compute));
    warn_of_thin_lines(pm, chart);
    made->how = (struct renderer_options){.batch = 1, .stride = window};
    TRY(renderer_create(&made->engine, made->compute, chart, window, &made->how, &pm->error));
    *renderer = made;
    made = NULL;
done:
    plotmill_renderer_destroy(made);
    return status;
}

void plotmill_renderer_destroy(plotmill_renderer *renderer)
{
    if (!renderer)
        return;
    renderer_destroy(renderer->engine);
    compute_close(renderer->compute);
    free(renderer);
}

static enum plotmill_status refuse_missing(plotmill_renderer *r, const double *samples, uint64_t stride,
                                           uint64_t images)
{
    for (uint64_t k = 0; k < images; k++)
        for (uint64_t i = k * stride; i < k * stride + r->window; i++)
            if (!isfinite(samples[i]))
                return plotmill_error_set(&r->pm->error, PLOTMILL_BAD_INPUT,
                                          "sample %llu is missing: expected a number", (unsigned long long)i);
    return PLOTMILL_OK;
}

static enum plotmill_status fit_engine(plotmill_renderer *r, uint64_t stride, uint64_t images)
{
    const struct device_info *device = compute_device(r->compute);
    struct renderer_options how = {.stride = stride};
    uint64_t batch = renderer_auto_batch(device, &r->chart, r->window, &how);
    batch = MIN(batch, images);
    if (r->engine && r->how.stride == stride && r->how.batch >= batch)
        return PLOTMILL_OK;
    renderer_destroy(r->engine);
    r->engine = NULL;
    how.batch = batch;
    r->how = how;
    enum plotmill_status status = renderer_check_batch(device, &r->chart, r->window, &how, &r->pm->error);
    return status ? status : renderer_create(&r->engine, r->compute, &r->chart, r->window, &r->how, &r->pm->error);
}

enum plotmill_status api_renderer_run(plotmill_renderer *r, const double *samples, uint64_t stride, uint64_t images,
                                      uint8_t *pixels, double *y_range)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &r->pm->error;
    const size_t image_bytes = (size_t)r->chart.width * r->chart.height;
    double *ranges = NULL;
    clear_message(r->pm);
    if (!stride)
        FAIL(error, PLOTMILL_BAD_INPUT, "stride 0: expected at least 1");
    if (!images)
        return PLOTMILL_OK;
    if (r->chart.missing == MISSING_ERROR)
        TRY(refuse_missing(r, samples, stride, images));
    TRY(fit_engine(r, stride, images));
    TRY_ALLOCATE(error, ranges, r->how.batch * 2, sizeof *ranges);
    for (uint64_t first = 0; first < images; first += r->how.batch) {
        uint64_t count = MIN(images - first, r->how.batch);
        struct renderer_images drawn;
        TRY(renderer_run(r->engine, samples + first * stride, count, &drawn, ranges, error));
        memcpy(pixels + first * image_bytes, drawn.pixels, (size_t)count * image_bytes);
        if (y_range)
            memcpy(y_range + 2 * first, ranges, (size_t)count * 2 * sizeof *ranges);
        TRY(renderer_release(r->engine, error));
    }
    compute_keep_programs(r->compute);
done:
    free(ranges);
    return status;
}

enum plotmill_status measure_fill_rate(plotmill *pm, const char *device, uint64_t window,
                                       const struct chart_options *chart, double seconds, double *rate)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = NULL;
    *rate = 0;
    clear_message(pm);
    TRY(chart_check(chart, window, &pm->error));
    TRY(open_device(pm, device, &compute));
    TRY(renderer_fill_rate(compute, chart, window, seconds, rate, &pm->error));
    compute_keep_programs(compute);
done:
    compute_close(compute);
    return status;
}
