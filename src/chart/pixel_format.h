/* Converts pixels, uint8 (images, height, width), to and from a stored dtype and layout. */
#ifndef CHART_PIXEL_FORMAT_H
#define CHART_PIXEL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/images.h"

/* What is needed to convert images to bits and back. */
struct pixel_shape {
    uint32_t width;
    uint32_t height;
    int background; /* 0..255 */
    int foreground;
};

/* Refuses unknown values, three channels in NHW, and bits whose last axis is the channels (NHWC). */
enum plotmill_status pixel_format_check(const struct pixel_format *format, struct plotmill_error *error);

/* Images are stored byte for byte as drawn. */
bool pixel_format_is_plain(const struct pixel_format *format);

/* 1 or 3. */
uint32_t pixel_format_channels(const struct pixel_format *format);

/* Bytes of a stored image. */
uint64_t pixel_format_image_bytes(const struct pixel_format *format, uint32_t width, uint32_t height);

/* The axes of a data set of `images` images in stored numbers (bits: in bytes). Returns their number, 3 or 4. */
int pixel_format_axes(const struct pixel_format *format, uint64_t images, uint32_t width, uint32_t height,
                      uint64_t axes[4]);

/* "u8", "f32", "f16", "bits"; "NHW", "NCHW", "NHWC"; NumPy's "|u1", "<f4", "<f2" ("|u1" for bits), for the byte order
 * of this machine. */
const char *pixel_dtype_name(enum pixel_dtype dtype);
const char *pixel_layout_name(enum pixel_layout layout);
const char *pixel_dtype_descr(enum pixel_dtype dtype);

/* pixels: uint8 (images, height, width); for bits, of the shape's two values alone. stored: images *
 * pixel_format_image_bytes, not overlapping. */
void pixel_format_store(const struct pixel_format *format, const struct pixel_shape *shape, const uint8_t *pixels,
                        uint64_t images, void *stored);

/* The inverse. false: pixel_format_store cannot have made these numbers (unequal channels, a fraction that is not
 * value/255, bits in the padding of a row). */
bool pixel_format_restore(const struct pixel_format *format, const struct pixel_shape *shape, const void *stored,
                          uint64_t images, uint8_t *pixels);

#endif
