#include "render/series.h"

#include <math.h>

#include "base/numbers.h"

void series_destroy(struct series *series)
{
    buffer_destroy(series->samples);
    buffer_destroy(series->neighbours);
    *series = (struct series){0};
}

bool samples_any_missing(const double *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(samples[i]))
            return true;
    return false;
}

void samples_find_neighbours(const double *samples, size_t count, uint32_t *neighbours)
{
    uint32_t distance = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        neighbours[2 * i] = distance;
        distance = isfinite(samples[i]) ? 1 : distance + (distance < UINT32_MAX);
    }
    distance = UINT32_MAX;
    for (size_t i = count; i-- > 0;) {
        neighbours[2 * i + 1] = distance;
        distance = isfinite(samples[i]) ? 1 : distance + (distance < UINT32_MAX);
    }
}
