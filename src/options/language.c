#include "options/language.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/expression.h"
#include "chart/spec.h"
#include "options/chart_reader.h"

/* A side: px, or N*window. */
static enum plotmill_status read_side(const struct chart_reader *reader, const struct node *node, uint32_t *side)
{
    static const char times[] = "*window";
    const uint64_t window = reader->chart->window;
    char text[24] = "";
    double number = 0;
    const size_t length = strlen(node->text), factor = strspn(node->text, "0123456789");
    const bool by_window = factor && !strcmp(node->text + factor, times);
    snprintf(text, sizeof text, "%.*s", (int)MIN(factor, 20), node->text);
    if (node->kind < NODE_LIST && factor && (factor == length || by_window))
        number = strtod(text, NULL);
    if (by_window && !window && number >= 1 && number <= CHART_SIDE_MAX)
        return PLOTMILL_OK;
    number *= by_window ? (double)window : 1;
    if (number >= 1 && number <= CHART_SIDE_MAX) {
        *side = (uint32_t)number;
        return PLOTMILL_OK;
    }
    if (by_window && number)
        return reader_wrong(reader, node, "size", "found '%s', which is %.17g px, expected 1 to %d", node->text, number,
                            CHART_SIDE_MAX);
    return reader_wrong(reader, node, "size",
                        "found %s, expected 1 to %d px, or a multiple of the window like 3*window",
                        node_quote(node).text, CHART_SIDE_MAX);
}

/* "800x500" */
static enum plotmill_status parse_size(const struct chart_reader *reader, const struct node *node)
{
    unsigned width = 0, height = 0;
    int end = 0;
    const bool form = strspn(node->text, "0123456789x") == strlen(node->text) && strlen(node->text) < 20 &&
                      sscanf(node->text, "%5ux%5u%n", &width, &height, &end) == 2 && !node->text[end];
    if (!form || !width || !height || width > CHART_SIDE_MAX || height > CHART_SIDE_MAX)
        return reader_wrong(reader, node, "size",
                            "found %s, expected WIDTHxHEIGHT, each 1 to %d px, or [WIDTH, HEIGHT], of which each may "
                            "be a multiple of the window like 3*window",
                            node_quote(node).text, CHART_SIDE_MAX);
    reader->chart->width = width;
    reader->chart->height = height;
    return PLOTMILL_OK;
}

/* Panels in pixels hold for one size. */
static enum plotmill_status check_size_override(const struct chart_reader *reader, const struct node *root)
{
    const struct node *panels = node_member(root, "panels");
    const struct chart_overrides *o = reader->overrides;
    bool pixels = false;
    for (size_t i = 0; panels && panels->kind == NODE_LIST && i < panels->count; i++) {
        const struct node *rect = node_member(panels->items[i], "rect");
        bool fractions = false;
        for (size_t k = 0; rect && rect->kind == NODE_LIST && k < rect->count; k++)
            fractions |= strpbrk(rect->items[k]->text, ".eE") != NULL;
        pixels |= rect && !fractions;
    }
    if (!pixels)
        return PLOTMILL_OK;
    return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT,
                              "size: found %ux%u, expected none with %s, whose panels are in pixels: make a chart file "
                              "of it with panels of this size, or in fractions",
                              (unsigned)o->width, (unsigned)o->height, reader->text->name);
}

static enum plotmill_status read_size(const struct chart_reader *reader, const struct node *root)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *node = node_member(root, "size");
    struct chart *chart = reader->chart;
    chart->width = 800;
    chart->height = 500;
    if (node && node->kind == NODE_LIST && node->count == 2) {
        TRY(read_side(reader, node->items[0], &chart->width));
        TRY(read_side(reader, node->items[1], &chart->height));
    } else if (node) {
        TRY(parse_size(reader, node));
    }
    if (!reader->overrides->width ||
        (chart->window && chart->width == reader->overrides->width && chart->height == reader->overrides->height))
        goto done;
    TRY(check_size_override(reader, root));
    chart->width = reader->overrides->width;
    chart->height = reader->overrides->height;
done:
    return status;
}

static enum plotmill_status read_window(const struct chart_reader *reader, const struct node *root)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t required = 0;
    TRY(read_whole(reader, root, "window", CHART_WINDOW_MIN, CHART_WINDOW_MAX, &required));
    if (reader->window && (reader->window < CHART_WINDOW_MIN || reader->window > CHART_WINDOW_MAX))
        FAIL(reader->error, PLOTMILL_BAD_INPUT, "window: found %llu, expected %u to %u",
             (unsigned long long)reader->window, CHART_WINDOW_MIN, CHART_WINDOW_MAX);
    if (reader->window && required && reader->window != required)
        FAIL(reader->error, PLOTMILL_BAD_INPUT, "window: found %llu, expected %u, for which chart %s is defined",
             (unsigned long long)reader->window, (unsigned)required, reader->text->name);
    reader->chart->window = reader->window ? reader->window : required;
done:
    return status;
}

static enum plotmill_status read_adjust(const struct chart_reader *reader, const struct node *root)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *node = node_member(root, "adjust");
    struct expression expression = {0};
    struct plotmill_error reason;
    if (!node || node->kind == NODE_NULL)
        return PLOTMILL_OK;
    if (node->kind >= NODE_LIST || !*node->text)
        return reader_wrong(reader, node, "adjust", "found %s, expected the name of a column of returns",
                            node_quote(node).text);
    status = expression_parse(&expression, node->text, &reason);
    if (status == PLOTMILL_BAD_INPUT)
        TRY(reader_wrong(reader, node, "adjust", "%s", reason.message));
    TRY_MEMORY(reader->error, status ? NULL : "");
    if (!expression_is_field(&expression))
        TRY(reader_wrong(reader, node, "adjust", "found %s, expected the name of a column of returns",
                         node_quote(node).text));
    reader->chart->adjust = string_copy(expression.names[0]);
    TRY_MEMORY(reader->error, reader->chart->adjust);
done:
    expression_free(&expression);
    return status;
}

/* What holds for the whole image, but for its channels. */
static enum plotmill_status read_image(struct chart_reader *reader, const struct node *root)
{
    static const char *const roundings[] = {"even", "half-up", "truncate", NULL}, *const origins[] = {"bottom", "top",
                                                                                                      NULL};
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    const struct chart_overrides *overrides = reader->overrides;
    int rounding = 0, origin = 0;
    TRY(read_window(reader, root));
    TRY(read_size(reader, root));
    chart->background = (struct ink){255, 255, 255};
    TRY(read_ink(reader, root, "background", &chart->background));
    if (overrides->has_background)
        chart->background = overrides->background;
    TRY(read_flag(reader, root, "antialias", &chart->antialias));
    if (overrides->antialias)
        chart->antialias = overrides->antialias > 0;
    TRY(read_word(reader, root, "rounding", roundings, &rounding));
    TRY(read_word(reader, root, "origin", origins, &origin));
    chart->rounding = (enum rounding)rounding;
    chart->from_top = origin == 1;
    TRY(read_flag(reader, root, "flip", &chart->flip));
    TRY(read_adjust(reader, root));
    reader->dpi = 100;
    TRY(read_real(reader, root, "dpi", 1, 10000, &reader->dpi));
    if (overrides->dpi)
        reader->dpi = overrides->dpi;
done:
    return status;
}

static enum plotmill_status read_panels(struct chart_reader *reader, const struct node *root)
{
    static const char *const single[] = {"layers", "margin", "x", "y"};
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *panels = node_member(root, "panels");
    if (!panels)
        return reader_take_panel(reader, root, true);
    for (int i = 0; i < 4; i++)
        if (node_member(root, single[i]))
            TRY(reader_wrong(reader, node_member(root, single[i]), single[i],
                             "found beside panels, expected in a panel"));
    if (panels->kind != NODE_LIST || !panels->count)
        TRY(reader_wrong(reader, panels, "panels", "found %s, expected a list of panels",
                         panels->kind == NODE_LIST ? "an empty list" : node_quote(panels).text));
    for (size_t i = 0; i < panels->count; i++)
        TRY(reader_take_panel(reader, panels->items[i], false));
done:
    return status;
}

/* A channel for each layer shows 255 on 0, so that inks make no difference. */
static void make_channels(struct chart *chart)
{
    const struct ink black = {0, 0, 0}, white = {255, 255, 255};
    chart->per_layer = true;
    chart->channels = chart->layer_count;
    chart->background = black;
    for (uint32_t i = 0; i < chart->layer_count; i++)
        chart->layers[i].ink = chart->layers[i].down = white;
}

static enum plotmill_status refuse_grey(const struct chart_reader *reader, const struct node *root)
{
    const struct node *channels = node_member(root, "channels"), *colour = node_member(root, "background");
    const bool overridden = reader->overrides->channels == 1 || reader->overrides->has_background;
    for (uint32_t i = 0; ink_is_grey(reader->chart->background) && i < reader->chart->layer_count; i++)
        if (reader->inks[i]) {
            colour = reader->inks[i];
            break;
        }
    const struct ink back = reader->chart->background;
    char text[INK_TEXT_SIZE];
    ink_write(text, back);
    if (ink_is_grey(back))
        snprintf(text, sizeof text, "%.7s", colour->text);
    if (overridden || !channels)
        return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT,
                                  "channels: found 1 with the colour %s in chart %s, expected 3", text,
                                  reader->text->name);
    return reader_wrong(reader, channels, "channels", "found 1 with the colour %s in line %zu, expected 3", text,
                        colour->line);
}

static enum plotmill_status read_channels(const struct chart_reader *reader, const struct node *root)
{
    static const char *const words[] = {"1", "3", "layer", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    bool coloured = !ink_is_grey(chart->background);
    int word = -1;
    for (uint32_t i = 0; i < chart->layer_count; i++)
        coloured |= !ink_is_grey(chart->layers[i].ink) || !ink_is_grey(chart->layers[i].down);
    TRY(read_word(reader, root, "channels", words, &word));
    if (reader->overrides->channels)
        word = reader->overrides->channels < 0 ? 2 : reader->overrides->channels == 3;
    const bool three = word == 1 && (!reader->overrides->channels || reader->overrides->draws_copies);
    chart->channels = three || (word != 0 && coloured) ? 3 : 1;
    if (word == 2)
        make_channels(chart);
    else if (word == 0 && coloured)
        TRY(refuse_grey(reader, root));
done:
    return status;
}

static enum plotmill_status check_averages(const struct chart_reader *reader)
{
    const struct chart *chart = reader->chart;
    bool any = !reader->overrides->average_count;
    for (uint32_t i = 0; i < chart->layer_count && !any; i++)
        any = chart->layers[i].mark == MARK_LINE && is_average(chart->fields[chart->layers[i].field[FIELD_Y]]);
    if (any)
        return PLOTMILL_OK;
    return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT,
                              "ma: found with chart %s, which has no averages to replace, expected a chart with a line "
                              "of ma(FIELD,N)",
                              reader->text->name);
}

enum plotmill_status chart_make(struct chart *chart, const struct chart_text *text,
                                const struct chart_overrides *overrides, uint64_t window, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_reader reader = {
        .chart = chart, .text = text, .overrides = overrides, .window = window, .error = error};
    *chart = (struct chart){0};
    TRY(reader_check_keys(&reader, text->root, "chart", IN_CHART));
    TRY(read_image(&reader, text->root));
    TRY(read_panels(&reader, text->root));
    TRY(reader_finish_scales(&reader));
    TRY(read_channels(&reader, text->root));
    TRY(check_averages(&reader));
    if (chart->window) {
        chart->spec = chart_write_spec(chart);
        TRY_MEMORY(error, chart->spec);
    }
done:
    free(reader.share);
    free(reader.inks);
    if (status)
        chart_free(chart);
    return status;
}
