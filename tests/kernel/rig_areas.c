#include "rig_areas.h"

uint32_t partial_rows(const uint16_t *span, size_t pitch)
{
    uint32_t rows = 0;
    if (span[2 * pitch] < span[3 * pitch])
        rows = (uint32_t)(span[3 * pitch] - span[2 * pitch]);
    return rows ? rows - (uint32_t)(span[pitch] - span[0]) : 0;
}

uint32_t partial_row(const uint16_t *span, size_t pitch, uint32_t i)
{
    uint32_t row = span[2 * pitch] + i;
    return row < span[0] ? row : row + (uint32_t)(span[pitch] - span[0]);
}

uint32_t area_of_row(const int32_t *edges, uint32_t subsamples, uint32_t row)
{
    int64_t upper = (int64_t)row * 256 - 128, lower = upper + 256, area = 0;
    for (uint32_t k = 0; k < subsamples; k++, edges += 2 * SUBCOLUMNS)
        for (int i = 0; i < SUBCOLUMNS; i++) {
            int64_t top = edges[i] > upper ? edges[i] : upper;
            int64_t bottom = edges[SUBCOLUMNS + i] < lower ? edges[SUBCOLUMNS + i] : lower;
            area += bottom > top ? bottom - top : 0;
        }
    return (uint32_t)(area * STEEP_SUBSAMPLES / subsamples);
}

void areas_fill(const struct area_layer *l)
{
    for (size_t x = 0; x < l->columns; x++) {
        uint32_t rows = partial_rows(l->spans + x, l->pitch);
        for (uint32_t i = 0; i < rows && i < COLUMN_AREAS; i++)
            l->areas[x * COLUMN_AREAS + i] = (uint16_t)area_of_row(l->edges + x * EDGE_INTS, l->subsampling[x],
                                                                   partial_row(l->spans + x, l->pitch, i));
    }
}

void areas_spoil_edges(const struct area_layer *l, struct rig_rng *rng)
{
    for (size_t x = 0; x < l->columns; x++)
        for (size_t i = 0; i < EDGE_INTS && partial_rows(l->spans + x, l->pitch) <= COLUMN_AREAS; i++)
            l->edges[x * EDGE_INTS + i] = (int32_t)rig_below(rng, 1 << 25);
}
