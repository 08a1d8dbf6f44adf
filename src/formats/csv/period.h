/* From one day to another, the last one whole: which rows of a CSV file are read. */
#ifndef FORMATS_CSV_PERIOD_H
#define FORMATS_CSV_PERIOD_H

#include <stdbool.h>
#include <stddef.h>

#include "plotmill/source.h"

struct period {
    double begin, end; /* us since 1970, `end` not in it; infinite where nothing was said */
};

/* Of options->from and options->to; `options` NULL: all times. PLOTMILL_BAD_INPUT where one is no date, or the last day
 * lies before the first. */
enum plotmill_status period_init(struct period *period, const struct plotmill_source_options *options,
                                 struct plotmill_error *error);

/* All times are in it. */
bool period_is_all(const struct period *period);

/* 1 or 0: whether a time, as a file tells it, lies in the period; -1: it is none. */
int period_has(const struct period *period, const char *text, size_t length);

#endif
