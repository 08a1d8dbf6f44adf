/* Baseline JPEG files in memory, grey or colour (YCbCr, 4:4:4), with the tables of Annex K of the standard scaled by
 * the quality, as libjpeg does. Most blocks of a grey chart have one value and a single coefficient; only the others
 * are transformed. Colour is left to libjpeg. */
#ifndef FORMATS_JPEG_H
#define FORMATS_JPEG_H

#include <stddef.h>
#include <stdint.h>

#define JPEG_QUALITY_DEFAULT 90
#define JPEG_SIDE_MAX 65500 /* px, of libjpeg */
#define JPEG_BLOCK 8        /* px on a side */

struct jpeg_encoder;

/* Encodes many images, one thread at a time. channels: 1 (or 0) or 3; quality: 1..100. NULL: out of memory. */
struct jpeg_encoder *jpeg_encoder_create(uint32_t width, uint32_t height, uint32_t channels, int quality);

/* pixels: uint8 (height, width, channels). *bytes are valid until the next call. Returns NULL, or why it failed. */
const char *jpeg_encode(struct jpeg_encoder *encoder, const uint8_t *pixels, const uint8_t **bytes, size_t *size);
void jpeg_encoder_destroy(struct jpeg_encoder *encoder);

struct jpeg_blocks {
    float scale[64];       /* factors of a transformed block; in each row the even columns come first */
    int16_t constant[256]; /* the first coefficient of a block of one value */
};

/* quantum: 64 divisors, at least 1, by row, then column. */
void jpeg_blocks_init(struct jpeg_blocks *blocks, const uint16_t quantum[64]);

/* The quantized blocks of pixel rows first..first+7: ceil(width/8) blocks of 64 coefficients in natural order. A block
 * that reaches over the right or bottom edge repeats the last column or row. */
void jpeg_blocks_row(const struct jpeg_blocks *blocks, const uint8_t *pixels, uint32_t width, uint32_t height,
                     uint32_t first, int16_t (*coefficients)[64]);

#endif
