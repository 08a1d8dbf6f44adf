/* Areas of the partly covered pixels of antialiased columns, as `rasterize` stores them for later kernels. */
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

/* The number of partly covered rows of a column, and the i-th of these rows from the top. */
uint32_t partial_rows(const uint16_t *span, size_t pitch);
uint32_t partial_row(const uint16_t *span, size_t pitch, uint32_t i);

/* The area of a row that the sub-columns cover; 1 << AREA_BITS is all of it. */
uint32_t area_of_row(const int32_t *edges, uint32_t subsamples, uint32_t row);

/* Computes the areas of each column; entries that a column does not have stay unchanged. */
void areas_fill(const struct area_layer *layer);

/* Overwrites the edges of columns whose partly covered rows all have areas: no kernel may read those. */
void areas_spoil_edges(const struct area_layer *layer, struct rig_rng *rng);

#endif
