/* Chart options: limits, messages for values beyond them, and the description stored with a data set; the vertices in
 * reach of columns. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/settings.h"
#include "chart/line_layout.h"
#include "chart/spec.h"

static struct chart_options defaults(void)
{
    struct chart_options options;
    chart_options_init(&options);
    return options;
}

static void check(const struct chart_options *options, uint64_t window, const char *message)
{
    struct plotmill_error error = {0};
    enum plotmill_status status = line_layout_check(options, window, &error);
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
    const struct chart_options *found = &settings.job.line;
    cr_assert(found->width == expected.width && found->height == expected.height &&
              found->line_width == expected.line_width && found->margin == expected.margin);
    cr_assert(isnan(found->range_lo) && isnan(expected.range_lo) && isnan(found->range_hi) && isnan(expected.range_hi));
    cr_assert(found->antialias == expected.antialias && found->background == expected.background &&
              found->foreground == expected.foreground && found->missing == expected.missing);
    struct line_chart line;
    struct chart chart;
    cr_assert_eq(settings.request.maker.make(&settings.request.maker, 100, &chart, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_str_eq(chart.spec, line_chart(&line, &expected)->spec);
    chart_free(&chart);
    settings_finish(&settings);
}

Test(chart, spec)
{
    struct line_chart line;
    struct chart_options options = defaults();
    options.line_width = 0.1 + 0.2 + 1;
    options.range_lo = -1.7976931348623157e308;
    options.range_hi = 1e-7;
    char *spec = dataset_write_spec(line_chart(&line, &options), 100, 7);
    cr_assert_str_eq(
        spec,
        "{\"chart\":{\"adjust\":null,\"antialias\":false,\"background\":255,\"channels\":1,\"flip\":false,"
        "\"origin\":\"bottom\",\"panels\":[{\"layers\":[{\"ink\":0,\"mark\":\"line\",\"missing\":\"gap\",\"shape\":"
        "\"stroke\",\"whole\":false,\"width\":1.3,\"y\":null}],\"margin\":0,\"rect\":[0,0,800,500],\"x\":\"point\","
        "\"y\":{\"fields\":[null],\"outside\":\"clamp\",\"range\":[-1.7976931348623157e+308,1e-7]}}],\"rounding\":"
        "\"even\",\"size\":[800,500]},\"stride\":7,\"window\":100}");
    free(spec);
    options = defaults();
    options.missing = MISSING_BRIDGE;
    options.margin = 1.0 / 3;
    options.antialias = 1;
    const struct chart *chart = line_chart(&line, &options);
    cr_assert(strstr(chart->spec, "\"antialias\":true") && strstr(chart->spec, "\"margin\":0.3333333333333333,"));
    cr_assert(strstr(chart->spec, "\"range\":\"minmax\"") && strstr(chart->spec, "\"missing\":\"bridge\""));
}

static uint32_t random_below(uint32_t end)
{
    static uint32_t state = 3;
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(state >> 8) * end >> 24);
}

/* The first vertex at or right of `at`, by trying all; the last one if all lie left of it. */
static uint32_t first_from(const struct line_layout *chart, int64_t at)
{
    uint32_t i = 0;
    while (i < chart->window - 1 && chart->x[i] < at)
        i++;
    return i;
}

static void check_reach(const struct line_layout *chart, const struct line_reach *reach, float radius)
{
    const int64_t beyond = (int64_t)ceilf(radius) + 512 + (chart->options.antialias ? 2048 : 0); /* 1/8, 1/2 px */
    uint32_t most = 0;
    for (uint32_t g = 0; g < reach->groups; g++) {
        const int64_t left = (int64_t)g * reach->columns * 4096, right = left + (int64_t)(reach->columns - 1) * 4096;
        const uint32_t first = first_from(chart, left - beyond), last = first_from(chart, right + beyond + 1);
        cr_assert_eq(reach->firsts[g], first, "group %u: first vertex %u, expected %u", (unsigned)g,
                     (unsigned)reach->firsts[g], (unsigned)first);
        most = most > last - first + 1 ? most : last - first + 1;
    }
    cr_assert_eq(reach->reach, most, "%u vertices, expected %u", (unsigned)reach->reach, (unsigned)most);
}

/* With the table of a wider stroke, every column examines all that it would examine with its own. */
Test(chart, reaches_of_wider_strokes_include_those_of_narrower_ones)
{
    struct plotmill_error error;
    for (int i = 0; i < 3000; i++) {
        struct chart_options options = defaults();
        struct line_reach wide = {0}, own = {0};
        struct line_layout chart;
        uint32_t needed;
        options.antialias = (int)random_below(2);
        options.width = 1 + random_below(i % 10 ? 120 : 3);
        options.margin = random_below(2) ? 0 : (options.width - 1) / 2.0 * random_below(1000) / 1000;
        const uint32_t columns = options.antialias ? 1 : i % 3 ? 16 : 1;
        const uint32_t window = 2 + random_below(i % 7 ? 300 : 30000);
        cr_assert_eq(line_layout_init(&chart, &options, window, &error), PLOTMILL_OK, "%s", error.message);
        const float least = line_radius(0.5 + random_below(600) / 100.0);
        const float most = least + line_radius(random_below(4) ? random_below(5800) / 100.0 : 0);
        cr_assert_eq(line_reach_init(&wide, &chart, most, columns, &error), PLOTMILL_OK);
        cr_assert_eq(line_reach_init(&own, &chart, least, columns, &error), PLOTMILL_OK);
        if (window <= 302 || i % 70 == 0) {
            check_reach(&chart, &wide, most);
            check_reach(&chart, &own, least);
        }
        cr_assert_eq(line_reach_narrower(&wide, &chart, least, &needed), own.reach);
        for (uint32_t g = 0; g < own.groups; g++)
            cr_assert(wide.firsts[g] <= own.firsts[g] && wide.firsts[g] + needed >= own.firsts[g] + own.reach);
        line_reach_finish(&wide);
        line_reach_finish(&own);
        line_layout_finish(&chart);
    }
}
