/* Columns that stand on the bottom of the area that the margin leaves. */
#include <math.h>

#include "oracle/judge.h"

void oracle_cover_column(struct oracle_layer *layer, const struct oracle_window *window, const struct oracle_rows *rows)
{
    const struct chart_layer *how = layer->layer;
    const int64_t last = rows->first + rows->count - 1;
    const struct oracle_row bottom = {last, last};
    for (uint64_t i = 0; i < window->count; i++) {
        double value = oracle_value(layer, window, i, FIELD_Y);
        if (!isfinite(value))
            continue;
        value = how->absolute ? fabs(value) : value;
        struct oracle_row top = how->height == HEIGHT_COUNT ? oracle_count_of(rows, value) : oracle_row_of(rows, value);
        if (how->height == HEIGHT_COUNT && how->zero_pixel) {
            top.upper -= top.upper == last + 1;
            top.lower -= top.lower == last + 1;
        }
        const int64_t left = oracle_column(layer, i, how->body);
        for (uint32_t k = 0; k < how->body; k++)
            oracle_cover_rows(layer, left + k, top, bottom);
    }
}
