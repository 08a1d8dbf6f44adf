/* The period of the options from and to: which rows are read. */
#ifndef FORMATS_TEXT_PERIOD_H
#define FORMATS_TEXT_PERIOD_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/source.h"

struct period {
    int64_t first, last; /* ns since 1970 UTC, both in it; INT64_MIN, INT64_MAX: no limit */
};

/* From options->from and options->to; `options` NULL: all times. A day, a month, or a time to the minute, second or
 * fraction is all of it: "2024-01-31 15:59" lasts until the next minute. PLOTMILL_BAD_INPUT if one is no date, or `to`
 * ends before `from`. */
enum plotmill_status period_init(struct period *period, const struct source_options *options,
                                 struct plotmill_error *error);

/* Neither end is given. */
bool period_is_all(const struct period *period);

/* The time lies in the period; SOURCE_NO_TIME lies in none but that of all times. */
static inline bool period_has_time(const struct period *period, int64_t ns)
{
    return ns >= period->first && ns <= period->last;
}

#endif
