#include <math.h>

#include "oracle/judge.h"

int64_t oracle_margin(const struct chart_panel *panel)
{
    return (int64_t)floor(panel->margin);
}

int64_t oracle_column(const struct oracle_layer *layer, uint64_t sample, uint32_t columns)
{
    const int64_t pitch = layer->panel->pitch, left = oracle_margin(layer->panel) + pitch * (int64_t)sample;
    return left + (pitch - columns) / 2;
}

void oracle_cover_pixel(struct oracle_layer *layer, int64_t x, int64_t y, bool must, bool may)
{
    const struct chart_panel *panel = layer->panel;
    if (x < 0 || x >= panel->width || y < 0 || y >= panel->height)
        return;
    struct oracle_cover *cover = &layer->cover[(size_t)y * panel->width + (size_t)x];
    if (must)
        cover->points[ORACLE_NARROW] = ORACLE_POINTS;
    if (must || may)
        cover->points[ORACLE_WIDE] = ORACLE_POINTS;
}

void oracle_cover_rows(struct oracle_layer *layer, int64_t x, struct oracle_row top, struct oracle_row bottom)
{
    for (int64_t y = 0; y < layer->panel->height; y++)
        oracle_cover_pixel(layer, x, y, oracle_must_hold(top, bottom, y), oracle_may_hold(top, bottom, y));
}
