/* Whole-pixel marks drawn plainly, pixel by pixel and in wide integers: the reference for the kernels in cl/marks. */
#ifndef TESTS_KERNEL_PLAIN_MARKS_H
#define TESTS_KERNEL_PLAIN_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/chart.h"

/* round(u * steps) of a value between the ends; from_top: of 1 - u. */
struct plain_scale {
    double lo, hi;
    bool clip, from_top;
    enum rounding rounding;
};

/* Whether both ends and the value are multiples of one power of two below 2^63 of it. */
bool plain_is_exact(const struct plain_scale *scale, double value);

/* Where the values are exact, the only right position; else the positions of values 2^-30 below and above. */
struct plain_position {
    int64_t least, most;
};
struct plain_position plain_position(const struct plain_scale *scale, double value, uint32_t steps);

/* A window of rows, and the range of each panel (panels, 2); NaN: nothing is drawn. */
struct plain_window {
    const double *rows; /* (length, fields) */
    uint32_t length, rows_before;
    const double *ranges;
};

/* Draws one layer: pixels, (height, width), become 1 where the first ink is, 2 where the second is. `flip` is left to
 * those who compose layers. */
void plain_mark(const struct chart *chart, uint32_t layer, const struct plain_window *window, uint8_t *pixels);

#endif
