/* Pixels -> the quantised coefficients of a grayscale JPEG image. Most blocks of a chart are of one value and have
 * but one coefficient; only the others are transformed. */
#ifndef FORMATS_JPEG_BLOCKS_H
#define FORMATS_JPEG_BLOCKS_H

#include <stdint.h>

#define JPEG_BLOCK 8 /* px on a side */

struct jpeg_blocks {
    float scale[64];       /* what a transformed block is multiplied by; rows with their even columns first */
    int16_t constant[256]; /* the first coefficient of a block of one value */
};

/* quantum: 64 divisors, 1 or more, by row, then column. */
void jpeg_blocks_init(struct jpeg_blocks *blocks, const uint16_t quantum[64]);

/* The blocks of pixel rows `first`..first+7 of an image, ceil(width/8) of them, 64 coefficients each in natural order.
 * What a block lacks at the right and at the bottom repeats the last column and row. */
void jpeg_blocks_row(const struct jpeg_blocks *blocks, const uint8_t *pixels, uint32_t width, uint32_t height,
                     uint32_t first, int16_t (*coefficients)[64]);

#endif
