#include "verify/patterns.h"

#include <math.h>

static double uniform(uint32_t i, uint32_t seed)
{
    /* splitmix64 (Steele, Lea, Flood 2014): the i-th number of a stream without walking it. */
    uint64_t x = ((uint64_t)seed << 32 | i) * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static double sine(uint32_t i, uint32_t samples)
{
    return sin(6.283185307179586 * 2 * i / (samples - 1));
}

static double ramp(uint32_t i, uint32_t samples)
{
    (void)samples;
    return i;
}

static double step(uint32_t i, uint32_t samples)
{
    return i < samples / 2 ? 0 : 1;
}

static double spike(uint32_t i, uint32_t samples)
{
    return i == samples / 2 ? 1 : 0;
}

static double constant(uint32_t i, uint32_t samples)
{
    (void)i, (void)samples;
    return 42;
}

/* The sum so far would need memory; recomputing it is cheap at 100 samples. */
static double random_walk(uint32_t i, uint32_t samples)
{
    (void)samples;
    double value = 0;
    for (uint32_t k = 0; k <= i; k++)
        value += uniform(k, 1) - 0.5;
    return value;
}

static double noise(uint32_t i, uint32_t samples)
{
    return sin(6.283185307179586 * i / samples) + 0.3 * (uniform(i, 2) - 0.5);
}

static double two_samples(uint32_t i, uint32_t samples)
{
    (void)samples;
    return i ? 1 : 0;
}

static double gaps(uint32_t i, uint32_t samples)
{
    /* A wide gap, a narrow one that the stroke closes, a lone sample, and missing ends. */
    if (i < 4 || i >= samples - 3 || (i >= 20 && i < 40 && i != 30) || i == 70)
        return NAN;
    return sin(0.2 * i) + 0.5 * uniform(i, 3);
}

const struct pattern patterns[] = {
    {"sine", 100, sine},
    {"ramp", 100, ramp},
    {"step", 100, step},
    {"spike", 100, spike},
    {"constant", 100, constant},
    {"random walk", 100, random_walk},
    {"gaps", 100, gaps},
    {"10,000 noisy samples", 10000, noise},
    {"two samples", 2, two_samples},
};
const size_t pattern_count = sizeof patterns / sizeof *patterns;
