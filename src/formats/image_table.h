/* A CSV table with a row for each image, in their order: the index.csv of a folder, the labels of the published set.
 * The first column is `index`, the number of the image. A reader finds the other columns by name, and leaves out those
 * that it does not know. */
#ifndef FORMATS_IMAGE_TABLE_H
#define FORMATS_IMAGE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "chart/images.h"

/* Writes the names of the columns. `also`: a column after `index`; NULL: none. panels 0: 1. Failures are those of the
 * file (ferror). */
void image_table_head(FILE *file, const char *also, uint32_t panels);

/* Writes image i of the batch as image `index` of the data set; `also`: the value in that column. */
void image_table_row(FILE *file, uint64_t index, const char *also, const struct image_batch *batch, uint64_t i,
                     uint32_t panels);

/* Starts as {0}. */
struct image_rows {
    int64_t *window_start; /* (images) */
    double *y_range;       /* (images, panels, 2) */
    char **files;          /* (images) the column `file`; NULL: not wanted */
    uint64_t file_count;
};

/* The number of panels, at least 1, in the table at `path`; 0: there is no table whose first column is `index`. */
uint32_t image_table_panels(const char *path);

/* PLOTMILL_BAD_INPUT for a table that lacks a column, or whose rows are not those of images 0 to images - 1. files:
 * also the column `file`. */
enum plotmill_status image_table_read(struct image_rows *rows, const char *path, uint64_t images, uint32_t panels,
                                      bool files, struct plotmill_error *error);

/* A field of each row, found by the name of its column: `count` values, which blanks separate, from `place` on of the
 * row of the image in `values` (images, column->width). */
struct table_field {
    const char *name;
    const struct image_column *column;
    void *values;
    uint64_t place, count;
};

/* Reads these fields of such a table, as column_parse does. An empty field that is not in quotes is missing. */
enum plotmill_status image_table_read_fields(const char *path, uint64_t images, const struct table_field *fields,
                                             size_t count, struct plotmill_error *error);

/* Copies what is known of images first..first+count-1 to window_start and y_range, where these are not NULL. */
void image_rows_copy(const struct image_rows *rows, uint64_t first, uint64_t count, uint32_t panels,
                     int64_t *window_start, double *y_range);

void image_rows_free(struct image_rows *rows);

#endif
