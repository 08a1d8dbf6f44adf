/* Layers that are strokes: the tables from which their kernels work. */
#ifndef RENDER_STROKES_H
#define RENDER_STROKES_H

#include "chart/chart.h"
#include "chart/line_layout.h"
#include "device/compute.h"
#include "render/buffers.h"
#include "render/launch_config.h"

/* A layer that is a stroke. Its columns are those of its panel. */
struct stroke {
    uint32_t layer; /* its number in the chart */
    struct line_layout layout;
    uint32_t groups;         /* of columns that `rasterize` computes at once, per image */
    uint32_t pitch;          /* columns of a span plane, a multiple of the lanes */
    uint32_t reach;          /* vertices that are examined for each group */
    uint32_t steep_columns;  /* columns per work-item of `find_steep` */
    struct line_reach table; /* of the widest line of the batch */
    float radius;            /* of that line */
    bool radii_set;          /* for the whole batch: the chart's */
    float *radii;            /* (batch), as BUF_RADII, and so on */
    uint32_t *reaches;
    struct buffers buffers; /* its tables */
};

/* Fills in layer, groups and pitch, and plans the buffers. */
void stroke_plan(struct stroke *stroke, const struct chart *chart, uint32_t layer, const struct launch_config *config,
                 uint64_t window, bool antialias);

/* Lays the planned stroke out and makes its tables for `batch` images, which have the chart's line width. Waits. */
enum plotmill_status stroke_init(struct stroke *stroke, struct compute *compute, const struct chart *chart,
                                 const struct launch_config *config, uint64_t window, uint64_t batch,
                                 struct plotmill_error *error);
void stroke_finish(struct stroke *stroke);

/* Queues the line widths of the first `images` images of a batch of `batch`; NULL: the chart's, for the whole batch. */
enum plotmill_status stroke_set_widths(struct stroke *stroke, const struct launch_config *config, uint64_t images,
                                       uint64_t batch, const double *line_widths, struct plotmill_error *error);

#endif
