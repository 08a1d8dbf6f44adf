/* Marks that cover whole pixels: samples -> spans. A mark is a function that covers the columns of one sample, and a line
 * DEFINE_MARK that makes the kernel of it (docs/marks.md).
 *
 * The scale is exact. Samples are whole multiples of one power of two, `unit`: the one in which the larger end of the
 * range has 63 bits. So y is the exactly rounded rational wherever the window's values are multiples of a power of two
 * below 2^63 of it. Smaller bits are dropped. A sample that has such bits is less than 1/1024 of that end, so the range
 * is about as large as its larger end, and what is dropped is below 2^-61 of it. */

#if LAYERED

/* The fields of a mark by role, as in chart/chart.h. */
#define FIELD_Y 0
#define FIELD_OPEN 0
#define FIELD_HIGH 1
#define FIELD_LOW 2
#define FIELD_CLOSE 3

/* A layer in one image, for one work-item. */
struct mark {
    struct mark_layer layer;
    __global const ulong *samples; /* (window, fields), of the image */
    __global ushort *spans;        /* of the layer in the image */
    uint window, fields;
    long lo, hi;        /* the range, in units */
    ulong range;        /* hi - lo; where they are equal 2, and all samples are 1 above lo */
    uint inverse;       /* see `divide` */
    int no_range;       /* they are equal */
    int exponent;       /* that of the unit plus 10, as doubles store it */
    int clip;           /* samples outside the range stay there */
    int rows;           /* of the panel, without the margins */
    int first_row, down; /* y is in row first_row + down * y */
    /* Of the line's last gap: the samples around it, and whether a line bridges it. */
    uint gap_begin, gap_end;
    int gap_bridged;
};

/* The bits of a field of sample i. */
static ulong field_of(const struct mark *m, const uint i, const uint role)
{
    return m->samples[(ulong)i * m->fields + m->layer.field[role]];
}

/* The first column of sample i. A step of 0 stands for a point scale of `size` columns: i (size-1)/(window-1), rounded
 * half to even. */
static uint column_of(const struct mark *m, const uint i)
{
    if (m->layer.step)
        return m->layer.start + i * m->layer.step;
    const ulong part = (ulong)i * (m->layer.size - 1), steps = max(m->window - 1, 1u);
    const ulong whole = part / steps, twice = 2 * (part - whole * steps);
    return m->layer.start + (uint)whole + (twice > steps || (twice == steps && whole & 1));
}

/* 1/range in units of 2^-63 of the lowest power of two above it, from the upper 32 bits of `range`. */
static uint inverse_of(const ulong range)
{
    return (uint)(MAGNITUDE / ((range << clz(range)) >> 32));
}

/* d * steps / range, exact: the whole part, and the rest in units of 1/range. d <= range, steps < 2^16.
 * The upper 32 bits of d and `inverse` give d/range within 2^-29, so the whole part is right or wrong by 1, which the
 * rest shows. That has up to 66 bits: `high` * 2^32 + `low`. */
static uint divide(const ulong d, const ulong range, const uint inverse, const uint steps, ulong *rest)
{
    const ulong part = ((d << clz(range)) >> 32) * inverse >> 31;
    const uint guess = (uint)(part * steps >> 32);
    const long low = (long)((d & UINT_MAX) * steps) - (long)((range & UINT_MAX) * guess);
    const long high = (long)((d >> 32) * steps) - (long)((range >> 32) * guess) + (low >> 32);
    const ulong r = ((ulong)high << 32) + ((ulong)low & UINT_MAX);
    const int less = high < 0;
    const int more = high > (long)(range >> 32) || (high == (long)(range >> 32) && r >= range);
    *rest = less ? r + range : more ? r - range : r;
    return guess - less + more;
}

/* Rounds (-1)^negative (whole + rest/range). To truncate is to round down. */
static int rounded(const uint flags, const int negative, const uint whole, const ulong rest, const ulong range)
{
    const ulong complement = range - rest;
    const int up = flags & MARK_ROUND_HALF_UP ? !negative : whole & 1;
    const int nearest = (rest > complement) | ((rest == complement) & up);
    const int magnitude = (int)whole + (flags & MARK_TRUNCATE ? negative && rest : nearest);
    return negative ? -magnitude : magnitude;
}

/* u * steps, rounded: u is 0 at the lower end of the range and 1 at the upper one, with `from_top` the other way round.
 * Where the ends are equal it is 1/2. Outside of the range it is kept within 0..1, with clip within -3..4. */
static int position_of(const struct mark *m, const ulong bits, const uint steps, const int from_top)
{
    const int larger = max(exponent_of(bits) - m->exponent, 0);
    const long p = m->clip ? align_by(bits, m->exponent + larger, 10)
                           : larger ? (bits & SIGN_BIT ? m->lo : m->hi)
                                    : clamp(align_by(bits, m->exponent, 10), m->lo, m->hi);
    long origin = from_top ? m->hi : m->lo;
    ulong range = m->range, rest;
    uint inverse = m->inverse;
    if (m->clip && larger && !m->no_range) { /* beyond the range on the side of its sign, and in larger units */
        origin = larger > 62 ? 0 : origin >> larger;
        range = max(larger > 62 ? 0 : range >> larger, 1UL);
        inverse = inverse_of(range);
    }
    const int negative = !m->no_range && (from_top ? p > origin : p < origin);
    const uint farthest = negative ? 3 : 4;
    ulong d = m->no_range ? 1 : p < origin ? (ulong)origin - (ulong)p : (ulong)p - (ulong)origin;
    uint times = 0;
    for (; d > range && times < farthest; d -= range)
        times++;
    const uint part = divide(times < farthest ? d : 0, range, inverse, steps, &rest);
    return rounded(m->layer.flags, negative, times * steps + part, rest, range);
}

/* The y of a sample: 0..rows-1 inside of the range. */
static int y_of(const struct mark *m, const ulong bits)
{
    return position_of(m, bits, (uint)m->rows - 1, (m->layer.flags & MARK_FROM_TOP) != 0);
}

/* The rows of a sample of bars or candles, and whether it has them. */
struct prices {
    int open, high, low, close; /* low is at most high */
    int has_open, has_close, has_range;
    int falling;
};

static void get_prices(const struct mark *m, const uint i, struct prices *p)
{
    ulong bits[4];
    int y[4];
    for (uint role = 0; role < 4; role++) {
        bits[role] = field_of(m, i, role);
        y[role] = y_of(m, bits[role]);
    }
    p->open = y[FIELD_OPEN];
    p->high = max(y[FIELD_HIGH], y[FIELD_LOW]);
    p->low = min(y[FIELD_HIGH], y[FIELD_LOW]);
    p->close = y[FIELD_CLOSE];
    p->has_open = !is_missing(bits[FIELD_OPEN]);
    p->has_close = !is_missing(bits[FIELD_CLOSE]);
    p->has_range = !is_missing(bits[FIELD_HIGH]) && !is_missing(bits[FIELD_LOW]);
    p->falling = p->has_open && p->has_close && to_key(bits[FIELD_CLOSE]) < to_key(bits[FIELD_OPEN]);
}

/* Covers, as interval `interval` of `count` columns, the rows from y a to y b, in any order, with the first ink or the
 * second. The last call for an interval of a column counts. */
static void cover(const struct mark *m, const uint interval, const uint column, const uint count, const int a,
                  const int b, const int second)
{
    const int row_a = m->first_row + m->down * a, row_b = m->first_row + m->down * b;
    const int begin = max(min(row_a, row_b), (int)m->layer.above), end = min(max(row_a, row_b) + 1, (int)m->layer.below);
    const int swap = second && m->layer.flags & MARK_TWO_INKS;
    __global ushort *out = m->spans + (ulong)interval * 2 * m->layer.pitch + (column - m->layer.left);
    if (begin >= end)
        return;
    for (uint c = 0; c < count; c++) {
        out[c] = (ushort)(swap ? end : begin);
        out[m->layer.pitch + c] = (ushort)(swap ? begin : end);
    }
}

/* Leaves `intervals` intervals of the columns of samples first..last-1 empty; also of those before the first sample's
 * and after the last one's. */
static void clear_columns(const struct mark *m, const uint first, const uint last, const uint intervals)
{
    const uint left = m->layer.left;
    const uint begin = first ? column_of(m, first) - left : 0;
    const uint end = (last < m->window ? column_of(m, last) : m->layer.right) - left;
    for (uint plane = 0; plane < 2 * intervals; plane++)
        for (uint c = begin; c < end; c++)
            m->spans[(ulong)plane * m->layer.pitch + c] = 0;
}

/* Sets what depends on the image; 0: nothing of the layer is drawn.
 * range: the ends, as the bits of doubles. */
static int begin_mark(struct mark *m, __global const ulong *range, __global const struct panel_scale *scale,
                      const uint rows_before)
{
    const int downwards = (m->layer.flags & MARK_FROM_TOP) != 0;
    const ulong lo = range[0], hi = range[1];
    m->exponent = max(exponent_of(lo), exponent_of(hi));
    m->lo = align_by(lo, m->exponent, 10);
    m->hi = align_by(hi, m->exponent, 10);
    m->no_range = m->hi == m->lo;
    m->range = m->no_range ? 2 : (ulong)m->hi - (ulong)m->lo;
    m->inverse = inverse_of(m->range);
    m->clip = scale->clip != 0;
    m->rows = (int)(m->layer.below - m->layer.above - 2 * m->layer.margin);
    m->down = downwards ? 1 : -1;
    m->gap_end = 0;
    m->first_row = (int)(downwards ? m->layer.above + m->layer.margin : m->layer.below - 1 - m->layer.margin);
    return !is_missing(lo) && !is_missing(hi) && rows_before >= m->layer.lead &&
           !(scale->range == Y_ZERO && m->hi <= m->lo);
}

/* The kernel of a mark: name_columns(struct mark *, uint i) covers the columns of sample i, with `intervals` intervals at
 * most in each.
 * Range: sample / share x image.
 * samples: double bits (rows, fields). starts: ulong (image), the first row of each window. rows_before: uint (image),
 * rows of its group before the window. ranges: ulong (image, panels, 2). scales: (panels). marks: the chart's layers.
 * number: the layer's. spans: ushort (image, span_size). */
#define DEFINE_MARK(name, intervals)                                                                                  \
    __kernel void mark_##name(__global const ulong *restrict samples, __global const ulong *restrict starts,          \
                              __global const uint *restrict rows_before, __global const ulong *restrict ranges,       \
                              __global const struct panel_scale *restrict scales,                                     \
                              __global const struct mark_layer *restrict marks, __global ushort *restrict spans,      \
                              const uint number, const uint window, const uint fields, const uint panels,             \
                              const uint span_size, const uint share)                                                 \
    {                                                                                                                 \
        const ulong image = get_global_id(2);                                                                         \
        const uint end = END_OF_SHARE(0, share, window);                                                              \
        struct mark m;                                                                                                \
        m.layer = marks[number];                                                                                      \
        m.samples = samples + starts[image] * fields;                                                                 \
        m.spans = spans + image * span_size + m.layer.spans;                                                          \
        m.window = window;                                                                                            \
        m.fields = fields;                                                                                            \
        const int drawn = begin_mark(&m, ranges + 2 * (image * panels + m.layer.panel), scales + m.layer.panel,       \
                                     rows_before[image]);                                                             \
        const uint first = FIRST_OF_SHARE(0, share);                                                                  \
        if (first < end)                                                                                              \
            clear_columns(&m, first, end, intervals);                                                                 \
        for (uint i = first; drawn && i < end; i++)                                                                   \
            name##_columns(&m, i);                                                                                    \
    }

#endif
