/* The kernels of one renderer with their buffers: what renderer.c runs as a whole, and bench and tests stage by stage.
 */
#ifndef RENDER_STAGES_H
#define RENDER_STAGES_H

#include "chart/chart.h"
#include "device/compute.h"
#include "render/launch_config.h"
#include "render/renderer.h"

enum stage {
    STAGE_MINMAX,
    STAGE_SCALE,
    STAGE_NORMALIZE,
    STAGE_FILL_GAPS,
    STAGE_EDGES,
    STAGE_STEEP,
    STAGE_RASTERIZE,
    STAGE_STAMP,
    STAGE_BLEND,
    STAGE_PAINT,
    STAGE_FILL,
    STAGE_COUNT
};

extern const char *const stage_kernel[STAGE_COUNT]; /* the kernels' names */

struct stages {
    struct compute *compute;
    struct chart chart;
    struct launch_config shape;
    uint64_t batch, stride;
    uint32_t parts;         /* of a window, for `minmax` */
    uint32_t groups;        /* work-items of `rasterize` an image */
    uint32_t reach;         /* vertices each of them looks at */
    uint32_t steep_columns; /* of a work-item of `find_steep` */
    uint32_t pitch;         /* columns of a span plane, a multiple of the lanes */
    bool paints;            /* one stage instead of rasterize, stamp and blend: see cl/paint.cl */
    bool keep_edges;        /* tests: `rasterize` stores the edges of all columns */
    struct program *program;
    struct kernel *kernel[STAGE_COUNT];
    /* tables */
    struct buffer *x, *step_inverse, *firsts;
    /* one batch: see cl/ for the shapes */
    struct buffer *samples, *neighbours, *extents, *scales, *ranges, *heights, *edge_coeffs, *subsampling, *spans,
        *edges, *areas, *pixels;
};

enum plotmill_status stages_init(struct stages *stages, struct compute *compute,
                                 const struct plotmill_chart_options *options, uint64_t window,
                                 const struct renderer_options *how, struct plotmill_error *error);
void stages_finish(struct stages *stages);

/* Whether the chart needs this stage (some are for bridged or antialiased charts; fill is the bench's). */
bool stages_need(const struct stages *stages, enum stage stage);

/* Whether `paint` does it: nobody asks for what lies between samples and pixels. */
bool stages_paint(const struct launch_config *shape, const struct plotmill_chart_options *options, uint32_t reach,
                  enum plotmill_payload payload);

/* Brings the samples of the first `images` windows to the device: (images-1)*stride+window values. */
enum plotmill_status stages_upload(struct stages *stages, const double *samples, uint64_t images,
                                   struct plotmill_error *error);

/* Queues one stage for the first `images` images of the batch. */
enum plotmill_status stages_run(struct stages *stages, enum stage stage, uint64_t images, struct plotmill_error *error);

/* Queues the stages from..to-1 that the chart needs. */
enum plotmill_status stages_run_all(struct stages *stages, enum stage from, enum stage to, uint64_t images,
                                    struct plotmill_error *error);

/* Adds each of its buffers by its name, on the device and on the host (render/memory.c); `trace` may be NULL. */
void stages_memory(const struct stages *stages, struct trace *trace);

/* One buffer likewise; `buffer` NULL is none. */
void buffer_memory(const struct buffer *buffer, const char *name, struct trace *trace);

#endif
