/* plotmill: images in memory, at any windows of a series that stays on the device. */
#ifndef PLOTMILL_RENDERER_H
#define PLOTMILL_RENDERER_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill_renderer plotmill_renderer;

/* Opens a device and prepares charts. The options of scope chart apply, and window, stride, device, fallback, batch,
 * jobs, dtype, layout, channels and quality; others are not used. Further renderers of the same handle, with whatever
 * window and size, use the same kernels: nothing is compiled again. Free *renderer with plotmill_renderer_destroy. */
PLOTMILL_API enum plotmill_status plotmill_renderer_create(plotmill *pm, const plotmill_options *options,
                                                           plotmill_renderer **renderer);
PLOTMILL_API void plotmill_renderer_destroy(plotmill_renderer *renderer);

/* Reads a source and keeps it on the device, or, if it is larger than a quarter of the device's memory, on the host.
 * Replaces the one loaded before; on failure none is loaded. The source may be destroyed afterwards, unless it is an
 * array of float64 without gaps, of which a CPU device uses the caller's memory: that array must stay until the next
 * load or the renderer's end. */
PLOTMILL_API enum plotmill_status plotmill_renderer_load(plotmill_renderer *renderer, plotmill_source *source);

/* What to render. Set `size` to sizeof(struct plotmill_request) and everything that is not needed to 0. All arrays
 * belong to the caller. */
struct plotmill_request {
    size_t size;
    uint64_t count;         /* images */
    const uint64_t *starts; /* (count): the first sample (or the ready sequence) that each image shows, in any order;
                               NULL: those of the option stride, beginning with image `first` */
    uint64_t first;
    const double *line_widths; /* (count): px, replaces the width of a chart that is one grey line; NULL: the chart's */
    enum plotmill_encoding encoding;
    void *out;       /* PLOTMILL_PIXELS: an array of `count` images; otherwise images of sizes[k] bytes each, one after
                        another */
    size_t out_size; /* bytes, at least count * plotmill_renderer_bound */
    uint64_t *sizes; /* (count): bytes of each image; may be NULL with PLOTMILL_PIXELS */
    double *y_range; /* NULL, or float64 (count, panels, 2): the lowest and highest value of each panel */
    plotmill_progress_fn progress; /* NULL: none */
    void *progress_user;
};

/* What the renderer draws, as JSON. Members:
 *   device           its name
 *   window           samples per image; 0: not known before a source is loaded
 *   images           of the loaded source, by the option stride; 0: none is loaded
 *   width, height    px; 0 where they depend on the window, which is not known
 *   panels           of the chart: the lengths of y_range are (count, panels, 2)
 *   dtype, layout, channels  of PLOTMILL_PIXELS, as the options say: "u8", "NHW" or "NHWC" for the usual uint8
 *   shape            of one image of PLOTMILL_PIXELS: [height, width], [height, width, channels] or [channels, height,
 *                    width]; of bits in bytes */
PLOTMILL_API enum plotmill_status plotmill_renderer_describe(plotmill_renderer *renderer, const char **json);

/* Bytes that an image takes at most: of PLOTMILL_PIXELS exactly. 0: `renderer` is NULL or the encoding unknown, or the
 * chart's size depends on the window of a source, and none is loaded. */
PLOTMILL_API size_t plotmill_renderer_bound(const plotmill_renderer *renderer, enum plotmill_encoding encoding);

/* Renders into request->out. On failure its contents are undefined. Any number of images is possible: they go through
 * the device in batches that fit. */
PLOTMILL_API enum plotmill_status plotmill_render(plotmill_renderer *renderer, const struct plotmill_request *request);

#ifdef __cplusplus
}
#endif
#endif
