/* Columns that stand on the bottom of the panel's area, up to the sample's y or as many rows high as its part of the
 * range. */

#if LAYERED

static void column_columns(const struct mark *m, const uint i)
{
    const uint flags = m->layer.flags, left = column_of(m, i) + (m->layer.step - m->layer.size) / 2;
    const ulong bits = field_of(m, i, FIELD_Y), value = flags & MARK_ABSOLUTE ? bits & MAGNITUDE : bits;
    const int from_top = (flags & MARK_FROM_TOP) != 0, count = (flags & MARK_COUNT_ROWS) != 0;
    if (is_missing(value))
        return;
    const int position = position_of(m, value, (uint)(count ? m->rows : m->rows - 1), from_top && !count);
    int rows = count ? position : from_top ? m->rows - position : position + 1;
    if (count && rows == 0 && flags & MARK_ZERO_PIXEL)
        rows = 1;
    if (rows > 0)
        cover(m, 0, left, m->layer.size, from_top ? m->rows - rows : 0, from_top ? m->rows - 1 : rows - 1, 0);
}

DEFINE_MARK(column, 1)

#endif
