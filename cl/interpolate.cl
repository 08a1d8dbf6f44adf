/* y at the samples -> column spans of the stroke.
 *
 * At abscissa X the stroke of a polyline with radius r is one interval. Its upper end is the least of
 *   - y_v - sqrt(r^2 - d^2) over vertices v at distance d = |X - x_v| <= r: the round joins and caps, and
 *   - the edges moved up by r along their normals: an edge from (xa, ya) with run dx, climb dy and length l touches the
 *     circle around a point of it at X - k, k = r dy/l; where 0 < e = X - k - xa < dx, the end is
 *     ya + (dy/dx) e - r dx/l;
 * its lower end is the greatest of the mirror images (k and the last term change sign). Where a neighbouring edge or
 * vertex lies outside its own condition the other one covers the same place, so the ends are continuous.
 *
 * A work-item finds LANES abscissae at once: 16 neighbouring columns, or the 16 sub-columns of an antialiased pixel
 * column, all of them against the same vertices first+begin..first+end-1 and the edges that end there. The conditions,
 * not the choice of vertices, decide what counts, so more vertices than needed never change what is found; that keeps
 * the loop's length the same everywhere. Where very many vertices are in reach, the host launches several times with
 * consecutive begin..end, and each launch joins what it finds to the spans of the one before (llvmpipe ends the loops
 * of a work-item after 65,535 turns in all). */

#if LANES == 16 || ANTIALIAS
typedef int16 intn;
typedef float16 floatn;
#define WIDE 16
#define inverse_root_n inverse_root_float16
#define to_floatn convert_float16
#define to_intn convert_int16
#define lane_numbers (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
typedef int intn;
typedef float floatn;
#define WIDE 1
#define inverse_root_n inverse_root_float
#define to_floatn convert_float
#define to_intn convert_int
#define lane_numbers 0
#endif

/* Beyond any row, with room for sums. */
#define FAR (1 << 29)

struct ends {
    intn top;    /* Q12; FAR where there is no stroke */
    intn bottom; /* Q12; -FAR */
};

/* What the polyline draws at the abscissae `at`, antialiased those within half a pixel of `centre`. (No restrict here:
 * inlined, it becomes an LLVM intrinsic that Oclgrind does not know. And no clamp of a vector between scalars, which
 * Oclgrind gets wrong.) */
static struct ends stroke_ends(const intn at, const int centre, __global const int *y, __global const int *x,
                               __global const float *scales, __global const float *step_inverse, const uint window,
                               const uint begin, const uint end, const float radius)
{
    struct ends found = {(intn)FAR, (intn)-FAR};
    const int near = (int)radius + PIXEL;
    for (uint j = begin; j < end; j++) {
        const uint b = min(j, window - 1);
        const uint a = max(b, 1u) - 1;
        const int xa = x[a], xb = x[b];
#if ANTIALIAS
        /* Beyond the radius and the pixel's own half no condition is met: a column meets few of its vertices. */
        if (xa > centre + near || xb < centre - near)
            continue;
#endif
        const int ya = y[a] == MISSING ? 0 : y[a], yb = y[b] == MISSING ? 0 : y[b];
        /* An edge with a missing end has no length, and an edge without length meets no condition. */
        const int whole = y[a] != MISSING && y[b] != MISSING;
        const float dx = whole ? (float)(xb - xa) : 0.0f;
        const float dy = whole ? (float)(yb - ya) : 0.0f;
        const float slope = dy * step_inverse[a];
        const float shift = dy * scales[b], lift = dx * scales[b];

        /* Lanes that miss a condition may convert numbers beyond int: whatever comes of it is not taken. */
        const floatn along = to_floatn(at - xa);
        const floatn up = along - shift, down = along + shift;
        const intn top = ya + to_intn(slope * up - lift);
        const intn bottom = ya + to_intn(slope * down + lift);
        found.top = (up > 0.0f) && (up < dx) ? min(found.top, top) : found.top;
        found.bottom = (down > 0.0f) && (down < dx) ? max(found.bottom, bottom) : found.bottom;

#if ANTIALIAS
        if (xb > centre + near)
            continue;
#endif
        const floatn off = to_floatn(at - xb);
        const floatn rest = (y[b] == MISSING ? -1.0f : radius * radius) - off * off;
        const floatn square = max(rest, 0.0f);
        const intn half_height = to_intn(square * inverse_root_n(square));
        found.top = rest >= 0.0f ? min(found.top, yb - half_height) : found.top;
        found.bottom = rest >= 0.0f ? max(found.bottom, yb + half_height) : found.bottom;
    }
    return found;
}

#if ANTIALIAS

static int lowest(const int16 v)
{
    const int8 a = min(v.lo, v.hi);
    const int4 b = min(a.lo, a.hi);
    const int2 c = min(b.lo, b.hi);
    return min(c.x, c.y);
}

static int highest(const int16 v)
{
    const int8 a = max(v.lo, v.hi);
    const int4 b = max(a.lo, a.hi);
    const int2 c = max(b.lo, b.hi);
    return max(c.x, c.y);
}

/* The first row whose centre is at or below y (Q8). */
static ushort row_from(const int y, const uint height)
{
    return (ushort)clamp((y + 255) >> 8, 0, (int)height);
}

/* Whether an end of the stroke can jump by more than a row from one sub-column of a column to the next: near a steep
 * edge, and where the cap of a run's first or last sample begins. Coverage would be off by up to 1/32 there, so such a
 * column is looked at more finely. Few vertices give cause, and these concern few columns: a work-item looks at the
 * vertices of STEEP_COLUMNS columns, one after another (`columns` is less where these are very many).
 * range: group of columns x image. sets: uchar (image, pitch): how many sets of sub-columns, SETS or 1. */
__kernel void find_steep(__global const int *restrict heights, __global const int *restrict x,
                         __global const uint *restrict firsts, __global uchar *restrict sets, const uint window,
                         const uint begin, const uint end, const float radius, const uint groups, const uint pitch,
                         const uint columns)
{
    const uint left = get_global_id(0) * columns, right = min(left + columns, groups);
    const uint image = get_global_id(2);
    if (left >= groups)
        return;
    __global const int *y = heights + (ulong)image * window;
    __global uchar *out = sets + (ulong)image * pitch;
    const int near = (int)radius + PIXEL;
    uint steep = 0; /* bit i: column left + i */
    for (uint j = firsts[left] + begin; j < firsts[right - 1] + end; j++) {
        const uint b = min(j, window - 1), after = min(b + 1, window - 1);
        const uint a = max(b, 1u) - 1;
        const int whole = y[a] != MISSING && y[b] != MISSING;
        const float climb = whole ? fabs((float)y[b] - (float)y[a]) : 0.0f;
        const int edge = climb > (float)(x[b] - x[a]) * SUBCOLUMNS;
        const int tip = y[b] != MISSING && (b == 0 || b == after || y[a] == MISSING || y[after] == MISSING);
        if (!edge && !tip)
            continue;
        const int first = max((x[a] - near + PIXEL - 1) >> SUBPIXEL_BITS, (int)left);
        const int last = min((x[b] + near) >> SUBPIXEL_BITS, (int)right - 1);
        for (int column = first; column <= last; column++) {
            /* What a column counts with must not depend on its neighbours in the work-item. */
            const int reached = j >= firsts[column] + begin && j < firsts[column] + end;
            const int beyond = (int)abs(x[b] - column * PIXEL) - (int)radius;
            const int capped = tip && beyond >= -PIXEL && beyond <= PIXEL;
            steep |= reached && (edge || capped) ? 1u << (column - (int)left) : 0;
        }
    }
    for (uint i = 0; i < right - left; i++) {
        const int before = begin && out[left + i] == SETS;
        out[left + i] = before || steep >> i & 1 ? SETS : 1;
    }
}

/* What a column's sets of sub-columns have found so far, in Q8. */
struct outline {
    int top_min, top_max, bottom_min, bottom_max;
};

static int total(const int16 v)
{
    const int8 a = v.lo + v.hi;
    const int4 b = a.lo + a.hi;
    const int2 c = b.lo + b.hi;
    return c.x + c.y;
}

/* How much of row y the sub-columns between top and bottom cover, each in 1/256. */
static int16 coverage(const int y, const int16 top, const int16 bottom)
{
    const int16 lower = (int16)(y * 256 + 128);
    return clamp(lower - top, (int16)0, (int16)256) - clamp(lower - bottom, (int16)0, (int16)256);
}

/* Joins one set of sub-columns to what earlier launches found there, or takes those without a stroke out. */
static struct ends settle(const struct ends e, const int join, __global const int *edges)
{
    struct ends q8 = {(e.top + 8) >> 4, (e.bottom + 8) >> 4};
    if (join) {
        const int16 old_top = vload16(0, edges), old_bottom = vload16(1, edges);
        q8.top = min(q8.top, old_top);
        q8.bottom = max(q8.bottom, select(old_bottom, (int16)-NO_EDGE, old_top == (int16)NO_EDGE));
    }
    const int16 none = q8.top > q8.bottom;
    q8.top = select(q8.top, (int16)NO_EDGE, none);
    q8.bottom = select(q8.bottom, (int16)NO_EDGE, none);
    return q8;
}

static struct outline add_set(struct outline o, const struct ends e)
{
    const int16 none = e.top == (int16)NO_EDGE;
    o.top_min = min(o.top_min, lowest(e.top));
    o.top_max = max(o.top_max, highest(e.top));
    o.bottom_min = min(o.bottom_min, lowest(select(e.bottom, (int16)-FAR, none)));
    o.bottom_max = max(o.bottom_max, highest(select(e.bottom, (int16)-FAR, none)));
    return o;
}

/* How much of 16 sub-columns one side of the stroke leaves: from the pixel's lower end (256 * row + 128) up to the top, or
 * from its upper end down to the bottom. */
static int16 one_side(const int16 distance)
{
    return clamp(distance, (int16)0, (int16)256);
}

/* Areas of n rows from `row` on, of a column with one set of sub-columns that meets one side of the stroke alone there.
 * Two rows are added up at once: neither sum reaches 16 bits. */
static void store_side(const int16 edge, const int sign, const int row, const uint n, __global ushort *areas)
{
    int16 distance = sign * ((int16)(row * 256) - edge) + 128;
    for (uint i = 0; i < n; i += 2, distance += sign * 512) {
        const int both = total(one_side(distance) + (one_side(distance + sign * 256) << 16));
        areas[i] = (ushort)(both << 2);
        if (i + 1 < n)
            areas[i + 1] = (ushort)(both >> 16 << 2);
    }
}

/* The same of rows that may meet both sides, of any number of sets. */
static void store_sides(const struct ends *found, const int count, const int row, const uint n, __global ushort *areas)
{
    for (uint i = 0; i < n; i++) {
        const int16 lower = (int16)((row + (int)i) * 256 + 128);
        int16 covered = one_side(lower - found[0].top) - one_side(lower - found[0].bottom);
        for (int set = 1; set < count; set++)
            covered += one_side(lower - found[set].top) - one_side(lower - found[set].bottom);
        areas[i] = (ushort)(total(covered) << (count == 1 ? 2 : 0));
    }
}

/* Areas of a column's rows first..begin-1 above the wholly covered ones, and end..last-1 below, AREAS at most. Where there
 * are wholly covered ones, each of the others meets one side of the stroke. */
static void store_areas(const struct ends *found, const int count, const uint first, const uint begin, const uint end,
                        const uint last, __global ushort *areas)
{
    const uint above = min(begin - first, (uint)AREAS), below = min(last - end, AREAS - above);
    if (count > 1 || begin == end) {
        store_sides(found, count, (int)first, above, areas);
        store_sides(found, count, (int)end, below, areas + above);
    } else {
        store_side(found[0].top, 1, (int)first, above, areas);
        store_side(found[0].bottom, -1, (int)end, below, areas + above);
    }
}

/* range: column x image.
 * edges: int (image, column, SETS, 2, SUBCOLUMNS): top and bottom of the stroke in each sub-column, Q8, both NO_EDGE
 *        where there is none; a steep column has SETS sets of sub-columns, a quarter of it each, any other one set. They
 *        are memory's largest part, so they are stored only where they are needed again: for the next launch (keep), or
 *        for a column of more than AREAS partly covered pixels.
 * spans: ushort (image, 4, pitch): rows [0]..[1]-1 wholly covered, rows [2]..[3]-1 covered at least in part.
 * areas: ushort (image, pitch, AREAS): of the rows covered in part, from the top: exact coverage of each sub-column,
 *        added up. */
__kernel void interpolate(__global const int *restrict heights, __global const int *restrict x,
                          __global const float *restrict scales, __global const float *restrict step_inverse, __global const uint *restrict firsts,
                          __global const uchar *restrict sets, __global ushort *restrict spans,
                          __global int *restrict edges, __global ushort *restrict areas, const uint window,
                          const uint begin, const uint end, const float radius, const uint groups, const uint pitch,
                          const uint height, const uint keep)
{
    const uint column = get_global_id(0);
    const uint image = get_global_id(2);
#if GUARD_GROUPS
    if (column >= groups)
        return;
#endif
    const ulong at = (ulong)image * pitch + column;
    __global const int *y = heights + (ulong)image * window;
    __global ushort *s = spans + (ulong)image * 4 * pitch + column;
    __global int *out = edges + at * EDGE_INTS;
    const uint first = firsts[column];
    const int count = sets[at], step = PIXEL / SUBCOLUMNS / count;
    const int left = (int)column * PIXEL - PIXEL / 2 + step / 2;
    struct outline o = {FAR, -FAR, FAR, -FAR};
    struct ends found[SETS];
    for (int set = 0; set < count; set++) {
        const int16 abscissae = left + (set * SUBCOLUMNS + lane_numbers) * step;
        const struct ends e = stroke_ends(abscissae, (int)column * PIXEL, y, x, scales + (ulong)image * window,
                                          step_inverse, window, first + begin, first + end, radius);
        found[set] = settle(e, begin != 0, out + set * 2 * SUBCOLUMNS);
        o = add_set(o, found[set]);
    }

    /* Row y is the interval y-1/2..y+1/2. */
    const ushort outer_begin = row_from(o.top_min - 127, height), outer_end = row_from(o.bottom_max + 128, height);
    const ushort inner_begin = row_from(o.top_max + 128, height), inner_end = row_from(o.bottom_min - 127, height);
    const int solid = inner_begin < inner_end;
    const uint inked = solid ? inner_begin : outer_end, inner = solid ? inner_end - inner_begin : 0;
    s[0] = (ushort)inked;
    s[pitch] = solid ? inner_end : outer_end;
    s[2 * pitch] = outer_begin;
    s[3 * pitch] = outer_end;

    const uint rows = outer_end > outer_begin ? outer_end - outer_begin - inner : 0;
    if (rows)
        store_areas(found, count, outer_begin, inked, inked + inner, outer_end, areas + at * AREAS);
    for (int set = 0; set < count && (keep || rows > AREAS); set++) {
        vstore16(found[set].top, 2 * set, out);
        vstore16(found[set].bottom, 2 * set + 1, out);
    }
}

#else

/* Rows whose centre lies in the stroke: the upper edge is in, the lower one out. */
static intn row_at(const intn y, const uint height)
{
    return clamp((y + (PIXEL - 1)) >> SUBPIXEL_BITS, (intn)0, (intn)(int)height);
}

#if WIDE == 16
#define store_rows(rows, group, out) vstore16(convert_ushort16(rows), (group), (out))
#define load_rows(group, in) convert_int16(vload16((group), (in)))
#else
#define store_rows(rows, group, out) (out)[group] = (ushort)(rows)
#define load_rows(group, in) (int)(in)[group]
#endif

/* range: group of LANES columns x image.
 * spans: ushort (image, 2, pitch): rows [0]..[1]-1 of each column are ink; height and 0 where there is no stroke. */
__kernel void interpolate(__global const int *restrict heights, __global const int *restrict x,
                          __global const float *restrict scales, __global const float *restrict step_inverse, __global const uint *restrict firsts,
                          __global ushort *restrict spans, const uint window, const uint begin, const uint end,
                          const float radius, const uint groups, const uint pitch, const uint height)
{
    const uint group = get_global_id(0);
    const uint image = get_global_id(2);
#if GUARD_GROUPS
    if (group >= groups)
        return;
#endif
    const uint first = firsts[group];
    const struct ends e =
        stroke_ends((int)group * LANES * PIXEL + lane_numbers * PIXEL, 0, heights + (ulong)image * window, x,
                    scales + (ulong)image * window, step_inverse, window, first + begin, first + end, radius);
    __global ushort *s = spans + (ulong)image * 2 * pitch;
    intn top = row_at(e.top, height), bottom = row_at(e.bottom, height);
    if (begin) {
        top = min(top, load_rows(group, s));
        bottom = max(bottom, load_rows(group, s + pitch));
    }
    store_rows(top, group, s);
    store_rows(bottom, group, s + pitch);
}

#endif
