/* A contact sheet: many images in one PNG file. */
#ifndef DATASET_SHEET_H
#define DATASET_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* See api_sheet_write. */
enum plotmill_status sheet_write(const char *path, const uint8_t *pixels, uint64_t count, uint32_t width,
                                 uint32_t height, uint32_t channels, uint32_t columns, uint32_t max_tile,
                                 struct plotmill_error *error);

/* Makes an image (height, width, channels) smaller: each pixel is the mean of the area that it covers in the larger
 * image, exactly, in each channel. to_width <= width, to_height <= height. Row y of the result is at `to` + y * stride
 * bytes. */
enum plotmill_status shrink(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *to,
                            uint32_t to_width, uint32_t to_height, size_t stride, struct plotmill_error *error);

#endif
