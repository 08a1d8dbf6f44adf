/* Candles: `size` columns open..close, the body, and `thin` of them low..high, the wick. Rising bodies may be hollow:
 * outlines of one pixel, inside of which there is no wick. */

#if LAYERED

/* The inner columns of a hollow body: its lower and its upper row; of those with a wick also what of low..high is below
 * the lower row or above the upper one. */
static void hollow_columns(const struct mark *m, const uint column, const uint count, const int bottom, const int top,
                           const int wicked, const int low, const int high)
{
    const int below = wicked && low < bottom, above = wicked && high > top;
    const int joins_below = below && high >= bottom, joins_above = above && low <= top;
    cover(m, 0, column, count, joins_below ? low : bottom, bottom, 0);
    cover(m, 1, column, count, top, joins_above ? high : top, 0);
    if ((below && !joins_below) || (above && !joins_above))
        cover(m, 2, column, count, low, high, 0);
}

static void candle_columns(const struct mark *m, const uint i)
{
    const uint step = m->layer.step, size = m->layer.size, thin = m->layer.thin;
    const uint body = column_of(m, i) + (step - size) / 2, wick = column_of(m, i) + (step - thin) / 2;
    struct prices p;
    get_prices(m, i, &p);
    if (!p.has_range)
        return;
    const int bottom = min(p.open, p.close), top = max(p.open, p.close), has_body = p.has_open && p.has_close;
    if (m->layer.flags & MARK_HOLLOW && has_body && !p.falling && size > 2) {
        cover(m, 0, body, 1, bottom, top, 0);
        cover(m, 0, body + size - 1, 1, bottom, top, 0);
        /* Left and right of the wick, the wick's columns inside of the outline, and those on it or beyond. */
        const uint from = max(wick, body + 1), to = min(wick + thin, body + size - 1);
        hollow_columns(m, body + 1, size - 2, bottom, top, 0, p.low, p.high);
        hollow_columns(m, from, to - from, bottom, top, 1, p.low, p.high);
        cover(m, 1, wick, from - wick, p.low, p.high, 0);
        cover(m, 1, to, wick + thin - to, p.low, p.high, 0);
        return;
    }
    if (has_body)
        cover(m, 0, body, size, bottom, top, p.falling);
    cover(m, 1, wick, thin, p.low, p.high, p.falling);
}

DEFINE_MARK(candle, m.layer.flags & MARK_HOLLOW ? 3 : 2)

#endif
