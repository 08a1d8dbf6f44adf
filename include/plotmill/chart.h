/* plotmill: what an image is. The full definition stands in docs/definition.md. */
#ifndef PLOTMILL_CHART_H
#define PLOTMILL_CHART_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of missing samples (NaN, +-Inf). */
enum plotmill_missing {
    PLOTMILL_MISSING_GAP = 0, /* each run of present samples is a polyline of its own, a lone sample a dot */
    PLOTMILL_MISSING_BRIDGE,  /* the line goes straight on to the next present sample */
    PLOTMILL_MISSING_ERROR    /* a missing sample is bad input */
};

/* Every option that shapes pixels. Call plotmill_chart_options_init first, then change members. */
struct plotmill_chart_options {
    size_t size;       /* sizeof(struct plotmill_chart_options), set by _init */
    uint32_t width;    /* px, 1..65535; 800 */
    uint32_t height;   /* px, 1..65535; 500 */
    double line_width; /* px, 0.5..64; 3 */
    double margin;     /* px, >= 0, width-1-2m >= 0 and height-1-2m >= 0; 0 */
    double range_lo;   /* fixed range, range_lo < range_hi; both NaN (the default): each image's own minimum.. */
    double range_hi;   /* ..and maximum */
    int antialias;     /* 0: a pixel is ink or background; 1: by covered area; 0 */
    int background;    /* 0..255; 255 */
    int foreground;    /* 0..255; 0 */
    enum plotmill_missing missing; /* gap */
};

/* Sets every member to its default. */
PLOTMILL_API void plotmill_chart_options_init(struct plotmill_chart_options *options);

#ifdef __cplusplus
}
#endif
#endif
