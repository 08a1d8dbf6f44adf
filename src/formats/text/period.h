/* The rows of a CSV file that are read: from one day to another, the last one included. */
#ifndef FORMATS_TEXT_PERIOD_H
#define FORMATS_TEXT_PERIOD_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/source.h"

struct period {
    double begin, end; /* us since 1970, `end` excluded; infinite if not given */
};

/* From options->from and options->to; `options` NULL: all times. PLOTMILL_BAD_INPUT if one is not a date, or the last
 * day is before the first. */
enum plotmill_status period_init(struct period *period, const struct source_options *options,
                                 struct plotmill_error *error);

/* Neither end is given. */
bool period_is_all(const struct period *period);

/* 1 if the field is a time in the period, 0 if it is a time outside, -1 if it is not a time. */
int period_has(const struct period *period, const char *text, size_t length);

#endif
