#include "chart/spec.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/numbers.h"
#include "chart/expression.h"

/* Members are written in the order of their names. */

static void write_number(struct json *json, const char *key, double value)
{
    char text[DECIMAL_SIZE];
    decimal_write_canonical(text, value);
    json_raw(json, key, text);
}

static void write_ink(struct json *json, const char *key, struct ink ink)
{
    char text[INK_TEXT_SIZE];
    ink_write(text, ink);
    if (ink_is_grey(ink))
        json_raw(json, key, text);
    else
        json_string(json, key, text);
}

/* The input's selected field is null. */
static void write_field(struct json *json, const char *key, const struct chart *chart, uint32_t field)
{
    json_string(json, key, *chart->fields[field] ? chart->fields[field] : NULL);
}

static void write_prices(struct json *json, const struct chart *chart, const struct chart_layer *layer)
{
    const bool candle = layer->mark == MARK_CANDLE;
    json_open(json, NULL, '{');
    if (candle)
        json_uint(json, "body", layer->body);
    write_field(json, "close", chart, layer->field[FIELD_CLOSE]);
    write_ink(json, "down", layer->down);
    if (candle)
        json_string(json, "fill", layer->hollow ? "hollow" : "solid");
    write_field(json, "high", chart, layer->field[FIELD_HIGH]);
    write_field(json, "low", chart, layer->field[FIELD_LOW]);
    json_string(json, "mark", mark_names[layer->mark]);
    write_field(json, "open", chart, layer->field[FIELD_OPEN]);
    write_ink(json, "up", layer->ink);
    json_bool(json, "whole", layer->lead > 0);
    if (candle)
        json_uint(json, "wick", layer->wick);
    json_close(json, '}');
}

static void write_line(struct json *json, const struct chart *chart, const struct chart_layer *layer)
{
    const bool stroke = layer_is_stroke(layer);
    json_open(json, NULL, '{');
    write_ink(json, "ink", layer->ink);
    json_string(json, "mark", mark_names[layer->mark]);
    json_string(json, "missing", missing_name(layer->missing));
    json_string(json, "shape", stroke ? "stroke" : "pixel");
    json_bool(json, "whole", layer->lead > 0);
    if (stroke)
        write_number(json, "width", layer->width);
    write_field(json, "y", chart, layer->field[FIELD_Y]);
    json_close(json, '}');
}

static void write_column(struct json *json, const struct chart *chart, const struct chart_layer *layer)
{
    json_open(json, NULL, '{');
    json_bool(json, "abs", layer->absolute);
    json_string(json, "height", layer->height == HEIGHT_COUNT ? "count" : "position");
    write_ink(json, "ink", layer->ink);
    json_string(json, "mark", mark_names[layer->mark]);
    json_bool(json, "whole", layer->lead > 0);
    json_uint(json, "width", layer->body);
    write_field(json, "y", chart, layer->field[FIELD_Y]);
    if (layer->height == HEIGHT_COUNT)
        json_string(json, "zero", layer->zero_pixel ? "pixel" : "none");
    json_close(json, '}');
}

static void write_layers(struct json *json, const struct chart *chart, uint32_t panel)
{
    json_open(json, "layers", '[');
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        if (layer->panel != panel)
            continue;
        if (layer->mark == MARK_LINE)
            write_line(json, chart, layer);
        else if (layer->mark == MARK_COLUMN)
            write_column(json, chart, layer);
        else
            write_prices(json, chart, layer);
    }
    json_close(json, ']');
}

static void write_scale(struct json *json, const struct chart *chart, const struct chart_panel *panel)
{
    char share[12];
    json_open(json, "y", '{');
    json_open(json, "fields", '[');
    for (uint32_t i = 0; i < panel->scale_count; i++)
        write_field(json, NULL, chart, panel->scale[i].field);
    json_close(json, ']');
    json_string(json, "outside", panel->clip ? "clip" : "clamp");
    if (panel->range == RANGE_FIXED) {
        json_open(json, "range", '[');
        write_number(json, NULL, panel->lo);
        write_number(json, NULL, panel->hi);
        json_close(json, ']');
    } else {
        json_string(json, "range", panel->range == RANGE_ZERO ? "zero" : "minmax");
    }
    snprintf(share, sizeof share, "%u", (unsigned)panel->share);
    if (panel->share)
        json_string(json, "share", share);
    json_close(json, '}');
}

static void write_panel(struct json *json, const struct chart *chart, uint32_t index)
{
    const struct chart_panel *panel = &chart->panels[index];
    const uint32_t rect[] = {panel->x, panel->y, panel->width, panel->height};
    json_open(json, NULL, '{');
    write_layers(json, chart, index);
    write_number(json, "margin", panel->margin);
    json_open(json, "rect", '[');
    for (int i = 0; i < 4; i++)
        json_uint(json, NULL, rect[i]);
    json_close(json, ']');
    if (panel->band) {
        json_open(json, "x", '{');
        json_uint(json, "pitch", panel->pitch);
        json_string(json, "scale", "band");
        json_close(json, '}');
    } else {
        json_string(json, "x", "point");
    }
    write_scale(json, chart, panel);
    json_close(json, '}');
}

/* A field whose name is no word is quoted, as in the language. */
static void write_adjust(struct json *json, const char *adjust)
{
    const struct expression_node node = {.kind = EXPRESSION_FIELD};
    char *name = (char *)adjust;
    const struct expression field = {
        .nodes = (struct expression_node *)&node, .count = 1, .names = &name, .name_count = 1};
    char *text = adjust ? expression_text(&field) : NULL;
    json->failed |= adjust && !text;
    json_string(json, "adjust", text);
    free(text);
}

static void write_chart(struct json *json, const char *key, const struct chart *chart)
{
    static const char *const roundings[] = {"even", "half-up", "truncate"};
    json_open(json, key, '{');
    write_adjust(json, chart->adjust);
    json_bool(json, "antialias", chart->antialias);
    write_ink(json, "background", chart->background);
    if (chart->per_layer)
        json_string(json, "channels", "layer");
    else
        json_uint(json, "channels", chart->channels);
    json_bool(json, "flip", chart->flip);
    json_string(json, "origin", chart->from_top ? "top" : "bottom");
    json_open(json, "panels", '[');
    for (uint32_t i = 0; i < chart->panel_count; i++)
        write_panel(json, chart, i);
    json_close(json, ']');
    json_string(json, "rounding", roundings[chart->rounding]);
    json_open(json, "size", '[');
    json_uint(json, NULL, chart->width);
    json_uint(json, NULL, chart->height);
    json_close(json, ']');
    json_close(json, '}');
}

char *chart_write_spec(const struct chart *chart)
{
    struct json json = {.compact = true, .one_line = true};
    write_chart(&json, NULL, chart);
    return json_finish(&json);
}

char *dataset_write_spec(const struct chart *chart, uint64_t window, uint64_t stride)
{
    struct json json = {.compact = true, .one_line = true};
    json_open(&json, NULL, '{');
    write_chart(&json, "chart", chart);
    json_uint(&json, "stride", stride);
    json_uint(&json, "window", window);
    json_close(&json, '}');
    return json_finish(&json);
}
