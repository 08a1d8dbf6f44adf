/* The file of the option windows as columns, as they stand in it; for window_table.c. */
#ifndef SOURCE_WINDOW_FILE_H
#define SOURCE_WINDOW_FILE_H

#include "source/window_parts.h"

struct window_file {
    struct table_column *columns; /* (count); of texts `values` are indices of the classes */
    size_t count;
    uint64_t rows;
    uint64_t *lines; /* (rows) of the file, from 1; NULL: an array, whose rows count from 0 */
};

/* CSV with a header, or an NPY file: an array of starts, or a structured one. The columns group and split are texts in
 * CSV, whatever they hold. */
enum plotmill_status window_file_load(struct window_file *file, const char *path, struct plotmill_error *error);
/* The same of CSV in memory. `path` is for messages. */
enum plotmill_status window_file_parse(struct window_file *file, const char *path, const char *text, size_t size,
                                       struct plotmill_error *error);
void window_file_free(struct window_file *file);
void table_column_free(struct table_column *column);

#endif
