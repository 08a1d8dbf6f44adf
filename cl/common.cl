/* What all kernels share. The same bytes must come out on every device, so kernels use only operations that OpenCL C
 * 1.2 rounds exactly: integers, float + - * and conversions. Products and sums are never contracted, and / sqrt mad and
 * the native_ functions are not used. */

#pragma OPENCL FP_CONTRACT OFF

#ifdef __clang__
/* On CPUs without AVX-512, clang warns that the ABI of 16-wide vector arguments depends on the CPU. Here both sides of
 * every call are compiled for the same CPU. */
#pragma clang diagnostic ignored "-Wpsabi"
#endif

#ifndef ANTIALIAS
#define ANTIALIAS 0
#endif
/* The launch configuration that the host chose for the device (src/render/launch_config.c). Results never depend on
 * it. Nothing here depends on the window or the size of images, so all charts have the same programs.
 *
 * Most kernels have an argument `share`: their work-items process `share` consecutive samples, columns or rows. On CPUs
 * these are many, and a work-group is one work-item. On GPUs it is 1. The launch may be larger than the range. */
#ifndef LANES
#define LANES 16 /* columns that `rasterize` computes at once: 16 or 1 */
#endif
/* 1: `paint` is part of the program. It takes most of the compile time, so only programs that may use it have it. */
#ifndef PAINT
#define PAINT ANTIALIAS
#endif
/* 1: the kernels of charts that are more than one line are part of the program; likewise. */
#ifndef LAYERED
#define LAYERED 1
#endif

/* A work-item's share of `count` things, in dimension `dim`. */
#define FIRST_OF_SHARE(dim, share) ((uint)get_global_id(dim) * (share))
#define END_OF_SHARE(dim, share, count) min(FIRST_OF_SHARE(dim, share) + (share), (count))

/* Compilers do not inline a large function that is called twice by themselves. */
#define ALWAYS_INLINE __attribute__((always_inline))

/* The y of a missing sample. */
#define MISSING INT_MIN

/* Per-image scale, written by `scale`, read by `normalize_samples`: ulong[SCALE_WORDS]. */
#define SCALE_HI 0    /* the highest sample, aligned (see measure.cl) */
#define SCALE_LO 1    /* the lowest sample, aligned */
/* Upper 32 bits: the exponent that samples are aligned to, 0 where the scale covers no sample; lower: the left shift that
 * brings hi - lo to 64 bits. */
#define SCALE_SHIFT 2
#define SCALE_SPAN 3  /* hi - lo after that shift, its upper 32 bits; 0: a constant series */

/* 1/sqrt(v) for v >= 0 with a relative error of about 5e-6; finite for 0. The bit pattern of v gives a first guess, and
 * two Newton steps improve it. */
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

/* PoCL's prefetch() does nothing, but its compiler has a builtin that does. */
#if defined(POCL_DEVICE_ADDRESS_BITS) && (defined(__x86_64__) || defined(__aarch64__))
#define fetch_line(p) __builtin_prefetch((const void *)(ulong)(p), 1)
#else
#define fetch_line(p) prefetch((p), LINE_BYTES)
#endif
#define LINE_BYTES 64

/* Brings bytes from..to-1 into the cache, for writing. */
static void fetch(__global const uchar *bytes, const uint from, const uint to)
{
    for (uint i = from; i < to; i += LINE_BYTES)
        fetch_line(bytes + i);
}
