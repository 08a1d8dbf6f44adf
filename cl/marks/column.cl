/* Columns from the panel's bottom: to the sample's y, or as many rows as its part of the range. */

static void column_columns(const struct mark *m, const uint i)
{
    const uint flags = m->layer.flags, column = column_of(m, i) + (m->layer.step - m->layer.size) / 2;
    const ulong bits = field_of(m, i, FIELD_Y), value = flags & MARK_ABSOLUTE ? bits & MAGNITUDE : bits;
    const int bottom = flags & MARK_FROM_TOP ? m->rows - 1 : 0, up = flags & MARK_FROM_TOP ? -1 : 1;
    if (is_missing(value))
        return;
    int top = y_of(m, value);
    if (flags & MARK_COUNT_ROWS) {
        const int count = position_of(m, value, (uint)m->rows, 0);
        top = bottom + up * ((count == 0 && flags & MARK_ZERO_PIXEL ? 1 : count) - 1);
    }
    if ((top - bottom) * up >= 0)
        cover(m, 0, column, m->layer.size, bottom, top, 0);
}

DEFINE_MARK(column, 1)
