/* The integer line between neighbouring samples: Bresenham's, from left to right. Where dx > dy it steps along x, and after
 * k steps y has moved by floor((2 dy k + dx) / (2 dx)); else it steps along y, and after j steps x has moved by
 * floor((2 dx j + dy) / (2 dy)). Gaps end a line or are bridged. A sample without a neighbour is not drawn, except for
 * the last one of the window. */

#if LAYERED

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

/* Finds the samples around a gap. Samples come in order, so each gap is searched once. */
static void find_gap(struct mark *m, const uint i)
{
    if (i < m->gap_end)
        return;
    const uint before = sample_before(m, i), after = sample_after(m, i);
    m->gap_bridged = before != i && after != i;
    m->gap_begin = before;
    m->gap_end = after == i ? m->window : after;
}

/* The lines that end and begin at a present sample; the line over a missing one. */
static void pixel_line_columns(struct mark *m, const uint i)
{
    const uint column = column_of(m, i), next = i + 1 < m->window ? column_of(m, i + 1) : column + 1;
    const int present = is_present(m, i);
    uint samples[3] = {i, i, i}; /* the one before, this one, the one after */
    uint x[3];
    int y[3];
    if (present) {
        samples[0] = sample_before(m, i);
        samples[2] = sample_after(m, i);
        if (samples[0] == samples[2] && i + 1 < m->window)
            return;
    } else {
        if (m->layer.flags & MARK_BRIDGE)
            find_gap(m, i);
        if (!(m->layer.flags & MARK_BRIDGE) || !m->gap_bridged)
            return;
        samples[0] = samples[1] = m->gap_begin;
        samples[2] = m->gap_end;
    }
    for (uint k = 0; k < 3; k++) {
        x[k] = column_of(m, samples[k]);
        y[k] = y_of(m, field_of(m, samples[k], FIELD_Y));
    }
    for (uint c = column; c < next; c++) {
        int2 rows = (int2)(y[1], y[1]);
        if (samples[2] != samples[1])
            rows = line_rows(x[2] - x[1], y[1], y[2], c - x[1]);
        int low = min(rows.x, rows.y), high = max(rows.x, rows.y);
        if (c == x[1] && samples[0] != samples[1]) { /* the sample's column belongs to both lines */
            const int end = line_rows(x[1] - x[0], y[0], y[1], x[1] - x[0]).x;
            low = min(low, end);
            high = max(high, end);
        }
        if (c == column || samples[2] != samples[1])
            cover(m, 0, c, 1, low, high, 0);
    }
}

DEFINE_MARK(pixel_line, 1)

#endif
