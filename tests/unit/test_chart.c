/* Chart options: limits, messages for values beyond them, and the description stored with a data set. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "api/settings.h"
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
    check(&options, 1, "window: found 1, expected 2 to 16777216");
    check(&options, 16777217, "window: found 16777217, expected 2 to 16777216");
    check(&options, UINT64_MAX, "window: found 18446744073709551615, expected 2 to 16777216");
}

/* A value just beyond its limit never looks like the limit. */
Test(chart, messages_give_exact_limits)
{
    struct chart_options options = defaults();
    options.margin = 249.5;
    check(&options, 100, NULL);
    options.margin = nextafter(249.5, 250);
    check(&options, 100, "margin: found 249.50000000000003, expected 0 to 249.5 with size 800x500");
    options.margin = -0.1;
    check(&options, 100, "margin: found -0.1, expected 0 to 249.5 with size 800x500");
}

/* The table of options says the same. */
Test(chart, defaults)
{
    const struct chart_options expected = defaults();
    struct settings settings;
    struct plotmill_error error = {0};
    cr_assert_eq(settings_get(&settings, NULL, NULL, &error), PLOTMILL_OK, "%s", error.message);
    const struct chart_options *found = &settings.job.chart;
    cr_assert(found->width == expected.width && found->height == expected.height &&
              found->line_width == expected.line_width && found->margin == expected.margin);
    cr_assert(isnan(found->range_lo) && isnan(expected.range_lo) && isnan(found->range_hi) && isnan(expected.range_hi));
    cr_assert(found->antialias == expected.antialias && found->background == expected.background &&
              found->foreground == expected.foreground && found->missing == expected.missing);
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
