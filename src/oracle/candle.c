/* Candles: a body from open to close, a wick from low to high. */
#include <math.h>

#include "oracle/judge.h"

struct candle {
    struct oracle_row high, low;    /* of the wick */
    struct oracle_row upper, lower; /* of the body */
    bool body, inside;              /* it has a body, and the inside of that is not covered */
};

/* Whether a row is covered must or may be so: in the shape of the one, the inside of the other is left out. */
static void cover_row(struct oracle_layer *layer, const struct candle *c, int64_t x, int64_t y, bool wick, bool body,
                      bool inside)
{
    bool must = (wick && oracle_must_hold(c->high, c->low, y)) || (body && oracle_must_hold(c->upper, c->lower, y));
    bool may = (wick && oracle_may_hold(c->high, c->low, y)) || (body && oracle_may_hold(c->upper, c->lower, y));
    if (inside) {
        const struct oracle_row first = {c->upper.upper + 1, c->upper.lower + 1};
        const struct oracle_row last = {c->lower.upper - 1, c->lower.lower - 1};
        must = must && !oracle_may_hold(first, last, y);
        may = may && !oracle_must_hold(first, last, y);
    }
    oracle_cover_pixel(layer, x, y, must, may);
}

static void cover_candle(struct oracle_layer *layer, const struct candle *c, uint64_t sample)
{
    const int64_t body = oracle_column(layer, sample, layer->layer->body), body_end = body + layer->layer->body;
    const int64_t wick = oracle_column(layer, sample, layer->layer->wick), wick_end = wick + layer->layer->wick;
    for (int64_t x = wick < body ? wick : body; x < wick_end || x < body_end; x++)
        for (int64_t y = 0; y < layer->panel->height; y++)
            cover_row(layer, c, x, y, wick <= x && x < wick_end, c->body && body <= x && x < body_end,
                      c->inside && body < x && x < body_end - 1);
}

void oracle_cover_candle(struct oracle_layer *layer, const struct oracle_window *window, const struct oracle_rows *rows)
{
    for (uint64_t i = 0; i < window->count; i++) {
        const double open = oracle_value(layer, window, i, FIELD_OPEN);
        const double high = oracle_value(layer, window, i, FIELD_HIGH);
        const double low = oracle_value(layer, window, i, FIELD_LOW);
        const double close = oracle_value(layer, window, i, FIELD_CLOSE);
        if (!isfinite(high) || !isfinite(low))
            continue;
        struct candle c = {.high = oracle_row_of(rows, high), .low = oracle_row_of(rows, low)};
        c.body = isfinite(open) && isfinite(close);
        const bool falls = c.body && close < open;
        if (c.body) {
            c.upper = oracle_row_of(rows, falls ? open : close);
            c.lower = oracle_row_of(rows, falls ? close : open);
            c.inside = layer->layer->hollow && !falls;
        }
        cover_candle(layer, &c, i);
        const int64_t left = oracle_column(layer, i, layer->panel->pitch);
        for (int64_t x = left; x < left + layer->panel->pitch && x < layer->panel->width; x++)
            layer->falling[x] = falls;
    }
}
