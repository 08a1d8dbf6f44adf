/* Columns that stand on the bottom of the panel's area, up to the sample's y or as many rows high as its part of the
 * range. */

static void column_columns(const struct mark *m, const uint i)
{
    const uint flags = m->layer.flags, left = column_of(m, i) + (m->layer.step - m->layer.size) / 2;
    const ulong bits = field_of(m, i, FIELD_Y), value = flags & MARK_ABSOLUTE ? bits & MAGNITUDE : bits;
    const int bottom = flags & MARK_FROM_TOP ? m->rows - 1 : 0, up = flags & MARK_FROM_TOP ? -1 : 1;
    if (is_missing(value))
        return;
    int rows = (y_of(m, value) - bottom) * up + 1;
    if (flags & MARK_COUNT_ROWS)
        rows = position_of(m, value, (uint)m->rows, 0);
    if (rows == 0 && flags & MARK_COUNT_ROWS && flags & MARK_ZERO_PIXEL)
        rows = 1;
    if (rows > 0)
        cover(m, 0, left, m->layer.size, bottom, bottom + up * (rows - 1), 0);
}

DEFINE_MARK(column, 1)
