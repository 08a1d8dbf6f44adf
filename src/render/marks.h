/* Marks that cover whole pixels: what the host knows of each, one table row per mark. docs/marks.md says how to add
 * one. */
#ifndef RENDER_MARKS_H
#define RENDER_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "chart/chart.h"

struct pixel_mark {
    const char *kernel; /* in cl/marks */
    uint32_t intervals; /* of a column, at most */
    uint32_t columns;   /* that each sample needs at least */
    bool two_inks;      /* rising samples have `ink`, falling ones `down` */
    bool point_scale;   /* it can stand on a point scale */
};

/* NULL: the layer is a stroke. */
const struct pixel_mark *pixel_mark_of(const struct chart_layer *layer);

/* Whether the samples of a window have their places in each panel, and each mark those it needs. The message names the
 * panel and the layer, counted from 1 as in the chart. */
enum plotmill_status marks_check(const struct chart *chart, uint64_t window, struct plotmill_error *error);

/* Whole-pixel marks have whole margins: rounded down. */
uint32_t panel_whole_margin(const struct chart_panel *panel);

#endif
