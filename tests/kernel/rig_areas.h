/* Areas of the partly covered pixels of antialiased columns: what `rasterize` leaves for the kernels after it. */
#ifndef TESTS_KERNEL_RIG_AREAS_H
#define TESTS_KERNEL_RIG_AREAS_H

#include <stddef.h>
#include <stdint.h>

#include "rig.h"

/* One layer of one image: see cl/rasterize.cl. */
struct area_layer {
    const uint16_t *spans;      /* (4, pitch) */
    const uint8_t *subsampling; /* (pitch) */
    int32_t *edges;             /* (pitch, STEEP_SUBSAMPLES, 2, SUBCOLUMNS) */
    uint16_t *areas;            /* (pitch, COLUMN_AREAS) */
    size_t pitch, columns;      /* the first `columns` are used */
};

/* How many rows of a column are partly covered, and the i-th of them from the top. */
uint32_t partial_rows(const uint16_t *span, size_t pitch);
uint32_t partial_row(const uint16_t *span, size_t pitch, uint32_t i);

/* How much of a row the sub-columns cover: 1 << 14 is all. */
uint32_t area_of_row(const int32_t *edges, uint32_t subsamples, uint32_t row);

/* Finds the areas that each column has; the others stay. */
void areas_fill(const struct area_layer *layer);

/* Columns that have areas of all their partly covered rows get other edges: nobody may look at these. */
void areas_spoil_edges(const struct area_layer *layer, struct rig_rng *rng);

#endif
