/* A rig for the kernels of whole-pixel marks: runs all layers of a chart over samples, with canaries in the spans. */
#ifndef TESTS_KERNEL_RIG_MARKS_H
#define TESTS_KERNEL_RIG_MARKS_H

#include "render/layers.h"
#include "render/marks.h"
#include "rig.h"

#define PANELS 3
#define LAYERS 6
#define FIELDS 6
#define IMAGES 5
#define ROWS 400 /* of the series that windows are cut from */

/* A chart and its samples. */
struct drawing {
    struct chart chart;
    struct chart_panel panels[PANELS];
    struct chart_layer layers[LAYERS];
    struct scale_field scales[PANELS][FIELDS];
    struct panel_scale panel_scales[PANELS];
    uint32_t window, images, fields;
    double rows[ROWS * FIELDS]; /* (ROWS, fields) */
    uint64_t starts[IMAGES];
    uint32_t rows_before[IMAGES];
    double ranges[IMAGES * PANELS * 2]; /* (images, panels, 2) */
};

/* The program, and what a drawing is run with. */
struct machine {
    struct rig rig;
    struct launch_config config;
    struct program *program;
    struct kernel *kernels[MARKS];
};

void machine_open(struct machine *machine, const struct rig_variant *variant);
void machine_close(struct machine *machine);

/* The spans of all images, (images, span_size), from two runs over different canaries. Both must be equal: each kernel
 * writes all of its planes. All layers are whole-pixel marks. least: samples per work-item where it takes several. The
 * caller frees the spans. */
uint16_t *machine_run(struct machine *machine, const struct drawing *drawing, const struct layer_table *table,
                      size_t least);

#endif
