/* How many values lie outside the fixed range of their panel, and are moved to its limits. */
#ifndef JOB_CLAMP_COUNTS_H
#define JOB_CLAMP_COUNTS_H

#include <stdatomic.h>

#include "base/log.h"
#include "chart/images.h"

struct chart;

struct panel_clamps {
    uint32_t panel; /* its number */
    double lo, hi;
    uint32_t *fields; /* (field_count) numbers of the chart's fields that it shows */
    size_t field_count;
    uint64_t values;      /* of those that were read; missing ones are none */
    atomic_ullong images; /* that show one */
};

/* Of the panels whose range is fixed and whose values are not cut off instead. */
struct clamp_counts {
    struct panel_clamps *panels; /* (count) */
    size_t count;
};

enum plotmill_status clamp_counts_create(struct clamp_counts **counts, const struct chart *chart,
                                         struct plotmill_error *error);
void clamp_counts_free(struct clamp_counts *counts); /* takes NULL */

/* Adds (rows, fields) samples that were read. One thread at a time. */
void clamp_counts_add(struct clamp_counts *counts, size_t fields, const double *samples, uint64_t rows);

/* Adds the images of a batch. Thread-safe. */
void clamp_counts_add_images(struct clamp_counts *counts, const struct image_batch *batch);

/* One line for each panel that has any. `panels`: of the chart. */
void clamp_counts_report(const struct clamp_counts *counts, uint32_t panels, uint64_t images, const struct log *log);

#endif
