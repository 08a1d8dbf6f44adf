/* The chart language: a tree of keys (YAML or JSON) -> a chart. docs/charts.md describes it to its readers.
 *
 * A message is "NAME:LINE:COLUMN: KEY: found ..., expected ..."; where an override is wrong, "OPTION: found ...". */
#ifndef OPTIONS_LANGUAGE_H
#define OPTIONS_LANGUAGE_H

#include "chart/chart.h"
#include "options/tree.h"

/* A chart as it was written. */
struct chart_text {
    const char *name;        /* of its file or preset, for messages */
    const struct node *root; /* a map */
};

/* Options that replace what the text says; all zero: none. */
struct chart_overrides {
    uint32_t width, height; /* px */
    bool has_background;
    struct ink background;
    int antialias;     /* 1: yes, -1: no */
    int channels;      /* 1; 3: one of grey charts, whose copies are made when images are stored; -1: one per layer */
    bool draws_copies; /* such charts, too, are drawn with 3 */
    double dpi;
    uint32_t *averages; /* (average_count): rows of the averages that replace those of the text */
    size_t average_count;
};

/* Makes the chart for a window of so many samples; 0: of the window that the text requires, and if it requires none,
 * only `fields`, `adjust`, inks and marks are made, for the caller needs the fields before it knows the window. Texts
 * of the chart are its own. Free *chart with chart_free; it is all zero after a failure. */
enum plotmill_status chart_make(struct chart *chart, const struct chart_text *text,
                                const struct chart_overrides *overrides, uint64_t window, struct plotmill_error *error);

#endif
