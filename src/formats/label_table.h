/* labels.csv of a folder: a row for each image, with what is stored beside it in words. */
#ifndef FORMATS_LABEL_TABLE_H
#define FORMATS_LABEL_TABLE_H

#include <stdio.h>

#include "formats/column_arrays.h"
#include "formats/columns.h"

/* The columns: index, file, window_start, then first_time and last_time (ISO, UTC), group, row, split, and the labels
 * by their names. Failures are those of the file (ferror). */
void label_table_head(FILE *file, const struct image_column *columns, size_t count);

/* values[i]: the row of column i. */
void label_table_row(FILE *file, const struct image_column *columns, size_t count, uint64_t index, const char *name,
                     int64_t window_start, const void *const *values);

/* What the table calls a column other than timestamps. */
const char *label_table_title(const struct image_column *column);

/* Reads all columns of info's, (info->images, width) each. *arrays starts as {0} and is freed by the caller. */
enum plotmill_status label_table_read(struct column_arrays *arrays, const char *path, const struct dataset_info *info,
                                      struct plotmill_error *error);

#endif
