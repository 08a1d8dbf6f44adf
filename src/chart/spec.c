#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart/chart.h"

/* The shortest decimal that reads back as the same double, with a point whatever the locale. */
static void print_number(double value, char *text, size_t size)
{
    snprintf(text, size, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, size, "%.17g", value);
    char *comma = strchr(text, ',');
    if (comma)
        *comma = '.';
}

void chart_spec(const struct plotmill_chart_options *options, uint64_t window, uint64_t stride, char *text, size_t size)
{
    static const char *const missing[] = {"gap", "bridge", "error"};
    char line_width[32], margin[32], lo[32], hi[32], range[80] = "\"minmax\"";
    print_number(options->line_width, line_width, sizeof line_width);
    print_number(options->margin, margin, sizeof margin);
    if (!isnan(options->range_lo)) {
        print_number(options->range_lo, lo, sizeof lo);
        print_number(options->range_hi, hi, sizeof hi);
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
