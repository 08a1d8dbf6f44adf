#include "api/windows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/report.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/columns.h"
#include "formats/csv_field.h"

/* Windows that are read at a time. */
#define BLOCK 256

struct table {
    plotmill_reader *reader;
    void **columns; /* (columns of the reader): (BLOCK, width) */
    FILE *out;
};

/* Columns that are not written: `start` has the row of the first sample. */
static bool is_left_out(const struct image_column *column)
{
    static const char *const names[] = {"row", "sample", "values", "rows_before"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(column->name, names[i]))
            return true;
    return false;
}

static void write_time(FILE *out, int64_t ns)
{
    char text[TIME_SIZE];
    if (ns == SOURCE_NO_TIME)
        return;
    time_write(text, ns);
    fputs(text, out);
}

static void write_header(const struct table *table)
{
    const struct dataset_info *info = &table->reader->reader.info;
    const char *comma = "";
    for (size_t i = 0; i < info->column_count; i++) {
        const char *name = info->columns[i].name;
        if (is_left_out(&info->columns[i]))
            continue;
        fputs(comma, table->out);
        comma = ",";
        if (!strcmp(name, "window_start"))
            fputs("start", table->out);
        else if (!strcmp(name, "timestamps"))
            fputs("first_time,last_time", table->out);
        else
            csv_field_write(table->out, column_title(&info->columns[i]));
    }
    putc('\n', table->out);
}

static void write_number(const struct image_column *column, const void *values, uint64_t k, FILE *out)
{
    char text[DECIMAL_SIZE];
    if (column->type == COLUMN_FLOAT64) {
        const double value = ((const double *)values)[k];
        if (isnan(value))
            return;
        decimal_write(text, value);
        fputs(text, out);
        return;
    }
    const int64_t value = column->type == COLUMN_UINT32 ? ((const uint32_t *)values)[k] : ((const int64_t *)values)[k];
    if (value == INT64_MIN)
        return;
    if (column->classes)
        csv_field_write(out, column->classes[value]);
    else
        fprintf(out, "%" PRId64, value);
}

static void write_value(const struct image_column *column, const void *values, uint64_t k, FILE *out)
{
    if (!strcmp(column->name, "timestamps")) {
        const int64_t *times = (const int64_t *)values + 2 * k;
        write_time(out, times[0]);
        putc(',', out);
        write_time(out, times[1]);
    } else if (!strcmp(column->name, "split")) {
        fputs(split_name(((const uint8_t *)values)[k]), out);
    } else {
        write_number(column, values, k, out);
    }
}

static enum plotmill_status write_rows(const struct table *table, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader *reader = &table->reader->reader;
    const struct dataset_info *info = &reader->info;
    for (uint64_t first = 0; first < info->images; first += BLOCK) {
        const uint64_t left = info->images - first, n = MIN(left, BLOCK);
        for (size_t i = 0; i < info->column_count; i++)
            if (!is_left_out(&info->columns[i]))
                TRY(reader_column(reader, i, first, n, table->columns[i], error));
        for (uint64_t k = 0; k < n; k++) {
            for (size_t i = 0; i < info->column_count; i++) {
                if (is_left_out(&info->columns[i]))
                    continue;
                if (i)
                    putc(',', table->out);
                write_value(&info->columns[i], table->columns[i], k, table->out);
            }
            putc('\n', table->out);
        }
        if (ferror(table->out))
            FAIL(error, PLOTMILL_IO_FAILED, "the table of windows: %s", strerror(errno));
    }
done:
    return status;
}

static enum plotmill_status allocate(struct table *table, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &table->reader->reader.info;
    TRY_ALLOCATE(error, table->columns, info->column_count, sizeof *table->columns);
    for (size_t i = 0; i < info->column_count; i++)
        if (!is_left_out(&info->columns[i]))
            TRY_ALLOCATE(error, table->columns[i], BLOCK, column_row_bytes(&info->columns[i]));
done:
    return status;
}

enum plotmill_status api_windows_write(plotmill *pm, const struct settings *settings, FILE *out,
                                       struct window_table_result *result)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table table = {.out = out};
    *result = (struct window_table_result){0};
    clear_message(pm);
    TRY(windows_open(pm, settings, NULL, &table.reader));
    TRY(allocate(&table, &pm->error));
    write_header(&table);
    TRY(write_rows(&table, &pm->error));
    result->counts = table.reader->windows->counts;
    if (table.reader->windows->classes)
        TRY(string_keep(&result->classes, table.reader->windows->classes, &pm->error));
done:
    for (size_t i = 0; table.columns && i < table.reader->reader.info.column_count; i++)
        free(table.columns[i]);
    free(table.columns);
    plotmill_reader_destroy(table.reader);
    return status;
}

void window_table_result_free(struct window_table_result *result)
{
    free(result->classes);
    *result = (struct window_table_result){0};
}

void json_windows(struct json *json, const char *key, const struct window_counts *counts, const char *classes)
{
    json_open(json, key, '{');
    json_uint(json, "images", counts->images);
    if (counts->splits[0] + counts->splits[1] + counts->splits[2] + counts->splits[3]) {
        json_uint(json, "train", counts->splits[0]);
        json_uint(json, "val", counts->splits[1]);
        json_uint(json, "test", counts->splits[2]);
        json_uint(json, "none", counts->splits[3]);
        json_uint(json, "embargoed", counts->embargoed);
    }
    json_uint(json, "unlabelled", counts->unlabelled);
    json_uint(json, "dropped", counts->dropped);
    json_uint(json, "too_short", counts->too_short);
    if (classes)
        json_raw(json, "labels", classes);
    json_close(json, '}');
}

char *report_windows(const struct window_table_result *result)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_windows(&json, "windows", &result->counts, result->classes);
    json_close(&json, '}');
    return json_finish(&json);
}

char *report_planned(const plotmill_reader *reader)
{
    struct json json = {.one_line = true};
    json_windows(&json, NULL, &reader->windows->counts, reader->windows->classes);
    char *counts = json_finish(&json);
    char *text = counts ? report_reader(NULL, &reader->reader.info, NULL, counts) : NULL;
    free(counts);
    return text;
}
