/* plotmill: renders arrays in memory to pixels in memory. */
#ifndef PLOTMILL_RENDERER_H
#define PLOTMILL_RENDERER_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/chart.h"
#include "plotmill/context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill_renderer plotmill_renderer;

/* Opens a device (see plotmill_device_choose) and builds the kernels for images of `window` samples. Free *renderer
 * with plotmill_renderer_destroy. */
PLOTMILL_API enum plotmill_status plotmill_renderer_create(plotmill *pm, const char *device, uint64_t window,
                                                           const struct plotmill_chart_options *chart,
                                                           plotmill_renderer **renderer);
PLOTMILL_API void plotmill_renderer_destroy(plotmill_renderer *renderer);

/* Renders `images` images, image k from samples[k*stride .. k*stride+window-1]. Any number is possible: they go through
 * the device in batches that fit. All arrays belong to the caller.
 *   samples  (images-1)*stride+window float64 values; NaN, +-Inf: missing
 *   pixels   uint8 (images, height, width), row 0 at the top
 *   y_range  NULL or float64 (images, 2): the lowest and highest value of each image */
PLOTMILL_API enum plotmill_status plotmill_renderer_run(plotmill_renderer *renderer, const double *samples,
                                                        uint64_t stride, uint64_t images, uint8_t *pixels,
                                                        double *y_range);

#ifdef __cplusplus
}
#endif
#endif
