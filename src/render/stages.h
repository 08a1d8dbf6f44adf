/* The kernels of one renderer with their buffers, run stage by stage: by renderer.c all of them, by bench and tests
 * each one alone. */
#ifndef RENDER_STAGES_H
#define RENDER_STAGES_H

#include "chart/chart.h"
#include "device/compute.h"
#include "render/buffers.h"
#include "render/launch_config.h"
#include "render/layers.h"
#include "render/options.h"
#include "render/series.h"
#include "render/strokes.h"

enum stage {
    STAGE_MINMAX,
    STAGE_SCALE,
    /* for each stroke */
    STAGE_NORMALIZE,
    STAGE_FILL_GAPS,
    STAGE_EDGES,
    STAGE_STEEP,
    STAGE_RASTERIZE,
    /* for each layer of whole pixels */
    STAGE_MARKS,
    /* a single line; STAGE_FILL measures */
    STAGE_STAMP,
    STAGE_BLEND,
    STAGE_PAINT,
    STAGE_FILL,
    STAGE_COUNT
};

struct stages {
    struct compute *compute;
    const struct chart *model;
    struct launch_config config;
    struct layer_table layers;
    uint64_t batch, stride;
    uint32_t window;
    uint32_t parts;  /* parts of a window, for `minmax` */
    bool single;     /* the chart is a single line, see chart_single_line */
    bool shaded;     /* antialiased, with strokes */
    bool paints;     /* `paint` instead of rasterize, stamp and blend, see cl/paint.cl */
    bool keep_edges; /* for tests: `rasterize` stores the edges of all columns */
    struct program *program;
    struct kernel *kernel[STAGE_COUNT];
    struct kernel *mark[MARKS]; /* of STAGE_MARKS, by mark */
    bool pixel_marks;           /* there are layers of whole pixels */
    struct buffers buffers;
    struct stroke *strokes; /* (stroke_count) */
    uint32_t stroke_count;
    uint32_t stroke; /* the one that the stages of strokes work on */
    uint32_t layer;  /* the one that STAGE_MARKS works on */
    /* Of the batch that is drawn. */
    const struct series *series; /* its samples; NULL: BUF_SAMPLES */
    struct buffer *pixels;       /* where they go; NULL: BUF_PIXELS */
    bool starts_set;             /* for the whole batch: multiples of the stride */
    bool rows_set;               /* for the whole batch: that there are enough */
    uint64_t *starts;            /* (batch), as BUF_STARTS, and so on */
    uint32_t *rows_before;
};

/* The kernel's name: in reports, and in the program, where `stamp` and `fill` are several, by the pixels per store. */
const char *stage_name(enum stage stage);
const char *stage_kernel_name(enum stage stage, uint32_t pixels);

/* Fills in what follows from the chart and the device without opening it: config, layers, strokes, parts, paints and
 * the sizes of the buffers. Needs stages_finish, also after a failure. */
enum plotmill_status stages_plan(struct stages *stages, const struct device_info *device, struct item_limits items,
                                 const struct chart *model, uint64_t window, const struct renderer_options *how,
                                 struct plotmill_error *error);

/* Adds what the planned buffers take. */
void stages_add_needs(const struct stages *stages, bool discrete, struct memory_needs *needs);

/* The chart must outlive the stages. */
enum plotmill_status stages_init(struct stages *stages, struct compute *compute, const struct chart *model,
                                 uint64_t window, const struct renderer_options *how, struct plotmill_error *error);
void stages_finish(struct stages *stages);

/* Whether charts, or the stroke at which the stages are, need this stage. STAGE_FILL, which measures the fill rate, is
 * never needed. */
bool stages_need(const struct stages *stages, enum stage stage);

/* What the stages of the current stroke read and write; NULL: not needed. */
struct buffer *stages_buffer(const struct stages *stages, enum buffer_id id);

/* Sets the windows of the first `images` images, for the next runs. starts: NULL: multiples of the stride.
 * rows_before: NULL: enough for every layer. line_widths, of a single line: px, at most the widest of the options;
 * NULL: the chart's. */
enum plotmill_status stages_place(struct stages *stages, uint64_t images, const uint64_t *starts,
                                  const uint32_t *rows_before, const double *line_widths, struct plotmill_error *error);

/* Uploads the samples of the first `images` windows: (images-1)*stride+window rows of the chart's fields. */
enum plotmill_status stages_upload(struct stages *stages, const double *samples, uint64_t images,
                                   struct plotmill_error *error);

/* Queues one stage, of the current stroke, for the first `images` images of the batch. */
enum plotmill_status stages_run(struct stages *stages, enum stage stage, uint64_t images, struct plotmill_error *error);

/* Queues the stages from..to-1 that the chart needs, those of strokes for each stroke. */
enum plotmill_status stages_run_all(struct stages *stages, enum stage from, enum stage to, uint64_t images,
                                    struct plotmill_error *error);

#endif
