/* Spans -> pixels. */

/* PIXELS pixels of a row. */
#if PIXELS == 1
typedef uchar pixels_t;
#else
#define PASTE(a, b) a##b
#define VECTOR(name, count) PASTE(name, count)
typedef VECTOR(uchar, PIXELS) pixels_t;
typedef VECTOR(ushort, PIXELS) rows_t;
typedef VECTOR(short, PIXELS) flags_t;
#define load_rows_n VECTOR(vload, PIXELS)
#define to_pixel_flags VECTOR(convert_char, PIXELS)
#endif

/* Writes pixels as `stamp` does, but without spans: the device's fill rate, which rendering is compared with. */
__kernel void fill(__global uchar *restrict pixels, const uint width, const uint height, const uchar value)
{
    const uint x = get_global_id(0);
    const uint y = get_global_id(1);
    const ulong image = get_global_id(2);
    if (GUARD_PIXELS && (x * PIXELS >= width || y >= height))
        return;
    __global uchar *row = pixels + (image * height + y) * width;
    ((__global pixels_t *)row)[x] = (pixels_t)value;
}

/* One comparison per pixel: subtracting the begin turns rows above a span into numbers beyond its length, and the
 * length is 0 where a span ends before it begins.
 * Range: column/PIXELS x row x image.
 * spans: ushort (image, 2 or with antialiasing 4, pitch), of which the first two planes are used.
 * pixels: uchar (image, height, width). */
__kernel void stamp(__global const ushort *restrict spans, __global uchar *restrict pixels, const uint width,
                    const uint height, const uint pitch, const uchar background, const uchar foreground)
{
    const uint x = get_global_id(0);
    const uint y = get_global_id(1);
    const ulong image = get_global_id(2);
    if (GUARD_PIXELS && (x * PIXELS >= width || y >= height))
        return;
    __global const ushort *begin = spans + image * SPAN_PLANES(ANTIALIAS) * pitch;
    __global const ushort *end = begin + pitch;
    __global uchar *row = pixels + (image * height + y) * width;
    const ushort at = (ushort)y;
#if PIXELS == 1
    row[x] = (ushort)(at - begin[x]) < sub_sat(end[x], begin[x]) ? foreground : background;
#else
    const rows_t from = load_rows_n(x, begin);
    const flags_t ink = (rows_t)at - from < sub_sat(load_rows_n(x, end), from);
    ((__global pixels_t *)row)[x] = to_pixel_flags(ink) ? (pixels_t)foreground : (pixels_t)background;
#endif
}

#if ANTIALIAS

/* The area of the partly covered pixel of row y, from its column's edges. */
static ushort area_of_edges(__global const int *edges, const uint subsamples, const uint y)
{
    int16 covered = 0;
    const int16 lower = (int16)((int)y * 256 + 128);
    for (uint i = 0; i < subsamples; i++)
        covered += one_side(lower - vload16(2 * i, edges)) - one_side(lower - vload16(2 * i + 1, edges));
    return (ushort)(total(covered) << (subsamples == 1 ? 2 : 0));
}

static uchar shade(const int area, const uchar background, const uchar foreground)
{
    const int contrast = (int)foreground - (int)background;
    return (uchar)((int)background + ((contrast * area + (1 << (AREA_BITS - 1))) >> AREA_BITS));
}

/* Blends rows from..to-1 of a column; areas[i] belongs to the first of them. */
static void blend_rows(__global uchar *column, const uint width, uint from, const uint to, uint i,
                       __global const ushort *areas, __global const int *edges, const uint subsamples,
                       const uchar background, const uchar foreground)
{
    __global uchar *pixel = column + (ulong)from * width;
    for (; from < to && i < COLUMN_AREAS; from++, i++, pixel += width)
        *pixel = shade(areas[i], background, foreground);
    for (; from < to; from++, pixel += width)
        *pixel = shade(area_of_edges(edges, subsamples, from), background, foreground);
}

/* Blends the partly covered pixels with the ink, over what `stamp` wrote.
 * Range: column x ROWS_PER_ITEM rows x image. */
__kernel void blend(__global const uchar *restrict subsampling, __global const ushort *restrict spans,
                    __global const int *restrict edges, __global const ushort *restrict areas,
                    __global uchar *restrict pixels, const uint width, const uint height, const uint pitch,
                    const uchar background, const uchar foreground)
{
    const uint x = get_global_id(0);
    const uint above = get_global_id(1) * ROWS_PER_ITEM, below = min(above + ROWS_PER_ITEM, height);
    const ulong image = get_global_id(2);
    if (GUARD_PIXELS && (x >= width || above >= height))
        return;
    __global const ushort *s = spans + image * SPAN_PLANES(ANTIALIAS) * pitch + x;
    const uint begin = s[0], end = s[pitch], first = s[2 * pitch], last = s[3 * pitch];
    const ulong at = image * pitch + x;
    __global uchar *column = pixels + image * height * width + x;
    const uint upper = max(first, above), lower = max(end, above);
    /* Rows above the wholly covered ones, then those below. */
    blend_rows(column, width, upper, min(begin, below), upper - first, areas + at * COLUMN_AREAS,
               edges + at * EDGE_INTS, subsampling[at], background, foreground);
    blend_rows(column, width, lower, min(last, below), lower - end + begin - first, areas + at * COLUMN_AREAS,
               edges + at * EDGE_INTS, subsampling[at], background, foreground);
}

#endif
