/* Spans -> pixels. `stamp` and `fill` exist for stores of 1, 4, 8 and 16 pixels, which divide the width: GPUs write wide
 * stores several times as fast, and on CPUs the compiler makes wide stores of the loops. */

/* Writes pixels as `stamp` does, but without spans: the device's fill rate, which rendering is compared with. */
#define DEFINE_FILL(name, n, type)                                                                                   \
    __kernel void name(__global uchar *restrict pixels, const uint width, const uint height, const uint share,       \
                       const uint row_share, const uchar value)                                                      \
    {                                                                                                                \
        const ulong image = get_global_id(2);                                                                        \
        const uint end = END_OF_SHARE(0, share, width / (n)), bottom = END_OF_SHARE(1, row_share, height);           \
        for (uint y = FIRST_OF_SHARE(1, row_share); y < bottom; y++) {                                               \
            __global type *row = (__global type *)(pixels + (image * height + y) * width);                           \
            for (uint x = FIRST_OF_SHARE(0, share); x < end; x++)                                                    \
                row[x] = (type)value;                                                                                \
        }                                                                                                            \
    }

/* One comparison per pixel: subtracting the begin turns rows above a span into numbers beyond its length, and the
 * length is 0 where a span ends before it begins.
 * Range: width/n/share x height/row_share x image.
 * spans: ushort (image, 2 or with antialiasing 4, pitch), of which the first two planes are used.
 * pixels: uchar (image, height, width). */
#define DEFINE_STAMP(name, n, type, INK)                                                                             \
    __kernel void name(__global const ushort *restrict spans, __global uchar *restrict pixels, const uint width,     \
                       const uint height, const uint share, const uint row_share, const uint pitch,                  \
                       const uchar background, const uchar foreground)                                               \
    {                                                                                                                \
        const ulong image = get_global_id(2);                                                                        \
        const uint end_x = END_OF_SHARE(0, share, width / (n)), bottom = END_OF_SHARE(1, row_share, height);         \
        __global const ushort *begin = spans + image * SPAN_PLANES(ANTIALIAS) * pitch;                               \
        __global const ushort *end = begin + pitch;                                                                  \
        for (uint y = FIRST_OF_SHARE(1, row_share); y < bottom; y++) {                                               \
            __global type *row = (__global type *)(pixels + (image * height + y) * width);                           \
            const ushort at = (ushort)y;                                                                             \
            for (uint x = FIRST_OF_SHARE(0, share); x < end_x; x++)                                                  \
                row[x] = INK(n) ? (type)foreground : (type)background;                                               \
        }                                                                                                            \
    }

#define INK(n) ((ushort)(at - begin[x]) < sub_sat(end[x], begin[x]))
#define INKS(n) \
    convert_char##n((ushort##n)at - vload##n(x, begin) < sub_sat(vload##n(x, end), vload##n(x, begin)))

DEFINE_FILL(fill, 1, uchar)
DEFINE_FILL(fill_4, 4, uchar4)
DEFINE_FILL(fill_8, 8, uchar8)
DEFINE_FILL(fill_16, 16, uchar16)
DEFINE_STAMP(stamp, 1, uchar, INK)
DEFINE_STAMP(stamp_4, 4, uchar4, INKS)
DEFINE_STAMP(stamp_8, 8, uchar8, INKS)
DEFINE_STAMP(stamp_16, 16, uchar16, INKS)

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
 * Range: column / share x ROWS_PER_ITEM rows x image. */
__kernel void blend(__global const uchar *restrict subsampling, __global const ushort *restrict spans,
                    __global const int *restrict edges, __global const ushort *restrict areas,
                    __global uchar *restrict pixels, const uint width, const uint height, const uint share,
                    const uint pitch, const uchar background, const uchar foreground)
{
    const uint above = FIRST_OF_SHARE(1, ROWS_PER_ITEM), below = END_OF_SHARE(1, ROWS_PER_ITEM, height);
    const ulong image = get_global_id(2);
    const uint right = END_OF_SHARE(0, share, width);
    for (uint x = FIRST_OF_SHARE(0, share); x < right && above < below; x++) {
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
}

#endif
