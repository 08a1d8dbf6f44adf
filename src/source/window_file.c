/* Tables of windows. */
#include <stdlib.h>

#include "base/try.h"
#include "source/source.h"
#include "source/window_parts.h"

void window_file_free(struct window_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        struct table_column *column = &table->columns[i];
        for (size_t k = 0; column->classes && k < column->class_count; k++)
            free(column->classes[k]);
        free(column->classes);
        free(column->values);
        free(column->name);
    }
    free(table->columns);
    free(table->starts);
    free(table->splits);
    *table = (struct window_table){0};
}

/* The table's starts are rows of the input. */
enum plotmill_status window_file_read(struct window_table *table, const char *path, const struct source *source,
                                      uint64_t window, struct plotmill_error *error)
{
    (void)table, (void)source, (void)window;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "windows %s: not read", path);
}
