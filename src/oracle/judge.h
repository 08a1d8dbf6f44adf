/* Shared by the parts of the oracle: what a layer covers, and the scale of its values. All coordinates are those of the
 * layer's panel, rows from the top. */
#ifndef ORACLE_JUDGE_H
#define ORACLE_JUDGE_H

#include <stddef.h>

#include "oracle/oracle.h"

/* The shape of the definition, and the two that bound what a renderer may draw. */
enum { ORACLE_NARROW = 0, ORACLE_EXACT, ORACLE_WIDE, ORACLE_SHAPES };

/* Antialiased: sample points per pixel along each side, and in all. */
#define ORACLE_GRID 64
#define ORACLE_POINTS (ORACLE_GRID * ORACLE_GRID)

/* Points of a pixel that lie in each shape. Whole pixels, and centres without antialiasing, have all or none of them,
 * and the exact shape is not used. */
struct oracle_cover {
    uint16_t points[ORACLE_SHAPES];
};

struct oracle_layer {
    const struct chart *chart;
    const struct chart_panel *panel;
    const struct chart_layer *layer;
    struct oracle_cover *cover; /* (panel height, panel width); NULL: the layer is left out */
    bool *falling;              /* (panel width): columns in the ink of falling samples */
};

/* The y scale of a panel. */
struct oracle_scale {
    double lo, hi; /* NaN: no value */
    bool empty;    /* nothing is drawn */
    bool clip;
};

void oracle_scale_find(struct oracle_scale *scale, const struct chart *chart, const struct chart_panel *panel,
                       const struct oracle_window *window);

/* u: 0 at lo, 1 at hi. */
double oracle_height(const struct oracle_scale *scale, double value);

/* A value as a mark sees it; missing ones are NaN or infinite. */
static inline double oracle_value(const struct oracle_layer *layer, const struct oracle_window *window, uint64_t sample,
                                  uint32_t role)
{
    return window->rows[sample * layer->chart->field_count + layer->layer->field[role]];
}

/* Whole-pixel marks: how values become rows. */
struct oracle_rows {
    struct oracle_scale scale;
    enum rounding rounding;
    bool from_top;
    bool exact; /* all values of the window are multiples of 2^exponent, and below 2^63 times that */
    int exponent;
    int64_t first; /* of the area that the margin leaves */
    int64_t count; /* R */
};

/* Two rows, of which `upper` comes first; equal unless either is right. */
struct oracle_row {
    int64_t upper, lower;
};

void oracle_rows_init(struct oracle_rows *rows, const struct oracle_layer *layer, const struct oracle_window *window,
                      const struct oracle_scale *scale);
struct oracle_row oracle_row_of(const struct oracle_rows *rows, double value);

/* The top row of a column of so many rows; where there are none, the row below the last one. */
struct oracle_row oracle_count_of(const struct oracle_rows *rows, double value);

/* The margin of whole-pixel marks. */
int64_t oracle_margin(const struct chart_panel *panel);

/* On a band scale: the first column of something `columns` wide, of a sample. */
int64_t oracle_column(const struct oracle_layer *layer, uint64_t sample, uint32_t columns);

/* Adds a pixel, unless it is outside of the panel. */
void oracle_cover_pixel(struct oracle_layer *layer, int64_t x, int64_t y, bool must, bool may);

/* Adds the rows from `top` to `bottom`, both included. */
void oracle_cover_rows(struct oracle_layer *layer, int64_t x, struct oracle_row top, struct oracle_row bottom);

/* Whether a row must lie, or may lie, between these two. */
static inline bool oracle_must_hold(struct oracle_row top, struct oracle_row bottom, int64_t y)
{
    return top.lower <= y && y <= bottom.upper;
}
static inline bool oracle_may_hold(struct oracle_row top, struct oracle_row bottom, int64_t y)
{
    return top.upper <= y && y <= bottom.lower;
}

/* The marks: each adds what its layer covers. */
void oracle_cover_bar(struct oracle_layer *layer, const struct oracle_window *window, const struct oracle_rows *rows);
void oracle_cover_candle(struct oracle_layer *layer, const struct oracle_window *window,
                         const struct oracle_rows *rows);
void oracle_cover_column(struct oracle_layer *layer, const struct oracle_window *window,
                         const struct oracle_rows *rows);
void oracle_cover_pixel_line(struct oracle_layer *layer, const struct oracle_window *window,
                             const struct oracle_rows *rows);
enum plotmill_status oracle_cover_stroke(struct oracle_layer *layer, const struct oracle_window *window,
                                         const struct oracle_scale *scale);

/* Compares pixels with the layers, which are in the order in which they are painted. Sets all of the verdict but
 * `passed`. */
enum plotmill_status oracle_compose(const struct chart *chart, const struct oracle_layer *layers, const uint8_t *pixels,
                                    struct oracle_verdict *verdict);

#endif
