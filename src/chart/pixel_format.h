/* Converts pixels as drawn, uint8 (images, height, width, channels), to and from a stored dtype and layout. */
#ifndef CHART_PIXEL_FORMAT_H
#define CHART_PIXEL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/images.h"

/* Images as drawn; background and foreground are needed to convert them to bits and back. */
struct pixel_shape {
    uint32_t width;
    uint32_t height;
    int background; /* 0..255; -1: not two values */
    int foreground;
    uint32_t channels; /* of a pixel as drawn; 0: 1 */
};

/* Refuses unknown values, several channels in NHW, and bits whose last axis is the channels (NHWC). LAYOUT_AUTO and 0
 * channels are right. */
enum plotmill_status pixel_format_check(const struct pixel_format *format, struct plotmill_error *error);

/* What the format means for pixels of `drawn` channels (0: 1): LAYOUT_AUTO becomes NHW or NHWC, 0 channels become
 * `drawn`. PLOTMILL_BAD_INPUT for what pixel_format_check refuses then, and for numbers of channels other than the
 * drawn one, except that one drawn channel may be stored as three. `resolved` may be `format`. */
enum plotmill_status pixel_format_resolve(const struct pixel_format *format, uint32_t drawn,
                                          struct pixel_format *resolved, struct plotmill_error *error);

/* The following take resolved formats; LAYOUT_AUTO and 0 channels count as NHWC (of one channel: NHW) and 1. */

/* Pixels of `drawn` channels (0: 1) are stored byte for byte as drawn. */
bool pixel_format_is_plain(const struct pixel_format *format, uint32_t drawn);

/* At least 1. */
uint32_t pixel_format_channels(const struct pixel_format *format);

/* Never LAYOUT_AUTO. */
enum pixel_layout pixel_format_layout(const struct pixel_format *format);

/* Bytes of a stored image. */
uint64_t pixel_format_image_bytes(const struct pixel_format *format, uint32_t width, uint32_t height);

/* The axes of a data set of `images` images in stored numbers (bits: in bytes). Returns their number, 3 or 4. */
int pixel_format_axes(const struct pixel_format *format, uint64_t images, uint32_t width, uint32_t height,
                      uint64_t axes[4]);

/* "u8", "f32", "f16", "bits"; "auto", "NHW", "NCHW", "NHWC"; NumPy's "|u1", "<f4", "<f2" ("|u1" for bits), for the byte
 * order of this machine. */
const char *pixel_dtype_name(enum pixel_dtype dtype);
const char *pixel_layout_name(enum pixel_layout layout);
const char *pixel_dtype_descr(enum pixel_dtype dtype);

/* pixels: uint8 (images, height, width, shape->channels); for bits, of the shape's two values alone. stored: images *
 * pixel_format_image_bytes, not overlapping. The format has as many channels as the shape, or 3 for 1. */
void pixel_format_store(const struct pixel_format *format, const struct pixel_shape *shape, const uint8_t *pixels,
                        uint64_t images, void *stored);

/* To uint8 (images, height, width, channels of the format). false: pixel_format_store cannot have made these numbers (a
 * fraction that is not value/255, bits in the padding of a row). */
bool pixel_format_restore(const struct pixel_format *format, const struct pixel_shape *shape, const void *stored,
                          uint64_t images, uint8_t *pixels);

#endif
