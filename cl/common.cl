/* What all stages share. The same bytes must come out on every device, so only operations that OpenCL C 1.2 rounds
 * exactly are used: integers, and float + - * and conversions, never contracted, never / sqrt mad or a native_
 * function.
 */

#pragma OPENCL FP_CONTRACT OFF

/* Shape of the work, chosen for the device (src/render/shape.c); the result never depends on it. */
#ifndef LANES
#define LANES 16 /* abscissae per work-item of `interpolate`: 16 or 1 */
#endif
#ifndef PIXELS
#define PIXELS 1 /* pixels per work-item of `stamp`: 1, 4, 8 or 16, a divisor of the width */
#endif
/* 1: the launch is larger than the range, work-items beyond it return. */
#ifndef GUARD_SAMPLES
#define GUARD_SAMPLES 1
#endif
#ifndef GUARD_GROUPS
#define GUARD_GROUPS 1
#endif
#ifndef GUARD_PIXELS
#define GUARD_PIXELS 1
#endif
#ifndef ANTIALIAS
#define ANTIALIAS 0
#endif

/* For the heart of a kernel, which compilers call like any function where it is used twice. */
#define ALWAYS_INLINE __attribute__((always_inline))

/* The y of a missing sample. */
#define MISSING INT_MIN

/* Per-image scale, written by `scale`, read by `normalize`: ulong[4]. */
#define SCALE_HI 0    /* the highest sample, aligned (see measure.cl) */
#define SCALE_LO 1    /* the lowest */
#define SCALE_SHIFT 2 /* the exponent all samples are aligned to, and left shift that brings hi - lo to 64 bits */
#define SCALE_SPAN 3  /* hi - lo after that shift, its upper 32 bits; 0: constant */

/* 1/sqrt(v) for v >= 0 to about 5e-6, from the well-known bit pattern guess and two Newton steps; finite for 0. */
#define DEFINE_INVERSE_ROOT(type, as_bits, as_value)                \
    static type inverse_root_##type(type v)                         \
    {                                                               \
        const type half_v = v * 0.5f;                               \
        type r = as_value(0x5f375a86 - (as_bits(v) >> 1));          \
        r = r * (1.5f - half_v * r * r);                            \
        return r * (1.5f - half_v * r * r);                         \
    }

DEFINE_INVERSE_ROOT(float, as_int, as_float)
#if LANES == 16 || ANTIALIAS
DEFINE_INVERSE_ROOT(float16, as_int16, as_float16)
#endif
