#include "base/hash.h"

#include <string.h>

/* Four independent lanes hide the latency of the multiplication; odd constants with about half their bits set
 * (fractional parts of the square roots of 2, 3, 5, 7), so that each step is a bijection of the lane. */
static const uint64_t lane_key[4] = {0x6a09e667f3bcc909u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu,
                                     0xa54ff53a5f1d36f1u};

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t load_little_endian(const uint8_t *bytes)
{
    uint64_t word;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | bytes[i];
#else
    memcpy(&word, bytes, sizeof word);
#endif
    return word;
}

static uint64_t absorb(uint64_t lane, uint64_t word, uint64_t key)
{
    lane = (lane ^ word) * key;
    return lane ^ (lane >> 32);
}

uint64_t hash_image(const uint8_t *pixels, size_t size)
{
    uint64_t lane[4] = {1, 2, 3, 4};
    size_t at = 0;
    for (; at + 32 <= size; at += 32)
        for (int i = 0; i < 4; i++)
            lane[i] = absorb(lane[i], load_little_endian(pixels + at + 8 * i), lane_key[i]);
    if (at < size) {
        uint8_t rest[32] = {0};
        memcpy(rest, pixels + at, size - at);
        for (int i = 0; i < 4; i++)
            lane[i] = absorb(lane[i], load_little_endian(rest + 8 * i), lane_key[i]);
    }
    uint64_t hash = mix(size);
    for (int i = 0; i < 4; i++)
        hash = mix(hash ^ lane[i]);
    return hash;
}

uint64_t hash_fold(uint64_t image_hash, uint64_t index)
{
    return mix(image_hash ^ mix(index + lane_key[0]));
}

uint64_t hash_images(const uint8_t *pixels, size_t size, uint64_t first, uint64_t count)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += hash_fold(hash_image(pixels + (size_t)i * size, size), first + i);
    return sum;
}

uint64_t hash_finish(uint64_t sum, uint64_t images, uint32_t width, uint32_t height)
{
    return mix(mix(sum ^ mix(images)) ^ ((uint64_t)width << 32 | height));
}

uint64_t hash_of_channels(uint64_t hash, uint32_t channels)
{
    return channels > 1 ? mix(hash ^ channels) : hash;
}
