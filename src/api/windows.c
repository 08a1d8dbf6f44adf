#include "api/windows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/label_fields.h"
#include "base/numbers.h"
#include "base/try.h"
#include "source/source.h"

/* Windows that are read at a time. */
#define BLOCK 256

struct table {
    const struct source *source;
    struct window_set windows;
    void **columns; /* (windows.column_count): (BLOCK, width) */
    FILE *out;
};

static void write_text(FILE *out, const char *text)
{
    const size_t length = strlen(text);
    const bool plain = length && !strpbrk(text, ",;\t\"\r\n") && *text != ' ' && text[length - 1] != ' ';
    if (plain) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
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
    fputs("start", table->out);
    for (size_t i = 0; i < table->windows.column_count; i++) {
        const char *name = table->windows.columns[i].name;
        if (!strcmp(name, "row"))
            continue;
        putc(',', table->out);
        if (!strcmp(name, "timestamps"))
            fputs("first_time,last_time", table->out);
        else
            write_text(table->out, strncmp(name, "labels/", 7) ? name : name + 7);
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
        write_text(out, column->classes[value]);
    else
        fprintf(out, "%" PRId64, value);
}

static void write_value(const struct image_column *column, const void *values, uint64_t k, FILE *out)
{
    static const char *const splits[] = {"train", "val", "test", "none"};
    if (!strcmp(column->name, "row"))
        return;
    putc(',', out);
    if (!strcmp(column->name, "timestamps")) {
        const int64_t *times = (const int64_t *)values + 2 * k;
        write_time(out, times[0]);
        putc(',', out);
        write_time(out, times[1]);
    } else if (!strcmp(column->name, "split")) {
        const uint8_t split = ((const uint8_t *)values)[k];
        fputs(splits[MIN(split, 3)], out);
    } else {
        write_number(column, values, k, out);
    }
}

static enum plotmill_status write_rows(const struct table *table, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_set *set = &table->windows;
    for (uint64_t first = 0; first < set->windows.images; first += BLOCK) {
        const uint64_t left = set->windows.images - first, n = MIN(left, BLOCK);
        TRY(window_set_read(set, first, n, table->columns, error));
        for (uint64_t k = 0; k < n; k++) {
            uint64_t row;
            source_rows(table->source, windows_start(&set->windows, first + k), 1, &row);
            fprintf(table->out, "%" PRIu64, row);
            for (size_t i = 0; i < set->column_count; i++)
                write_value(&set->columns[i], table->columns[i], k, table->out);
            putc('\n', table->out);
        }
        if (ferror(table->out))
            FAIL(error, PLOTMILL_IO_FAILED, "the table of windows: %s", strerror(errno));
    }
done:
    return status;
}

static enum plotmill_status plan(struct table *table, plotmill *pm, const struct settings *settings)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct job_options *job = &settings->job;
    const struct window_rule rule = {job->window, job->stride, job->limit};
    struct window_set *set = &table->windows;
    size_t value;
    TRY(label_value_find(table->source, job, &value, &pm->error));
    TRY(window_set_plan(set, table->source, value, &rule, &job->windows, &pm->log, &pm->error));
    TRY_ALLOCATE(&pm->error, table->columns, set->column_count, sizeof *table->columns);
    for (size_t i = 0; i < set->column_count; i++)
        TRY_ALLOCATE(&pm->error, table->columns[i], BLOCK * set->columns[i].width,
                     column_value_bytes(set->columns[i].type));
done:
    return status;
}

enum plotmill_status api_windows_write(plotmill *pm, const struct settings *settings, FILE *out,
                                       struct window_table_result *result)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table table = {.out = out};
    plotmill_source *source = NULL;
    *result = (struct window_table_result){0};
    clear_message(pm);
    TRY(open_inputs(pm, settings->inputs, settings->input_count, settings, &source));
    table.source = &source->source;
    TRY(plan(&table, pm, settings));
    write_header(&table);
    TRY(write_rows(&table, &pm->error));
    result->counts = table.windows.counts;
    result->classes = table.windows.classes;
    table.windows.classes = NULL;
done:
    for (size_t i = 0; table.columns && i < table.windows.column_count; i++)
        free(table.columns[i]);
    free(table.columns);
    window_set_free(&table.windows);
    plotmill_source_destroy(source);
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
