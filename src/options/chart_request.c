#include "options/chart_request.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/line_layout.h"
#include "chart/spec.h"
#include "options/presets.h"
#include "base/suggest.h"

/* The chart `line`, which needs no libyaml: {layers: [{mark: line}]}. Its options say the rest; presets/line.yaml says
 * the same for those who want to change it. */
static const struct node word_line = {.kind = NODE_PLAIN, .text = "line"}, key_mark = {.text = "mark"},
                         key_layers = {.text = "layers"};
static const struct node *const mark_keys[] = {&key_mark}, *const mark_items[] = {&word_line};
static const struct node layer = {.kind = NODE_MAP,
                                  .text = "",
                                  .keys = (const struct node **)mark_keys,
                                  .items = (const struct node **)mark_items,
                                  .count = 1};
static const struct node *const layer_items[] = {&layer};
static const struct node layers = {
    .kind = NODE_LIST, .text = "", .items = (const struct node **)layer_items, .count = 1};
static const struct node *const root_keys[] = {&key_layers}, *const root_items[] = {&layers};
static const struct node line_root = {.kind = NODE_MAP,
                                      .text = "",
                                      .keys = (const struct node **)root_keys,
                                      .items = (const struct node **)root_items,
                                      .count = 1};

static const char *const of_line[] = {"line-width", "foreground", "range", "missing", "margin"};
#define LINE_OPTIONS (sizeof of_line / sizeof *of_line)

bool chart_is_line(const char *text)
{
    return !text || !strcmp(text, "line");
}

bool option_is_of_line(const char *option)
{
    for (size_t i = 0; i < LINE_OPTIONS; i++)
        if (!strcmp(of_line[i], option))
            return true;
    return false;
}

static enum plotmill_status unknown_chart(const char *name, struct plotmill_error *error)
{
    struct suggestion suggestion = {.meant = name};
    struct text_list list = {0};
    for (size_t i = 0; i < preset_count; i++) {
        text_list_add(&list, "%s", presets[i].name);
        suggestion_offer(&suggestion, presets[i].name);
    }
    text_list_end(&list);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "chart: found '%s', expected a preset (%s) or a file%s%s%s",
                              name, list.text, suggestion.name ? ": did you mean '" : "",
                              suggestion.name ? suggestion.name : "", suggestion.name ? "'?" : "");
}

/* A preset, keys and values in braces, or a file. */
static enum plotmill_status read_tree(struct chart_request *request, const char *chart, struct plotmill_error *error)
{
    struct tree_text text = {.name = request->name, .kind = "chart", .example = "size: 800x500"};
    if (*chart == '{') {
        text.text = chart;
        text.size = strlen(chart);
        return tree_read(&request->tree, &text, error);
    }
    for (size_t i = 0; i < preset_count; i++)
        if (!strcmp(presets[i].name, chart)) {
            text.text = presets[i].text;
            text.size = strlen(text.text);
            return tree_read(&request->tree, &text, error);
        }
    return os_exists(chart) ? tree_read(&request->tree, &text, error) : unknown_chart(chart, error);
}

/* The nested keys of a job file, unless something has overridden them. */
static const struct setting *nested_chart(const struct config *config, const char *chart)
{
    for (size_t i = 0; config && i < config->setting_count; i++) {
        const struct setting *setting = &config->settings[i];
        if (setting->entry && !strcmp(setting->entry->name, "chart") && setting->node &&
            setting->shape == SETTING_NESTED && setting->text && chart == setting->text)
            return setting;
    }
    return NULL;
}

/* "5,20" */
static enum plotmill_status read_averages(struct chart_request *request, const char *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_overrides *overrides = &request->overrides;
    const char *at = text;
    TRY_ALLOCATE(error, overrides->averages, strlen(text), sizeof *overrides->averages);
    for (;;) {
        const size_t length = strspn(at, "0123456789");
        const double rows = length && length < 10 ? atof(at) : 0;
        if (rows < 1 || rows > CHART_WINDOW_MAX || (at[length] && at[length] != ','))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "ma: found '%s', expected numbers of rows, each from 1 to %u, separated by commas", text,
                 CHART_WINDOW_MAX);
        overrides->averages[overrides->average_count++] = (uint32_t)rows;
        if (!at[length])
            break;
        at += length + 1;
    }
done:
    return status;
}

static enum plotmill_status read_line(struct chart_request *request, const struct image_settings *image,
                                      struct plotmill_error *error)
{
    request->foreground = image->foreground;
    request->line_width = line_width_px(image);
    request->margin = image->margin;
    request->lo = image->range.lo;
    request->hi = image->range.hi;
    request->missing = (enum missing_mode)image->missing;
    request->text = (struct chart_text){.name = "line", .root = &line_root};
    if (image->ma)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "ma: found with chart line, which has no averages to replace, expected a chart that "
                                  "has some, like candles");
    return PLOTMILL_OK;
}

static enum plotmill_status refuse_of_line(const struct chart_request *request, const struct option_group *group,
                                           struct plotmill_error *error)
{
    static const char *const keys[LINE_OPTIONS] = {"the key width of a line", "the key ink of a layer",
                                                   "the key range of y", "the key missing of a line",
                                                   "the key margin of a panel"};
    for (size_t i = 0; i < LINE_OPTIONS; i++)
        if (options_given(group, of_line[i]))
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: found with chart %s, expected only with chart line: use %s in a chart file",
                                      of_line[i], request->name, keys[i]);
    return PLOTMILL_OK;
}

static void read_overrides(struct chart_overrides *overrides, const struct image_settings *image,
                           const struct option_group *group, bool all)
{
    if (all || options_given(group, "size")) {
        overrides->width = image->size.width;
        overrides->height = image->size.height;
    }
    overrides->has_background = all || options_given(group, "background");
    overrides->background = image->background;
    if (all || options_given(group, "antialias"))
        overrides->antialias = image->antialias ? 1 : -1;
    if (options_given(group, "dpi"))
        overrides->dpi = image->dpi;
}

/* What the options of `line` say about its only layer. */
static enum plotmill_status set_line(const struct chart_request *request, struct chart *chart,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_panel *panel = chart->panels;
    struct chart_layer *line = chart->layers;
    TRY(line_layout_check_margin(request->margin, chart->width, chart->height, error));
    panel->margin = request->margin;
    panel->lo = request->lo;
    panel->hi = request->hi;
    panel->range = isnan(request->lo) ? RANGE_MINMAX : RANGE_FIXED;
    line->width = request->line_width;
    line->missing = request->missing;
    if (!chart->per_layer) {
        line->ink = line->down = request->foreground;
        if (!ink_is_grey(request->foreground) && request->overrides.channels == 1)
            FAIL(error, PLOTMILL_BAD_INPUT, "channels: found 1 with a foreground in colour, expected 3");
        if (!ink_is_grey(request->foreground))
            chart->channels = 3;
    }
    free(chart->spec);
    chart->spec = chart->window ? chart_write_spec(chart) : NULL;
    if (chart->window)
        TRY_MEMORY(error, chart->spec);
done:
    return status;
}

static enum plotmill_status make(const struct chart_maker *maker, uint64_t window, struct chart *chart,
                                 struct plotmill_error *error)
{
    const struct chart_request *request = (const struct chart_request *)maker;
    enum plotmill_status status = chart_make(chart, &request->text, &request->overrides, window, error);
    if (!status && request->is_line)
        status = set_line(request, chart, error);
    if (status)
        chart_free(chart);
    return status;
}

enum plotmill_status chart_request_init(struct chart_request *request, const struct image_settings *image,
                                        const struct option_group *group, const struct config *config, int channels,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct setting *nested = nested_chart(config, image->chart);
    const bool is_line = chart_is_line(image->chart), is_text = image->chart && *image->chart == '{';
    *request = (struct chart_request){.maker = {make}, .is_line = is_line};
    TRY(string_keep(&request->name,
                    is_line   ? "line"
                    : nested  ? config->tree.name
                    : is_text ? "chart"
                              : image->chart,
                    error));
    read_overrides(&request->overrides, image, group, is_line);
    request->overrides.channels = channels;
    if (is_line) {
        TRY(read_line(request, image, error));
        goto done;
    }
    if (nested) {
        request->tree = tree_share(&config->tree);
        request->text = (struct chart_text){request->name, nested->node};
    } else {
        TRY(read_tree(request, image->chart, error));
        request->text = (struct chart_text){request->name, request->tree.root};
    }
    TRY(refuse_of_line(request, group, error));
    if (image->ma)
        TRY(read_averages(request, image->ma, error));
done:
    return status;
}

void chart_request_finish(struct chart_request *request)
{
    tree_free(&request->tree);
    free(request->name);
    free(request->overrides.averages);
    *request = (struct chart_request){0};
}

enum plotmill_status chart_request_copy(struct chart_request *copy, const struct chart_request *request,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = request->overrides.average_count;
    uint32_t *averages = NULL;
    *copy = *request;
    copy->tree = tree_share(&request->tree);
    copy->name = string_copy(request->name);
    copy->overrides.averages = NULL;
    TRY_MEMORY(error, copy->name);
    copy->text.name = copy->name;
    if (count) {
        TRY_ALLOCATE(error, averages, count, sizeof *averages);
        memcpy(averages, request->overrides.averages, count * sizeof *averages);
        copy->overrides.averages = averages;
    }
done:
    return status;
}
