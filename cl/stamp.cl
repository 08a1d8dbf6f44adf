/* Spans -> pixels. */

#if ANTIALIAS
#define SPAN_PLANES 4
#else
#define SPAN_PLANES 2
#endif

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

/* range: column/PIXELS x row x image. spans: ushort (image, SPAN_PLANES, pitch), of which the first two planes count.
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
    __global const ushort *begin = spans + image * SPAN_PLANES * pitch;
    __global const ushort *end = begin + pitch;
    __global uchar *row = pixels + (image * height + y) * width;
    const ushort at = (ushort)y;
#if PIXELS == 1
    row[x] = at >= begin[x] && at < end[x] ? foreground : background;
#elif PIXELS == 4
    const short4 ink = (short4)((ushort4)at >= vload4(x, begin)) & (short4)((ushort4)at < vload4(x, end));
    ((__global uchar4 *)row)[x] = convert_char4(ink) ? (uchar4)foreground : (uchar4)background;
#elif PIXELS == 8
    const short8 ink = (short8)((ushort8)at >= vload8(x, begin)) & (short8)((ushort8)at < vload8(x, end));
    ((__global uchar8 *)row)[x] = convert_char8(ink) ? (uchar8)foreground : (uchar8)background;
#else
    const short16 ink = (short16)((ushort16)at >= vload16(x, begin)) & (short16)((ushort16)at < vload16(x, end));
    ((__global uchar16 *)row)[x] = convert_char16(ink) ? (uchar16)foreground : (uchar16)background;
#endif
}

#if ANTIALIAS

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

static uchar shade(const int area, const int shift, const uchar background, const uchar foreground)
{
    const int contrast = (int)foreground - (int)background;
    return (uchar)((int)background + ((contrast * area + (1 << (shift - 1))) >> shift));
}

/* Rows of one work-item of `blend`: no column is taller in usual images; see interpolate.cl on long loops. */
#define BLEND_ROWS 8192

/* Partly covered pixels, over what `stamp` left there: exact coverage of each sub-column, added up.
 * range: column x BLEND_ROWS rows x image. */
__kernel void blend(__global const uchar *restrict sets, __global const ushort *restrict spans,
                    __global const int *restrict edges, __global uchar *restrict pixels, const uint width, const uint height, const uint pitch,
                    const uchar background, const uchar foreground)
{
    const uint x = get_global_id(0);
    const uint above = get_global_id(1) * BLEND_ROWS, below = min(above + BLEND_ROWS, height);
    const ulong image = get_global_id(2);
#if GUARD_PIXELS
    if (x >= width || above >= height)
        return;
#endif
    __global const ushort *s = spans + image * SPAN_PLANES * pitch + x;
    const uint inner_begin = clamp((uint)s[0], above, below), inner_end = clamp((uint)s[pitch], above, below);
    const uint outer_begin = clamp((uint)s[2 * pitch], above, below);
    const uint outer_end = clamp((uint)s[3 * pitch], above, below);
    const uint count = sets[image * pitch + x], inner = inner_end - inner_begin;
    __global const int *e = edges + (image * pitch + x) * SETS * 2 * SUBCOLUMNS;
    const int16 top = vload16(0, e), bottom = vload16(1, e);
    __global uchar *column = pixels + image * height * width + x;
    const uint rows = outer_end > outer_begin ? outer_end - outer_begin - inner : 0;
    for (uint i = 0; i < rows; i++) {
        const uint y = outer_begin + i < inner_begin ? outer_begin + i : outer_begin + i + inner;
        int16 covered = coverage(y, top, bottom);
        for (uint set = 1; set < count; set++)
            covered += coverage(y, vload16(2 * set, e), vload16(2 * set + 1, e));
        /* A pixel's area is 256 * SUBCOLUMNS times its sets. */
        column[(ulong)y * width] = shade(total(covered), count == 1 ? 12 : 14, background, foreground);
    }
}

#endif
