#include "formats/csv/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/number.h"
#include "formats/csv/records.h"
#include "formats/csv/times.h"

/* Enough to recognise a numeric column, few enough to cost nothing. */
#define RECORDS_EXAMINED 100

/* The columns of an exchange's kline dump, which often has no header. */
static const char *const kline_names[] = {"open_time",       "open",       "high",         "low",    "close",
                                          "volume",          "close_time", "quote_volume", "trades", "taker_buy_base",
                                          "taker_buy_quote", "ignore"};
#define KLINE_COLUMNS (sizeof kline_names / sizeof *kline_names)

/* What the visitor fills. */
struct examination {
    struct columns *columns;
    size_t capacity;
    struct plotmill_error *error;
};

/* The fields of the first record are kept as names until it is known whether it is a header. */
static enum plotmill_status add_column(struct examination *examination, const char *text, size_t length)
{
    struct columns *columns = examination->columns;
    enum plotmill_status status = PLOTMILL_OK;
    double value;
    if (columns->count == examination->capacity) {
        size_t capacity = examination->capacity ? 2 * examination->capacity : 16;
        struct column *grown = realloc(columns->columns, capacity * sizeof *grown);
        TRY_MEMORY(examination->error, grown);
        columns->columns = grown;
        examination->capacity = capacity;
    }
    char *name = string_start(text, length);
    TRY_MEMORY(examination->error, name);
    enum field_kind kind = field_parse(text, length, &value);
    columns->columns[columns->count++] = (struct column){.name = name, .number_first = kind == FIELD_NUMBER};
    columns->header |= kind == FIELD_OTHER;
done:
    return status;
}

static enum records_next examine_field(void *user, const struct records_place *place, const char *text, size_t length)
{
    struct examination *examination = user;
    double value;
    if (place->record == 0)
        return add_column(examination, text, length) ? RECORDS_FAILED : RECORDS_CONTINUE;
    if (place->column < examination->columns->count) {
        struct column *column = &examination->columns->columns[place->column];
        enum field_kind kind = field_parse(text, length, &value);
        column->numbers += kind == FIELD_NUMBER;
        column->others += kind == FIELD_OTHER;
    }
    return RECORDS_CONTINUE;
}

static enum records_next examine_end(void *user, const struct records_place *place)
{
    struct columns *columns = ((struct examination *)user)->columns;
    if (place->record > 0 || !columns->header)
        columns->records++;
    return columns->records < RECORDS_EXAMINED ? RECORDS_CONTINUE : RECORDS_STOP;
}

/* Without a header the first record is data, and the names are those of a kline dump or empty. */
static enum plotmill_status set_names(struct columns *columns, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    columns->time = COLUMNS_NO_TIME;
    for (size_t i = 0; i < columns->count; i++) {
        struct column *column = &columns->columns[i];
        if (!columns->header) {
            column->numbers += column->number_first;
            free(column->name);
            TRY(string_keep(&column->name, columns->count == KLINE_COLUMNS ? kline_names[i] : "", error));
        }
        if (columns->time == COLUMNS_NO_TIME && times_is_name(column->name))
            columns->time = i;
    }
done:
    return status;
}

struct column_label columns_label(const struct columns *columns, size_t column)
{
    struct column_label label;
    const char *name = columns->columns[column].name;
    struct text_quote quote = text_quote(name, strlen(name));
    snprintf(label.text, sizeof label.text, *name ? "%zu (%s)" : "%zu", column, quote.text);
    return label;
}

/* A numeric column may have a few fields that are not numbers: the file is then refused by the line of the first one,
 * and no other column is chosen silently. */
static bool is_numeric(const struct column *column)
{
    return column->numbers > column->others;
}

/* Adds the columns that are numeric, and those whose name is `wanted`; NULL: any. Returns the first. */
static size_t list_columns(const struct columns *columns, bool numeric, const char *wanted,
                           bool (*same)(const char *, const char *), struct text_list *list)
{
    size_t first = columns->count;
    *list = (struct text_list){0};
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->columns[i];
        if ((numeric && !is_numeric(column)) || (wanted && !same(column->name, wanted)))
            continue;
        first = MIN(first, i);
        text_list_add(list, "%s", columns_label(columns, i).text);
    }
    text_list_end(list);
    return first;
}

static bool same_exactly(const char *a, const char *b)
{
    return !strcmp(a, b);
}

enum plotmill_status columns_choose(struct columns *columns, const char *path, const char *wanted,
                                    struct plotmill_error *error)
{
    struct text_list list = {0};
    uint64_t index;
    if (!wanted) {
        columns->chosen = list_columns(columns, true, NULL, NULL, &list);
        if (list.items > 1)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: %zu numeric columns, expected the option column to name one: %s", path,
                                      list.items, list.text);
        if (list.items == 1)
            return PLOTMILL_OK;
        list_columns(columns, false, NULL, NULL, &list);
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found no numeric column among %s", path, list.text);
    }
    if (*wanted) {
        columns->chosen = list_columns(columns, false, wanted, same_exactly, &list);
        if (!list.items)
            columns->chosen = list_columns(columns, false, wanted, string_same, &list);
        if (list.items > 1)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: several columns are named \"%s\", expected the number of one: %s", path,
                                      wanted, list.text);
        if (list.items == 1)
            return PLOTMILL_OK;
    }
    if (index_parse(wanted, &index) && index < columns->count) {
        columns->chosen = (size_t)index;
        return PLOTMILL_OK;
    }
    list_columns(columns, false, NULL, NULL, &list);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no column \"%s\", expected one of %s", path, wanted,
                              list.text);
}

enum plotmill_status columns_find(struct columns *columns, const char *path, const char *wanted, const struct log *log,
                                  struct plotmill_error *error)
{
    static const struct records_visitor visitor = {examine_field, examine_end};
    enum plotmill_status status = PLOTMILL_OK;
    struct examination examination = {.columns = columns, .error = error};
    *columns = (struct columns){0};
    TRY(records_walk(path, &visitor, &examination, error));
    if (columns->records == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no data%s", path, columns->header ? " after the header" : "");
    TRY(set_names(columns, error));
    TRY(columns_choose(columns, path, wanted, error));
    /* A first record with a date is a header by definition. If it is not one, a sample is lost. */
    const struct column *column = &columns->columns[columns->chosen];
    if (columns->header && column->number_first && (!wanted || !string_same(column->name, wanted)))
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s: the first record is used as the header, but its column %zu is the number %s", path,
                 columns->chosen, text_quote(column->name, strlen(column->name)).text);
done:
    return status;
}

enum plotmill_status columns_describe(const struct columns *columns, struct source_about *about,
                                      struct plotmill_error *error)
{
    struct json json = {.one_line = true};
    json_open(&json, NULL, '[');
    for (size_t i = 0; i < columns->count; i++)
        json_string(&json, NULL, columns->columns[i].name);
    json_close(&json, ']');
    about->fields = json_finish(&json);
    about->field = columns->chosen;
    return about->fields ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

void columns_free(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->columns[i].name);
    free(columns->columns);
    *columns = (struct columns){0};
}
