#include "formats/label_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "formats/csv_field.h"
#include "formats/image_table.h"

/* A label that is called as a column of the table keeps its whole name. */
const char *label_table_title(const struct image_column *column)
{
    static const char *const taken[] = {"index", "file", "window_start", "first_time", "last_time",
                                        "group", "row",  "split",        "Date",       "StockID"};
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
            csv_field_write(file, label_table_title(&columns[i]));
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
            if (class)
                csv_field_write(file, class);
            else
                fputs(text, file);
        }
    }
    putc('\n', file);
}

enum plotmill_status label_table_read(struct column_arrays *arrays, const char *path, const struct dataset_info *info,
                                      struct plotmill_error *error)
{
    static const char *const times[] = {"first_time", "last_time"};
    enum plotmill_status status = PLOTMILL_OK;
    struct table_field *fields = NULL;
    size_t count = 0;
    TRY(column_arrays_create_for(arrays, info, path, error));
    TRY_ALLOCATE(error, fields, info->column_count + 1, sizeof *fields);
    for (size_t i = 0; i < info->column_count; i++) {
        const struct image_column *column = &info->columns[i];
        const bool time = column_is_time(column) && column->width == 2;
        for (uint64_t k = 0; k < (time ? 2 : 1); k++)
            fields[count++] = (struct table_field){.name = time ? times[k] : label_table_title(column),
                                                   .column = column,
                                                   .values = arrays->values[i],
                                                   .place = k,
                                                   .count = time ? 1 : column->width};
    }
    TRY(image_table_read_fields(path, info->images, fields, count, error));
done:
    if (status)
        column_arrays_free(arrays);
    free(fields);
    return status;
}
