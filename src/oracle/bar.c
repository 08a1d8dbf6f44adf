/* Bars: a tick for the open on the left, low to high in the middle, a tick for the close on the right. */
#include <math.h>

#include "oracle/judge.h"

static void cover_tick(struct oracle_layer *layer, const struct oracle_rows *rows, int64_t x, double value)
{
    const struct oracle_row row = oracle_row_of(rows, value);
    oracle_cover_rows(layer, x, row, row);
}

void oracle_cover_bar(struct oracle_layer *layer, const struct oracle_window *window, const struct oracle_rows *rows)
{
    for (uint64_t i = 0; i < window->count; i++) {
        const double open = oracle_value(layer, window, i, FIELD_OPEN);
        const double high = oracle_value(layer, window, i, FIELD_HIGH);
        const double low = oracle_value(layer, window, i, FIELD_LOW);
        const double close = oracle_value(layer, window, i, FIELD_CLOSE);
        const int64_t left = oracle_column(layer, i, 3);
        if (!isfinite(high) || !isfinite(low))
            continue;
        oracle_cover_rows(layer, left + 1, oracle_row_of(rows, high), oracle_row_of(rows, low));
        if (isfinite(open)) {
            cover_tick(layer, rows, left, open);
            cover_tick(layer, rows, left + 1, open);
        }
        if (isfinite(close))
            cover_tick(layer, rows, left + 2, close);
        for (int64_t x = left; x < left + 3; x++)
            if (x >= 0 && x < layer->panel->width)
                layer->falling[x] = isfinite(open) && isfinite(close) && close < open;
    }
}
