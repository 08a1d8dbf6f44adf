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

void samples_find_neighbours(const double *samples, size_t rows, uint32_t fields, uint32_t *neighbours)
{
    for (uint32_t field = 0; field < fields; field++) {
        uint32_t distance = UINT32_MAX;
        for (size_t row = 0, i = field; row < rows; row++, i += fields) {
            neighbours[2 * i] = distance;
            distance = isfinite(samples[i]) ? 1 : distance + (distance < UINT32_MAX);
        }
        distance = UINT32_MAX;
        for (size_t row = rows; row-- > 0;) {
            const size_t i = row * fields + field;
            neighbours[2 * i + 1] = distance;
            distance = isfinite(samples[i]) ? 1 : distance + (distance < UINT32_MAX);
        }
    }
}
