#include "formats/csv/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "base/try.h"
#include "formats/csv/number.h"
#include "formats/csv/records.h"
#include "formats/csv/times.h"

/* Enough to tell a column of numbers from one of words, few enough to cost nothing. */
#define RECORDS_LOOKED_AT 100

/* What an exchange's kline dump holds; such dumps often come without a header. */
static const char *const kline_names[] = {"open_time",       "open",       "high",         "low",    "close",
                                          "volume",          "close_time", "quote_volume", "trades", "taker_buy_base",
                                          "taker_buy_quote", "ignore"};
#define KLINE_COLUMNS (sizeof kline_names / sizeof *kline_names)

struct looker {
    struct columns *columns;
    size_t capacity;
    struct plotmill_error *error;
};

static void look_at(struct column *column, enum field_kind kind)
{
    column->numbers += kind == FIELD_NUMBER;
    column->others += kind == FIELD_OTHER;
}

/* The first record: its fields are kept as names until it is known whether they are. */
static enum plotmill_status add_column(struct looker *looker, const char *text, size_t length)
{
    struct columns *columns = looker->columns;
    enum plotmill_status status = PLOTMILL_OK;
    double value;
    if (columns->count == looker->capacity) {
        size_t capacity = looker->capacity ? 2 * looker->capacity : 16;
        struct column *grown = realloc(columns->columns, capacity * sizeof *grown);
        if (!grown)
            FAIL(looker->error, PLOTMILL_NO_MEMORY, "out of memory");
        columns->columns = grown;
        looker->capacity = capacity;
    }
    char *name = string_start(text, length);
    if (!name)
        FAIL(looker->error, PLOTMILL_NO_MEMORY, "out of memory");
    enum field_kind kind = field_parse(text, length, &value);
    struct column *column = &columns->columns[columns->count++];
    *column = (struct column){.name = name, .number_first = kind == FIELD_NUMBER};
    columns->header |= kind == FIELD_OTHER;
done:
    return status;
}

static enum records_next look_at_field(void *user, const struct records_place *place, const char *text, size_t length)
{
    struct looker *looker = user;
    double value;
    if (place->record == 0)
        return add_column(looker, text, length) ? RECORDS_FAILED : RECORDS_GO_ON;
    if (place->column < looker->columns->count)
        look_at(&looker->columns->columns[place->column], field_parse(text, length, &value));
    return RECORDS_GO_ON;
}

static enum records_next look_at_end(void *user, const struct records_place *place)
{
    struct columns *columns = ((struct looker *)user)->columns;
    if (place->record > 0 || !columns->header)
        columns->records++;
    return columns->records < RECORDS_LOOKED_AT ? RECORDS_GO_ON : RECORDS_STOP;
}

static enum plotmill_status set_name(struct column *column, const char *name, struct plotmill_error *error)
{
    char *copy = string_copy(name);
    if (!copy)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    free(column->name);
    column->name = copy;
    return PLOTMILL_OK;
}

/* Without a header the first record was data: it counts, and names come from the kline layout or not at all. */
static enum plotmill_status settle_names(struct columns *columns, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    columns->time = COLUMNS_NO_TIME;
    for (size_t i = 0; i < columns->count; i++) {
        if (!columns->header) {
            look_at(&columns->columns[i], columns->columns[i].number_first ? FIELD_NUMBER : FIELD_MISSING);
            TRY(set_name(&columns->columns[i], columns->count == KLINE_COLUMNS ? kline_names[i] : "", error));
        }
        if (columns->time == COLUMNS_NO_TIME && times_is_name(columns->columns[i].name))
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

/* A column of numbers stays one with some slips in it: the choice must not fall on another column in silence, and the
 * slip shall be named by its line. */
static bool is_numeric(const struct column *column)
{
    return column->numbers > column->others;
}

static void list_columns(const struct columns *columns, bool numeric, struct text_list *list)
{
    for (size_t i = 0; i < columns->count; i++)
        if (!numeric || is_numeric(&columns->columns[i]))
            text_list_add(list, "%s", columns_label(columns, i).text);
    text_list_end(list);
}

static enum plotmill_status choose_only(struct columns *columns, const char *path, struct plotmill_error *error)
{
    struct text_list numeric = {0}, all = {0};
    list_columns(columns, true, &numeric);
    list_columns(columns, false, &all);
    if (numeric.items > 1)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: %zu numeric columns, expected --column to name one: %s", path, numeric.items,
                                  numeric.text);
    if (numeric.items == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found no numeric column among %s", path, all.text);
    for (size_t i = 0; i < columns->count; i++)
        if (is_numeric(&columns->columns[i]))
            columns->chosen = i;
    return PLOTMILL_OK;
}

static bool text_exactly(const char *a, const char *b)
{
    return !strcmp(a, b);
}

/* How many columns bear the name; the first of them is chosen, all are listed. */
static size_t find_name(struct columns *columns, const char *wanted, bool (*same)(const char *, const char *),
                        struct text_list *found)
{
    *found = (struct text_list){0};
    for (size_t i = columns->count; i-- > 0;)
        if (same(columns->columns[i].name, wanted))
            columns->chosen = i;
    for (size_t i = 0; i < columns->count; i++)
        if (same(columns->columns[i].name, wanted))
            text_list_add(found, "%s", columns_label(columns, i).text);
    return found->items;
}

static enum plotmill_status choose_wanted(struct columns *columns, const char *path, const char *wanted,
                                          struct plotmill_error *error)
{
    struct text_list list = {0};
    uint64_t index;
    size_t named = *wanted ? find_name(columns, wanted, text_exactly, &list) : 0;
    if (*wanted && !named)
        named = find_name(columns, wanted, string_same, &list);
    if (named > 1)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: several columns are named \"%s\", expected the number of one: %s", path, wanted,
                                  list.text);
    if (named == 1)
        return PLOTMILL_OK;
    if (index_parse(wanted, &index) && index < columns->count) {
        columns->chosen = (size_t)index;
        return PLOTMILL_OK;
    }
    list_columns(columns, false, &list);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no column \"%s\", expected one of %s", path, wanted,
                              list.text);
}

/* By the definition of a header a first record with a date in it is one: worth a word where that costs a sample. */
static void warn_of_number(const struct columns *columns, const char *path, const char *wanted, const struct log *log)
{
    const struct column *column = &columns->columns[columns->chosen];
    if (columns->header && column->number_first && (!wanted || !string_same(column->name, wanted)))
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s: the first record is taken as the header, yet column %zu holds %s there", path, columns->chosen,
                 text_quote(column->name, strlen(column->name)).text);
}

enum plotmill_status columns_find(struct columns *columns, const char *path, const char *wanted, const struct log *log,
                                  struct plotmill_error *error)
{
    static const struct records_visitor visitor = {look_at_field, look_at_end};
    enum plotmill_status status = PLOTMILL_OK;
    struct looker looker = {.columns = columns, .error = error};
    *columns = (struct columns){0};
    TRY(records_walk(path, &visitor, &looker, error));
    if (columns->records == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no data%s", path, columns->header ? " after the header" : "");
    TRY(settle_names(columns, error));
    TRY(wanted ? choose_wanted(columns, path, wanted, error) : choose_only(columns, path, error));
    warn_of_number(columns, path, wanted, log);
done:
    return status;
}

void columns_free(struct columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->columns[i].name);
    free(columns->columns);
    *columns = (struct columns){0};
}
