#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

static void add(char text[CASE_TEXT_SIZE], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list values;
    va_start(values, format);
    vsnprintf(text + length, CASE_TEXT_SIZE - length, format, values);
    va_end(values);
}

static void add_panel(char text[CASE_TEXT_SIZE], const struct chart_panel *panel)
{
    static const char *const ranges[] = {"", ", zero", ", fixed range"};
    add(text, "; panel %u,%u %ux%u, margin %g", (unsigned)panel->x, (unsigned)panel->y, (unsigned)panel->width,
        (unsigned)panel->height, panel->margin);
    if (panel->band)
        add(text, ", pitch %u", (unsigned)panel->pitch);
    add(text, "%s", ranges[panel->range]);
    if (panel->range == RANGE_FIXED)
        add(text, " %g:%g", panel->lo, panel->hi);
    add(text, "%s:", panel->clip ? ", clip" : "");
}

static void add_layer(char text[CASE_TEXT_SIZE], const struct chart_layer *layer)
{
    static const char *const marks[] = {"line", "bar", "candle", "column"};
    add(text, " [%s %u", layer_is_stroke(layer) ? "stroke" : marks[layer->mark], (unsigned)layer->field[0]);
    if (layer_is_stroke(layer))
        add(text, " w %g", layer->width);
    else if (layer->mark == MARK_COLUMN)
        add(text, " %u px%s%s%s", (unsigned)layer->body, layer->height == HEIGHT_COUNT ? " count" : "",
            layer->absolute ? " abs" : "", layer->zero_pixel ? " zero" : "");
    else if (layer->mark == MARK_CANDLE)
        add(text, " %u and %u px%s", (unsigned)layer->body, (unsigned)layer->wick, layer->hollow ? " hollow" : "");
    if (layer->mark == MARK_LINE && layer->missing == MISSING_BRIDGE)
        add(text, " bridge");
    if (layer->lead)
        add(text, " whole %u", (unsigned)layer->lead);
    add(text, "]");
}

void chart_case_describe(const struct chart_case *c, char text[CASE_TEXT_SIZE])
{
    static const char *const roundings[] = {"", ", half-up", ", truncate"};
    const struct chart *chart = &c->chart;
    snprintf(text, CASE_TEXT_SIZE, "%s, T %u, %u images, stride %u, %u rows before, %ux%u, %u channels%s, %s%s%s%s",
             c->series, (unsigned)c->window, (unsigned)c->images, (unsigned)c->stride, (unsigned)c->rows_before[0],
             (unsigned)chart->width, (unsigned)chart->height, (unsigned)chart->channels,
             chart->per_layer ? " by layer" : "", chart->antialias ? "antialiased" : "binary",
             roundings[chart->rounding], chart->from_top ? ", from top" : "", chart->flip ? ", flip" : "");
    for (uint32_t p = 0; p < chart->panel_count; p++) {
        add_panel(text, &chart->panels[p]);
        for (uint32_t i = 0; i < chart->layer_count; i++)
            if (chart->layers[i].panel == p)
                add_layer(text, &chart->layers[i]);
    }
}
