/* A chart's layers as tables for the kernels. */
#ifndef RENDER_LAYERS_H
#define RENDER_LAYERS_H

#include "chart/chart.h"
#include "cl/shared.h"

struct layer_table {
    struct span_layer *spans; /* (span_count), in the order in which they are painted */
    uint32_t span_count;
    struct mark_layer *marks; /* (layers of the chart); of strokes only left to pitch are set */
    uint32_t *first;          /* (layers of the chart + 1): the first span layer of each layer, and span_count */
    uint32_t span_size;       /* ushort per image */
    uint32_t shaded_columns;  /* per image: of all antialiased strokes together */
};

/* Span layers that a layer's mark takes. */
uint32_t layer_intervals(const struct chart_layer *layer);

/* lanes: columns are padded to a multiple of it in planes of strokes (render/launch_config.h). */
enum plotmill_status layer_table_init(struct layer_table *table, const struct chart *chart, uint32_t lanes,
                                      struct plotmill_error *error);
void layer_table_finish(struct layer_table *table);

#endif
