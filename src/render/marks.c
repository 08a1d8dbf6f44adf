#include "render/marks.h"

#include "base/numbers.h"
#include "base/try.h"

static const struct pixel_mark marks[MARKS] = {
    [MARK_LINE] = {"mark_pixel_line", .intervals = 1, .columns = 1, .point_scale = true},
    [MARK_BAR] = {"mark_bar", .intervals = 2, .columns = 3, .two_inks = true},
    [MARK_CANDLE] = {"mark_candle", .intervals = 2, .columns = 1, .two_inks = true},
    [MARK_COLUMN] = {"mark_column", .intervals = 1, .columns = 1},
};

const struct pixel_mark *pixel_mark_of(const struct chart_layer *layer)
{
    return layer_is_stroke(layer) ? NULL : &marks[layer->mark];
}

uint32_t panel_whole_margin(const struct chart_panel *panel)
{
    return (uint32_t)panel->margin;
}

/* A layer as it stands in its chart. */
struct layer_place {
    unsigned panel, layer;
    const char *mark;
};

static enum plotmill_status check_columns(const struct layer_place *at, const char *what, uint32_t found,
                                          uint32_t pitch, struct plotmill_error *error)
{
    if (found >= 1 && found <= pitch)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "panel %u, layer %u (%s): %s is %u px, expected 1 to %u, the columns of a sample",
                              at->panel, at->layer, at->mark, what, (unsigned)found, (unsigned)pitch);
}

static enum plotmill_status check_layer(const struct layer_place *at, const struct chart_layer *layer,
                                        const struct chart_panel *panel, uint64_t window, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pixel_mark *mark = pixel_mark_of(layer);
    const uint32_t columns = panel->width - 2 * panel_whole_margin(panel);
    if (!panel->band && !mark->point_scale)
        FAIL(error, PLOTMILL_BAD_INPUT, "panel %u, layer %u (%s): its panel has a point scale, expected x: band",
             at->panel, at->layer, at->mark);
    if (!panel->band && window > columns)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "panel %u, layer %u (%s): found %llu samples in %u columns, expected a column for each: widen the panel, "
             "shorten the window, or take shape: stroke",
             at->panel, at->layer, at->mark, (unsigned long long)window, (unsigned)columns);
    if (panel->band && panel->pitch < mark->columns)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "panel %u, layer %u (%s): a sample has %u columns, expected %u or more: widen the panel or shorten the "
             "window",
             at->panel, at->layer, at->mark, (unsigned)panel->pitch, (unsigned)mark->columns);
    if (layer->mark == MARK_CANDLE || layer->mark == MARK_COLUMN)
        TRY(check_columns(at, layer->mark == MARK_CANDLE ? "body" : "width", layer->body, panel->pitch, error));
    if (layer->mark == MARK_CANDLE)
        TRY(check_columns(at, "wick", layer->wick, panel->pitch, error));
done:
    return status;
}

enum plotmill_status marks_check(const struct chart *chart, uint64_t window, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t above = 0; /* layers of the panels before */
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        const struct chart_panel *panel = &chart->panels[layer->panel];
        const uint32_t columns = panel->width - 2 * panel_whole_margin(panel);
        if (i && layer->panel != layer[-1].panel)
            above = i;
        if (panel->band && (!panel->pitch || panel->pitch > columns || window > columns / panel->pitch))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "panel %u: found %llu samples of %u columns each in %u columns: widen the panel, shorten the window, "
                 "or "
                 "lower the pitch",
                 (unsigned)layer->panel + 1, (unsigned long long)window, (unsigned)panel->pitch, (unsigned)columns);
        if (layer_is_stroke(layer))
            continue;
        const struct layer_place at = {(unsigned)layer->panel + 1, (unsigned)(i - above) + 1, mark_names[layer->mark]};
        TRY(check_layer(&at, layer, panel, window, error));
    }
done:
    return status;
}
