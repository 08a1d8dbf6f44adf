/* A chart as canonical JSON (RFC 8785), with every default written out: charts are equal iff these texts are. The texts
 * are charts in the language of options/language.h. */
#ifndef CHART_SPEC_H
#define CHART_SPEC_H

#include "chart/chart.h"

/* Both are freed by the caller; NULL: out of memory. */
char *chart_write_spec(const struct chart *chart);

/* The spec of a data set: {"chart": ..., "stride": N, "window": N}. */
char *dataset_write_spec(const struct chart *chart, uint64_t window, uint64_t stride);

#endif
