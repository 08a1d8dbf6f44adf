#include <float.h>
#include <math.h>

#include "base/numbers.h"
#include "oracle/judge.h"

void oracle_scale_find(struct oracle_scale *scale, const struct chart *chart, const struct chart_panel *panel,
                       const struct oracle_window *window)
{
    *scale = (struct oracle_scale){.lo = NAN, .hi = NAN, .clip = panel->clip};
    for (uint32_t f = 0; f < panel->scale_count; f++) {
        const struct scale_field *covered = &panel->scale[f];
        if (window->rows_before < covered->lead)
            continue;
        for (uint64_t i = 0; i < window->count; i++) {
            double value = window->rows[i * chart->field_count + covered->field];
            if (!isfinite(value))
                continue;
            value = covered->absolute ? fabs(value) : value;
            scale->lo = fmin(scale->lo, value);
            scale->hi = fmax(scale->hi, value);
        }
    }
    scale->empty = isnan(scale->lo);
    if (scale->empty || panel->range == RANGE_MINMAX)
        return;
    scale->lo = panel->range == RANGE_FIXED ? panel->lo : 0;
    scale->hi = panel->range == RANGE_FIXED ? panel->hi : fmax(scale->hi, 0);
    scale->empty = scale->hi <= scale->lo;
}

/* Differences of doubles are rounded once, by 2^-53 of themselves, however large lo is, so u is exact to about 2^-51.
 * Only differences can overflow. Then a quarter of each value is used; what that costs subnormals is negligible beside
 * a range of 2^1022, and where the range is small beside the value, u is beyond its limits. */
double oracle_height(const struct oracle_scale *scale, double value)
{
    const double lo = scale->lo, hi = scale->hi;
    if (lo == hi)
        return 0.5;
    if (!scale->clip)
        value = CLAMP(value, lo, hi);
    const double largest = fmax(fabs(value), fmax(fabs(lo), fabs(hi)));
    const double factor = largest > DBL_MAX / 4 ? 0.25 : 1;
    return (value * factor - lo * factor) / (hi * factor - lo * factor);
}
