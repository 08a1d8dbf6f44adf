/* Spans -> pixels. */

/* The work of `stamp` without its spans: the device's fill rate, the floor that bench/ measures against. */
__kernel void fill(__global uchar *restrict pixels, const uint width, const uint height, const uchar value)
{
    const uint x = get_global_id(0);
    const uint y = get_global_id(1);
    const ulong image = get_global_id(2);
#if GUARD_PIXELS
    if (x * PIXELS >= width || y >= height)
        return;
#endif
    __global uchar *row = pixels + (image * height + y) * width;
#if PIXELS == 1
    row[x] = value;
#elif PIXELS == 4
    ((__global uchar4 *)row)[x] = (uchar4)value;
#elif PIXELS == 8
    ((__global uchar8 *)row)[x] = (uchar8)value;
#else
    ((__global uchar16 *)row)[x] = (uchar16)value;
#endif
}

/* One comparison decides: rows above a span become numbers beyond its length, which is 0 where it ends before it begins.
 * range: column/PIXELS x row x image. spans: ushort (image, SPAN_PLANES(ANTIALIAS), pitch), of which the first two planes count.
 * pixels: uchar (image, height, width). */
__kernel void stamp(__global const ushort *restrict spans, __global uchar *restrict pixels, const uint width,
                    const uint height, const uint pitch, const uchar background, const uchar foreground)
{
    const uint x = get_global_id(0);
    const uint y = get_global_id(1);
    const ulong image = get_global_id(2);
#if GUARD_PIXELS
    if (x * PIXELS >= width || y >= height)
        return;
#endif
    __global const ushort *begin = spans + image * SPAN_PLANES(ANTIALIAS) * pitch;
    __global const ushort *end = begin + pitch;
    __global uchar *row = pixels + (image * height + y) * width;
    const ushort at = (ushort)y;
#if PIXELS == 1
    row[x] = (ushort)(at - begin[x]) < sub_sat(end[x], begin[x]) ? foreground : background;
#elif PIXELS == 4
    const ushort4 from = vload4(x, begin);
    const short4 ink = (ushort4)at - from < sub_sat(vload4(x, end), from);
    ((__global uchar4 *)row)[x] = convert_char4(ink) ? (uchar4)foreground : (uchar4)background;
#elif PIXELS == 8
    const ushort8 from = vload8(x, begin);
    const short8 ink = (ushort8)at - from < sub_sat(vload8(x, end), from);
    ((__global uchar8 *)row)[x] = convert_char8(ink) ? (uchar8)foreground : (uchar8)background;
#else
    const ushort16 from = vload16(x, begin);
    const short16 ink = (ushort16)at - from < sub_sat(vload16(x, end), from);
    ((__global uchar16 *)row)[x] = convert_char16(ink) ? (uchar16)foreground : (uchar16)background;
#endif
}

#if ANTIALIAS

/* The area of a partly covered pixel of row y, from its column's edges. */
static ushort area_of_edges(__global const int *edges, const uint sets, const uint y)
{
    int16 covered = 0;
    const int16 lower = (int16)((int)y * 256 + 128);
    for (uint set = 0; set < sets; set++)
        covered += one_side(lower - vload16(2 * set, edges)) - one_side(lower - vload16(2 * set + 1, edges));
    return (ushort)(total(covered) << (sets == 1 ? 2 : 0));
}

static uchar shade(const int area, const uchar background, const uchar foreground)
{
    const int contrast = (int)foreground - (int)background;
    return (uchar)((int)background + ((contrast * area + (1 << (AREA_BITS - 1))) >> AREA_BITS));
}

/* Rows from..to-1 of a column, the first of which has the areas[i] of its column. */
static void blend_rows(__global uchar *column, const uint width, uint from, const uint to, uint i,
                       __global const ushort *areas, __global const int *edges, const uint sets,
                       const uchar background, const uchar foreground)
{
    __global uchar *pixel = column + (ulong)from * width;
    for (; from < to && i < COLUMN_AREAS; from++, i++, pixel += width)
        *pixel = shade(areas[i], background, foreground);
    for (; from < to; from++, pixel += width)
        *pixel = shade(area_of_edges(edges, sets, from), background, foreground);
}

/* Partly covered pixels, over what `stamp` left there.
 * range: column x ROWS_PER_ITEM rows x image. */
__kernel void blend(__global const uchar *restrict sets, __global const ushort *restrict spans,
                    __global const int *restrict edges, __global const ushort *restrict areas,
                    __global uchar *restrict pixels, const uint width, const uint height, const uint pitch,
                    const uchar background, const uchar foreground)
{
    const uint x = get_global_id(0);
    const uint above = get_global_id(1) * ROWS_PER_ITEM, below = min(above + ROWS_PER_ITEM, height);
    const ulong image = get_global_id(2);
#if GUARD_PIXELS
    if (x >= width || above >= height)
        return;
#endif
    __global const ushort *s = spans + image * SPAN_PLANES(ANTIALIAS) * pitch + x;
    const uint begin = s[0], end = s[pitch], first = s[2 * pitch], last = s[3 * pitch];
    const ulong at = image * pitch + x;
    __global uchar *column = pixels + image * height * width + x;
    const uint upper = max(first, above), lower = max(end, above);
    /* Rows above the wholly covered ones, then those below. */
    blend_rows(column, width, upper, min(begin, below), upper - first, areas + at * COLUMN_AREAS, edges + at * EDGE_INTS,
               sets[at], background, foreground);
    blend_rows(column, width, lower, min(last, below), lower - end + begin - first, areas + at * COLUMN_AREAS,
               edges + at * EDGE_INTS, sets[at], background, foreground);
}

#endif
