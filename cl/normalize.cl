/* Samples -> y in fixed point. (`normalize` itself is a builtin of OpenCL C.) */

/* range: sample x image. heights: int (image, window): y in Q12, row 0 on top, MISSING where there is no sample.
 * top: y of hi; rise: y of lo less y of hi. */
__kernel void normalize_samples(__global const ulong *restrict samples, __global const ulong *restrict scales,
                                __global int *restrict heights, const uint window, const ulong stride, const int top,
                                const uint rise)
{
    const uint i = get_global_id(0);
    const uint image = get_global_id(2);
#if GUARD_SAMPLES
    if (i >= window)
        return;
#endif
    __global const ulong *s = scales + (ulong)image * SCALE_WORDS;
    const ulong bits = samples[image * stride + i];
    const long hi = (long)s[SCALE_HI], lo = (long)s[SCALE_LO];
    const uint shift = (uint)s[SCALE_SHIFT];
    const ulong span = s[SCALE_SPAN];
    /* The clamp keeps samples outside a fixed range on its edge. A sample whose exponent exceeds the range's has no
     * alignment: it lies beyond the edge on its sign's side. */
    const int exponent = (int)(s[SCALE_SHIFT] >> 32);
    const long aligned = exponent_of(bits) > exponent ? (bits & SIGN_BIT ? lo : hi) : align_to(bits, exponent);
    const ulong below = (ulong)hi - (ulong)clamp(aligned, lo, hi);
    /* (hi - v) / (hi - lo) from the upper 32 bits of both: an error of at most 2^-31, 1/8 of a fixed point step for
     * the tallest image. */
    const ulong part = (below << shift) >> 32;
    const ulong down = span ? (part * rise + span / 2) / span : rise / 2;
    heights[(ulong)image * window + i] = is_missing(bits) ? MISSING : top + (int)down;
}

#define NO_NEIGHBOUR UINT_MAX

/* Fills gaps with the straight line from the last present sample to the next: --missing bridge. Gaps at the ends of a
 * window stay.
 * range: sample x image. neighbours: uint (samples of the batch, 2): the last present sample before each one and the
 * next after it, NO_NEIGHBOUR where there is none. x: int (window), Q12. Present samples are read and missing ones
 * written, so work-items do not meet. */
__kernel void bridge(__global int *heights, __global const uint *restrict neighbours, __global const int *restrict x,
                     const uint window, const ulong stride)
{
    const uint i = get_global_id(0);
    const uint image = get_global_id(2);
#if GUARD_SAMPLES
    if (i >= window)
        return;
#endif
    __global int *y = heights + (ulong)image * window;
    const ulong begin = image * stride;
    const uint before = neighbours[2 * (begin + i)], after = neighbours[2 * (begin + i) + 1];
    if (y[i] != MISSING || before == NO_NEIGHBOUR || before < begin || after == NO_NEIGHBOUR || after >= begin + window)
        return;
    const uint a = (uint)(before - begin), b = (uint)(after - begin);
    const long run = max(x[b] - x[a], 1);
    const long part = ((long)y[b] - y[a]) * (x[i] - x[a]);
    const long to_nearest = part < 0 ? -(run / 2) : run / 2;
    y[i] = y[a] + (int)((part + to_nearest) / run);
}

/* range: sample x image. slants: float4 (image, window): what many columns ask of the edge that ends at each sample, see
 * rasterize.cl: its slope, its shift and its lift for this radius, its run. An edge with a missing end has no run, and
 * no column counts with it. */
__kernel void measure_edges(__global const int *restrict heights, __global const int *restrict x,
                            __global const float *restrict step_inverse, __global float4 *restrict slants,
                            const uint window, const float radius)
{
    const uint i = get_global_id(0);
    const ulong image = get_global_id(2);
#if GUARD_SAMPLES
    if (i >= window)
        return;
#endif
    __global const int *y = heights + image * window;
    const uint a = max(i, 1u) - 1;
    const int whole = y[a] != MISSING && y[i] != MISSING;
    const float dx = whole ? (float)(x[i] - x[a]) : 0.0f;
    const float dy = whole ? (float)(y[i] - y[a]) : 0.0f;
    const float scale = radius * inverse_root_float(dx * dx + dy * dy);
    slants[image * window + i] = (float4)(dy * step_inverse[a], dy * scale, dx * scale, dx);
}
