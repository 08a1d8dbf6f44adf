/* The specs of two data sets. */
#ifndef DATASET_COMPARE_SPEC_H
#define DATASET_COMPARE_SPEC_H

#include "base/error.h"

/* PLOTMILL_BAD_INPUT with the first difference, by the name of the option that sets it or by its path in the chart
 * ("panels[0].layers[1].ink"); the message starts with `path`, which has the spec `found`. Specs of the first edition
 * ({"chart": "line", "width": 800, ...}) are those of the charts that they describe. Specs are texts of any kind. */
enum plotmill_status compare_specs(const char *path, const char *found, const char *expected,
                                   struct plotmill_error *error);

#endif
