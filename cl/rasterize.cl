/* y at the samples -> column spans of the stroke.
 *
 * At abscissa X the stroke of a polyline with radius r is one interval. Its upper end is the least of
 *   - y_v - sqrt(r^2 - d^2) over vertices v at distance d = |X - x_v| <= r: the round joins and caps, and
 *   - the edges moved up by r along their normals: an edge from (xa, ya) with run dx, rise dy and length l touches the
 *     circle around a point of it at X - k, k = r dy/l; where 0 < e = X - k - xa < dx, the end is
 *     ya + (dy/dx) e - r dx/l.
 * Its lower end is the greatest of the mirror images (k and the last term change sign). Where an edge or a vertex does
 * not meet its condition, its neighbour covers the same place, so the ends are continuous.
 *
 * A work-item computes 16 abscissae at once: 16 neighbouring columns (LANES), or one subsample of an antialiased pixel
 * column, which is 16 sub-columns. All of them are tested against the same vertices first+begin..first+end-1 and the
 * edges that end there. The conditions alone decide what counts, so additional vertices never change the result, and
 * all work-items can have loops of the same length. Where more vertices are in reach than one launch takes, the host
 * launches several times with consecutive begin..end, and each launch merges its result into the previous one's. */

#if LANES == 16 || ANTIALIAS
typedef int16 intn;
typedef float16 floatn;
#define inverse_root_n inverse_root_float16
#define to_floatn convert_float16
#define to_intn convert_int16
#define lane_numbers (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define store_rows(rows, group, out) vstore16(convert_ushort16(rows), (group), (out))
#define load_rows(group, in) convert_int16(vload16((group), (in)))
#else
typedef int intn;
typedef float floatn;
#define inverse_root_n inverse_root_float
#define to_floatn convert_float
#define to_intn convert_int
#define lane_numbers 0
#define store_rows(rows, group, out) (out)[group] = (ushort)(rows)
#define load_rows(group, in) (int)(in)[group]
#endif

/* Beyond any row, with room for sums. */
#define FAR (1 << 29)

struct ends {
    intn top;    /* Q12; FAR where there is no stroke */
    intn bottom; /* Q12; -FAR */
};

/* The samples of an image, and the range of them that a work-item examines. */
struct polyline {
    __global const int *y, *x;
    __global const float4 *edge_coeffs;
    uint window, begin, end; /* number of vertices; those examined are begin..end-1 */
    float radius;
};

/* The stroke's ends at the abscissae `at`; with antialiasing these lie less than half a pixel from `centre`.
 * Workarounds for Oclgrind: no restrict here and no struct as return value, because inlined they become an LLVM
 * intrinsic that it does not know; and no clamp of a vector between scalars, which it computes wrongly. */
ALWAYS_INLINE static void stroke_ends(const struct polyline *p, const intn at, const int centre, struct ends *found)
{
    __global const int *x = p->x, *y = p->y;
    const float radius = p->radius;
    intn highest = (intn)FAR, lowest = (intn)-FAR;
    const int near = (int)radius + ONE_PIXEL / 2;
    for (uint j = p->begin; j < p->end; j++) {
        const uint b = min(j, p->window - 1);
        const uint a = max(b, 1u) - 1;
        const int xa = x[a], xb = x[b];
        /* No condition is met beyond the radius and half a pixel, so most vertices are skipped here. */
        if (ANTIALIAS && (xa > centre + near || xb < centre - near))
            continue;
        const int ya = y[a] == MISSING ? 0 : y[a], yb = y[b] == MISSING ? 0 : y[b];
        const float4 coeffs = p->edge_coeffs[b];
        const float slope = coeffs.x, shift = coeffs.y, lift = coeffs.z, dx = coeffs.w;

        /* An edge with run 0 meets no condition. Lanes that do not meet one may convert numbers outside of int; their
         * results are not used. */
        const floatn along = to_floatn(at - xa);
        const floatn up = along - shift, down = along + shift;
        const intn top = ya + to_intn(slope * up - lift);
        const intn bottom = ya + to_intn(slope * down + lift);
        highest = (up > 0.0f) && (up < dx) ? min(highest, top) : highest;
        lowest = (down > 0.0f) && (down < dx) ? max(lowest, bottom) : lowest;

        if (ANTIALIAS && xb > centre + near)
            continue;
        const floatn off = to_floatn(at - xb);
        const floatn rest = (y[b] == MISSING ? -1.0f : radius * radius) - off * off;
        const floatn square = max(rest, 0.0f);
        const intn half_height = to_intn(square * inverse_root_n(square));
        highest = rest >= 0.0f ? min(highest, yb - half_height) : highest;
        lowest = rest >= 0.0f ? max(lowest, yb + half_height) : lowest;
    }
    found->top = highest;
    found->bottom = lowest;
}

#if ANTIALIAS

/* Finds the steep columns, where an end of the stroke can move by more than a row from one sub-column to the next: near
 * a steep edge, and where the cap of a run's first or last sample begins. With one subsample their coverage could be
 * off by 1/32. Only few vertices make columns steep, and each of them only few columns, so a work-item goes through the
 * vertices of `columns` columns, at most 32, at a time.
 * Range: group of columns / share x image.
 * radii: float (image), of each stroke. Where they differ, `firsts` and `end` are those of the widest stroke.
 * reaches: uint (image), the number of vertices that each column of this image examines, from the first one within
 *          reach of its stroke. More vertices would make more columns steep.
 * subsampling: uchar (image, shaded), subsamples of each column: STEEP_SUBSAMPLES or 1; those of this layer are
 *              `shaded_at` and following. */
__kernel void find_steep(__global const int *restrict heights, __global const int *restrict x,
                         __global const uint *restrict firsts, __global uchar *restrict subsampling,
                         __global const float *restrict radii, __global const uint *restrict reaches,
                         const uint window, const uint begin, const uint end, const uint groups, const uint share,
                         const uint shaded, const uint shaded_at, const uint columns)
{
    const uint image = get_global_id(2);
    const uint last_block = END_OF_SHARE(0, share, (groups + columns - 1) / columns);
    __global const int *y = heights + (ulong)image * window;
    __global uchar *out = subsampling + (ulong)image * shaded + shaded_at;
    const float radius = radii[image];
    const int near = (int)radius + ONE_PIXEL;
    const int beyond_reach = (int)ceil(radius) + REACH_SLACK + ONE_PIXEL / 2;
    const uint reach = reaches[image];
    for (uint block = FIRST_OF_SHARE(0, share); block < last_block; block++) {
        const uint left = block * columns, right = min(left + columns, groups);
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
            const int first = max((x[a] - near + ONE_PIXEL - 1) >> SUBPIXEL_BITS, (int)left);
            const int last = min((x[b] + near) >> SUBPIXEL_BITS, (int)right - 1);
            for (int column = first; column <= last; column++) {
                /* Each column uses its own vertices only, whatever columns share the work-item or the table. */
                const int from = column * ONE_PIXEL - beyond_reach;
                const int reached = j >= firsts[column] + begin && j < firsts[column] + end &&
                                    (x[b] >= from || b == window - 1) &&
                                    (j < reach || x[min(j - reach, window - 1)] < from);
                const int beyond = (int)abs(x[b] - column * ONE_PIXEL) - (int)radius;
                const int capped = tip && beyond >= -ONE_PIXEL && beyond <= ONE_PIXEL;
                steep |= reached && (edge || capped) ? 1u << (column - (int)left) : 0;
            }
        }
        for (uint i = 0; i < right - left; i++) {
            const int before = begin && out[left + i] == STEEP_SUBSAMPLES;
            out[left + i] = before || steep >> i & 1 ? STEEP_SUBSAMPLES : 1;
        }
    }
}

static int total(const int16 v)
{
    const int8 a = v.lo + v.hi;
    const int4 b = a.lo + a.hi;
    const int2 c = b.lo + b.hi;
    return c.x + c.y;
}

/* Converts one subsample to Q8, merges it with the result of earlier launches (`join`), and marks the sub-columns
 * without a stroke. */
static struct ends merge_ends(const struct ends e, const int join, __global const int *edges)
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

/* Q8: the least top, the least bottom, and the complements (~) of the greatest top and the greatest bottom. With the
 * complements all four are minima, so that one tree of comparisons finds them. */
static int4 extremes(const struct ends e)
{
    const int16 bottom = select(e.bottom, (int16)-FAR, e.top == (int16)NO_EDGE);
    const int16 low = (int16)(min(e.top.lo, e.top.hi), min(bottom.lo, bottom.hi));
    const int16 high = (int16)(max(e.top.lo, e.top.hi), max(bottom.lo, bottom.hi));
    const int8 low4 = (int8)(min(low.s0123, low.s4567), min(low.s89ab, low.scdef));
    const int8 high4 = (int8)(max(high.s0123, high.s4567), max(high.s89ab, high.scdef));
    int16 all = (int16)(low4, ~high4);
    all = min(all, all.s23016745ab89efcd);
    all = min(all, all.s1032547698badcfe);
    return all.s048c;
}

/* A column's rows in its panel, which has rows above..below-1: first..begin-1 are partly covered, begin..end-1 wholly, end..last-1 partly. Where none is wholly
 * covered, begin = end = last. */
struct column_rows {
    uint first, begin, end, last;
};

/* Row y is the interval y-1/2..y+1/2. */
static struct column_rows rows_of(const int4 extremes, const uint above, const uint below)
{
    const int4 y = (int4)(extremes.xy, ~extremes.zw) + (int4)(128, 128, 383, 383);
    const int4 row = min(max(y >> 8, (int4)(int)above), (int4)(int)below); /* outer begin, inner end, inner begin, outer end */
    const int solid = row.z < row.y;
    const struct column_rows rows = {(uint)row.x, (uint)(solid ? row.z : row.w), (uint)(solid ? row.y : row.w),
                                     (uint)row.w};
    return rows;
}

/* The part of a pixel, in 1/256, that lies below one edge of the stroke, in each of 16 sub-columns. distance: from the
 * edge down to the lower end of the pixel, which is at 256 * row + 128. */
static int16 one_side(const int16 distance)
{
    return min(max(distance, (int16)0), (int16)256);
}

/* The sums for 8 rows from `above` on below the top edge, and for 8 rows from `below` on below the bottom edge. For a
 * row's lower end l and an edge e, one_side is max(l, e) - max(l - 256, e). So max(l, e) is summed over the sub-columns
 * for each row, and the sum of the row above is subtracted. All of this fits 16 bits: even lanes are rows of the top
 * edge, odd lanes rows of the bottom edge, and both edges of a sub-column are one 32-bit number. */
static void sums_of_8(const struct ends e, const int above, const int below, int8 *top, int8 *bottom)
{
    const int16 ceiling = 9 * 256;
    const int16 upper = min(max(e.top - (above * 256 - 128), (int16)0), ceiling);
    const int16 lower = min(max(e.bottom - (below * 256 - 128), (int16)0), ceiling);
    const uint16 pairs = as_uint16(upper | lower << 16);
    uint8 before = as_uint8(as_ushort16(pairs.lo) + as_ushort16(pairs.hi));
    before = as_uint8(as_ushort16(before) + as_ushort16(before.s45670123));
    before = as_uint8(as_ushort16(before) + as_ushort16(before.s23016745));
    before = as_uint8(as_ushort16(before) + as_ushort16(before.s10325476));
    const ushort16 ends = as_ushort16((uint8)(0x01000100) * ((uint8)(0, 1, 2, 3, 4, 5, 6, 7) + 1));
    ushort16 sum = 0;
#define ADD(i) sum += max(ends, as_ushort16((uint8)pairs.s##i));
    ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7)
    ADD(8) ADD(9) ADD(a) ADD(b) ADD(c) ADD(d) ADD(e) ADD(f)
#undef ADD
    uint8 previous = as_uint8(sum).s00123456;
    previous.s0 = before.s0;
    const uint8 rows = as_uint8(sum - as_ushort16(previous));
    *top = as_int8(rows & 0xffff);
    *bottom = as_int8(rows >> 16);
}

/* The covered area of the pixel of row y, which both edges of the stroke may cross, from `count` subsamples. */
static int pixel_area(const struct ends *found, const int count, const uint y)
{
    const int16 lower = (int16)((int)y * 256 + 128);
    int16 covered = one_side(lower - found[0].top) - one_side(lower - found[0].bottom);
    for (int i = 1; i < count; i++)
        covered += one_side(lower - found[i].top) - one_side(lower - found[i].bottom);
    return total(covered) << (count == 1 ? 2 : 0);
}

/* Subsample i of a column with `count` of them. */
ALWAYS_INLINE static void find_subsample(const struct polyline *p, const uint column, const int count, const int i,
                                   struct ends *found)
{
    const int step = count == 1 ? ONE_PIXEL / SUBCOLUMNS : ONE_PIXEL / SUBCOLUMNS / STEEP_SUBSAMPLES;
    const int left = (int)column * ONE_PIXEL - ONE_PIXEL / 2 + step / 2;
    stroke_ends(p, left + (i * SUBCOLUMNS + lane_numbers) * step, (int)column * ONE_PIXEL, found);
}

/* Stores the areas of a column's rows first..begin-1, then end..last-1, at most COLUMN_AREAS. */
static void store_areas(const struct ends *found, const int count, const struct column_rows rows,
                        __global ushort *areas)
{
    const uint above = min(rows.begin - rows.first, (uint)COLUMN_AREAS);
    const uint below = min(rows.last - rows.end, COLUMN_AREAS - above);
    for (uint i = 0; i < above; i++)
        areas[i] = (ushort)pixel_area(found, count, rows.first + i);
    for (uint i = 0; i < below; i++)
        areas[above + i] = (ushort)pixel_area(found, count, rows.end + i);
}

/* The same for up to 8 partly covered rows on each side of wholly covered ones. The first store always writes 8 areas;
 * the second overwrites those that belong to the other side, and the rest is never read. */
static void store_few_areas(const struct ends e, const struct column_rows rows, __global ushort *areas)
{
    int8 top, bottom;
    sums_of_8(e, (int)rows.first, (int)rows.end, &top, &bottom);
    vstore8(convert_ushort8(top << 2), 0, areas);
    vstore8(convert_ushort8((1 << AREA_BITS) - (bottom << 2)), 0, areas + (rows.begin - rows.first));
}

/* With antialiasing. Columns are those of the layer's panel, rows those of the image.
 * Range: column / share x image.
 * edges: int (image, shaded, STEEP_SUBSAMPLES, 2, SUBCOLUMNS), top and bottom of the stroke in each sub-column, Q8, both
 *        NO_EDGE where there is none. Each subsample of a steep column is a quarter of the column; other columns have
 *        one. This is the largest part of the memory traffic, so edges are stored only where they are needed again: by
 *        the next launch (`keep`), and for columns with more than COLUMN_AREAS partly covered pixels.
 * spans: ushort (image, span_size), of which `spans_at` and following are those of this layer, (4, pitch): rows
 *        [0]..[1]-1 are wholly covered, rows [2]..[3]-1 at least partly.
 * areas: ushort (image, shaded, COLUMN_AREAS), the areas of the partly covered pixels from the top: the exact coverage
 *        of each sub-column, summed. Entries beyond a column's partly covered rows are undefined. */
__kernel void rasterize(__global const int *restrict heights, __global const int *restrict x,
                          __global const float4 *restrict edge_coeffs, __global const uint *restrict firsts,
                          __global const uchar *restrict subsampling, __global ushort *restrict spans,
                          __global int *restrict edges, __global ushort *restrict areas,
                          __global const float *restrict radii, const uint window, const uint begin, const uint end,
                          const uint groups, const uint share, const uint pitch, const uint above_row,
                          const uint below_row, const uint span_size, const uint spans_at, const uint shaded,
                          const uint shaded_at, const uint keep)
{
    const uint image = get_global_id(2);
    const uint last = END_OF_SHARE(0, share, groups);
    for (uint column = FIRST_OF_SHARE(0, share); column < last; column++) {
        const ulong at = (ulong)image * shaded + shaded_at + column;
        __global ushort *s = spans + (ulong)image * span_size + spans_at + column;
        __global int *out = edges + at * EDGE_INTS;
        const uint first = firsts[column];
        const struct polyline p = {heights + (ulong)image * window, x, edge_coeffs + (ulong)image * window, window,
                                   first + begin, first + end, radii[image]};
        const int count = subsampling[at];
        struct ends found[STEEP_SUBSAMPLES];
        struct ends e;
        find_subsample(&p, column, count, 0, &e);
        e = merge_ends(e, begin != 0, out);
        int4 outline = extremes(e);
        found[0] = e;
        for (int i = 1; i < count; i++) {
            find_subsample(&p, column, count, i, &found[i]);
            found[i] = merge_ends(found[i], begin != 0, out + i * 2 * SUBCOLUMNS);
            outline = min(outline, extremes(found[i]));
        }
        const struct column_rows rows = rows_of(outline, above_row, below_row);
        s[0] = (ushort)rows.begin;
        s[pitch] = (ushort)rows.end;
        s[2 * pitch] = (ushort)rows.first;
        s[3 * pitch] = (ushort)rows.last;
        const int inked = rows.first < rows.last;
        const uint above = inked ? rows.begin - rows.first : 0, below = inked ? rows.last - rows.end : 0;
        if (count == 1 && rows.begin < rows.end && above <= 8 && below <= 8)
            store_few_areas(e, rows, areas + at * COLUMN_AREAS);
        else if (inked)
            store_areas(found, count, rows, areas + at * COLUMN_AREAS);
        for (int i = 0; i < count && (keep || above + below > COLUMN_AREAS); i++) {
            vstore16(found[i].top, 2 * i, out);
            vstore16(found[i].bottom, 2 * i + 1, out);
        }
    }
}

#else

/* The first row whose centre is at y or below it: a centre on the upper edge is inside, one on the lower edge not. */
static intn row_at(const intn y, const uint above, const uint below)
{
    return min(max((y + (ONE_PIXEL - 1)) >> SUBPIXEL_BITS, (intn)(int)above), (intn)(int)below);
}

/* Without antialiasing. Columns are those of the layer's panel, which has rows above_row..below_row-1 of the image.
 * Range: group of LANES columns / share x image.
 * spans: ushort (image, span_size), of which `spans_at` and following are those of this layer, (2, pitch): rows
 *        [0]..[1]-1 of each column are ink; below_row and above_row where there is no stroke. */
__kernel void rasterize(__global const int *restrict heights, __global const int *restrict x,
                          __global const float4 *restrict edge_coeffs, __global const uint *restrict firsts,
                          __global ushort *restrict spans, __global const float *restrict radii, const uint window,
                          const uint begin, const uint end, const uint groups, const uint share, const uint pitch,
                          const uint above_row, const uint below_row, const uint span_size, const uint spans_at)
{
    const uint image = get_global_id(2);
    const uint last = END_OF_SHARE(0, share, groups);
    __global ushort *s = spans + (ulong)image * span_size + spans_at;
    struct polyline p = {heights + (ulong)image * window, x, edge_coeffs + (ulong)image * window, window, 0, 0,
                         radii[image]};
    for (uint group = FIRST_OF_SHARE(0, share); group < last; group++) {
        struct ends e;
        p.begin = firsts[group] + begin;
        p.end = firsts[group] + end;
        stroke_ends(&p, (int)group * LANES * ONE_PIXEL + lane_numbers * ONE_PIXEL, 0, &e);
        intn top = row_at(e.top, above_row, below_row), bottom = row_at(e.bottom, above_row, below_row);
        if (begin) {
            top = min(top, load_rows(group, s));
            bottom = max(bottom, load_rows(group, s + pitch));
        }
        store_rows(top, group, s);
        store_rows(bottom, group, s + pitch);
    }
}

#endif
