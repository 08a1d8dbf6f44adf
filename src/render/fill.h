/* The fill rate of a device: how fast it writes pixels, looking at nothing. */
#ifndef RENDER_FILL_H
#define RENDER_FILL_H

#include "device/compute.h"
#include "plotmill/chart.h"

/* Bytes a second, the median of the rounds that fit into `seconds`, five at least. */
enum plotmill_status fill_rate(struct compute *compute, const struct plotmill_chart_options *chart, uint64_t window,
                               double seconds, double *rate, struct plotmill_error *error);

#endif
