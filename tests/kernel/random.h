/* Random numbers, the same on every machine: only exact arithmetic, so that cases do not depend on the C library. */
#ifndef TESTS_KERNEL_RANDOM_H
#define TESTS_KERNEL_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t next64(struct rng *d)
{
    uint64_t x = d->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline double uniform(struct rng *d)
{
    return (double)(next64(d) >> 11) / 9007199254740992.0;
}

static inline uint32_t between(struct rng *d, uint32_t low, uint32_t high)
{
    return low + (uint32_t)(next64(d) % (high - low + 1));
}

/* Every doubling from low to high is equally likely. */
static inline double between_log(struct rng *d, double low, double high)
{
    int doublings = 0;
    while (ldexp(low, doublings + 1) <= high)
        doublings++;
    double value = ldexp(low, (int)(next64(d) % (unsigned)(doublings + 1))) * (1 + uniform(d));
    return value < high ? value : high;
}

static inline bool one_in(struct rng *d, uint32_t n)
{
    return next64(d) % n == 0;
}

#endif
