/* A given table of windows, checked against the source. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "source/source.h"
#include "source/window_file.h"

struct place {
    char text[600];
};

/* "windows w.csv, line 7" */
static struct place place_of(const struct window_file *file, const char *path, uint64_t row)
{
    struct place place;
    snprintf(place.text, sizeof place.text, file->lines ? "windows %.500s, line %llu" : "windows %.500s, row %llu",
             path, (unsigned long long)(file->lines ? file->lines[row] : row));
    return place;
}

/* "2.5", or "trian" with its quotes. */
static struct text_quote value_of(const struct table_column *column, uint64_t row)
{
    struct text_quote quote;
    char number[DECIMAL_SIZE] = "no value";
    const double value = column->values[row];
    if (isfinite(value) && !column->classes)
        decimal_write(number, value);
    const char *text = isnan(value) || !column->classes ? number : column->classes[(size_t)value];
    snprintf(quote.text, sizeof quote.text, text == number ? "%s" : "\"%.40s\"", text_quote(text, strlen(text)).text);
    return quote;
}

static struct table_column *find_column(const struct window_file *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->columns[i].name, name))
            return &file->columns[i];
    return NULL;
}

/* A row of the input, and the row of the table that begins there. */
struct wanted_row {
    uint64_t row, table_row;
};

static int compare_rows(const void *a, const void *b)
{
    const struct wanted_row *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* Writes to `starts` where the wanted rows lie in the source; UINT64_MAX: nowhere. */
static void find_rows(const struct source *source, const struct wanted_row *wanted, uint64_t count, uint64_t *starts)
{
    const struct source_shape *shape = &source->shape;
    const uint64_t samples = shape->samples / (shape->row_length ? shape->row_length : 1);
    uint64_t rows[WINDOW_BLOCK];
    for (uint64_t i = 0; i < count; i++)
        starts[i] = UINT64_MAX;
    for (uint64_t done = 0; done < samples; done += WINDOW_BLOCK) {
        const uint64_t n = MIN(samples - done, WINDOW_BLOCK);
        source_rows(source, done, n, rows);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t low = 0, high = count;
            while (low < high) {
                const uint64_t middle = low + (high - low) / 2;
                if (wanted[middle].row < rows[i])
                    low = middle + 1;
                else
                    high = middle;
            }
            for (; low < count && wanted[low].row == rows[i]; low++)
                starts[wanted[low].table_row] = done + i;
        }
    }
}

static enum plotmill_status take_starts(struct window_table *table, const struct window_file *file, const char *path,
                                        const struct source *source, uint64_t window, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct table_column *column = find_column(file, "start");
    const bool ready = source->shape.row_length != 0;
    struct wanted_row *wanted = NULL;
    if (!column)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "windows %s: found no column start in the header, expected it: the row of the "
             "input that each window begins with",
             path);
    TRY_ALLOCATE(error, wanted, file->rows, sizeof *wanted);
    TRY_ALLOCATE(error, table->starts, file->rows, sizeof *table->starts);
    table->rows = file->rows;
    for (uint64_t i = 0; i < file->rows; i++) {
        const double value = column->values[i];
        if (column->classes || !(value >= 0) || value != floor(value) || value > 9007199254740992.0)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: start: found %s, expected the number of a row, from 0 on",
                 place_of(file, path, i).text, value_of(column, i).text);
        wanted[i] = (struct wanted_row){(uint64_t)value, i};
    }
    qsort(wanted, (size_t)file->rows, sizeof *wanted, compare_rows);
    find_rows(source, wanted, file->rows, table->starts);
    for (uint64_t i = 0; i < file->rows; i++) {
        const unsigned long long row = (unsigned long long)column->values[i];
        if (table->starts[i] == UINT64_MAX)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: start %llu: the input has no such row, or it is left out",
                 place_of(file, path, i).text, row);
        if (!windows_fit(source->shape, table->starts[i], ready ? 1 : window))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: start %llu: the window of %llu samples does not lie in one %s",
                 place_of(file, path, i).text, row, (unsigned long long)window,
                 source->shape.break_count   ? "part between gaps"
                 : source->shape.range_count ? "group"
                                             : "input");
    }
done:
    free(wanted);
    return status;
}

/* The column group, or one named as the column of groups: both say the group of the row at which a window starts. */
static enum plotmill_status check_groups(const struct window_table *table, const struct window_file *file,
                                         const struct window_options *options, const struct source *source,
                                         struct plotmill_error *error)
{
    const char *path = options->file;
    const struct table_column *column = find_column(file, "group");
    const bool said_only = !column; /* it may lack values */
    if (!column && options->group_by && strcmp(options->group_by, "file") != 0)
        column = find_column(file, options->group_by);
    if (column && !said_only && !source->groups && !source->shape.range_count)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "windows %s: has a column group, but the input has no groups: expected the option "
                                  "group-by",
                                  path);
    for (uint64_t i = 0; column && i < file->rows; i++) {
        const struct source_range *range = window_range(&source->shape, table->starts[i]);
        const double value = column->values[i];
        char number[24];
        snprintf(number, sizeof number, "%lu", range ? (unsigned long)range->group : 0ul);
        const char *name = source->groups && range ? source->groups[range->group] : range ? number : "";
        char said[DECIMAL_SIZE] = "";
        if (isfinite(value) && !column->classes)
            decimal_write(said, value);
        const bool same = isnan(value)      ? !*name || said_only
                          : column->classes ? !strcmp(column->classes[(size_t)value], name)
                                            : range && (value == (double)range->group || !strcmp(said, name));
        if (!same)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: %s: found %s, but row %" PRIu64 " of the input belongs to \"%s\": start "
                                      "counts the rows of the input, not those of a group",
                                      place_of(file, path, i).text, column->name, value_of(column, i).text,
                                      (uint64_t)find_column(file, "start")->values[i], name);
    }
    return PLOTMILL_OK;
}

/* "train" or 0, ... */
static bool read_split(const struct table_column *column, double value, uint8_t *split)
{
    static const char *const names[][2] = {{"train", "0"}, {"val", "1"}, {"test", "2"}, {"none", "255"}};
    static const uint8_t splits[] = {SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST, SPLIT_NONE};
    for (int i = 0; i < 4; i++) {
        *split = splits[i];
        if (isnan(value) ? i == 3 : !column->classes && value == splits[i])
            return true;
        const char *text = column->classes && !isnan(value) ? column->classes[(size_t)value] : "";
        if (!strcmp(text, names[i][0]) || !strcmp(text, names[i][1]))
            return true;
    }
    return false;
}

static enum plotmill_status take_splits(struct window_table *table, const struct window_file *file, const char *path,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct table_column *column = find_column(file, "split");
    if (!column)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, table->splits, file->rows, 1);
    for (uint64_t i = 0; i < file->rows; i++)
        if (!read_split(column, column->values[i], &table->splits[i]))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: split: found %s, expected train, val, test or none, or 0, 1, 2 or 255",
                 place_of(file, path, i).text, value_of(column, i).text);
done:
    return status;
}

static bool is_known(const char *name)
{
    static const char *const known[] = {"start", "first_time", "last_time", "group", "split"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(name, known[i]))
            return true;
    return false;
}

/* All others are labels; the times, which plotmill windows prints, say nothing new. */
static enum plotmill_status take_labels(struct window_table *table, struct window_file *file, const char *path,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, table->columns, file->count, sizeof *table->columns);
    for (size_t i = 0; i < file->count; i++) {
        struct table_column *column = &file->columns[i];
        if (find_column(file, column->name) != column)
            FAIL(error, PLOTMILL_BAD_INPUT, "windows %s: two columns are named \"%s\"", path,
                 text_quote(column->name, strlen(column->name)).text);
        if (is_known(column->name))
            continue;
        if (!*column->name || strchr(column->name, '/'))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "windows %s: column %zu is named \"%s\": expected a name without slashes, under which it is stored",
                 path, i, text_quote(column->name, strlen(column->name)).text);
    }
    for (size_t i = 0; i < file->count; i++)
        if (!is_known(file->columns[i].name)) {
            table->columns[table->column_count++] = file->columns[i];
            file->columns[i] = (struct table_column){0};
            TRY(string_keep(&file->columns[i].name, "start", error));
        }
done:
    return status;
}

enum plotmill_status window_table_read(struct window_table *table, const struct window_options *options,
                                       const struct source *source, uint64_t window, struct plotmill_error *error)
{
    const char *path = options->file;
    enum plotmill_status status = PLOTMILL_OK;
    struct window_file file = {0};
    TRY(window_file_load(&file, path, error));
    TRY(take_starts(table, &file, path, source, window, error));
    TRY(check_groups(table, &file, options, source, error));
    TRY(take_splits(table, &file, path, error));
    TRY(take_labels(table, &file, path, error));
done:
    window_file_free(&file);
    return status;
}

void window_table_free(struct window_table *table)
{
    for (size_t i = 0; table->columns && i < table->column_count; i++)
        table_column_free(&table->columns[i]);
    free(table->columns);
    free(table->starts);
    free(table->splits);
    *table = (struct window_table){0};
}
