#include "formats/label_table.h"

#include <inttypes.h>
#include <string.h>

void csv_field_write(FILE *file, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, file);
        return;
    }
    putc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', file);
        putc(*text, file);
    }
    putc('"', file);
}

/* A label that is called as a column of the table keeps its whole name. */
static const char *title_of(const struct image_column *column)
{
    static const char *const taken[] = {"index",     "file",  "window_start", "first_time",
                                        "last_time", "group", "row",          "split"};
    const char *title = column_title(column);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (column_is_label(column) && !strcmp(title, taken[i]))
            return column->name;
    return title;
}

void label_table_head(FILE *file, const struct image_column *columns, size_t count)
{
    fputs("index,file,window_start", file);
    for (size_t i = 0; i < count; i++) {
        putc(',', file);
        if (!strcmp(columns[i].name, "timestamps"))
            fputs("first_time,last_time", file);
        else
            csv_field_write(file, title_of(&columns[i]));
    }
    putc('\n', file);
}

static void write_times(FILE *file, const int64_t times[2])
{
    char text[TIME_SIZE];
    for (int k = 0; k < 2; k++) {
        text[0] = 0;
        if (times[k] != INT64_MIN)
            time_write(text, times[k]);
        fprintf(file, "%s%s", k ? "," : "", text);
    }
}

void label_table_row(FILE *file, const struct image_column *columns, size_t count, uint64_t index, const char *name,
                     int64_t window_start, const void *const *values)
{
    fprintf(file, "%" PRIu64 ",", index);
    csv_field_write(file, name);
    fprintf(file, ",%" PRId64, window_start);
    for (size_t i = 0; i < count; i++) {
        putc(',', file);
        if (!strcmp(columns[i].name, "timestamps") && columns[i].width == 2) {
            write_times(file, values[i]);
            continue;
        }
        for (uint64_t k = 0; k < columns[i].width; k++) {
            const char *class = column_class(&columns[i], values[i], k);
            char text[DECIMAL_SIZE];
            column_number(&columns[i], values[i], k, text);
            if (k)
                putc(' ', file);
            csv_field_write(file, class ? class : text);
        }
    }
    putc('\n', file);
}
