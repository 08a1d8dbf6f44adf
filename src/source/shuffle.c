/* Random orders that anybody can repeat. */
#include <string.h>

#include "source/window_parts.h"

enum plotmill_status shuffle_seed(struct random_order *random, const char *seed, struct plotmill_error *error)
{
    uint64_t value = 0;
    const char *at = seed;
    for (; *at >= '0' && *at <= '9'; at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            break;
        value = value * 10 + digit;
    }
    if (*at || at == seed)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "shuffle: found \"%.40s\", expected a whole number from 0 to 18446744073709551615",
                                  seed);
    random->state = value;
    return PLOTMILL_OK;
}

static uint64_t next(struct random_order *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0..n-1, all equally likely: numbers below 2^64 mod n are drawn again. */
static uint64_t below(struct random_order *random, uint64_t n)
{
    const uint64_t least = (0 - n) % n;
    uint64_t drawn;
    do
        drawn = next(random);
    while (drawn < least);
    return drawn % n;
}

static void swap(uint64_t *items, uint64_t i, uint64_t j)
{
    const uint64_t kept = items[i];
    items[i] = items[j];
    items[j] = kept;
}

void shuffle_items(struct random_order *random, uint64_t *a, uint64_t *b, uint64_t count)
{
    for (uint64_t i = count; i-- > 1;) {
        const uint64_t j = below(random, i + 1);
        swap(a, i, j);
        if (b)
            swap(b, i, j);
    }
}
