/* Candles: `size` columns open..close, the body, and `thin` of them low..high, the wick. Rising bodies may be hollow:
 * outlines of one pixel, inside of which there is no wick. */

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
    const ulong open_bits = field_of(m, i, FIELD_OPEN), close_bits = field_of(m, i, FIELD_CLOSE);
    const ulong high_bits = field_of(m, i, FIELD_HIGH), low_bits = field_of(m, i, FIELD_LOW);
    const uint step = m->layer.step, size = m->layer.size, thin = m->layer.thin;
    const uint body = column_of(m, i) + (step - size) / 2, wick = column_of(m, i) + (step - thin) / 2;
    if (is_missing(high_bits) || is_missing(low_bits))
        return;
    const int a = y_of(m, low_bits), b = y_of(m, high_bits), low = min(a, b), high = max(a, b);
    if (is_missing(open_bits) || is_missing(close_bits)) {
        cover(m, 0, wick, thin, low, high, 0);
        return;
    }
    const int open = y_of(m, open_bits), close = y_of(m, close_bits);
    const int falling = is_falling(open_bits, close_bits);
    const int bottom = min(open, close), top = max(open, close);
    if (m->layer.flags & MARK_HOLLOW && !falling && size > 2) {
        cover(m, 0, body, 1, bottom, top, 0);
        cover(m, 0, body + size - 1, 1, bottom, top, 0);
        hollow_columns(m, body + 1, size - 2, bottom, top, 0, low, high);
        /* The wick's columns inside of the outline, and those on it. */
        const uint from = max(wick, body + 1), to = min(wick + thin, body + size - 1);
        if (from < to)
            hollow_columns(m, from, to - from, bottom, top, 1, low, high);
        if (wick < from)
            cover(m, 1, wick, from - wick, low, high, 0);
        if (to < wick + thin)
            cover(m, 1, to, wick + thin - to, low, high, 0);
        return;
    }
    cover(m, 0, body, size, bottom, top, falling);
    cover(m, 1, wick, thin, low, high, falling);
}

DEFINE_MARK(candle, m.layer.flags & MARK_HOLLOW ? 3 : 2)
