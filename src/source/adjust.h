/* Prices adjusted by returns (docs/definition.md, "Adjusted prices"). */
#ifndef SOURCE_ADJUST_H
#define SOURCE_ADJUST_H

#include "chart/chart.h"
#include "formats/format.h"

/* Where a row has the fields; SIZE_MAX: it lacks this one. */
struct adjustment {
    size_t returns, open, high, low, close;
    bool started;
    double last; /* the last adjusted close that is not missing */
};

/* Finds them among the values of the source's rows. PLOTMILL_BAD_INPUT where returns or close are missing, or where
 * bars or candles show other fields, which would not be adjusted. */
enum plotmill_status adjustment_init(struct adjustment *adjustment, const struct source *source,
                                     const struct chart *chart, struct plotmill_error *error);

/* Whether this value of a row is a price. */
bool adjustment_changes(const struct adjustment *adjustment, size_t value);

void adjustment_begin(struct adjustment *adjustment);             /* before the first row of each group */
void adjustment_next(struct adjustment *adjustment, double *row); /* replaces the prices of the next row */

/* The value of the source's rows with this name, exactly or else in any letter case; "": the selected one. SIZE_MAX:
 * there is none. */
size_t source_value(const struct source *source, const char *name);

#endif
