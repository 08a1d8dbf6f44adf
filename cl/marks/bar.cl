/* Bars of open, high, low and close: the left column has a tick at open, the centre one low..high and open, the right one
 * a tick at close. */

/* Whether a sample's close lies below its open. If one is missing it does not. */
static int is_falling(const ulong open, const ulong close)
{
    return !is_missing(open) && !is_missing(close) && to_key(close) < to_key(open);
}

static void bar_columns(const struct mark *m, const uint i)
{
    const ulong open = field_of(m, i, FIELD_OPEN), close = field_of(m, i, FIELD_CLOSE);
    const ulong high = field_of(m, i, FIELD_HIGH), low = field_of(m, i, FIELD_LOW);
    const uint left = column_of(m, i) + (m->layer.step - 3) / 2;
    const int falling = is_falling(open, close);
    if (is_missing(high) || is_missing(low))
        return;
    const int a = y_of(m, low), b = y_of(m, high);
    cover(m, 0, left + 1, 1, a, b, falling);
    if (!is_missing(open)) {
        const int y = y_of(m, open);
        cover(m, 0, left, 1, y, y, falling);
        if (y < min(a, b) || y > max(a, b))
            cover(m, 1, left + 1, 1, y, y, falling);
    }
    if (!is_missing(close)) {
        const int y = y_of(m, close);
        cover(m, 0, left + 2, 1, y, y, falling);
    }
}

DEFINE_MARK(bar, 2)
