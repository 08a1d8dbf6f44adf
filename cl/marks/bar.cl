/* Bars of open, high, low and close: the left column has a tick at open, the centre one low..high and open, the right one
 * a tick at close. */

#if LAYERED

static void bar_columns(const struct mark *m, const uint i)
{
    const uint left = column_of(m, i) + (m->layer.step - 3) / 2;
    struct prices p;
    get_prices(m, i, &p);
    if (!p.has_range)
        return;
    cover(m, 0, left + 1, 1, p.low, p.high, p.falling);
    if (p.has_open)
        cover(m, 0, left, 1, p.open, p.open, p.falling);
    if (p.has_open && (p.open < p.low || p.open > p.high))
        cover(m, 1, left + 1, 1, p.open, p.open, p.falling);
    if (p.has_close)
        cover(m, 0, left + 2, 1, p.close, p.close, p.falling);
}

DEFINE_MARK(bar, 2)

#endif
