/* Dtypes and layouts: every value is compared with an independent computation and converted back. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart/pixel_format.h"

#define IMAGES 3

static const enum pixel_dtype dtypes[] = {DTYPE_U8, DTYPE_F32, DTYPE_F16, DTYPE_BITS};

static struct pixel_format format_of(enum pixel_dtype dtype, enum pixel_layout layout, uint32_t channels)
{
    return (struct pixel_format){dtype, layout, channels};
}

/* A half's value by its definition. */
static double half_value(unsigned bits)
{
    int exponent = (int)(bits >> 10), significand = (int)(bits & 1023);
    return exponent ? ldexp(1024 + significand, exponent - 25) : ldexp(significand, -24);
}

/* The half nearest to value/255 of all from 0 to 1. */
static unsigned nearest_half(unsigned value)
{
    unsigned best = 0;
    for (unsigned bits = 1; bits <= 0x3c00; bits++)
        if (fabs(half_value(bits) - value / 255.0) < fabs(half_value(best) - value / 255.0))
            best = bits;
    return best;
}

Test(pixel_format, every_value)
{
    struct pixel_shape shape = {256, 1, 255, 0};
    uint8_t pixels[256], back[256];
    float singles[256];
    uint16_t halves[256];
    for (unsigned v = 0; v < 256; v++)
        pixels[v] = (uint8_t)v;
    struct pixel_format f32 = format_of(DTYPE_F32, LAYOUT_NHW, 1);
    struct pixel_format f16 = format_of(DTYPE_F16, LAYOUT_NHW, 1);
    pixel_format_store(&f32, &shape, pixels, 1, singles);
    pixel_format_store(&f16, &shape, pixels, 1, halves);
    for (unsigned v = 0; v < 256; v++) {
        cr_assert_eq(singles[v], (float)(v / 255.0), "%u: %a", v, (double)singles[v]);
        cr_assert_eq(halves[v], nearest_half(v), "%u: %x, expected %x", v, halves[v], nearest_half(v));
    }
    cr_assert(singles[255] == 1 && halves[255] == 0x3c00 && singles[0] == 0 && halves[0] == 0);
    cr_assert(pixel_format_restore(&f32, &shape, singles, 1, back) && !memcmp(back, pixels, 256));
    memset(back, 1, sizeof back);
    cr_assert(pixel_format_restore(&f16, &shape, halves, 1, back) && !memcmp(back, pixels, 256));
}

static bool restores_half(uint16_t bits, uint8_t *back)
{
    struct pixel_format f16 = format_of(DTYPE_F16, LAYOUT_NHW, 1);
    return pixel_format_restore(&f16, &(struct pixel_shape){1, 1, 255, 0}, &bits, 1, back);
}

Test(pixel_format, halves_that_are_not_pixels)
{
    unsigned restored = 0;
    uint8_t back = 0;
    for (unsigned bits = 0; bits <= 0xffff; bits++) {
        if (!restores_half((uint16_t)bits, &back))
            continue;
        cr_assert_eq(nearest_half(back), bits, "%x", bits);
        restored++;
    }
    cr_assert_eq(restored, 256);
}

Test(pixel_format, floats_that_are_not_pixels)
{
    struct pixel_format f32 = format_of(DTYPE_F32, LAYOUT_NHW, 1);
    struct pixel_shape shape = {1, 1, 255, 0};
    const float bad[] = {-1,  -0.0f,     1.0f / 254, 1e-30f, 1e30f,       0.5f,
                         NAN, -INFINITY, INFINITY,   255.0f, 1.00000012f, 0.99999994f};
    uint8_t back;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!pixel_format_restore(&f32, &shape, &bad[i], 1, &back), "%a", (double)bad[i]);
    for (unsigned v = 0; v < 256; v++) {
        float good = (float)(v / 255.0), above = nextafterf(good, 2), below = nextafterf(good, -1);
        cr_assert(pixel_format_restore(&f32, &shape, &good, 1, &back) && back == v);
        cr_assert(!pixel_format_restore(&f32, &shape, &above, 1, &back), "%u", v);
        cr_assert(!pixel_format_restore(&f32, &shape, &below, 1, &back), "%u", v);
    }
}

/* One number of pixel (image, y, x) in channel c, where the layout has it. */
static size_t place(enum pixel_layout layout, const struct pixel_shape *s, size_t channels, size_t i, size_t c,
                    size_t y, size_t x)
{
    if (layout == LAYOUT_NHWC)
        return ((i * s->height + y) * s->width + x) * channels + c;
    return ((i * channels + c) * s->height + y) * s->width + x;
}

static void expect_number(enum pixel_dtype dtype, const uint8_t *stored, size_t at, unsigned value)
{
    float single;
    uint16_t narrow;
    if (dtype == DTYPE_U8)
        cr_assert_eq(stored[at], value);
    if (dtype == DTYPE_F32) {
        memcpy(&single, stored + 4 * at, 4);
        cr_assert_eq(single, (float)(value / 255.0));
    }
    if (dtype == DTYPE_F16) {
        memcpy(&narrow, stored + 2 * at, 2);
        cr_assert(fabs(half_value(narrow) - value / 255.0) <= ldexp(1, -12), "%u: %x", value, narrow);
    }
}

/* The value of channel c of pixel p. */
static unsigned value_at(const uint8_t *pixels, const struct pixel_shape *s, size_t p, size_t c)
{
    return s->channels > 1 ? pixels[p * s->channels + c] : pixels[p];
}

/* Bit by bit. */
static void expect_bits(const uint8_t *stored, const uint8_t *pixels, const struct pixel_shape *s, size_t planes)
{
    size_t row = (s->width + 7) / 8;
    for (size_t i = 0; i < IMAGES; i++)
        for (size_t plane = 0; plane < planes; plane++)
            for (size_t y = 0; y < s->height; y++)
                for (size_t x = 0; x < row * 8; x++) {
                    const uint8_t *bytes = stored + ((i * planes + plane) * s->height + y) * row;
                    int light = s->background > s->foreground ? s->background : s->foreground;
                    size_t p = (i * s->height + y) * s->width + x;
                    bool expected = x < s->width && s->background != s->foreground &&
                                    value_at(pixels, s, p, plane) == (unsigned)light;
                    cr_assert_eq(bytes[x / 8] >> (7 - x % 8) & 1, expected, "image %zu, row %zu, column %zu", i, y, x);
                }
}

/* `format` is resolved for the shape. */
static void check_format(struct pixel_format format, const struct pixel_shape *s)
{
    size_t count = (size_t)s->width * s->height, channels = format.channels;
    size_t bytes = IMAGES * (size_t)pixel_format_image_bytes(&format, s->width, s->height);
    size_t drawn = IMAGES * count * s->channels, read = IMAGES * count * channels;
    uint8_t *pixels = malloc(drawn), *back = malloc(read), *stored = malloc(bytes + 1);
    for (size_t p = 0; p < drawn; p++) {
        unsigned random = (unsigned)(p * 2654435761u >> 7);
        pixels[p] = (uint8_t)random;
        if (format.dtype == DTYPE_BITS)
            pixels[p] = (uint8_t)(random & 1 ? s->background : s->foreground);
    }
    memset(stored, 0xa5, bytes + 1);
    pixel_format_store(&format, s, pixels, IMAGES, stored);
    cr_assert_eq(stored[bytes], 0xa5);
    if (format.dtype == DTYPE_BITS)
        expect_bits(stored, pixels, s, channels);
    else
        for (size_t p = 0; p < IMAGES * count; p++)
            for (size_t c = 0; c < channels; c++)
                expect_number(format.dtype, stored,
                              place(format.layout, s, channels, p / count, c, p % count / s->width, p % s->width),
                              value_at(pixels, s, p, c));
    if (pixel_format_is_plain(&format, s->channels))
        cr_assert(bytes == drawn && !memcmp(stored, pixels, drawn));
    cr_assert(pixel_format_restore(&format, s, stored, IMAGES, back));
    for (size_t i = 0; i < read; i++)
        cr_assert_eq(back[i], value_at(pixels, s, i / channels, i % channels), "number %zu", i);
    free(pixels);
    free(back);
    free(stored);
}

Test(pixel_format, every_format_there_and_back)
{
    const struct pixel_shape shapes[] = {{1, 1, 255, 0}, {7, 5, 0, 255},   {8, 3, 250, 5},   {9, 2, 3, 4},
                                         {37, 23, 9, 8}, {64, 9, 128, 64}, {130, 3, 77, 77}, {15, 1, 1, 129}};
    const uint32_t drawn[] = {1, 2, 3, 17};
    struct plotmill_error error;
    int checked = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int d = 0; d < 4; d++)
            for (int layout = LAYOUT_AUTO; layout <= LAYOUT_NHWC; layout++)
                for (uint32_t channels = 0; channels <= 17; channels++)
                    for (size_t n = 0; n < sizeof drawn / sizeof *drawn; n++) {
                        struct pixel_format format = format_of(dtypes[d], (enum pixel_layout)layout, channels);
                        struct pixel_shape shape = shapes[s];
                        shape.channels = drawn[n];
                        if (pixel_format_resolve(&format, drawn[n], &format, &error))
                            continue;
                        check_format(format, &shape);
                        checked++;
                    }
    /* Each is stored by its own number of channels, 0 or given; 1 also as 3. Of NHW there is one channel; of bits there
     * is no NHWC, nor auto with several channels. */
    const int one = 2, all = one + 1 + 3 * 2;
    cr_assert_eq(checked, 8 * (3 * (one + 3 * all) + (one + one + all)));
}

Test(pixel_format, row_padding_is_zero)
{
    struct pixel_format bits = format_of(DTYPE_BITS, LAYOUT_NHW, 1);
    struct pixel_shape shape = {5, 1, 255, 0};
    uint8_t stored = 0x10, back[5];
    cr_assert(!pixel_format_restore(&bits, &(struct pixel_shape){3, 1, 255, 0}, &stored, 1, back));
    cr_assert(pixel_format_restore(&bits, &shape, &stored, 1, back));
    cr_assert(!memcmp(back, (uint8_t[]){0, 0, 0, 255, 0}, 5));
}

static void check_axes(struct pixel_format format, int rank, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                       uint64_t bytes)
{
    const uint64_t expected[4] = {a, b, c, d};
    uint64_t axes[4];
    cr_assert_eq(pixel_format_axes(&format, 7, 30, 20, axes), rank);
    cr_assert(!memcmp(axes, expected, (size_t)rank * sizeof *axes));
    cr_assert_eq(pixel_format_image_bytes(&format, 30, 20), bytes);
}

Test(pixel_format, axes)
{
    check_axes(format_of(DTYPE_U8, LAYOUT_NHW, 0), 3, 7, 20, 30, 0, 600);
    check_axes(format_of(DTYPE_F32, LAYOUT_NCHW, 3), 4, 7, 3, 20, 30, 7200);
    check_axes(format_of(DTYPE_F16, LAYOUT_NHWC, 3), 4, 7, 20, 30, 3, 3600);
    check_axes(format_of(DTYPE_F16, LAYOUT_NHWC, 0), 4, 7, 20, 30, 1, 1200);
    check_axes(format_of(DTYPE_BITS, LAYOUT_NHW, 1), 3, 7, 20, 4, 0, 80);
    check_axes(format_of(DTYPE_BITS, LAYOUT_NCHW, 3), 4, 7, 3, 20, 4, 240);
}

static void check_refusal(struct pixel_format format, const char *piece)
{
    struct plotmill_error error = {0};
    cr_assert_eq(pixel_format_check(&format, &error), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(error.message, piece), "%s", error.message);
}

Test(pixel_format, refusals)
{
    check_refusal(format_of((enum pixel_dtype)4, LAYOUT_NHW, 0), "dtype: found 4");
    check_refusal(format_of(DTYPE_U8, (enum pixel_layout)4, 0), "layout: found 4");
    check_refusal(format_of(DTYPE_U8, LAYOUT_NHW, 3), "channels 3: layout NHW has no channels");
    check_refusal(format_of(DTYPE_BITS, LAYOUT_NHWC, 1), "expected the layout NHW or NCHW, not NHWC");
    check_refusal(format_of(DTYPE_BITS, LAYOUT_AUTO, 3), "expected the layout NCHW, not NHWC");
}

static void check_resolved(struct pixel_format format, uint32_t drawn, enum pixel_layout layout, uint32_t channels)
{
    struct plotmill_error error = {0};
    cr_assert_eq(pixel_format_resolve(&format, drawn, &format, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert(format.layout == layout && format.channels == channels);
}

static void check_unresolved(struct pixel_format format, uint32_t drawn, const char *message)
{
    struct plotmill_error error = {0};
    cr_assert_eq(pixel_format_resolve(&format, drawn, &format, &error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(error.message, message);
}

Test(pixel_format, what_is_not_said)
{
    check_resolved((struct pixel_format){0}, 0, LAYOUT_NHW, 1);
    check_resolved((struct pixel_format){0}, 1, LAYOUT_NHW, 1);
    check_resolved((struct pixel_format){0}, 5, LAYOUT_NHWC, 5);
    check_resolved(format_of(DTYPE_F16, LAYOUT_AUTO, 3), 1, LAYOUT_NHWC, 3);
    check_resolved(format_of(DTYPE_U8, LAYOUT_NCHW, 0), 3, LAYOUT_NCHW, 3);
    check_resolved(format_of(DTYPE_BITS, LAYOUT_NCHW, 0), 5, LAYOUT_NCHW, 5);
    check_unresolved(format_of(DTYPE_U8, LAYOUT_AUTO, 2), 1, "channels 2: the chart has 1 channel, expected 1 or 3");
    check_unresolved(format_of(DTYPE_U8, LAYOUT_AUTO, 1), 3, "channels 1: the chart has 3 channels, expected 3");
    check_unresolved(format_of(DTYPE_U8, LAYOUT_NCHW, 3), 5, "channels 3: the chart has 5 channels, expected 5");
    check_unresolved(format_of(DTYPE_F32, LAYOUT_NHW, 0), 3,
                     "channels 3: layout NHW has no channels, expected the layout NCHW or NHWC");
}
