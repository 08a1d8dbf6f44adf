/* y at the samples -> antialiased pixels at once, for the usual charts of few samples a column: what `interpolate`,
 * `stamp` and `blend` do, but no area, edge or span goes through memory, and an image is painted while it lies in the
 * cache. */

#if ANTIALIAS

/* PoCL's prefetch() does nothing, but its compiler has what does. */
#if defined(POCL_DEVICE_ADDRESS_BITS) && (defined(__x86_64__) || defined(__aarch64__))
#define fetch_line(p) __builtin_prefetch((const void *)(ulong)(p), 1)
#else
#define fetch_line(p) prefetch((p), LINE_BYTES)
#endif
#define LINE_BYTES 64

/* Brings bytes from..to-1 into the cache, to be written. */
static void fetch(__global const uchar *bytes, const uint from, const uint to)
{
    for (uint i = from; i < to; i += LINE_BYTES)
        fetch_line(bytes + i);
}

/* The shade of an area is (base + contrast * area) >> AREA_BITS, see `shade`. */
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

/* Sums of coverage (4096: a whole pixel) -> values; `sign` -1: the sums are of what is left uncovered. */
static int16 shades(const struct paint *p, const int16 sums, const int16 base, const int16 sign)
{
    const int contrast = (p->foreground - p->background) << 2;
    return (base + (1 << (AREA_BITS - 1)) + sign * contrast * sums) >> AREA_BITS;
}

/* Columns whose stroke has up to 8 partly covered rows on each side of wholly covered ones: most. The first 8 rows of
 * each side are put whatever they are: those from the top on, wrong only below the wholly covered rows, then these. */
static void paint_gentle(const struct paint *p, const struct ends e, const struct column_rows rows)
{
    const int16 base = (int16)((int8)p->background, (int8)p->foreground) << AREA_BITS;
    const int16 sign = (int16)((int8)1, (int8)-1);
    const int16 value = shades(p, sums_of_8(e, (int)rows.first, (int)rows.end), base, sign);
    put_8(p->column + (ulong)rows.first * p->width, p->width, value.lo);
    put_ink(p, rows.first + 8, rows.end);
    put_8(p->column + (ulong)rows.end * p->width, p->width, value.hi);
}

static void paint_16(const struct paint *p, const struct ends e, const struct column_rows rows)
{
    uint row = rows.first;
    do {
        const int16 value = shades(p, sums_of_16(e.top, (int)row), p->background << AREA_BITS, 1);
        put_8(p->column + (ulong)row * p->width, p->width, value.lo);
        put_8(p->column + (ulong)(row + 8) * p->width, p->width, value.hi);
        row += 16;
    } while (row < rows.begin);
    put_ink(p, row, rows.end);
    row = rows.end;
    do {
        const int16 value = shades(p, sums_of_16(e.bottom, (int)row), p->foreground << AREA_BITS, -1);
        put_8(p->column + (ulong)row * p->width, p->width, value.lo);
        put_8(p->column + (ulong)(row + 8) * p->width, p->width, value.hi);
        row += 16;
    } while (row < rows.last);
}

/* Any column. */
static void paint_rows(const struct paint *p, const struct ends *found, const int count, const struct column_rows rows)
{
    for (uint row = rows.first; row < rows.begin; row++)
        put_pixel(p, row, area_of_sets(found, count, row));
    put_ink(p, rows.begin, rows.end);
    for (uint row = rows.end; row < rows.last; row++)
        put_pixel(p, row, area_of_sets(found, count, row));
}

/* Columns that find_steep has found. */
static void paint_steep(const struct paint *p, const struct polyline *line, const uint column, const uint height)
{
    struct ends found[SETS];
    int4 outline = (int4)FAR;
    for (int set = 0; set < SETS; set++) {
        find_set(line, column, SETS, set, &found[set]);
        found[set] = settle(found[set], 0, (__global const int *)0);
        outline = min(outline, extremes(found[set]));
    }
    paint_rows(p, found, SETS, rows_of(outline, height));
}

/* range: column x image; a work-group paints all columns of an image, so that it can fill the image first. While it
 * computes it fetches the next image, which the same core will most likely fill: filling alone waits for memory. Some
 * lines at a time, for a core can wait for about ten.
 * pixels: uchar (image, height, width). */
__kernel void paint(__global const int *restrict heights, __global const int *restrict x,
                    __global const float4 *restrict slants, __global const uint *restrict firsts, __global const uchar *restrict sets,
                    __global uchar *restrict pixels, const uint window, const uint reach, const float radius,
                    const uint pitch, const uint width, const uint height, const uchar background,
                    const uchar foreground)
{
    const uint column = get_local_id(0);
    const ulong image = get_global_id(2);
    __global uchar *canvas = pixels + image * width * height;
    __global uchar *share = canvas + (ulong)column * height;
    for (uint i = 0; i < height; i++)
        share[i] = background;
    barrier(CLK_GLOBAL_MEM_FENCE);
    __global const uchar *next = image + 1 < get_num_groups(2) ? share + (ulong)width * height : share;

    const uint first = firsts[column];
    const struct polyline line = {heights + image * window, x, slants + image * window, window, first, first + reach,
                                  radius};
    const struct paint p = {canvas + column, width, (int)background, (int)foreground};
    if (sets[image * pitch + column] != 1) {
        paint_steep(&p, &line, column, height);
        return;
    }
    struct ends e;
    find_set(&line, column, 1, 0, &e);
    fetch(next, 0, height / 2);
    e = settle(e, 0, (__global const int *)0);
    const struct column_rows rows = rows_of(extremes(e), height);
    fetch(next, height / 2, height);
    const uint above = rows.begin - rows.first, below = rows.last - rows.end;
    const int solid = rows.begin < rows.end;
    if (solid && above <= 8 && below <= 8 && rows.end + 8 <= height)
        paint_gentle(&p, e, rows);
    else if (solid && rows.end + max((below + 15) & ~15u, 16u) <= height)
        paint_16(&p, e, rows);
    else if (rows.first < rows.last)
        paint_rows(&p, &e, 1, rows);
}

#endif
