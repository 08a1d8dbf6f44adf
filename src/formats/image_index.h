/* What is known of each image beside its pixels: kept in a file while images come in any order, read in order at the
 * end. */
#ifndef FORMATS_IMAGE_INDEX_H
#define FORMATS_IMAGE_INDEX_H

#include <stdbool.h>
#include <stdio.h>

#include "plotmill/sink.h"

struct label {
    int64_t window_start;
    double y_range[2];
};

struct labels {
    FILE *file; /* struct label by index; NULL: not open */
};

/* All return false and leave errno where the file cannot be made, written or read. */
bool labels_open(struct labels *labels, const char *path);
bool labels_write(const struct labels *labels, const struct plotmill_batch *batch); /* several threads may at once */

/* From the first on: labels_rewind once, then one label a call. */
bool labels_rewind(const struct labels *labels);
bool labels_next(const struct labels *labels, struct label *label);
void labels_close(struct labels *labels);

#endif
