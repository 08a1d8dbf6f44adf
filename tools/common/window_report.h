/* The closing report of windows, labels and splits. */
#ifndef TOOLS_COMMON_WINDOW_REPORT_H
#define TOOLS_COMMON_WINDOW_REPORT_H

#include "api/engine.h"
#include "tools/common/console.h"

/* Says how many windows are in each part and class, and which were left out and why; nothing where there are neither
 * labels nor parts nor groups that are too short. `classes` as in struct window_set. */
void window_report(struct console *console, const struct window_counts *counts, const char *classes);

#endif
