/* Chart options: limits, messages for values beyond them, and the description stored with a data set. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "chart/chart.h"

static struct chart_options defaults(void)
{
    struct chart_options options;
    chart_options_init(&options);
    return options;
}

static void check(const struct chart_options *options, uint64_t window, const char *message)
{
    struct plotmill_error error = {0};
    enum plotmill_status status = chart_check(options, window, &error);
    cr_assert_eq(status, message ? PLOTMILL_BAD_INPUT : PLOTMILL_OK, "%s: %s", plotmill_status_str(status),
                 error.message);
    cr_assert_str_eq(error.message, message ? message : "");
}

Test(chart, windows)
{
    struct chart_options options = defaults();
    check(&options, 2, NULL);
    check(&options, 16777216, NULL);
    check(&options, 1, "window 1: expected 2 to 16777216");
    check(&options, 16777217, "window 16777217: expected 2 to 16777216");
    check(&options, UINT64_MAX, "window 18446744073709551615: expected 2 to 16777216");
}

/* A value just beyond its limit never looks like the limit. */
Test(chart, messages_give_exact_limits)
{
    struct chart_options options = defaults();
    options.margin = 249.5;
    check(&options, 100, NULL);
    options.margin = nextafter(249.5, 250);
    check(&options, 100, "margin 249.50000000000003: expected 0 to 249.5 for a size of 800x500");
    options.margin = -0.1;
    check(&options, 100, "margin -0.1: expected 0 to 249.5 for a size of 800x500");
    options = defaults();
    options.line_width = 64.0000001;
    check(&options, 100, "line width 64.0000001: expected 0.5 to 64");
    options.line_width = NAN;
    check(&options, 100, "line width nan: expected 0.5 to 64");
    options = defaults();
    options.height = 16777217;
    check(&options, 100, "height 16777217: expected 1 to 65535");
    options = defaults();
    options.range_lo = 100000.01;
    options.range_hi = 100000.00;
    check(&options, 100, "range 100000.01:100000: expected two finite numbers, LO < HI");
    options.range_lo = -INFINITY;
    check(&options, 100, "range -inf:100000: expected two finite numbers, LO < HI");
}

Test(chart, spec)
{
    char text[1000];
    struct chart_options options = defaults();
    options.line_width = 0.1 + 0.2 + 1;
    options.range_lo = -1.7976931348623157e308;
    options.range_hi = 1e-5;
    chart_spec(&options, 100, 7, text, sizeof text);
    cr_assert_str_eq(text, "{\"chart\": \"line\", \"window\": 100, \"stride\": 7, \"width\": 800, \"height\": 500, "
                           "\"line_width\": 1.3, \"antialias\": false, \"margin\": 0, \"background\": 255, "
                           "\"foreground\": 0, \"range\": [-1.7976931348623157e+308, 1e-05], \"missing\": \"gap\"}");
    options = defaults();
    options.missing = MISSING_BRIDGE;
    options.margin = 1.0 / 3;
    options.antialias = 1;
    chart_spec(&options, 2, 1, text, sizeof text);
    cr_assert(strstr(text, "\"antialias\": true, \"margin\": 0.3333333333333333, "), "%s", text);
    cr_assert(strstr(text, "\"range\": \"minmax\", \"missing\": \"bridge\"}"), "%s", text);
}
