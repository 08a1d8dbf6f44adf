/* The kernels of one renderer with their buffers, run stage by stage: by renderer.c all of them, by bench and tests
 * each one alone. */
#ifndef RENDER_STAGES_H
#define RENDER_STAGES_H

#include "chart/chart.h"
#include "chart/line_layout.h"
#include "device/compute.h"
#include "render/buffers.h"
#include "render/launch_config.h"
#include "render/options.h"
#include "render/series.h"

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
    const struct chart *model;
    struct line_layout chart;
    struct launch_config config;
    uint64_t batch, stride;
    uint32_t parts;         /* parts of a window, for `minmax` */
    uint32_t groups;        /* of columns that `rasterize` computes at once, per image */
    uint32_t reach;         /* vertices that are examined for each of them */
    uint32_t steep_columns; /* columns per work-item of `find_steep` */
    uint32_t pitch;         /* columns of a span plane, a multiple of the lanes */
    bool paints;            /* `paint` instead of rasterize, stamp and blend, see cl/paint.cl */
    bool keep_edges;        /* for tests: `rasterize` stores the edges of all columns */
    struct program *program;
    struct kernel *kernel[STAGE_COUNT];
    struct buffers buffers;
    /* Of the batch that is drawn. */
    const struct series *series; /* its samples; NULL: BUF_SAMPLES */
    struct buffer *pixels;       /* where they go; NULL: BUF_PIXELS */
    struct line_reach table;     /* of the widest stroke */
    float radius;                /* of that stroke */
    bool radii_set, starts_set;  /* for the whole batch: the chart's, and multiples of the stride */
    uint64_t *starts;            /* (batch), as BUF_STARTS, and so on */
    float *radii;
    uint32_t *reaches;
};

/* The kernel's name. */
const char *stage_name(enum stage stage);

/* The chart must outlive the stages.
 * Fills in what follows from the options and the device without opening it: config, parts, groups, pitch, paints and
 * the sizes of the buffers. */
void stages_plan(struct stages *stages, const struct device_info *device, struct item_limits items,
                 const struct chart *model, uint64_t window, const struct renderer_options *how);

enum plotmill_status stages_init(struct stages *stages, struct compute *compute, const struct chart *model,
                                 uint64_t window, const struct renderer_options *how, struct plotmill_error *error);
void stages_finish(struct stages *stages);

/* Whether charts need this stage. STAGE_FILL, which measures the fill rate, is never needed. */
bool stages_need(const struct stages *stages, enum stage stage);

/* Sets the windows of the first `images` images, for the next runs. starts: NULL: multiples of the stride.
 * line_widths: px, at most the widest of the options; NULL: the chart's. */
enum plotmill_status stages_place(struct stages *stages, uint64_t images, const uint64_t *starts,
                                  const double *line_widths, struct plotmill_error *error);

/* Uploads the samples of the first `images` windows: (images-1)*stride+window values. */
enum plotmill_status stages_upload(struct stages *stages, const double *samples, uint64_t images,
                                   struct plotmill_error *error);

/* Queues one stage for the first `images` images of the batch. */
enum plotmill_status stages_run(struct stages *stages, enum stage stage, uint64_t images, struct plotmill_error *error);

/* Queues the stages from..to-1 that the chart needs. */
enum plotmill_status stages_run_all(struct stages *stages, enum stage from, enum stage to, uint64_t images,
                                    struct plotmill_error *error);

#endif
