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

/* A vertex. */
struct vertex {
    uint x;
    int y;
};

static void vertex_of(const struct mark *m, const uint i, struct vertex *v)
{
    v->x = column_of(m, i);
    v->y = y_of(m, field_of(m, i, FIELD_Y));
}

/* Covers the columns from..to-1 of the line from a to b. */
static void cover_line(const struct mark *m, const struct vertex *a, const struct vertex *b, const uint from,
                       const uint to)
{
    for (uint x = from; x < to; x++) {
        const int2 rows = line_rows(b->x - a->x, a->y, b->y, x - a->x);
        cover(m, 0, x, 1, rows.x, rows.y, 0);
    }
}

/* The columns of a missing sample. The samples around a gap are searched once. */
static void bridge_columns(struct mark *m, const uint i, const uint begin, const uint end)
{
    struct vertex a, b;
    if (i >= m->gap_end) {
        const uint after = sample_after(m, i);
        m->gap_begin = sample_before(m, i);
        m->gap_end = after == i ? m->window : after;
        m->gap_bridged = m->gap_begin != i && after != i;
    }
    vertex_of(m, m->gap_begin, &a);
    vertex_of(m, min(m->gap_end, m->window - 1), &b);
    if (m->gap_bridged)
        cover_line(m, &a, &b, begin, end);
}

static void pixel_line_columns(struct mark *m, const uint i)
{
    const uint x = column_of(m, i), next = i + 1 < m->window ? column_of(m, i + 1) : x + 1;
    struct vertex left, own, right;
    if (!is_present(m, i)) {
        if (m->layer.flags & MARK_BRIDGE)
            bridge_columns(m, i, x, next);
        return;
    }
    const uint before = sample_before(m, i), after = sample_after(m, i);
    if (before == after && i + 1 < m->window)
        return;
    vertex_of(m, before, &left);
    vertex_of(m, i, &own);
    vertex_of(m, after, &right);
    /* The sample's column belongs to both lines. */
    int low = own.y, high = own.y;
    if (before != i) {
        const int y = line_rows(x - left.x, left.y, own.y, x - left.x).x;
        low = min(low, y);
        high = max(high, y);
    }
    if (after != i) {
        const int y = line_rows(right.x - x, own.y, right.y, 0).y;
        low = min(low, y);
        high = max(high, y);
        cover_line(m, &own, &right, x + 1, next);
    }
    cover(m, 0, x, 1, low, high, 0);
}

DEFINE_MARK(pixel_line, 1)
