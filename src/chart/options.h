/* What an image shows. docs/definition.md has the full definition. */
#ifndef CHART_OPTIONS_H
#define CHART_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Limits. */
#define CHART_SIDE_MAX 65535
#define CHART_LINE_WIDTH_MIN 0.5
#define CHART_LINE_WIDTH_MAX 64.0
#define CHART_WINDOW_MIN 2u
#define CHART_WINDOW_MAX (1u << 24)

/* How missing samples (NaN, +-Inf) are drawn. */
enum missing_mode {
    MISSING_GAP = 0, /* each run of present samples is a separate polyline, a lone sample a dot */
    MISSING_BRIDGE,  /* a straight line connects the samples on both sides */
    MISSING_ERROR    /* a missing sample is PLOTMILL_BAD_INPUT */
};

const char *missing_name(enum missing_mode missing); /* "gap" */

/* Every option that affects pixels, within the limits of its option (options/table.c). The comments give unit, range
 * and default. */
struct chart_options {
    uint32_t width;    /* px, 1..CHART_SIDE_MAX; 800 */
    uint32_t height;   /* px, 1..CHART_SIDE_MAX; 500 */
    double line_width; /* px, CHART_LINE_WIDTH_MIN.._MAX; 3 */
    double margin;     /* px, >= 0, width-1-2m >= 0 and height-1-2m >= 0; 0 */
    double range_lo;   /* the values at the bottom and.. */
    double range_hi; /* ..at the top, range_lo < range_hi; both NaN (default): the minimum and maximum of each image */
    int antialias;   /* 0: a pixel is ink or background; 1: shaded by the covered area; 0 */
    int background;  /* 0..255; 255 */
    int foreground;  /* 0..255; 0 */
    enum missing_mode missing; /* gap */
};

/* Sets every member to its default. */
void chart_options_init(struct chart_options *options);

#endif
