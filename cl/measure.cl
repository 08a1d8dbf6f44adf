/* The lowest and the highest sample of each image. Not every device has doubles, so samples are read as 64 raw bits.
 * Minimum and maximum are taken over integer keys with the same order, differences over integers that are aligned to a
 * common exponent. */

#define SIGN_BIT 0x8000000000000000UL
#define MAGNITUDE 0x7fffffffffffffffUL
#define INFINITY_BITS 0x7ff0000000000000UL

static int is_missing(ulong bits)
{
    return (bits & MAGNITUDE) >= INFINITY_BITS;
}

/* Signed integers in the order of the doubles. -0 and 0 have the same key. */
static long to_key(ulong bits)
{
    const long magnitude = (long)(bits & MAGNITUDE);
    return bits & SIGN_BIT ? -magnitude : magnitude;
}

static ulong from_key(long key)
{
    return key < 0 ? SIGN_BIT | (ulong)-key : (ulong)key;
}

static int exponent_of(ulong bits)
{
    const int exponent = (int)((bits & MAGNITUDE) >> 52);
    return exponent ? exponent : 1;
}

/* The value in units of 2^(exponent - 1075 - bits), truncated; exponent >= exponent_of(value), bits <= 10. Samples up to
 * 2^bits times smaller than the largest lose nothing. */
static long align_by(ulong value, int exponent, int bits)
{
    const ulong fraction = value & 0x000fffffffffffffUL;
    const ulong mantissa = (value & MAGNITUDE) >> 52 ? fraction | 0x0010000000000000UL : fraction;
    const int down = exponent - exponent_of(value);
    const long magnitude = down > 62 ? 0 : (long)((mantissa << bits) >> down);
    return value & SIGN_BIT ? -magnitude : magnitude;
}

/* With 9 bits below the 53 bits of the mantissa. What samples lose is below 2^-61 of the range, because hi - lo is then
 * at least half the largest magnitude. */
static long align_to(ulong bits, int exponent)
{
    return align_by(bits, exponent, 9);
}

/* The keys of the lowest and the highest of rows begin..end-1 of a field, merged into *lo and *hi. `stride`: values from
 * row to row. mask: ~0UL, or MAGNITUDE for values without their sign. */
ALWAYS_INLINE static void find_extent(__global const ulong *v, const uint begin, const uint end, const uint stride,
                                      const ulong mask, long *lo, long *hi)
{
    long least = *lo, most = *hi;
    for (uint i = begin; i < end; i++) {
        const ulong bits = v[(ulong)i * stride] & mask;
        const long key = to_key(bits);
        const int missing = is_missing(bits);
        least = missing || key > least ? least : key;
        most = missing || key < most ? most : key;
    }
    *lo = least;
    *hi = most;
}

/* The keys of the lowest and the highest value that each panel's scale covers, in one part of one window.
 * Range: image x part x panel.
 * samples: double (rows, fields), read as bits.
 * starts: ulong (image), the first row of each window.
 * rows_before: uint (image), rows of its group before each window.
 * extents: long (image, panel, part, 2), lowest and highest; lowest > highest when the part has no sample. */
__kernel void minmax(__global const ulong *restrict samples, __global long *restrict extents,
                     __global const ulong *restrict starts, __global const uint *restrict rows_before,
                     __global const struct panel_scale *restrict panels,
                     __global const struct scale_entry *restrict entries, const uint window, const uint part_size,
                     const uint parts, const uint images, const uint fields)
{
    const uint image = get_global_id(0), part = get_global_id(1);
    const uint panel = get_global_id(2), panel_count = get_global_size(2);
    if (part >= parts || image >= images)
        return;
    const uint begin = part * part_size;
    const uint end = min(begin + part_size, window);
    __global const ulong *v = samples + starts[image] * fields;
    long lo = LONG_MAX, hi = LONG_MIN;
    const uint first = panels[panel].first, last = first + panels[panel].count;
    for (uint k = first; k < last; k++) {
        const ulong mask = entries[k].absolute ? MAGNITUDE : ~0UL;
        if (rows_before[image] < entries[k].lead)
            continue;
        if (fields == 1) /* known to the compiler */
            find_extent(v, begin, end, 1, mask, &lo, &hi);
        else
            find_extent(v + entries[k].field, begin, end, fields, mask, &lo, &hi);
    }
    __global long *out = extents + 2 * (((ulong)image * panel_count + panel) * parts + part);
    out[0] = lo;
    out[1] = hi;
}

/* Merges the parts of each image and computes the scale of each panel.
 * Range: image x panel.
 * scales: ulong (image, panel, SCALE_WORDS).
 * ranges: ulong (image, panel, 2), lo and hi as the bits of doubles, NaN where there is no sample. */
__kernel void scale(__global const long *restrict extents, __global ulong *restrict scales,
                    __global ulong *restrict ranges, __global const struct panel_scale *restrict panels,
                    const uint parts, const uint images)
{
    const uint image = get_global_id(0), panel = get_global_id(1);
    if (image >= images)
        return;
    const ulong at = (ulong)image * get_global_size(1) + panel;
    long lo = LONG_MAX, hi = LONG_MIN;
    for (uint part = 0; part < parts; part++) {
        __global const long *e = extents + 2 * (at * parts + part);
        lo = min(lo, e[0]);
        hi = max(hi, e[1]);
    }
    const int empty = lo > hi;
    const uint range = panels[panel].range;
    const ulong lo_value = empty ? 0 : range == Y_FIXED ? panels[panel].lo : range == Y_ZERO ? 0 : from_key(lo);
    const ulong hi_value = empty ? 0 : range == Y_FIXED ? panels[panel].hi : from_key(range == Y_ZERO ? max(hi, 0L) : hi);
    const int exponent = max(exponent_of(lo_value), exponent_of(hi_value));
    const long aligned_hi = align_to(hi_value, exponent);
    const long aligned_lo = align_to(lo_value, exponent);
    const ulong span = (ulong)aligned_hi - (ulong)aligned_lo;
    const uint shift = span ? (uint)clz(span) : 0;
    __global ulong *out = scales + at * SCALE_WORDS;
    out[SCALE_HI] = (ulong)aligned_hi;
    out[SCALE_LO] = (ulong)aligned_lo;
    out[SCALE_SHIFT] = empty ? 0 : (ulong)exponent << 32 | shift;
    out[SCALE_SPAN] = (span << shift) >> 32;
    ranges[2 * at] = empty ? MAGNITUDE : lo_value;
    ranges[2 * at + 1] = empty ? MAGNITUDE : hi_value;
}
