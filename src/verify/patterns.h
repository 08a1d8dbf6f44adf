/* The test patterns: lines, a chart for each mark that covers whole pixels, and one of several layers, panels and
 * colours. */
#ifndef VERIFY_PATTERNS_H
#define VERIFY_PATTERNS_H

#include "chart/chart.h"

#define PATTERN_PANELS 2
#define PATTERN_LAYERS 4
#define PATTERN_FIELDS 6

/* A chart and what it points to. */
struct pattern_chart {
    struct chart chart;
    struct line_chart line;
    struct chart_panel panels[PATTERN_PANELS];
    struct chart_layer layers[PATTERN_LAYERS];
    struct scale_field scales[PATTERN_PANELS][PATTERN_FIELDS];
    char *fields[PATTERN_FIELDS];
};

struct pattern {
    const char *name;
    uint32_t samples;
    /* The chart, in `storage`, which must stay as long as it is used. Neighbours in the table with the same function
     * and equally many samples are drawn as one batch. */
    const struct chart *(*chart)(struct pattern_chart *storage, uint32_t width, uint32_t height, bool antialias);
    double (*value)(uint32_t i, uint32_t samples, uint32_t field);
};

#define PATTERNS 15
extern const struct pattern verify_patterns[PATTERNS];

#endif
