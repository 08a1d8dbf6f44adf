#include "chart/pixel_format.h"

#include <string.h>

#include "base/numbers.h"
#include "base/try.h"

enum plotmill_status pixel_format_check(const struct pixel_format *format, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const unsigned channels = format->channels;
    if ((int)format->dtype < DTYPE_U8 || format->dtype > DTYPE_BITS)
        FAIL(error, PLOTMILL_BAD_INPUT, "dtype: found %d, expected a DTYPE_ value", (int)format->dtype);
    if ((int)format->layout < LAYOUT_AUTO || format->layout > LAYOUT_NHWC)
        FAIL(error, PLOTMILL_BAD_INPUT, "layout: found %d, expected a LAYOUT_ value", (int)format->layout);
    if (channels > 1 && format->layout == LAYOUT_NHW)
        FAIL(error, PLOTMILL_BAD_INPUT, "channels %u: layout NHW has no channels, expected the layout NCHW or NHWC",
             channels);
    if (format->dtype == DTYPE_BITS && pixel_format_layout(format) == LAYOUT_NHWC)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "dtype bits: rows are packed along the width, expected the layout %sNCHW, not NHWC",
             channels > 1 ? "" : "NHW or ");
done:
    return status;
}

enum plotmill_status pixel_format_resolve(const struct pixel_format *format, uint32_t drawn,
                                          struct pixel_format *resolved, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct pixel_format made = *format;
    const unsigned pixels = drawn ? drawn : 1, asked = format->channels;
    if (asked && asked != pixels && (pixels != 1 || asked != 3))
        FAIL(error, PLOTMILL_BAD_INPUT, "channels %u: the chart has %u channel%s, expected %u%s", asked, pixels,
             pixels == 1 ? "" : "s", pixels, pixels == 1 ? " or 3" : "");
    made.channels = asked ? asked : pixels;
    made.layout = pixel_format_layout(&made);
    TRY(pixel_format_check(&made, error));
    *resolved = made;
done:
    return status;
}

bool pixel_format_is_plain(const struct pixel_format *format, uint32_t drawn)
{
    const uint32_t channels = pixel_format_channels(format);
    return format->dtype == DTYPE_U8 && channels == (drawn ? drawn : 1) &&
           (channels == 1 || pixel_format_layout(format) == LAYOUT_NHWC);
}

uint32_t pixel_format_channels(const struct pixel_format *format)
{
    return format->channels ? format->channels : 1;
}

enum pixel_layout pixel_format_layout(const struct pixel_format *format)
{
    return format->layout != LAYOUT_AUTO ? format->layout : format->channels > 1 ? LAYOUT_NHWC : LAYOUT_NHW;
}

static uint32_t planes(const struct pixel_format *format)
{
    return format->layout == LAYOUT_NCHW ? pixel_format_channels(format) : 1;
}

/* Of one stored row of one plane, with all channels if they come last. */
static uint64_t row_bytes(const struct pixel_format *format, uint32_t width)
{
    static const unsigned number_bytes[] = {[DTYPE_U8] = 1, [DTYPE_F32] = 4, [DTYPE_F16] = 2};
    if (format->dtype == DTYPE_BITS)
        return ((uint64_t)width + 7) / 8;
    return (uint64_t)width * number_bytes[format->dtype] * (pixel_format_channels(format) / planes(format));
}

uint64_t pixel_format_image_bytes(const struct pixel_format *format, uint32_t width, uint32_t height)
{
    return row_bytes(format, width) * height * planes(format);
}

int pixel_format_axes(const struct pixel_format *format, uint64_t images, uint32_t width, uint32_t height,
                      uint64_t axes[4])
{
    uint64_t columns = format->dtype == DTYPE_BITS ? row_bytes(format, width) : width;
    uint64_t channels = pixel_format_channels(format);
    const uint64_t nhw[4] = {images, height, columns, 0}, nchw[4] = {images, channels, height, columns},
                   nhwc[4] = {images, height, columns, channels};
    const enum pixel_layout layout = pixel_format_layout(format);
    const uint64_t *chosen = layout == LAYOUT_NHW ? nhw : layout == LAYOUT_NCHW ? nchw : nhwc;
    memcpy(axes, chosen, sizeof nhw);
    return layout == LAYOUT_NHW ? 3 : 4;
}

const char *pixel_dtype_name(enum pixel_dtype dtype)
{
    static const char *const names[] = {"u8", "f32", "f16", "bits"};
    return names[dtype];
}

const char *pixel_layout_name(enum pixel_layout layout)
{
    static const char *const names[] = {"auto", "NHW", "NCHW", "NHWC"};
    return names[layout];
}

const char *pixel_dtype_descr(enum pixel_dtype dtype)
{
    static const char *const little[] = {"|u1", "<f4", "<f2", "|u1"}, *const big[] = {"|u1", ">f4", ">f2", "|u1"};
    const uint16_t one = 1;
    return (*(const uint8_t *)&one ? little : big)[dtype];
}

/* value/255 as an IEEE half. Its significand has 11 bits, so the quotient is found exactly in integers. */
static uint16_t half_of(unsigned value)
{
    if (!value)
        return 0;
    int exponent = 0; /* value/255 * 2^-exponent lies in [1, 2) */
    while (((uint64_t)value << -exponent) < 255)
        exponent--;
    uint64_t scaled = (uint64_t)value << (10 - exponent);
    uint64_t significand = scaled / 255, rest = scaled % 255;
    significand += 2 * rest > 255; /* 255 is odd: there are no ties */
    return (uint16_t)(((unsigned)(exponent + 15) << 10) + (unsigned)(significand - 1024));
}

/* The number for each value of a pixel, in 4 bytes; only the bytes of the dtype are used. */
static void number_table(enum pixel_dtype dtype, uint8_t table[256][4])
{
    for (unsigned v = 0; v < 256; v++) {
        float single = (float)v / 255.0f;
        uint16_t narrow = half_of(v);
        memset(table[v], (int)v, 4);
        if (dtype == DTYPE_F32)
            memcpy(table[v], &single, 4);
        else if (dtype == DTYPE_F16)
            memcpy(table[v], &narrow, 2);
    }
}

/* Stores every `step`th of count * step pixels, each number `repeat` times. The size is a constant, so compilers copy
 * without a call. */
#define STORE_NUMBERS(size, repeat, step)                 \
    for (size_t i = 0; i < count; i++)                    \
        for (int r = 0; r < (repeat); r++, out += (size)) \
    memcpy(out, table[pixels[i * (step)]], (size))

static void store_numbers(enum pixel_dtype dtype, uint32_t repeat, uint8_t table[256][4], const uint8_t *pixels,
                          size_t count, uint8_t *out)
{
    if (dtype == DTYPE_F32 && repeat == 1)
        STORE_NUMBERS(4, 1, 1);
    else if (dtype == DTYPE_F32)
        STORE_NUMBERS(4, 3, 1);
    else if (dtype == DTYPE_F16 && repeat == 1)
        STORE_NUMBERS(2, 1, 1);
    else if (dtype == DTYPE_F16)
        STORE_NUMBERS(2, 3, 1);
    else if (repeat == 1)
        memcpy(out, pixels, count);
    else
        STORE_NUMBERS(1, 3, 1);
}

/* One channel of `step`. */
static void store_plane(enum pixel_dtype dtype, uint8_t table[256][4], const uint8_t *pixels, size_t count, size_t step,
                        uint8_t *out)
{
    if (step == 1)
        store_numbers(dtype, 1, table, pixels, count, out);
    else if (dtype == DTYPE_F32)
        STORE_NUMBERS(4, 1, step);
    else if (dtype == DTYPE_F16)
        STORE_NUMBERS(2, 1, step);
    else
        STORE_NUMBERS(1, 1, step);
}

/* The lighter of an image's two values. */
static uint8_t lighter(const struct pixel_shape *shape)
{
    return (uint8_t)(MAX(shape->background, shape->foreground));
}

static uint8_t darker(const struct pixel_shape *shape)
{
    return (uint8_t)(MIN(shape->background, shape->foreground));
}

/* Packs 8 pixels, each of which is `dark` or the other value, by a bit in which the two differ. The product moves bit
 * 8*i to bit 63-i, and no two of its terms overlap. */
static uint8_t pack_eight(const uint8_t *pixels, uint8_t dark, int bit)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)pixels[i] << (8 * i);
    word = (word ^ UINT64_C(0x0101010101010101) * dark) >> bit & UINT64_C(0x0101010101010101);
    return (uint8_t)(word * UINT64_C(0x8040201008040201) >> 56);
}

/* Pixels lie `step` bytes apart. */
static void pack_row(const uint8_t *pixels, uint32_t width, uint32_t step, uint8_t dark, uint8_t light, uint8_t *out)
{
    uint8_t eight[8];
    int bit = 0; /* equal values: no bit differs, and every stored bit is 0 */
    while (bit < 7 && !((dark ^ light) >> bit & 1))
        bit++;
    for (uint32_t x = 0; x < width; x += 8) {
        const uint8_t *at = pixels + (size_t)x * step;
        if (step == 1 && x + 8 <= width) {
            *out++ = pack_eight(at, dark, bit);
            continue;
        }
        memset(eight, dark, sizeof eight);
        for (uint32_t i = 0; i < 8 && x + i < width; i++)
            eight[i] = at[(size_t)i * step];
        *out++ = pack_eight(eight, dark, bit);
    }
}

static void store_bits(const struct pixel_shape *shape, const uint8_t *pixels, uint32_t step, size_t row_bytes,
                       uint8_t *out)
{
    for (uint32_t y = 0; y < shape->height; y++)
        pack_row(pixels + (size_t)y * shape->width * step, shape->width, step, darker(shape), lighter(shape),
                 out + y * row_bytes);
}

void pixel_format_store(const struct pixel_format *format, const struct pixel_shape *shape, const uint8_t *pixels,
                        uint64_t images, void *stored)
{
    const uint32_t drawn = shape->channels ? shape->channels : 1, channels = pixel_format_channels(format);
    const size_t count = (size_t)shape->width * shape->height;
    const size_t image_bytes = (size_t)pixel_format_image_bytes(format, shape->width, shape->height);
    const size_t plane_bytes = image_bytes / planes(format);
    const bool bits = format->dtype == DTYPE_BITS;
    uint8_t table[256][4];
    number_table(format->dtype, table);
    for (uint64_t i = 0; i < images; i++) {
        uint8_t *out = (uint8_t *)stored + i * image_bytes;
        const uint8_t *image = pixels + i * count * drawn;
        if (!bits && planes(format) == 1)
            store_numbers(format->dtype, channels / drawn, table, image, count * drawn, out);
        for (uint32_t c = 0; c < drawn && (bits || planes(format) > 1); c++)
            if (bits)
                store_bits(shape, image + c, drawn, (size_t)row_bytes(format, shape->width), out + c * plane_bytes);
            else
                store_plane(format->dtype, table, image + c, count, drawn, out + c * plane_bytes);
        for (uint32_t plane = drawn; plane < planes(format); plane++) /* copies of the one that was drawn */
            memcpy(out + plane * plane_bytes, out, plane_bytes);
    }
}

/* The pixel whose number is nearest. If none is near, any will do: its number then differs. */
static unsigned near_single(float single)
{
    return single >= 0 && single <= 1 ? (unsigned)(single * 255.0f + 0.5f) : 0;
}

static unsigned near_half(uint16_t narrow)
{
    /* The same number as a float, except for subnormals, which are near 0 in any case. */
    uint32_t bits = ((uint32_t)narrow << 13) + (UINT32_C(112) << 23);
    float single;
    memcpy(&single, &bits, 4);
    return narrow <= 0x3c00 ? (unsigned)(single * 255.0f + 0.5f) : 0; /* above: over 1, negative or not a number */
}

/* These two check all numbers without a branch, because they are nearly always right. Pixels lie `step` bytes apart. */
static bool restore_singles(uint8_t table[256][4], const uint8_t *stored, size_t count, size_t step, uint8_t *pixels)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++, stored += 4) {
        float single;
        memcpy(&single, stored, 4);
        unsigned value = near_single(single);
        wrong |= memcmp(table[value], stored, 4) != 0;
        pixels[i * step] = (uint8_t)value;
    }
    return !wrong;
}

static bool restore_halves(uint8_t table[256][4], const uint8_t *stored, size_t count, size_t step, uint8_t *pixels)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++, stored += 2) {
        uint16_t narrow;
        memcpy(&narrow, stored, 2);
        unsigned value = near_half(narrow);
        wrong |= memcmp(table[value], stored, 2) != 0;
        pixels[i * step] = (uint8_t)value;
    }
    return !wrong;
}

static bool restore_numbers(enum pixel_dtype dtype, uint8_t table[256][4], const uint8_t *stored, size_t count,
                            size_t step, uint8_t *pixels)
{
    if (dtype == DTYPE_F32)
        return restore_singles(table, stored, count, step, pixels);
    if (dtype == DTYPE_F16)
        return restore_halves(table, stored, count, step, pixels);
    if (step == 1)
        memcpy(pixels, stored, count);
    for (size_t i = 0; i < count && step > 1; i++)
        pixels[i * step] = stored[i];
    return true;
}

/* false: the padding of a row is not 0. */
static bool restore_bits(const struct pixel_shape *shape, size_t row_bytes, const uint8_t *stored, size_t step,
                         uint8_t *pixels)
{
    const uint8_t values[2] = {darker(shape), lighter(shape)};
    for (uint32_t y = 0; y < shape->height; y++, stored += row_bytes) {
        for (uint32_t x = 0; x < shape->width; x++, pixels += step)
            *pixels = values[stored[x / 8] >> (7 - x % 8) & 1];
        if (shape->width % 8 && stored[row_bytes - 1] & 0xff >> shape->width % 8)
            return false;
    }
    return true;
}

bool pixel_format_restore(const struct pixel_format *format, const struct pixel_shape *shape, const void *stored,
                          uint64_t images, uint8_t *pixels)
{
    const uint32_t channels = pixel_format_channels(format), step = planes(format);
    const size_t count = (size_t)shape->width * shape->height * channels;
    const size_t image_bytes = (size_t)pixel_format_image_bytes(format, shape->width, shape->height);
    const size_t plane_bytes = image_bytes / step;
    bool right = true;
    uint8_t table[256][4];
    number_table(format->dtype, table);
    for (uint64_t i = 0; i < images && right; i++, pixels += count) {
        const uint8_t *in = (const uint8_t *)stored + i * image_bytes;
        for (uint32_t c = 0; c < step && right; c++, in += plane_bytes)
            right = format->dtype == DTYPE_BITS
                        ? restore_bits(shape, (size_t)row_bytes(format, shape->width), in, step, pixels + c)
                        : restore_numbers(format->dtype, table, in, count / step, step, pixels + c);
    }
    return right;
}
