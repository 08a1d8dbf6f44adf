#include <math.h>
#include <stdio.h>

#include "base/decimal.h"
#include "chart/chart.h"

void chart_spec(const struct plotmill_chart_options *options, uint64_t window, uint64_t stride, char *text, size_t size)
{
    static const char *const missing[] = {"gap", "bridge", "error"};
    char line_width[DECIMAL_SIZE], margin[DECIMAL_SIZE], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    char range[2 * DECIMAL_SIZE + 4] = "\"minmax\"";
    decimal_write(line_width, options->line_width);
    decimal_write(margin, options->margin);
    if (!isnan(options->range_lo)) {
        decimal_write(lo, options->range_lo);
        decimal_write(hi, options->range_hi);
        snprintf(range, sizeof range, "[%s, %s]", lo, hi);
    }
    snprintf(text, size,
             "{\"chart\": \"line\", \"window\": %llu, \"stride\": %llu, \"width\": %u, \"height\": %u, "
             "\"line_width\": %s, \"antialias\": %s, \"margin\": %s, \"background\": %d, \"foreground\": %d, "
             "\"range\": %s, \"missing\": \"%s\"}",
             (unsigned long long)window, (unsigned long long)stride, (unsigned)options->width,
             (unsigned)options->height, line_width, options->antialias ? "true" : "false", margin, options->background,
             options->foreground, range, missing[options->missing]);
}
