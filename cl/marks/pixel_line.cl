/* The integer line between neighbouring samples: Bresenham's, from left to right. Where dx > dy it steps along x, and after
 * k steps y has moved by floor((2 dy k + dx) / (2 dx)); else it steps along y, and after j steps x has moved by
 * floor((2 dx j + dy) / (2 dy)). Gaps end a line or are bridged. A sample without a neighbour is not drawn, except for
 * the last one of the window. */

static int is_present(const struct mark *m, const uint i)
{
    return !is_missing(field_of(m, i, FIELD_Y));
}

/* The samples that lines connect with sample i; i: there is none. llvmpipe may load what an untaken branch would, so all
 * samples that are named lie in the window. */
static uint sample_before(const struct mark *m, const uint i)
{
    uint j = max(i, 1u) - 1;
    while (j > 0 && !is_present(m, j) && m->layer.flags & MARK_BRIDGE)
        j--;
    return is_present(m, j) ? min(i, j) : i;
}

static uint sample_after(const struct mark *m, const uint i)
{
    const uint last = m->window - 1;
    uint j = min(i + 1, last);
    while (j < last && !is_present(m, j) && m->layer.flags & MARK_BRIDGE)
        j++;
    return is_present(m, j) ? max(i, j) : i;
}

/* The rows of the line from (0, ya) to (dx, yb) at k = 0..dx, from the one near ya on. */
static int2 line_rows(const ulong dx, const int ya, const int yb, const ulong k)
{
    const ulong dy = abs(yb - ya), twice = 2 * dx;
    const int up = yb > ya ? 1 : -1;
    if (dx > dy) {
        const int y = ya + up * (int)((2 * dy * k + dx) / twice);
        return (int2)(y, y);
    }
    const ulong first = k ? ((2 * k - 1) * dy + twice - 1) / twice : 0;
    const ulong last = k < dx ? ((2 * k + 1) * dy + twice - 1) / twice - 1 : dy;
    return ya + up * (int2)((int)first, (int)last);
}

/* Covers the columns from..to-1 of the line from sample a to sample b. */
static void cover_line(const struct mark *m, const uint a, const uint b, const uint from, const uint to)
{
    const int ya = y_of(m, field_of(m, a, FIELD_Y)), yb = y_of(m, field_of(m, b, FIELD_Y));
    const uint xa = column_of(m, a), dx = column_of(m, b) - xa;
    for (uint x = from; x < to; x++) {
        const int2 rows = line_rows(dx, ya, yb, x - xa);
        cover(m, 0, x, 1, rows.x, rows.y, 0);
    }
}

/* The columns of a missing sample. The samples around a gap are searched once. */
static void bridge_columns(struct mark *m, const uint i, const uint begin, const uint end)
{
    if (i >= m->gap_end) {
        const uint after = sample_after(m, i);
        m->gap_begin = sample_before(m, i);
        m->gap_end = after == i ? m->window : after;
        m->gap_bridged = m->gap_begin != i && after != i;
    }
    if (m->gap_bridged)
        cover_line(m, m->gap_begin, min(m->gap_end, m->window - 1), begin, end);
}

static void pixel_line_columns(struct mark *m, const uint i)
{
    const uint x = column_of(m, i), next = i + 1 < m->window ? column_of(m, i + 1) : x + 1;
    if (!is_present(m, i)) {
        if (m->layer.flags & MARK_BRIDGE)
            bridge_columns(m, i, x, next);
        return;
    }
    const uint before = sample_before(m, i), after = sample_after(m, i);
    if (before == after && i + 1 < m->window)
        return;
    /* The sample's column belongs to both lines. */
    const int y = y_of(m, field_of(m, i, FIELD_Y));
    const int y_before = y_of(m, field_of(m, before, FIELD_Y)), y_after = y_of(m, field_of(m, after, FIELD_Y));
    int2 rows = (int2)(y, y);
    if (before != i) {
        const uint dx = x - column_of(m, before);
        const int2 left = line_rows(dx, y_before, y, dx);
        rows = (int2)(min(rows.x, left.x), max(rows.y, left.x));
    }
    if (after != i) {
        const int2 right = line_rows(column_of(m, after) - x, y, y_after, 0);
        rows = (int2)(min(rows.x, right.y), max(rows.y, right.y));
        cover_line(m, i, after, x + 1, next);
    }
    cover(m, 0, x, 1, rows.x, rows.y, 0);
}

DEFINE_MARK(pixel_line, 1)
