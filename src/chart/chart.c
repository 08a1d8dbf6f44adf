#include "chart/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart/line_layout.h"

#include "chart/spec.h"

void chart_options_init(struct chart_options *options)
{
    *options = (struct chart_options){
        .width = 800,
        .height = 500,
        .line_width = 3,
        .range_lo = NAN,
        .range_hi = NAN,
        .background = 255,
        .foreground = 0,
        .missing = MISSING_GAP,
    };
}

const char *missing_name(enum missing_mode missing)
{
    static const char *const names[] = {"gap", "bridge", "error"};
    return names[missing];
}

const char *const mark_names[MARKS + 1] = {"line", "bar", "candle", "column", NULL};

void chart_free(struct chart *chart)
{
    for (uint32_t i = 0; i < chart->field_count; i++)
        free(chart->fields[i]);
    for (uint32_t i = 0; i < chart->panel_count; i++)
        free(chart->panels[i].scale);
    free(chart->fields);
    free(chart->adjust);
    free(chart->panels);
    free(chart->layers);
    free(chart->spec);
    *chart = (struct chart){0};
}

bool chart_is_shaded(const struct chart *chart)
{
    bool strokes = false;
    for (uint32_t i = 0; i < chart->layer_count; i++)
        strokes |= layer_is_stroke(&chart->layers[i]);
    return chart->antialias && strokes;
}

const struct chart_layer *chart_single_line(const struct chart *chart)
{
    const struct chart_panel *panel = chart->panels;
    const bool whole = chart->panel_count == 1 && chart->layer_count == 1 && panel->x == 0 && panel->y == 0 &&
                       panel->width == chart->width && panel->height == chart->height && !panel->band && !panel->clip;
    return whole && chart->channels == 1 && !chart->per_layer && !chart->flip && chart->field_count == 1 &&
                   panel->range != RANGE_ZERO && layer_is_stroke(chart->layers) && !chart->layers->lead
               ? chart->layers
               : NULL;
}

bool chart_has_missing(const struct chart *chart, enum missing_mode missing)
{
    for (uint32_t i = 0; i < chart->layer_count; i++)
        if (chart->layers[i].mark == MARK_LINE && chart->layers[i].missing == missing)
            return true;
    return false;
}

bool chart_has_lead(const struct chart *chart)
{
    for (uint32_t i = 0; i < chart->layer_count; i++)
        if (chart->layers[i].lead)
            return true;
    return false;
}

bool chart_one_grey(const struct chart *chart)
{
    const struct ink ink = chart->layers->ink;
    bool same = ink_is_grey(ink) && ink_is_grey(chart->background);
    for (uint32_t i = 0; i < chart->layer_count; i++)
        same &= !memcmp(&chart->layers[i].ink, &ink, sizeof ink) && !memcmp(&chart->layers[i].down, &ink, sizeof ink);
    return same && !chart->per_layer;
}

static struct ink grey(int value)
{
    return (struct ink){(uint8_t)value, (uint8_t)value, (uint8_t)value};
}

const struct chart *line_chart(struct line_chart *storage, const struct chart_options *o)
{
    const bool fixed = !isnan(o->range_lo);
    *storage = (struct line_chart){
        .chart = {.width = o->width,
                  .height = o->height,
                  .channels = 1,
                  .background = grey(o->background),
                  .antialias = o->antialias != 0,
                  .fields = storage->fields,
                  .field_count = 1,
                  .panels = &storage->panel,
                  .panel_count = 1,
                  .layers = &storage->layer,
                  .layer_count = 1,
                  .spec = storage->spec},
        .panel = {.width = o->width,
                  .height = o->height,
                  .margin = o->margin,
                  .scale = &storage->scale,
                  .scale_count = 1,
                  .range = fixed ? RANGE_FIXED : RANGE_MINMAX,
                  .lo = o->range_lo,
                  .hi = o->range_hi},
        .layer = {.mark = MARK_LINE,
                  .ink = grey(o->foreground),
                  .down = grey(o->foreground),
                  .width = o->line_width,
                  .missing = o->missing},
        .fields = {storage->field},
    };
    char *spec = chart_write_spec(&storage->chart);
    snprintf(storage->spec, sizeof storage->spec, "%s", spec ? spec : "");
    free(spec);
    return &storage->chart;
}

enum plotmill_status made_chart_init(struct made_chart *made, const struct chart_maker *maker,
                                     const struct chart_options *line, uint64_t window, struct plotmill_error *error)
{
    made->made = (struct chart){0};
    made->chart = maker ? &made->made : line_chart(&made->line, line);
    if (maker)
        return maker->make(maker, window, &made->made, error);
    return window ? line_layout_check(line, window, error) : PLOTMILL_OK;
}

void made_chart_free(struct made_chart *made)
{
    chart_free(&made->made);
    made->chart = NULL;
}

struct chart_options line_options(const struct chart *chart, uint32_t layer)
{
    const struct chart_layer *line = &chart->layers[layer];
    const struct chart_panel *panel = &chart->panels[line->panel];
    return (struct chart_options){
        .width = panel->width,
        .height = panel->height,
        .line_width = line->width,
        .margin = panel->margin,
        .range_lo = panel->range == RANGE_FIXED ? panel->lo : NAN,
        .range_hi = panel->range == RANGE_FIXED ? panel->hi : NAN,
        .antialias = chart->antialias,
        .background = chart->background.red,
        .foreground = line->ink.red,
        .missing = line->missing,
    };
}

static uint32_t colour_index(const struct png_form *form, struct ink ink)
{
    uint32_t i = 0;
    while (i < form->colours && memcmp(&form->palette[i], &ink, sizeof ink))
        i++;
    return i;
}

void chart_png_form(const struct chart *chart, struct png_form *form)
{
    bool shaded = chart->per_layer;
    *form = (struct png_form){.channels = chart->channels, .bits = 8};
    if (chart->channels != 3)
        return;
    form->palette[form->colours++] = chart->background;
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct ink inks[] = {chart->layers[i].ink, chart->layers[i].down};
        shaded |= chart->antialias && layer_is_stroke(&chart->layers[i]);
        for (int k = 0; k < 2; k++) {
            const uint32_t at = colour_index(form, inks[k]);
            if (at == 256)
                shaded = true; /* too many colours */
            else if (at == form->colours)
                form->palette[form->colours++] = inks[k];
        }
    }
    if (shaded)
        form->colours = 0;
    if (form->colours) {
        form->channels = 1;
        form->bits = form->colours <= 2 ? 1 : form->colours <= 4 ? 2 : form->colours <= 16 ? 4 : 8;
    }
}
