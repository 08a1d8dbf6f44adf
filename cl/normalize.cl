/* Samples -> y in fixed point, and what edges between samples have in common for all columns. */

/* Beyond any panel, and near enough that sums of such heights fit. */
#define HEIGHT_LIMIT (3 << 27)

/* How far a sample lies beyond the range, in Q12. distance: from the range's limit, in 2^larger units of the scale. */
static int beyond_range(const ulong distance, const uint larger, const uint shift, const ulong span, const uint rise)
{
    const ulong most = span * (HEIGHT_LIMIT / max(rise, 1u) + 1);
    const uint up = larger + shift; /* the upper 32 bits of the range after `shift` are `span` */
    const int far = up > 32 && distance && (up >= 96 || distance >> (96 - up));
    const ulong part = far ? most : up > 32 ? distance << (up - 32) : distance >> (32 - up);
    return (int)min(min(part, most) * rise / span, (ulong)HEIGHT_LIMIT);
}

/* Range: sample / share x image. (`normalize` is a builtin of OpenCL C, hence the longer name.)
 * samples: (rows, fields), of which `field` is drawn, on the scale of `panel`.
 * lead: nothing is drawn in windows with fewer rows of their group before them.
 * heights: int (image, window), y in Q12 from the centre of row 0 downwards; MISSING where there is no sample.
 * top: the y of hi. rise: the y of lo minus the y of hi. */
__kernel void normalize_samples(__global const ulong *restrict samples, __global const ulong *restrict scales,
                                __global int *restrict heights, __global const ulong *restrict starts,
                                __global const uint *restrict rows_before,
                                __global const struct panel_scale *restrict panels, const uint window,
                                const uint share, const uint fields, const uint field, const uint panel_count,
                                const uint panel, const uint lead, const int top, const uint rise)
{
    const uint image = get_global_id(2);
    const uint end = END_OF_SHARE(0, share, window);
    __global const ulong *v = samples + starts[image] * fields + field;
    __global int *y = heights + (ulong)image * window;
    __global const ulong *s = scales + ((ulong)image * panel_count + panel) * SCALE_WORDS;
    const long hi = (long)s[SCALE_HI], lo = (long)s[SCALE_LO];
    const uint shift = (uint)s[SCALE_SHIFT];
    const ulong span = s[SCALE_SPAN];
    const int clip = panels[panel].clip && span;
    /* In a constant series every sample is at hi, and `part` is 0. */
    const ulong divisor = span ? span : 1, to_nearest = span ? span / 2 : rise / 2;
    /* The clamp moves samples outside a fixed range to its limit. A sample with a larger exponent than the range's
     * cannot be aligned: it lies beyond the limit on the side of its sign. */
    const int exponent = (int)(s[SCALE_SHIFT] >> 32);
    /* Nothing is drawn on a scale without a sample, nor on one from 0 to 0. */
    const int left_out = rows_before[image] < lead || !exponent || (panels[panel].range == Y_ZERO && !span);
    for (uint i = FIRST_OF_SHARE(0, share); i < end; i++) {
        const ulong bits = v[(ulong)i * fields];
        const int larger = exponent_of(bits) > exponent;
        const long aligned = larger ? (bits & SIGN_BIT ? lo : hi) : align_to(bits, exponent);
        const ulong below = (ulong)hi - (ulong)clamp(aligned, lo, hi);
        /* (hi - v) / (hi - lo) from the upper 32 bits of both. The error is at most 2^-31, which is 1/8 of a fixed
         * point step in the tallest image. */
        const ulong part = (below << shift) >> 32;
        int height = top + (int)((part * rise + to_nearest) / divisor);
        if (clip) {
            const uint more = larger ? exponent_of(bits) - exponent : 0;
            const long own = align_to(bits, exponent + (int)more);
            const long upper = more > 62 ? 0 : hi >> more, lower = more > 62 ? 0 : lo >> more;
            if (own > upper)
                height -= beyond_range((ulong)own - (ulong)upper, more, shift, span, rise);
            else if (own < lower)
                height += beyond_range((ulong)lower - (ulong)own, more, shift, span, rise);
        }
        y[i] = is_missing(bits) || left_out ? MISSING : height;
    }
}

/* Fills gaps with the straight line from the last present sample to the next, for missing = bridge. Gaps at the ends of
 * a window stay. In place: present samples are only read and missing ones only written, so work-items do not conflict.
 * Range: sample / share x image.
 * neighbours: uint (rows, fields, 2), the distances from each sample to the last present one before it and to the next
 * one after it; UINT_MAX where there is none. x: int (window), Q12. */
__kernel void fill_gaps(__global int *heights, __global const uint *restrict neighbours, __global const int *restrict x,
                     __global const ulong *restrict starts, const uint window, const uint share, const uint fields,
                     const uint field)
{
    const uint image = get_global_id(2);
    const uint end = END_OF_SHARE(0, share, window);
    __global int *y = heights + (ulong)image * window;
    __global const uint *distances = neighbours + 2 * (starts[image] * fields + field);
    for (uint i = FIRST_OF_SHARE(0, share); i < end; i++) {
        const ulong at = 2 * (ulong)i * fields;
        const uint back = distances[at], on = distances[at + 1];
        if (y[i] != MISSING || back > i || on >= window - i)
            continue;
        const uint a = i - back, b = i + on;
        const long run = max(x[b] - x[a], 1);
        const long part = ((long)y[b] - y[a]) * (x[i] - x[a]);
        const long to_nearest = part < 0 ? -(run / 2) : run / 2;
        y[i] = y[a] + (int)((part + to_nearest) / run);
    }
}

/* Computes for the edge that ends at each sample what all columns need of it, see rasterize.cl.
 * Range: sample / share x image.
 * radii: float (image), of each stroke.
 * edge_coeffs: float4 (image, window): slope dy/dx, shift k = r dy/l, lift r dx/l, run dx. An edge with a missing end,
 * and the one that would end at the first sample, has the run 0, so no column uses it. */
__kernel void measure_edges(__global const int *restrict heights, __global const int *restrict x,
                            __global const float *restrict step_inverse, __global float4 *restrict edge_coeffs,
                            __global const float *restrict radii, const uint window, const uint share)
{
    const ulong image = get_global_id(2);
    const uint begin = FIRST_OF_SHARE(0, share), end = END_OF_SHARE(0, share, window);
    __global const int *y = heights + image * window;
    __global float4 *out = edge_coeffs + image * window;
    const float radius = radii[image];
    if (begin == 0)
        out[0] = 0.0f;
    for (uint i = max(begin, 1u); i < end; i++) {
        const int whole = y[i - 1] != MISSING && y[i] != MISSING;
        const float dx = whole ? (float)(x[i] - x[i - 1]) : 0.0f;
        const float dy = whole ? (float)(y[i] - y[i - 1]) : 0.0f;
        const float scale = radius * inverse_root_float(dx * dx + dy * dy);
        out[i] = (float4)(dy * step_inverse[i - 1], dy * scale, dx * scale, dx);
    }
}
