/* The layers of a panel in the chart language. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "options/chart_reader.h"

#define POINTS_PER_INCH 72.0

/* A layer on its way into the chart. */
struct layer_reader {
    struct chart_reader *chart;
    const struct node *map;
    const struct chart_panel *panel;
    struct chart_layer layer;
    uint32_t replace; /* the rows of its average; 0: as written */
    uint32_t rows;    /* the largest N of its fields */
    const struct node *colour;
};

static enum plotmill_status read_mark(const struct layer_reader *r, enum mark *mark)
{
    static const char *const later[] = {"area", "band", "marker", "rule"};
    const struct chart_reader *chart = r->chart;
    const struct node *node = node_member(r->map, "mark");
    int found = 0;
    if (!node)
        return reader_wrong(chart, r->map, "mark", "found none, expected line, bar, candle or column");
    for (int i = 0; i < 4; i++)
        if (!strcmp(node->text, later[i]))
            return reader_wrong(chart, node, "mark",
                                "found '%s', which this version does not support, expected line, bar, candle or column",
                                node->text);
    enum plotmill_status status = read_word(chart, r->map, "mark", mark_names, &found);
    *mark = (enum mark)found;
    return status;
}

/* A field of the layer; `otherwise` is that of an absent key. */
static enum plotmill_status read_field(struct layer_reader *r, const char *key, const char *otherwise, uint32_t *field)
{
    const struct node *node = node_member(r->map, key);
    uint32_t rows = 0;
    if (node && node->kind >= NODE_LIST)
        return reader_wrong(r->chart, node, key, "found %s, expected a field", node_quote(node).text);
    enum plotmill_status status =
        take_field(r->chart, node ? node : r->map, key, node && node->kind != NODE_NULL ? node->text : otherwise,
                   r->replace, field, &rows);
    r->rows = MAX(r->rows, rows);
    return status;
}

static enum plotmill_status read_layer_ink(struct layer_reader *r, const char *key, struct ink *ink)
{
    const struct node *node = node_member(r->map, key);
    enum plotmill_status status = read_ink(r->chart, r->map, key, ink);
    if (!status && node && !r->colour && !ink_is_grey(*ink))
        r->colour = node;
    return status;
}

/* Of a stroke: px, or points. */
static enum plotmill_status read_line_width(struct layer_reader *r, double *width)
{
    const struct chart_reader *chart = r->chart;
    const struct node *node = node_member(r->map, "width");
    char text[DECIMAL_SIZE] = "";
    double number;
    if (!node)
        return PLOTMILL_OK;
    const size_t length = strlen(node->text);
    const bool points = length > 2 && length < sizeof text && !strcmp(node->text + length - 2, "pt");
    snprintf(text, sizeof text, "%.*s", points ? (int)length - 2 : (int)MIN(length, sizeof text - 1), node->text);
    const bool scalar = node->kind == NODE_PLAIN || (node->kind == NODE_QUOTED && points);
    const char *end = scalar ? decimal_read(text, &number) : NULL;
    if (!end || *end || !isfinite(number))
        return reader_wrong(chart, node, "width", "found %s%s, expected %g to %g px, or points like 3pt",
                            node_quote(node).text, node->kind == NODE_QUOTED && !points ? " in quotes" : "",
                            CHART_LINE_WIDTH_MIN, CHART_LINE_WIDTH_MAX);
    if (points)
        number *= chart->dpi / POINTS_PER_INCH;
    if (!(number >= CHART_LINE_WIDTH_MIN && number <= CHART_LINE_WIDTH_MAX))
        return points ? reader_wrong(chart, node, "width", "found %s, which is %.4g px at %g dpi, expected %g to %g px",
                                     node->text, number, chart->dpi, CHART_LINE_WIDTH_MIN, CHART_LINE_WIDTH_MAX)
                      : reader_wrong(chart, node, "width", "found %s, expected %g to %g px", node->text,
                                     CHART_LINE_WIDTH_MIN, CHART_LINE_WIDTH_MAX);
    *width = number;
    return PLOTMILL_OK;
}

static enum plotmill_status read_line(struct layer_reader *r)
{
    static const char *const shapes[] = {"stroke", "pixel", NULL}, *const modes[] = {"gap", "bridge", "error", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_layer *layer = &r->layer;
    const struct node *width = node_member(r->map, "width");
    int shape = 0, missing = 0;
    TRY(read_field(r, "y", "", &layer->field[FIELD_Y]));
    TRY(read_layer_ink(r, "ink", &layer->ink));
    layer->down = layer->ink;
    TRY(read_word(r->chart, r->map, "shape", shapes, &shape));
    TRY(read_word(r->chart, r->map, "missing", modes, &missing));
    layer->shape = (enum line_shape)shape;
    layer->missing = (enum missing_mode)missing;
    if (shape == SHAPE_PIXEL && width)
        TRY(reader_wrong(r->chart, width, "width",
                         "found in a line with shape: pixel, expected shape: stroke, or no "
                         "width: lines of pixels are one pixel wide"));
    if (shape == SHAPE_STROKE)
        layer->width = 3;
    TRY(read_line_width(r, &layer->width));
done:
    return status;
}

/* The largest odd number of columns up to three quarters of the pitch, at least 1. */
static uint32_t usual_width(uint32_t pitch)
{
    const uint32_t most = MAX(3 * (uint64_t)pitch / 4, 1);
    return most - (most % 2 == 0);
}

static enum plotmill_status read_prices(struct layer_reader *r)
{
    static const char *const fills[] = {"solid", "hollow", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_layer *layer = &r->layer;
    const uint32_t pitch = r->panel->pitch, most = pitch ? pitch : CHART_SIDE_MAX;
    int fill = 0;
    TRY(read_field(r, "open", "open", &layer->field[FIELD_OPEN]));
    TRY(read_field(r, "high", "high", &layer->field[FIELD_HIGH]));
    TRY(read_field(r, "low", "low", &layer->field[FIELD_LOW]));
    TRY(read_field(r, "close", "close", &layer->field[FIELD_CLOSE]));
    TRY(read_layer_ink(r, "ink", &layer->ink));
    layer->down = layer->ink;
    TRY(read_layer_ink(r, "up", &layer->ink));
    TRY(read_layer_ink(r, "down", &layer->down));
    if (layer->mark == MARK_BAR && pitch && pitch < 3)
        TRY(reader_wrong(r->chart, r->map, "mark",
                         "found bars in columns of %u px, expected a pitch of 3 px or more: set a greater width, or a "
                         "smaller window",
                         (unsigned)pitch));
    if (layer->mark == MARK_BAR)
        goto done;
    layer->body = usual_width(pitch);
    layer->wick = 1;
    TRY(read_whole(r->chart, r->map, "body", 1, most, &layer->body));
    TRY(read_whole(r->chart, r->map, "wick", 1, most, &layer->wick));
    TRY(read_word(r->chart, r->map, "fill", fills, &fill));
    layer->hollow = fill == 1;
done:
    return status;
}

static enum plotmill_status read_column(struct layer_reader *r)
{
    static const char *const heights[] = {"position", "count", NULL}, *const zeros[] = {"none", "pixel", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_layer *layer = &r->layer;
    const uint32_t pitch = r->panel->pitch;
    const struct node *zero_key = node_member(r->map, "zero");
    int height = 0, zero = 0;
    TRY(read_field(r, "y", "", &layer->field[FIELD_Y]));
    TRY(read_layer_ink(r, "ink", &layer->ink));
    layer->down = layer->ink;
    layer->body = usual_width(pitch);
    TRY(read_whole(r->chart, r->map, "width", 1, pitch ? pitch : CHART_SIDE_MAX, &layer->body));
    TRY(read_word(r->chart, r->map, "height", heights, &height));
    TRY(read_word(r->chart, r->map, "zero", zeros, &zero));
    TRY(read_flag(r->chart, r->map, "abs", &layer->absolute));
    layer->height = (enum column_height)height;
    layer->zero_pixel = zero == 1;
    if (height == HEIGHT_POSITION && zero_key)
        TRY(reader_wrong(r->chart, zero_key, "zero",
                         "found in a column with height: position, expected height: count, or no zero"));
done:
    return status;
}

/* Marks of whole pixels need whole columns. */
static enum plotmill_status check_scale(const struct layer_reader *r)
{
    if (r->layer.mark == MARK_LINE || r->panel->band)
        return PLOTMILL_OK;
    return reader_wrong(r->chart, r->map, "mark", "found a %s in a panel with x: point, expected x: band",
                        mark_names[r->layer.mark]);
}

static enum plotmill_status add_layer(struct layer_reader *r)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = r->chart->chart;
    const size_t count = chart->layer_count;
    if (count == CHART_LAYERS_MAX)
        FAIL(r->chart->error, PLOTMILL_BAD_INPUT, "%s: found more than %d layers", r->chart->text->name,
             CHART_LAYERS_MAX);
    struct chart_layer *layers = realloc(chart->layers, (count + 1) * sizeof *layers);
    TRY_MEMORY(r->chart->error, layers);
    chart->layers = layers;
    const struct node **inks = realloc(r->chart->inks, (count + 1) * sizeof *inks);
    TRY_MEMORY(r->chart->error, inks);
    r->chart->inks = inks;
    inks[count] = r->colour;
    layers[chart->layer_count++] = r->layer;
done:
    return status;
}

static enum plotmill_status take_layer(struct chart_reader *reader, const struct node *map, uint32_t replace)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t panel = reader->chart->panel_count - 1;
    struct layer_reader r = {.chart = reader, .map = map, .panel = &reader->chart->panels[panel], .replace = replace};
    const struct node *key = node_member(map, "whole");
    bool whole = false;
    if (map->kind != NODE_MAP)
        TRY(reader_wrong(reader, map, "layers", "found %s, expected keys and values with a mark",
                         node_quote(map).text));
    TRY(read_mark(&r, &r.layer.mark));
    TRY(reader_check_keys(reader, map, "layers", IN_LINE << r.layer.mark));
    r.layer.panel = panel;
    TRY(r.layer.mark == MARK_LINE ? read_line(&r) : r.layer.mark == MARK_COLUMN ? read_column(&r) : read_prices(&r));
    TRY(check_scale(&r));
    TRY(read_flag(reader, map, "whole", &whole));
    if (whole && !r.rows)
        TRY(reader_wrong(reader, key, "whole",
                         "found true without ma, ema or sd in the layer's fields, expected such "
                         "a field, or no whole"));
    r.layer.lead = whole ? r.rows : 0;
    TRY(add_layer(&r));
done:
    return status;
}

static bool layer_is_average(const struct node *map)
{
    const struct node *mark = node_member(map, "mark"), *y = node_member(map, "y");
    return mark && y && !strcmp(mark->text, "line") && y->kind < NODE_LIST && is_average(y->text);
}

/* The layers of a panel's averages, with other numbers of rows: average i looks like the text's average i, and further
 * ones like its last. */
static enum plotmill_status take_averages(struct chart_reader *reader, const struct node *map, uint32_t index,
                                          bool is_last)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart_overrides *overrides = reader->overrides;
    const size_t end = is_last ? overrides->average_count : MIN((size_t)index + 1, overrides->average_count);
    for (size_t i = index; i < end; i++)
        TRY(take_layer(reader, map, overrides->averages[i]));
done:
    return status;
}

enum plotmill_status reader_take_layers(struct chart_reader *reader, const struct node *panel)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *layers = node_member(panel, "layers");
    uint32_t averages = 0, index = 0;
    if (!layers || layers->kind != NODE_LIST || !layers->count)
        TRY(reader_wrong(reader, layers ? layers : panel, "layers", "found %s, expected a list with a mark or more",
                         layers && layers->kind != NODE_LIST ? node_quote(layers).text : "none"));
    for (size_t i = 0; i < layers->count; i++)
        averages += layer_is_average(layers->items[i]);
    for (size_t i = 0; i < layers->count; i++) {
        if (reader->overrides->average_count && layer_is_average(layers->items[i])) {
            index++;
            TRY(take_averages(reader, layers->items[i], index - 1, index == averages));
        } else {
            TRY(take_layer(reader, layers->items[i], 0));
        }
    }
done:
    return status;
}
