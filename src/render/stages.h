/* The kernels of one renderer with their buffers, run stage by stage: by renderer.c all of them, by bench and tests
 * each one alone. */
#ifndef RENDER_STAGES_H
#define RENDER_STAGES_H

#include "chart/chart.h"
#include "device/compute.h"
#include "render/buffers.h"
#include "render/launch_config.h"
#include "render/options.h"

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

struct stages {
    struct compute *compute;
    struct chart chart;
    struct launch_config config;
    uint64_t batch, stride;
    uint32_t parts;         /* parts of a window, for `minmax` */
    uint32_t groups;        /* work-items of `rasterize` per image */
    uint32_t reach;         /* vertices that each of them examines */
    uint32_t steep_columns; /* columns per work-item of `find_steep` */
    uint32_t pitch;         /* columns of a span plane, a multiple of the lanes */
    bool paints;            /* `paint` instead of rasterize, stamp and blend, see cl/paint.cl */
    bool keep_edges;        /* for tests: `rasterize` stores the edges of all columns */
    struct program *program;
    struct kernel *kernel[STAGE_COUNT];
    struct buffers buffers;
};

/* The kernel's name. */
const char *stage_name(enum stage stage);

/* Fills in what follows from the options and the device without opening it: config, parts, groups, pitch, paints and
 * the sizes of the buffers. */
void stages_plan(struct stages *stages, const struct device_info *device, struct item_limits items,
                 const struct chart_options *options, uint64_t window, const struct renderer_options *how);

enum plotmill_status stages_init(struct stages *stages, struct compute *compute, const struct chart_options *options,
                                 uint64_t window, const struct renderer_options *how, struct plotmill_error *error);
void stages_finish(struct stages *stages);

/* Whether charts need this stage. STAGE_FILL, which measures the fill rate, is never needed. */
bool stages_need(const struct stages *stages, enum stage stage);

/* Uploads the samples of the first `images` windows: (images-1)*stride+window values. */
enum plotmill_status stages_upload(struct stages *stages, const double *samples, uint64_t images,
                                   struct plotmill_error *error);

/* Queues one stage for the first `images` images of the batch. */
enum plotmill_status stages_run(struct stages *stages, enum stage stage, uint64_t images, struct plotmill_error *error);

/* Queues the stages from..to-1 that the chart needs. */
enum plotmill_status stages_run_all(struct stages *stages, enum stage from, enum stage to, uint64_t images,
                                    struct plotmill_error *error);

#endif
