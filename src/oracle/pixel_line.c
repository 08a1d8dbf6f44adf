/* Lines of whole pixels: Bresenham's integer lines between the vertices. */
#include <math.h>
#include <stdlib.h>

#include "oracle/judge.h"

struct vertex {
    int64_t x;
    struct oracle_row row;
};

/* Every line that the vertices allow is counted in the unused exact shape first. A pixel in all of them must be
 * covered, one in any of them may be. */
enum pass { COUNT_LINES, COVER, CLEAR_COUNT, PASSES };

static void visit(struct oracle_layer *layer, int64_t x, int64_t y, enum pass pass, int lines)
{
    if (x < 0 || x >= layer->panel->width || y < 0 || y >= layer->panel->height)
        return;
    uint16_t *count = &layer->cover[(size_t)y * layer->panel->width + (size_t)x].points[ORACLE_EXACT];
    if (pass == COVER)
        oracle_cover_pixel(layer, x, y, *count == lines, true);
    else
        *count = pass == COUNT_LINES ? (uint16_t)(*count + 1) : 0;
}

static void walk_line(struct oracle_layer *layer, int64_t x, int64_t y, int64_t to_x, int64_t to_y, enum pass pass,
                      int lines)
{
    const int64_t dx = to_x - x, dy = llabs(to_y - y), down = to_y < y ? -1 : 1;
    const int64_t steps = dx > dy ? dx : dy, lesser = dx > dy ? dy : dx;
    int64_t e = 2 * lesser - steps;
    for (int64_t i = 0; i < steps; i++) {
        visit(layer, x, y, pass, lines);
        const bool both = e >= 0;
        x += dx > dy || both;
        y += dx <= dy || both ? down : 0;
        e += 2 * lesser - (both ? 2 * steps : 0);
    }
    visit(layer, x, y, pass, lines);
}

static void cover_line(struct oracle_layer *layer, const struct vertex *from, const struct vertex *to)
{
    const int64_t starts[] = {from->row.upper, from->row.lower}, ends[] = {to->row.upper, to->row.lower};
    const int start_count = 1 + (starts[0] != starts[1]), end_count = 1 + (ends[0] != ends[1]);
    for (int pass = 0; pass < PASSES; pass++)
        for (int a = 0; a < start_count; a++)
            for (int b = 0; b < end_count; b++)
                walk_line(layer, from->x, starts[a], to->x, ends[b], (enum pass)pass, start_count * end_count);
}

static int64_t column_of(const struct oracle_layer *layer, uint64_t sample, uint64_t count)
{
    if (layer->panel->band)
        return oracle_column(layer, sample, 1);
    const uint64_t margin = (uint64_t)oracle_margin(layer->panel), steps = count > 1 ? count - 1 : 1;
    const uint64_t way = sample * (layer->panel->width - 1 - 2 * margin), rest = way % steps;
    uint64_t column = way / steps;
    column += 2 * rest > steps || (2 * rest == steps && column % 2 == 1);
    return (int64_t)(margin + column);
}

void oracle_cover_pixel_line(struct oracle_layer *layer, const struct oracle_window *window,
                             const struct oracle_rows *rows)
{
    const bool bridge = layer->layer->missing == MISSING_BRIDGE;
    struct vertex before = {0};
    bool joined = false; /* `before` is the neighbour of the next sample */
    for (uint64_t i = 0; i < window->count; i++) {
        const double value = oracle_value(layer, window, i, FIELD_Y);
        if (!isfinite(value)) {
            joined = joined && bridge;
            continue;
        }
        const struct vertex vertex = {column_of(layer, i, window->count), oracle_row_of(rows, value)};
        if (joined)
            cover_line(layer, &before, &vertex);
        if (i == window->count - 1)
            oracle_cover_rows(layer, vertex.x, vertex.row, vertex.row);
        before = vertex;
        joined = true;
    }
}
