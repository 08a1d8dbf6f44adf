/* plotmill: what an image shows. docs/definition.md has the full definition. */
#ifndef PLOTMILL_CHART_H
#define PLOTMILL_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How missing samples (NaN, +-Inf) are drawn. */
enum plotmill_missing {
    PLOTMILL_MISSING_GAP = 0, /* each run of present samples is a separate polyline, a lone sample a dot */
    PLOTMILL_MISSING_BRIDGE,  /* a straight line connects the samples on both sides */
    PLOTMILL_MISSING_ERROR    /* a missing sample is PLOTMILL_BAD_INPUT */
};

/* Every option that affects pixels. Call plotmill_chart_options_init first, then change members. The comments give
 * unit, range and default. */
struct plotmill_chart_options {
    size_t size;       /* sizeof(struct plotmill_chart_options), set by _init */
    uint32_t width;    /* px, 1..65535; 800 */
    uint32_t height;   /* px, 1..65535; 500 */
    double line_width; /* px, 0.5..64; 3 */
    double margin;     /* px, >= 0, width-1-2m >= 0 and height-1-2m >= 0; 0 */
    double range_lo;   /* the values at the bottom and.. */
    double range_hi; /* ..at the top, range_lo < range_hi; both NaN (default): the minimum and maximum of each image */
    int antialias;   /* 0: a pixel is ink or background; 1: shaded by the covered area; 0 */
    int background;  /* 0..255; 255 */
    int foreground;  /* 0..255; 0 */
    enum plotmill_missing missing; /* gap */
};

/* Sets every member to its default. */
PLOTMILL_API void plotmill_chart_options_init(struct plotmill_chart_options *options);

#ifdef __cplusplus
}
#endif
#endif
