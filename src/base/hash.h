/* The hash of a data set: 64 bits an image over its uint8 pixels, folded by image index, so that workers may compute
 * it in any order and every stored format has the same one. Not cryptographic. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash of one image of `size` bytes; the same on every machine, whatever its byte order. */
uint64_t hash_image(const uint8_t *pixels, size_t size);

/* The sum of the folds of `count` images of `size` bytes each, one after another, the first of index `first`. */
uint64_t hash_images(const uint8_t *pixels, size_t size, uint64_t first, uint64_t count);

/* What image `index` adds to the data set's hash. Add up (modulo 2^64) over all images, in any order. */
uint64_t hash_fold(uint64_t image_hash, uint64_t index);

/* The data set's hash from the sum of the folds. */
uint64_t hash_finish(uint64_t sum, uint64_t images, uint32_t width, uint32_t height);

#endif
