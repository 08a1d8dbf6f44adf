/* An image made smaller by averaging: each pixel is the mean of the area it covers in the large one, edges of that
 * area weighed by how much of a pixel lies inside. */
#ifndef DATASET_SHRINK_H
#define DATASET_SHRINK_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

/* to_width <= width, to_height <= height. Row y of the result is written to `to` + y * stride. */
enum plotmill_status shrink(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *to, uint32_t to_width,
                            uint32_t to_height, size_t stride, struct plotmill_error *error);

#endif
