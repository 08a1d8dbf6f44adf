/* y at the samples -> antialiased pixels in one kernel, for the usual charts with few samples per column. It draws what
 * `rasterize`, `stamp` and `blend` draw, but without areas, edges or spans in memory, and paints each image while it is
 * in the cache. */

#if PAINT

/* one_side for 16 rows from `row` on, one per lane, summed over the sub-columns: 4096 is a wholly covered pixel. */
static int16 sums_of_16(const int16 edge, const int row)
{
    const int16 lower = (int16)(row * 256 + 128) + lane_numbers * 256;
    int16 sum = 0;
#define ADD(i) sum += one_side(lower - (int16)edge.s##i);
    ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7)
    ADD(8) ADD(9) ADD(a) ADD(b) ADD(c) ADD(d) ADD(e) ADD(f)
#undef ADD
    return sum;
}

struct paint {
    __global uchar *column; /* row 0 */
    uint width;
    int background, foreground;
};

static void put_pixel(const struct paint *p, const uint row, const int area)
{
    p->column[(ulong)row * p->width] = shade(area, (uchar)p->background, (uchar)p->foreground);
}

static void put_ink(const struct paint *p, uint row, const uint end)
{
    for (; row < end; row++)
        p->column[(ulong)row * p->width] = (uchar)p->foreground;
}

/* 8 pixels, one below the other. */
static void put_8(__global uchar *pixel, const uint width, const int8 v)
{
    const uchar8 value = convert_uchar8(v);
    pixel[0] = value.s0;
    pixel[width] = value.s1;
    pixel[2 * width] = value.s2;
    pixel[3 * width] = value.s3;
    pixel[4 * width] = value.s4;
    pixel[5 * width] = value.s5;
    pixel[6 * width] = value.s6;
    pixel[7 * width] = value.s7;
}

/* Sums of coverage (4096: a whole pixel) -> pixel values as `shade` computes them. With base = background and sign = 1
 * the sums are covered parts; with base = foreground and sign = -1 they are uncovered parts. */
#define DEFINE_SHADES(type)                                                                               \
    static type shades_##type(const struct paint *p, const type sums, const int base, const int sign)     \
    {                                                                                                     \
        const int contrast = (p->foreground - p->background) << 2;                                        \
        return ((base << AREA_BITS) + (1 << (AREA_BITS - 1)) + sign * contrast * sums) >> AREA_BITS;      \
    }

DEFINE_SHADES(int8)
DEFINE_SHADES(int16)

/* Paints a column that has up to 8 partly covered rows on each side of wholly covered ones, as most columns do. 8 rows
 * are always written per side. Those from the top on can be wrong only below the wholly covered rows, and these are
 * written last. */
static void paint_8(const struct paint *p, const struct ends e, const struct column_rows rows)
{
    int8 top, bottom;
    sums_of_8(e, (int)rows.first, (int)rows.end, &top, &bottom);
    put_8(p->column + (ulong)rows.first * p->width, p->width, shades_int8(p, top, p->background, 1));
    put_ink(p, rows.first + 8, rows.end);
    put_8(p->column + (ulong)rows.end * p->width, p->width, shades_int8(p, bottom, p->foreground, -1));
}

/* Paints the rows on one side of the wholly covered ones, from `row` to `end` rounded up to a multiple of 16 rows.
 * Returns the row after them. */
ALWAYS_INLINE static uint paint_side(const struct paint *p, const int16 edge, uint row, const uint end, const int base,
                                     const int sign)
{
    do {
        const int16 value = shades_int16(p, sums_of_16(edge, (int)row), base, sign);
        put_8(p->column + (ulong)row * p->width, p->width, value.lo);
        put_8(p->column + (ulong)(row + 8) * p->width, p->width, value.hi);
        row += 16;
    } while (row < end);
    return row;
}

/* Paints a column with wholly covered rows and any number of partly covered ones. */
static void paint_16(const struct paint *p, const struct ends e, const struct column_rows rows)
{
    put_ink(p, paint_side(p, e.top, rows.first, rows.begin, p->background, 1), rows.end);
    paint_side(p, e.bottom, rows.end, rows.last, p->foreground, -1);
}

/* Paints any column. */
static void paint_rows(const struct paint *p, const struct ends *found, const int count, const struct column_rows rows)
{
    for (uint row = rows.first; row < rows.begin; row++)
        put_pixel(p, row, pixel_area(found, count, row));
    put_ink(p, rows.begin, rows.end);
    for (uint row = rows.end; row < rows.last; row++)
        put_pixel(p, row, pixel_area(found, count, row));
}

/* Paints a column that find_steep found. */
static void paint_steep(const struct paint *p, const struct polyline *line, const uint column, const uint height)
{
    struct ends found[STEEP_SUBSAMPLES];
    int4 outline = (int4)FAR;
    for (int i = 0; i < STEEP_SUBSAMPLES; i++) {
        find_subsample(line, column, STEEP_SUBSAMPLES, i, &found[i]);
        found[i] = merge_ends(found[i], 0, (__global const int *)0);
        outline = min(outline, extremes(found[i]));
    }
    paint_rows(p, found, STEEP_SUBSAMPLES, rows_of(outline, 0, height));
}

/* Columns that are processed together, each step for all of them before the next step. A core can then overlap the work
 * of several columns; the steps of one column depend on each other and would keep it waiting. */
#define BLOCK 16

/* The least element of each of 16 vectors, one per lane: pairs of vectors are folded by halves, then quarters, ... */
static int16 least_of_each(const int16 *v)
{
    int16 a[8], b[4], c[2];
    for (int i = 0; i < 8; i++)
        a[i] = min((int16)(v[2 * i].lo, v[2 * i + 1].lo), (int16)(v[2 * i].hi, v[2 * i + 1].hi));
    for (int i = 0; i < 4; i++) {
        const int16 p = a[2 * i], q = a[2 * i + 1];
        b[i] = min((int16)(p.s012389ab, q.s012389ab), (int16)(p.s4567cdef, q.s4567cdef));
    }
    for (int i = 0; i < 2; i++) {
        const int16 p = b[2 * i], q = b[2 * i + 1];
        c[i] = min((int16)(p.s01, q.s01, p.s45, q.s45, p.s89, q.s89, p.scd, q.scd),
                   (int16)(p.s23, q.s23, p.s67, q.s67, p.sab, q.sab, p.sef, q.sef));
    }
    const int16 p = c[0], q = c[1];
    const int16 d = min((int16)(p.s02, q.s02, p.s46, q.s46, p.s8a, q.s8a, p.sce, q.sce),
                        (int16)(p.s13, q.s13, p.s57, q.s57, p.s9b, q.s9b, p.sdf, q.sdf));
    return d.s048c159d26ae37bf;
}

/* The struct column_rows of BLOCK columns. */
struct block_rows {
    uint first[BLOCK], begin[BLOCK], end[BLOCK], last[BLOCK];
};

static uint16 row_in(const int16 y, const uint height)
{
    return convert_uint16(min(max(y >> 8, (int16)0), (int16)(int)height));
}

static void find_rows(const int16 *top, const int16 *bottom, const uint height, struct block_rows *rows)
{
    int16 low[BLOCK], high[BLOCK], high_top[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        high_top[i] = ~top[i];
        low[i] = select(bottom[i], (int16)-FAR, top[i] == (int16)NO_EDGE);
        high[i] = ~low[i];
    }
    const uint16 end = row_in(least_of_each(low) + 128, height);
    const uint16 begin = row_in(~least_of_each(high_top) + 383, height);
    const uint16 last = row_in(~least_of_each(high) + 383, height);
    const int16 solid = begin < end;
    vstore16(row_in(least_of_each(top) + 128, height), 0, rows->first);
    vstore16(select(last, begin, solid), 0, rows->begin);
    vstore16(select(last, end, solid), 0, rows->end);
    vstore16(last, 0, rows->last);
}

static void paint_column(const struct paint *p, const struct ends e, const struct column_rows rows, const uint height)
{
    const uint above = rows.begin - rows.first, below = rows.last - rows.end;
    const int solid = rows.begin < rows.end;
    if (solid && above <= 8 && below <= 8 && rows.end + 8 <= height)
        paint_8(p, e, rows);
    else if (solid && rows.end + max((below + 15) & ~15u, 16u) <= height)
        paint_16(p, e, rows);
    else if (rows.first < rows.last)
        paint_rows(p, &e, 1, rows);
}

/* One work-item fills an image with the background and paints its columns. Filling waits for memory, so the next image,
 * which the same core most likely draws next, is prefetched meanwhile: a few cache lines at a time, because a core can
 * wait for about ten.
 * Range: image.
 * pixels: uchar (image, height, width). */
__kernel void paint(__global const int *restrict heights, __global const int *restrict x,
                    __global const float4 *restrict edge_coeffs, __global const uint *restrict firsts,
                    __global const uchar *restrict subsampling, __global uchar *restrict pixels,
                    __global const float *restrict radii, const uint window, const uint reach, const uint pitch,
                    const uint width, const uint height, const uchar background, const uchar foreground)
{
    const ulong image = get_global_id(2);
    const uint size = width * height;
    const float radius = radii[image];
    __global uchar *canvas = pixels + image * size;
    __global const uchar *next = image + 1 < get_global_size(2) ? canvas + size : canvas;
    for (uint i = 0; i < size; i++)
        canvas[i] = background;
    struct polyline line = {heights + image * window, x, edge_coeffs + image * window, window, 0, 0,
                            radius};
    for (uint left = 0; left < width; left += BLOCK) {
        int16 top[BLOCK], bottom[BLOCK];
        struct block_rows rows;
        for (uint i = 0; i < BLOCK; i++) {
            const uint column = min(left + i, width - 1);
            fetch(next + column * height, 0, height / 2);
            line.begin = firsts[column];
            line.end = line.begin + reach;
            struct ends e;
            find_subsample(&line, column, 1, 0, &e);
            e = merge_ends(e, 0, (__global const int *)0);
            top[i] = e.top;
            bottom[i] = e.bottom;
        }
        find_rows(top, bottom, height, &rows);
        for (uint i = 0; i < BLOCK && left + i < width; i++) {
            const struct paint p = {canvas + left + i, width, (int)background, (int)foreground};
            const struct ends e = {top[i], bottom[i]};
            const struct column_rows r = {rows.first[i], rows.begin[i], rows.end[i], rows.last[i]};
            fetch(next + (left + i) * height, height / 2, height);
            line.begin = firsts[left + i];
            line.end = line.begin + reach;
            if (subsampling[image * pitch + left + i] == 1)
                paint_column(&p, e, r, height);
            else
                paint_steep(&p, &line, left + i, height);
        }
    }
}

#endif
