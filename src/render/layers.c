#include "render/layers.h"

#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "render/marks.h"

uint32_t layer_intervals(const struct chart_layer *layer)
{
    const struct pixel_mark *mark = pixel_mark_of(layer);
    return mark ? mark->intervals + layer->hollow : 1;
}

/* The inks of a layer: white where it is drawn alone. */
static uint32_t ink_of(const struct chart *chart, struct ink ink)
{
    return chart->per_layer ? 0xffffff : ink_bytes(ink);
}

static uint32_t flags_of(const struct chart *chart, const struct chart_layer *layer)
{
    const struct pixel_mark *mark = pixel_mark_of(layer);
    const bool two_inks = mark->two_inks && ink_of(chart, layer->ink) != ink_of(chart, layer->down);
    return (chart->rounding == ROUND_HALF_UP ? MARK_ROUND_HALF_UP : 0) |
           (chart->rounding == ROUND_TRUNCATE ? MARK_TRUNCATE : 0) | (chart->from_top ? MARK_FROM_TOP : 0) |
           (layer->hollow ? MARK_HOLLOW : 0) |
           (layer->height == HEIGHT_COUNT ? MARK_COUNT_ROWS : 0) | (layer->absolute ? MARK_ABSOLUTE : 0) |
           (layer->zero_pixel ? MARK_ZERO_PIXEL : 0) | (layer->missing == MISSING_BRIDGE ? MARK_BRIDGE : 0) |
           (two_inks ? MARK_TWO_INKS : 0);
}

/* Where the mark lies, and what its kernel needs. */
static struct mark_layer place_mark(const struct chart *chart, const struct chart_layer *layer)
{
    const struct chart_panel *panel = &chart->panels[layer->panel];
    const uint32_t margin = panel_whole_margin(panel);
    struct mark_layer mark = {
        .left = panel->x,
        .right = panel->x + panel->width,
        .above = panel->y,
        .below = panel->y + panel->height,
        .pitch = panel->width,
        .panel = layer->panel,
    };
    if (layer_is_stroke(layer))
        return mark;
    mark.margin = margin;
    for (int role = 0; role < MARK_FIELDS_MAX; role++)
        mark.field[role] = layer->field[role];
    mark.lead = layer->lead;
    mark.start = panel->x + margin;
    mark.step = panel->band ? panel->pitch : 0;
    mark.size = layer->body;
    mark.thin = layer->wick;
    mark.flags = flags_of(chart, layer);
    if (layer->mark == MARK_LINE && panel->band)
        mark.start += (panel->pitch - 1) / 2;
    else if (layer->mark == MARK_LINE)
        mark.size = panel->width - 2 * margin;
    return mark;
}

static void add_layer(struct layer_table *table, const struct chart *chart, uint32_t number, uint32_t lanes)
{
    const struct chart_layer *layer = &chart->layers[number];
    const bool stroke = layer_is_stroke(layer), shaded = stroke && chart->antialias;
    struct mark_layer *mark = &table->marks[number];
    *mark = place_mark(chart, layer);
    mark->spans = table->span_size;
    if (stroke)
        mark->pitch = (mark->pitch + lanes - 1) / lanes * lanes;
    for (uint32_t i = 0; i < layer_intervals(layer); i++) {
        table->spans[table->span_count++] = (struct span_layer){
            .left = mark->left,
            .right = mark->right,
            .above = mark->above,
            .below = mark->below,
            .spans = table->span_size,
            .pitch = mark->pitch,
            .columns = shaded ? table->shaded_columns : NOT_SHADED,
            .two_inks = (mark->flags & MARK_TWO_INKS) != 0,
            .inks = {ink_of(chart, layer->ink), ink_of(chart, layer->down)},
        };
        table->span_size += (uint32_t)SPAN_PLANES(shaded) * mark->pitch;
        table->shaded_columns += shaded ? mark->pitch : 0;
    }
}

enum plotmill_status layer_table_init(struct layer_table *table, const struct chart *chart, uint32_t lanes,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t intervals = 0;
    *table = (struct layer_table){0};
    for (uint32_t i = 0; i < chart->layer_count; i++)
        intervals += layer_intervals(&chart->layers[i]);
    TRY_ALLOCATE(error, table->spans, intervals, sizeof *table->spans);
    TRY_ALLOCATE(error, table->marks, chart->layer_count, sizeof *table->marks);
    TRY_ALLOCATE(error, table->first, chart->layer_count + 1, sizeof *table->first);
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        add_layer(table, chart, i, lanes);
        table->first[i + 1] = table->span_count;
    }
done:
    if (status)
        layer_table_finish(table);
    return status;
}

void layer_table_finish(struct layer_table *table)
{
    free(table->spans);
    free(table->marks);
    free(table->first);
    *table = (struct layer_table){0};
}
