/* What is counted of each field of the chart while its samples are read. */
#ifndef JOB_FIELD_COUNTS_H
#define JOB_FIELD_COUNTS_H

#include "base/log.h"
#include "chart/chart.h"

struct field_counts {
    char *name; /* owned; "": the selected one */
    uint64_t samples, missing;
    double least, most; /* of those that are present; NaN: none is */
};

/* For the fields of the chart; freed with field_counts_free. */
enum plotmill_status field_counts_create(struct field_counts **counts, const struct chart *chart,
                                         struct plotmill_error *error);
void field_counts_free(struct field_counts *counts, size_t count); /* takes NULL */

/* Adds (rows, count) values. */
void field_counts_add(struct field_counts *counts, size_t count, const double *samples, uint64_t rows);

/* Warns of a field of which over a fifth is missing, and of one whose values are all the same. */
void field_counts_report(const struct field_counts *counts, size_t count, const struct log *log);

#endif
