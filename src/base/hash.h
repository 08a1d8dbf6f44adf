/* The hash of a data set: the hashes of all images (64 bits, over their uint8 pixels, (height, width, channels))
 * combined with their indices, so that they may be computed in any order. It is the same for all formats and layouts.
 * Not cryptographic. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash of one image of `size` bytes; the same on every machine, whatever its byte order. */
uint64_t hash_image(const uint8_t *pixels, size_t size);

/* The sum of hash_fold over `count` images of `size` bytes each, one after another, from index `first` on. */
uint64_t hash_images(const uint8_t *pixels, size_t size, uint64_t first, uint64_t count);

/* What image `index` contributes to the data set's hash: added up modulo 2^64 over all images. */
uint64_t hash_fold(uint64_t image_hash, uint64_t index);

/* The data set's hash, from that sum, where pixels have one channel. */
uint64_t hash_finish(uint64_t sum, uint64_t images, uint32_t width, uint32_t height);

/* The same of pixels with `channels` channels (0: 1), from what hash_finish gives. */
uint64_t hash_of_channels(uint64_t hash, uint32_t channels);

#endif
