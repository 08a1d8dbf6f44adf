/* labels.csv of a folder: a row for each image, with what is stored beside it in words. */
#ifndef FORMATS_LABEL_TABLE_H
#define FORMATS_LABEL_TABLE_H

#include <stdio.h>

#include "formats/columns.h"

/* The columns: index, file, window_start, then first_time and last_time (ISO, UTC), group, row, split, and the labels
 * by their names. Failures are those of the file (ferror). */
void label_table_head(FILE *file, const struct image_column *columns, size_t count);

/* values[i]: the row of column i. */
void label_table_row(FILE *file, const struct image_column *columns, size_t count, uint64_t index, const char *name,
                     int64_t window_start, const void *const *values);

/* A field of a CSV table, in quotes where it needs them. */
void csv_field_write(FILE *file, const char *text);

#endif
