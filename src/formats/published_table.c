#include "formats/published_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/csv_field.h"
#include "formats/image_table.h"
#include "formats/label_table.h"

/* The names that the published set has for what is known; NULL: the column is not in the table. */
static const char *published_name(const struct image_column *column, char name[DECIMAL_SIZE])
{
    unsigned long horizon;
    int end = 0;
    if (column->width > 1)
        return column_is_time(column) ? "Date" : NULL;
    if (!strcmp(column->name, "group"))
        return "StockID";
    const char *title = label_table_title(column);
    if (sscanf(title, "return:%lu%n", &horizon, &end) != 1 || title[end])
        return title;
    snprintf(name, DECIMAL_SIZE, "Ret_%lud", horizon);
    return name;
}

char *published_fields(const struct dataset_info *info, const struct image_batch *batch, uint64_t i)
{
    struct text row = {0};
    size_t fields = 0;
    for (size_t c = 0; c < info->column_count; c++) {
        const struct image_column *column = &info->columns[c];
        char name[DECIMAL_SIZE], value[DECIMAL_SIZE] = "";
        const char *title = published_name(column, name);
        if (!title)
            continue;
        const uint64_t at = i * column->width + column->width - 1; /* the last time */
        const char *class = batch ? column_class(column, batch->columns[c], at) : NULL;
        if (batch)
            column_number(column, batch->columns[c], at, value);
        if (*value && column_is_time(column))
            time_write(value, column_whole(column, batch->columns[c], at));
        if (fields++)
            text_add(&row, ",");
        if (batch && !class)
            text_add(&row, value);
        else
            csv_field_add(&row, batch ? class : title);
    }
    return fields ? text_finish(&row) : NULL;
}

bool published_has(const struct image_column *column)
{
    char name[DECIMAL_SIZE];
    return published_name(column, name) != NULL;
}

enum plotmill_status published_read(struct column_arrays *arrays, const char *path, const struct dataset_info *info,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table_field *fields = NULL;
    char(*names)[DECIMAL_SIZE] = NULL;
    TRY(column_arrays_create_for(arrays, info, path, error));
    TRY_ALLOCATE(error, fields, info->column_count, sizeof *fields);
    TRY_ALLOCATE(error, names, info->column_count, sizeof *names);
    for (size_t c = 0; c < info->column_count; c++) {
        const struct image_column *column = &info->columns[c];
        fields[c] =
            (struct table_field){published_name(column, names[c]), column, arrays->values[c], column->width - 1, 1};
        for (uint64_t i = 0; column_is_time(column) && i < info->images * column->width; i++)
            column_parse(column, NULL, arrays->values[c], i);
    }
    TRY(image_table_read_fields(path, info->images, fields, info->column_count, error));
done:
    if (status)
        column_arrays_free(arrays);
    free(fields);
    free(names);
    return status;
}
