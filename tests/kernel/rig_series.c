#include "rig_series.h"

#include <float.h>
#include <math.h>
#include <string.h>

uint64_t rig_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

double rig_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double missing(struct rig_rng *rng)
{
    static const uint64_t bits[] = {0x7ff8000000000000u, 0xfff8000000000000u, 0x7ff0000000000000u,
                                    0xfff0000000000000u, 0x7ff0000000000001u, 0xffffffffffffffffu};
    return rig_double(bits[rig_below(rng, sizeof bits / sizeof *bits)]);
}

static double walk(struct rig_rng *rng, uint64_t i)
{
    return 100000 + 8 * sin((double)i / 9) + 4 * rig_unit(rng);
}

/* Any finite exponent. */
static double any_exponent(struct rig_rng *rng)
{
    return ldexp(rig_unit(rng) - 0.5, (int)rig_below(rng, 2098) - 1074);
}

static double sample(enum rig_series kind, struct rig_rng *rng, uint64_t i, uint64_t lone)
{
    int coin = (int)rig_below(rng, 2);
    switch (kind) {
    case SERIES_NOTHING:
        return missing(rng);
    case SERIES_HOLES:
        return coin ? missing(rng) : walk(rng, i);
    case SERIES_LONE:
        return i == lone ? -12.5 : missing(rng);
    case SERIES_EXTREMES:
        return (coin ? DBL_MAX : -DBL_MAX) * (1 - rig_unit(rng) * 0.01);
    case SERIES_SUBNORMALS:
        return ((int)rig_below(rng, 2000) - 1000) * DBL_TRUE_MIN;
    case SERIES_ZEROS:
        return coin ? 0.0 : -0.0;
    case SERIES_CONSTANT:
        return 0.1;
    case SERIES_STEPS:
        return 1.7e18 + 1e6 * rig_below(rng, 100);
    case SERIES_NEIGHBOURS:
        return rig_double(rig_bits(1.0) - 3 + rig_below(rng, 7));
    case SERIES_EXPONENTS:
        return any_exponent(rng);
    case SERIES_BITS:
        return rig_double(rig_next(rng));
    default:
        return walk(rng, i);
    }
}

void rig_fill_samples(struct rig *rig, struct rig_rng *rng, unsigned kind)
{
    double *samples = rig->host[BUF_SAMPLES];
    uint64_t window = rig->stages.window, count = rig->size[BUF_SAMPLES] / 8;
    for (uint64_t i = 0; i < count; i++)
        samples[i] = i & 1 ? DBL_MAX : -DBL_MAX;
    for (uint64_t k = 0; k < rig->stages.batch; k++) {
        uint64_t lone = rig_below(rng, (uint32_t)window);
        for (uint64_t i = 0; i < window; i++)
            samples[k * rig->stages.stride + i] = sample((enum rig_series)((kind + k) % SERIES_KINDS), rng, i, lone);
    }
}
