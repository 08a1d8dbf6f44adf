/* The chart language: text -> chart -> canonical JSON -> the same chart; defaults, overrides, and messages about what
 * is no chart. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "chart/spec.h"
#include "options/language.h"
#include "plotmill_config.h"

static const struct chart_overrides none;

static enum plotmill_status try_make(struct chart *chart, const char *text, const struct chart_overrides *overrides,
                                     uint64_t window, struct plotmill_error *error)
{
    struct tree tree;
    const struct tree_text source = {"c", text, strlen(text), "chart", "size: 800x500"};
    *error = (struct plotmill_error){0};
    enum plotmill_status status = tree_read(&tree, &source, error);
    *chart = (struct chart){0};
    if (!HAVE_YAML)
        cr_skip_test("libyaml: this build has none");
    if (!status) {
        const struct chart_text read = {tree.name, tree.root};
        status = chart_make(chart, &read, overrides, window, error);
    }
    tree_free(&tree);
    return status;
}

static struct chart make_with(const char *text, const struct chart_overrides *overrides, uint64_t window)
{
    struct chart chart;
    struct plotmill_error error;
    cr_assert_eq(try_make(&chart, text, overrides, window, &error), PLOTMILL_OK, "%s\n%s", text, error.message);
    return chart;
}

static struct chart make(const char *text, uint64_t window)
{
    return make_with(text, &none, window);
}

static void check_message(const char *text, uint64_t window, const char *message)
{
    struct chart chart;
    struct plotmill_error error;
    cr_assert_eq(try_make(&chart, text, &none, window, &error), PLOTMILL_BAD_INPUT, "%s", text);
    cr_assert_str_eq(error.message, message);
    cr_assert(!chart.fields && !chart.panels && !chart.layers, "nothing remains");
}

static void check_same_layer(const struct chart_layer *a, const struct chart_layer *b)
{
    cr_assert(a->mark == b->mark && a->panel == b->panel && !memcmp(a->field, b->field, sizeof a->field));
    cr_assert(!memcmp(&a->ink, &b->ink, sizeof a->ink) && !memcmp(&a->down, &b->down, sizeof a->down));
    cr_assert(a->lead == b->lead && a->shape == b->shape && a->width == b->width && a->missing == b->missing);
    cr_assert(a->body == b->body && a->wick == b->wick && a->hollow == b->hollow && a->height == b->height &&
              a->absolute == b->absolute && a->zero_pixel == b->zero_pixel);
}

static void check_same_panel(const struct chart_panel *a, const struct chart_panel *b)
{
    cr_assert(a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height);
    cr_assert(a->margin == b->margin && a->band == b->band && a->pitch == b->pitch);
    cr_assert(a->range == b->range && a->clip == b->clip && a->share == b->share && a->scale_count == b->scale_count);
    cr_assert(isnan(a->lo) ? isnan(b->lo) && isnan(b->hi) : a->lo == b->lo && a->hi == b->hi);
    for (uint32_t i = 0; i < a->scale_count; i++)
        cr_assert(a->scale[i].field == b->scale[i].field && a->scale[i].lead == b->scale[i].lead &&
                  a->scale[i].absolute == b->scale[i].absolute);
}

static void check_same(const struct chart *a, const struct chart *b)
{
    cr_assert(a->window == b->window && a->width == b->width && a->height == b->height);
    cr_assert(a->channels == b->channels && a->per_layer == b->per_layer && a->antialias == b->antialias);
    cr_assert(!memcmp(&a->background, &b->background, sizeof a->background));
    cr_assert(a->rounding == b->rounding && a->from_top == b->from_top && a->flip == b->flip);
    cr_assert(a->field_count == b->field_count && a->panel_count == b->panel_count && a->layer_count == b->layer_count);
    cr_assert(!a->adjust == !b->adjust && (!a->adjust || !strcmp(a->adjust, b->adjust)));
    for (uint32_t i = 0; i < a->field_count; i++)
        cr_assert_str_eq(a->fields[i], b->fields[i]);
    for (uint32_t i = 0; i < a->panel_count; i++)
        check_same_panel(&a->panels[i], &b->panels[i]);
    for (uint32_t i = 0; i < a->layer_count; i++)
        check_same_layer(&a->layers[i], &b->layers[i]);
    cr_assert_str_eq(a->spec, b->spec);
}

/* The spec is a chart, and its own spec. */
static void check_round_trip(const char *text, uint64_t window)
{
    struct chart chart = make(text, window);
    cr_assert(json_is_object(chart.spec));
    struct chart again = make(chart.spec, window);
    check_same(&chart, &again);
    chart_free(&chart);
    chart_free(&again);
}

static const char design[] =
    "size: 800x500\n"
    "background: \"#ffffff\"           # grey 0..255 or #rrggbb\n"
    "channels: 3\n"
    "antialias: true\n"
    "panels:\n"
    "  - rect: [0, 0, 800, 380]\n"
    "    margin: 4\n"
    "    x: {scale: band, pitch: 8}\n"
    "    y: {fields: [open, high, low, close], range: minmax}\n"
    "    layers:\n"
    "      - {mark: candle, open: open, high: high, low: low, close: close, up: \"#26a69a\", down: \"#ef5350\", "
    "body: 5, wick: 1}\n"
    "      - {mark: line, y: \"ma(close,20)\", ink: \"#1f77b4\", width: 1.5}\n"
    "  - rect: [0, 384, 800, 116]\n"
    "    x: {scale: band, pitch: 8}\n"
    "    y: {fields: [volume], range: zero}\n"
    "    layers:\n"
    "      - {mark: column, y: volume, ink: \"#888888\"}\n";

Test(language, design_example)
{
    struct chart chart = make(design, 99);
    cr_assert(chart.width == 800 && chart.height == 500 && chart.channels == 3 && chart.antialias);
    cr_assert(chart.panel_count == 2 && chart.layer_count == 3 && chart.field_count == 6);
    cr_assert_str_eq(chart.fields[4], "ma(close,20)");
    cr_assert(chart.panels[0].band && chart.panels[0].pitch == 8 && chart.panels[0].margin == 4);
    cr_assert(chart.panels[0].scale_count == 4, "the average is not in the scale");
    cr_assert(chart.layers[0].body == 5 && chart.layers[0].wick == 1 && chart.layers[0].ink.green == 0xa6);
    cr_assert(chart.layers[1].width == 1.5 && layer_is_stroke(&chart.layers[1]) && !chart.layers[1].lead);
    cr_assert(chart.layers[2].body == 5 && chart.layers[2].panel == 1 && chart.panels[1].range == RANGE_ZERO);
    cr_assert_str_eq(
        chart.spec,
        "{\"adjust\":null,\"antialias\":true,\"background\":255,\"channels\":3,\"flip\":false,\"origin\":\"bottom\","
        "\"panels\":[{\"layers\":[{\"body\":5,\"close\":\"close\",\"down\":\"#ef5350\",\"fill\":\"solid\",\"high\":"
        "\"high\",\"low\":\"low\",\"mark\":\"candle\",\"open\":\"open\",\"up\":\"#26a69a\",\"whole\":false,\"wick\":1},"
        "{\"ink\":\"#1f77b4\",\"mark\":\"line\",\"missing\":\"gap\",\"shape\":\"stroke\",\"whole\":false,\"width\":1.5,"
        "\"y\":\"ma(close,20)\"}],\"margin\":4,\"rect\":[0,0,800,380],\"x\":{\"pitch\":8,\"scale\":\"band\"},\"y\":{"
        "\"fields\":[\"open\",\"high\",\"low\",\"close\"],\"outside\":\"clamp\",\"range\":\"minmax\"}},{\"layers\":[{"
        "\"abs\":false,\"height\":\"position\",\"ink\":136,\"mark\":\"column\",\"whole\":false,\"width\":5,\"y\":"
        "\"volume\"}],\"margin\":0,\"rect\":[0,384,800,116],\"x\":{\"pitch\":8,\"scale\":\"band\"},\"y\":{\"fields\":["
        "\"volume\"],\"outside\":\"clamp\",\"range\":\"zero\"}}],\"rounding\":\"even\",\"size\":[800,500]}");
    chart_free(&chart);
}

Test(language, defaults)
{
    struct chart chart = make("layers: [{mark: line}]", 100);
    struct chart_options options;
    struct line_chart line;
    chart_options_init(&options);
    cr_assert_str_eq(chart.spec, line_chart(&line, &options)->spec);
    cr_assert(chart_single_line(&chart) && chart_single_line(&chart)->width == 3);
    cr_assert_str_eq(chart.fields[0], "");
    chart_free(&chart);
    chart = make("layers: [{mark: bar}]", 266);
    cr_assert(chart.panels[0].band && chart.panels[0].pitch == 3 && chart.channels == 1 && chart.field_count == 4);
    cr_assert_str_eq(chart.fields[chart.layers[0].field[FIELD_LOW]], "low");
    chart_free(&chart);
    chart = make("layers: [{mark: candle, up: 255, ink: 9}]", 100);
    cr_assert(chart.layers[0].ink.red == 255 && chart.layers[0].down.red == 9 && chart.layers[0].body == 5);
    chart_free(&chart);
    static const struct {
        uint64_t window;
        uint32_t width;
    } widths[] = {{800, 1}, {400, 1}, {266, 1}, {200, 3}, {160, 3}, {133, 3}, {114, 5}, {80, 7}};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        chart = make("layers: [{mark: column}]", widths[i].window);
        cr_assert_eq(chart.layers[0].body, widths[i].width, "window %d", (int)widths[i].window);
        chart_free(&chart);
    }
}

Test(language, specs_are_charts)
{
    check_round_trip(design, 99);
    check_round_trip("layers: [{mark: line, width: 3pt, missing: bridge, y: \"'adj close'\"}]\ndpi: 96\nmargin: 2.5",
                     7);
    check_round_trip("size: [3*window, 32]\nlayers: [{mark: bar, whole: true, close: \"ma(close,3)\"}]\nflip: true", 5);
    check_round_trip("layers:\n- {mark: column, height: count, zero: pixel, abs: true, y: v}\n"
                     "- {mark: line, shape: pixel, y: v, missing: error}\n"
                     "y: {range: [-0.1, 1e-7], outside: clip}\nrounding: half-up\norigin: top\nadjust: \"'my ret'\"",
                     10);
    check_round_trip("channels: layer\nbackground: \"#112233\"\nlayers: [{mark: candle, fill: hollow}, {mark: line}]",
                     100);
    check_round_trip("size: [1, 1]\nlayers: [{mark: line}]", 2);
    check_round_trip("panels:\n"
                     "- rect: [0, 0, 1.0, 0.5]\n"
                     "  layers: [{mark: line, y: a}]\n"
                     "  y: {share: both}\n"
                     "- rect: [0, 0.5, 1.0, 0.5]\n"
                     "  layers: [{mark: line, y: \"ma(a,9)\", whole: true}, {mark: line, y: b}]\n"
                     "  y: {fields: [\"ma(a,9)\", c], share: both}\n"
                     "- layers: [{mark: line, y: d}]\n"
                     "- layers: [{mark: line, y: d}, {mark: line, y: \"ma(d,4)\", whole: true}]\n"
                     "  y: {share: more}\n"
                     "- {layers: [{mark: line, y: d}], y: {fields: [z, d], share: more}}\n"
                     "- {layers: [{mark: line, y: d}], y: {fields: [w]}}\n"
                     "- {layers: [{mark: line, y: d}], y: {fields: [v], share: both}}\n",
                     10);
}

Test(language, scales_and_leads)
{
    struct chart chart = make("layers:\n"
                              "- {mark: line, y: close}\n"
                              "- {mark: line, y: \"ma(close,20)\", whole: true}\n"
                              "- {mark: line, y: \"ma(close,5)\", whole: true}\n"
                              "- {mark: line, y: \"ma(close,5)\"}\n",
                              100);
    const struct chart_panel *panel = chart.panels;
    cr_assert(panel->scale_count == 3 && chart.layers[1].lead == 20 && chart.layers[2].lead == 5);
    cr_assert(panel->scale[0].lead == 0 && panel->scale[1].lead == 20 && panel->scale[2].lead == 0);
    chart_free(&chart);
    chart =
        make("layers: [{mark: column, y: v, abs: true}, {mark: column, y: w}]\ny: {fields: [w, v, x], range: zero}", 9);
    panel = chart.panels;
    cr_assert(panel->scale_count == 3 && !panel->scale[0].absolute && panel->scale[1].absolute &&
              !panel->scale[2].absolute);
    chart_free(&chart);
    chart = make("panels:\n"
                 "- {layers: [{mark: line, y: a}], y: {share: s}}\n"
                 "- {layers: [{mark: line, y: b}]}\n"
                 "- {layers: [{mark: line, y: c}], y: {share: s}}\n",
                 9);
    cr_assert(chart.panels[0].scale_count == 2 && chart.panels[1].scale_count == 1 && chart.panels[2].scale_count == 2);
    cr_assert(chart.panels[0].share == 1 && chart.panels[1].share == 0 && chart.panels[2].share == 1);
    cr_assert(chart.panels[0].scale[1].field == 2 && chart.panels[2].scale[0].field == 0);
    chart_free(&chart);
}

Test(language, rectangles)
{
    struct chart chart = make("size: 7x5\npanels:\n- {rect: [0.5, 0, 0.5, 0.5], layers: [{mark: line}]}\n"
                              "- {rect: [0.7, 0.1, 0.3, 0.9], layers: [{mark: line}]}\n"
                              "- {rect: [6, 4, 1, 1], layers: [{mark: line}]}\n",
                              2);
    const struct chart_panel *p = chart.panels;
    cr_assert(p[0].x == 4 && p[0].width == 3 && p[0].y == 0 && p[0].height == 2, "halves to even");
    cr_assert(p[1].x == 5 && p[1].width == 2 && p[1].y == 0 && p[1].height == 5);
    cr_assert(p[2].x == 6 && p[2].y == 4 && p[2].width == 1 && p[2].height == 1);
    chart_free(&chart);
}

/* Before the window is known. */
Test(language, fields_alone)
{
    struct chart chart = make("size: [4*window, 500]\nlayers: [{mark: bar, up: \"#ff0000\"}]\nx: {pitch: 4}", 0);
    cr_assert(chart.window == 0 && !chart.spec && chart.field_count == 4 && chart.channels == 3 && chart.height == 500);
    chart_free(&chart);
    chart = make("window: 20\nsize: [4*window, 500]\nlayers: [{mark: bar}]", 0);
    cr_assert(chart.window == 20 && chart.width == 80 && chart.spec);
    chart_free(&chart);
}

Test(language, overrides)
{
    const struct ink back = {1, 2, 3};
    uint32_t rows[] = {5, 10, 30};
    static const char averages[] = "layers:\n- {mark: line, y: \"ma(a,2)\", ink: 7}\n- {mark: line, y: a}\n"
                                   "- {mark: line, y: \"ma(b,3)\", ink: 8, whole: true}\ny: {fields: [\"ma(a,2)\", a]}";
    struct chart chart = make_with(
        design, &(struct chart_overrides){.has_background = true, .background = back, .antialias = -1, .channels = 3},
        95);
    cr_assert(chart.background.blue == 3 && !chart.antialias);
    chart_free(&chart);
    chart =
        make_with("size: 9x9\nlayers: [{mark: line, width: 3pt}]",
                  &(struct chart_overrides){.width = 30, .height = 20, .dpi = 144, .antialias = 1, .channels = -1}, 95);
    cr_assert(chart.width == 30 && chart.height == 20 && chart.layers[0].width == 6 && chart.antialias &&
              chart.per_layer && chart.channels == 1);
    chart_free(&chart);
    chart = make_with(averages, &(struct chart_overrides){.averages = rows, .average_count = 1}, 50);
    cr_assert(chart.layer_count == 2 && chart.layers[0].ink.red == 7 && chart.panels[0].scale_count == 2);
    cr_assert_str_eq(chart.fields[chart.layers[0].field[0]], "ma(a,5)");
    chart_free(&chart);
    chart = make_with(averages, &(struct chart_overrides){.averages = rows, .average_count = 3}, 50);
    cr_assert(chart.layer_count == 4 && chart.layers[3].ink.red == 8 && chart.layers[3].lead == 30 &&
              chart.layers[2].lead == 10);
    cr_assert_str_eq(chart.fields[chart.layers[2].field[0]], "ma(b,10)");
    cr_assert_str_eq(chart.fields[chart.layers[3].field[0]], "ma(b,30)");
    chart_free(&chart);
}

static void check_override(const char *text, struct chart_overrides overrides, const char *message)
{
    struct chart chart;
    struct plotmill_error error;
    cr_assert_eq(try_make(&chart, text, &overrides, 50, &error), PLOTMILL_BAD_INPUT, "%s", text);
    cr_assert_str_eq(error.message, message);
}

Test(language, wrong_overrides)
{
    uint32_t rows[] = {5};
    const struct ink red = {255, 0, 0};
    check_override("layers: [{mark: line}]", (struct chart_overrides){.averages = rows, .average_count = 1},
                   "ma: found with chart c, which has no averages to replace, expected a chart with a line of "
                   "ma(FIELD,N)");
    check_override(
        design, (struct chart_overrides){.width = 224, .height = 224},
        "size: found 224x224, expected none with c, whose panels are in pixels: make a chart file of it with "
        "panels of this size, or in fractions");
    check_override(design, (struct chart_overrides){.channels = 1},
                   "channels: found 1 with the colour #26a69a in chart c, expected 3");
    check_override("channels: 1\nlayers: [{mark: line}]",
                   (struct chart_overrides){.has_background = true, .background = red},
                   "channels: found 1 with the colour #ff0000 in chart c, expected 3");
    check_override("size: 9x9\nlayers: [{mark: line, width: 3pt}]", (struct chart_overrides){.dpi = 10},
                   "c:2:30: width: found 3pt, which is 0.4167 px at 10 dpi, expected 0.5 to 64 px");
}

Test(language, keys)
{
    check_message("layers: [{mark: line}]\ncolour: 3", 9,
                  "c:2:1: colour: found an unknown key of the chart, expected size, window, background, channels, "
                  "antialias, rounding, origin, flip, adjust, dpi, panels, margin, x, y, layers");
    check_message("layers: [{mark: line, widht: 3}]", 9,
                  "c:1:23: widht: found an unknown key of a line, expected y, mark, ink, width, shape, missing, whole: "
                  "did you mean 'width'?");
    check_message("layers: [{mark: bar, width: 3}]", 9, "c:1:22: width: found in a bar, expected in a line, a column");
    check_message("layers: [{mark: column, open: 3}]", 9,
                  "c:1:25: open: found in a column, expected in a bar, a candle");
    check_message("layers: [{mark: line}]\nrect: [0, 0, 1, 1]", 9,
                  "c:2:1: rect: found in the chart, expected in a panel");
    check_message("layers: [{mark: line, part: [0, 0.5]}]", 9,
                  "c:1:23: part: found a key that this version does not support, expected y, mark, ink, width, shape, "
                  "missing, whole of a line");
    check_message(
        "panels: [{each: [a, b], layers: [{mark: line}]}]", 9,
        "c:1:11: each: found a key that this version does not support, expected rect, margin, x, y, layers of "
        "a panel");
    check_message("layers: [{mark: line}]\nx: {pich: 3}", 9,
                  "c:2:5: pich: found an unknown key of x, expected scale, pitch: did you mean 'pitch'?");
    check_message("layers: [{mark: line}]\ny: {feilds: [a]}", 9,
                  "c:2:5: feilds: found an unknown key of y, expected fields, range, outside, share: did you mean "
                  "'fields'?");
    check_message("layers: [{mark: line}]\ny: close", 9, "c:2:4: y: found 'close', expected keys and values");
    check_message("panels: [{layers: [{mark: line}]}]\nmargin: 3", 9,
                  "c:2:9: margin: found beside panels, expected in a panel");
    check_message("panels: [3]", 9, "c:1:10: panels: found '3', expected keys and values");
    check_message("panels: []", 9, "c:1:9: panels: found an empty list, expected a list of panels");
    check_message("size: 3x3", 9, "c:1:1: layers: found none, expected a list with a mark or more");
    check_message("layers: []", 9, "c:1:9: layers: found none, expected a list with a mark or more");
    check_message("layers: {mark: line}", 9,
                  "c:1:9: layers: found keys and values, expected a list with a mark or more");
    check_message("layers: [line]", 9, "c:1:10: layers: found 'line', expected keys and values with a mark");
    check_message("layers: [{y: a}]", 9, "c:1:10: mark: found none, expected line, bar, candle or column");
    check_message("layers: [{mark: area}]", 9,
                  "c:1:17: mark: found 'area', which this version does not support, expected line, bar, candle or "
                  "column");
    check_message("layers: [{mark: candel}]", 9,
                  "c:1:17: mark: found 'candel', expected one of line, bar, candle, column: did you mean 'candle'?");
    check_message("[1, 2]", 9, "c:1:1: found a list, expected keys and values like size: 800x500");
}

Test(language, values)
{
    check_message("layers: [{mark: line, ink: #fff}]\n", 9,
                  "c:2:1: not YAML: did not find expected node content while parsing a flow node");
    check_message("layers:\n- mark: line\n  ink: #ff0000\n", 9,
                  "c:3:7: ink: found nothing, expected a grey from 0 to 255, or a colour in quotes: \"#rrggbb\"");
    check_message("layers: [{mark: line, ink: red}]", 9,
                  "c:1:28: ink: found 'red', expected a grey from 0 to 255, or a colour in quotes: \"#rrggbb\"");
    check_message("layers: [{mark: line, ink: 256}]", 9,
                  "c:1:28: ink: found '256', expected a grey from 0 to 255, or a colour in quotes: \"#rrggbb\"");
    check_message("layers: [{mark: line, width: 65}]", 9, "c:1:30: width: found 65, expected 0.5 to 64 px");
    check_message("layers: [{mark: line, width: 0.49}]", 9, "c:1:30: width: found 0.49, expected 0.5 to 64 px");
    check_message("layers: [{mark: line, width: \"3\"}]", 9,
                  "c:1:30: width: found '3' in quotes, expected 0.5 to 64 px, or points like 3pt");
    check_message("layers: [{mark: line, width: 2mm}]", 9,
                  "c:1:30: width: found '2mm', expected 0.5 to 64 px, or points like 3pt");
    check_message("layers: [{mark: line, width: 1, shape: pixel}]\nx: band", 9,
                  "c:1:30: width: found in a line with shape: pixel, expected shape: stroke, or no width: lines of "
                  "pixels are one pixel wide");
    check_message("layers: [{mark: bar}]\nx: point", 9,
                  "c:1:10: mark: found a bar in a panel with x: point, expected x: band");
    check_message("layers: [{mark: line, whole: true}]", 9,
                  "c:1:30: whole: found true without ma, ema or sd in the layer's fields, expected such a field, or no "
                  "whole");
    check_message("layers: [{mark: line, whole: perhaps}]", 9,
                  "c:1:30: whole: found 'perhaps', expected true or false");
    check_message("layers: [{mark: line, y: \"ma(close)\"}]", 9,
                  "c:1:26: y: found ')', expected a comma and the number of rows, as in ma(close,20)");
    check_message("layers: [{mark: line, y: [a]}]", 9, "c:1:26: y: found a list, expected a field");
    check_message("layers: [{mark: line, y: 3}]", 9, "c:1:26: y: found '3' without a field, expected the name of one");
    check_message("layers: [{mark: column, zero: pixel}]", 9,
                  "c:1:31: zero: found in a column with height: position, expected height: count, or no zero");
    check_message("layers: [{mark: column, width: 9}]\nx: {pitch: 8}", 9,
                  "c:1:32: width: found '9', expected a whole number from 1 to 8");
    check_message("layers: [{mark: candle, wick: 1.5}]", 9,
                  "c:1:31: wick: found '1.5', expected a whole number from 1 to 88");
    check_message("background: white\nlayers: [{mark: line}]", 9,
                  "c:1:13: background: found 'white', expected a grey from 0 to 255, or a colour in quotes: "
                  "\"#rrggbb\"");
    check_message("channels: 2\nlayers: [{mark: line}]", 9, "c:1:11: channels: found '2', expected one of 1, 3, layer");
    check_message("channels: 1\nlayers: [{mark: candle, down: \"#ff0001\"}]", 9,
                  "c:1:11: channels: found 1 with the colour #ff0001 in line 2, expected 3");
    check_message("channels: 1\nbackground: \"#ff0001\"\nlayers: [{mark: line}]", 9,
                  "c:1:11: channels: found 1 with the colour #ff0001 in line 2, expected 3");
    check_message("rounding: up\nlayers: [{mark: line}]", 9,
                  "c:1:11: rounding: found 'up', expected one of even, half-up, truncate");
    check_message("adjust: ret*2\nlayers: [{mark: line}]", 9,
                  "c:1:9: adjust: found 'ret*2', expected the name of a column of returns");
    check_message("dpi: 0\nlayers: [{mark: line}]", 9, "c:1:6: dpi: found 0, expected 1 to 10000");
}

Test(language, places)
{
    check_message("layers: [{mark: line}]\nx: date", 9,
                  "c:2:4: x: found 'date', expected point or band (this version does not support fields of times)");
    check_message("layers: [{mark: line}]\nx: {scale: point, pitch: 3}", 9,
                  "c:2:26: pitch: found with scale: point, expected scale: band, or no pitch");
    check_message("layers: [{mark: line}]\nx: {pitch: 8}", 101,
                  "c:2:12: pitch: found 8, which makes 808 columns of 101 samples, expected 1 to 7 in a panel of "
                  "800 columns: set a greater width, or a smaller window");
    check_message("layers: [{mark: line}]\nx: band", 801,
                  "c:1:1: x: found a band of 800 columns for 801 samples, expected a column or more for each: set a "
                  "greater width, a smaller window, or x: point");
    check_message("layers: [{mark: bar}]", 400,
                  "c:1:10: mark: found bars in columns of 2 px, expected a pitch of 3 px or more: set a greater "
                  "width, or a smaller window");
    check_message("layers: [{mark: line}]\nmargin: 2.5\nx: band", 9,
                  "c:2:9: margin: found 2.5, expected whole pixels with x: band");
    check_message("layers: [{mark: line}]\nmargin: 250", 9, "c:2:9: margin: found 250, expected 0 to 249.5");
    check_message("layers: [{mark: line}]\nmargin: -1", 9, "c:2:9: margin: found -1, expected 0 to 249.5");
    check_message("layers: [{mark: line}]\ny: {range: [2, 1]}", 9, "c:2:12: range: found [2, 1], expected LO below HI");
    check_message("layers: [{mark: line}]\ny: {range: [2, nan]}", 9, "c:2:16: range: found 'nan', expected a number");
    check_message("layers: [{mark: line}]\ny: {range: 0:1}", 9,
                  "c:2:12: range: found '0:1', expected minmax, zero or [LO, HI]");
    check_message("layers: [{mark: line}]\ny: {fields: close}", 9,
                  "c:2:13: fields: found 'close', expected a list of fields");
    check_message("layers: [{mark: line}]\ny: {share: a}", 9,
                  "c:2:12: share: found 'a' in one panel alone, expected a name that several panels have");
    check_message("panels:\n- {layers: [{mark: line}], y: {share: a}}\n"
                  "- {layers: [{mark: line}], y: {share: a, range: zero}}",
                  9, "c:3:39: share: found another range than that of the first panel with 'a', expected the same");
    check_message("panels:\n- {rect: [0, 0, 801, 500], layers: [{mark: line}]}", 9,
                  "c:2:10: rect: found [0, 0, 801, 500], expected a panel of one pixel or more inside the image of "
                  "800x500 px");
    check_message("panels:\n- {rect: [0, 0.5, 1, 0.6], layers: [{mark: line}]}", 9,
                  "c:2:10: rect: found [0, 0.5, 1, 0.6], expected a panel of one pixel or more inside the image of "
                  "800x500 px, as fractions from 0 to 1 (pixels have no decimal point)");
    check_message("panels:\n- {rect: [0, 0, 1.0, 0.0001], layers: [{mark: line}]}", 9,
                  "c:2:10: rect: found [0, 0, 1.0, 0.0001], expected a panel of one pixel or more inside the image of "
                  "800x500 px, as fractions from 0 to 1 (pixels have no decimal point)");
    check_message("panels:\n- {rect: [0, 0, 1, 1], layers: [{mark: line}]}", 9,
                  "c:2:10: rect: found [0, 0, 1, 1], which is one pixel or, as fractions, the whole image: expected "
                  "fractions with a decimal point, [0, 0, 1.0, 1.0], or no rect");
    check_message("panels:\n- {rect: [0, 0, 1], layers: [{mark: line}]}", 9,
                  "c:2:10: rect: found a list of another length, expected [x, y, width, height]");
}

Test(language, sizes)
{
    check_message("size: [3*window, 70000]\nlayers: [{mark: line}]", 9,
                  "c:1:18: size: found '70000', expected 1 to 65535 px, or a multiple of the window like 3*window");
    check_message("size: [3*window, 7]\nlayers: [{mark: line}]", 30000,
                  "c:1:8: size: found '3*window', which is 90000 px, expected 1 to 65535");
    check_message("size: [window, 7]\nlayers: [{mark: line}]", 30,
                  "c:1:8: size: found 'window', expected 1 to 65535 px, or a multiple of the window like 3*window");
    check_message("size: 3*windowx7\nlayers: [{mark: line}]", 30,
                  "c:1:7: size: found '3*windowx7', expected WIDTHxHEIGHT, each 1 to 65535 px, or [WIDTH, HEIGHT], of "
                  "which each may be a multiple of the window like 3*window");
    check_message("size: 0x7\nlayers: [{mark: line}]", 30,
                  "c:1:7: size: found '0x7', expected WIDTHxHEIGHT, each 1 to 65535 px, or [WIDTH, HEIGHT], of which "
                  "each may be a multiple of the window like 3*window");
    check_message("layers: [{mark: line}]", 1, "window: found 1, expected 2 to 16777216");
    check_message("window: 20\nlayers: [{mark: line}]", 30,
                  "window: found 30, expected 20, for which chart c is defined");
    check_message("window: 1\nlayers: [{mark: line}]", 0,
                  "c:1:9: window: found '1', expected a whole number from 2 to 16777216");
}

/* A node that contains itself, and one that many places share, are read no deeper than charts are. */
Test(language, aliases)
{
    struct chart chart = make("layers:\n- &a {mark: line, y: close, ink: 3}\n- *a", 9);
    cr_assert(chart.layer_count == 2 && chart.layers[1].ink.red == 3 && chart.field_count == 1);
    chart_free(&chart);
    check_message("layers: &a [*a]", 9, "c:1:9: layers: found a list, expected keys and values with a mark");
    check_message("panels: &a [{layers: *a}]", 9, "c:1:13: mark: found none, expected line, bar, candle or column");
}

/* A tree as text is the same tree. */
Test(language, tree_as_text)
{
    static const char text[] = "a: 1\nb: \"1\"\nc: [x, ~, .5, yes, \"no\"]\nd: {e: 3*window, f: \"\"}\n";
    struct tree tree;
    struct plotmill_error error;
    if (!HAVE_YAML)
        cr_skip_test("libyaml: this build has none");
    cr_assert_eq(tree_read(&tree, &(struct tree_text){"t", text, strlen(text), "chart", ""}, &error), PLOTMILL_OK);
    char *written = node_write(tree.root);
    cr_assert_str_eq(written, "{\"a\": 1, \"b\": \"1\", \"c\": [\"x\", null, .5, yes, \"no\"], \"d\": {\"e\": "
                              "\"3*window\", \"f\": \"\"}}");
    free(written);
    tree_free(&tree);
    static const char endless[] = "a: &x [*x]";
    cr_assert_eq(tree_read(&tree, &(struct tree_text){"t", endless, strlen(endless), "chart", ""}, &error),
                 PLOTMILL_OK);
    cr_assert_null(node_write(tree.root));
    tree_free(&tree);
}
