#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "formats/text/dialect.h"

#define COLUMNS_WRITTEN 256

struct sign_name {
    char text[32];
};

static struct sign_name name_separator(char separator)
{
    static const struct {
        char sign;
        const char *name;
    } names[] = {{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars (|)"}, {SEPARATOR_SPACES, "blanks"}};
    struct sign_name name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].sign == separator) {
            snprintf(name.text, sizeof name.text, "%s", names[i].name);
            return name;
        }
    snprintf(name.text, sizeof name.text, "\"%c\"", separator);
    return name;
}

static void add(struct dialect_line *line, const char *format, ...) PLOTMILL_PRINTF(2, 3);
static void add(struct dialect_line *line, const char *format, ...)
{
    const size_t used = strlen(line->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->text + used, sizeof line->text - used, format, arguments);
    va_end(arguments);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static const char *name_mark(char mark)
{
    return mark == ','    ? "commas"
           : mark == '.'  ? "points"
           : mark == '\'' ? "apostrophes"
           : mark == '_'  ? "underscores"
                          : "blanks";
}

/* Each unit once. */
static void add_units(struct dialect_line *line, const struct dialect *dialect)
{
    bool any = false;
    for (size_t i = 0; i < dialect->list.count; i++) {
        const char *unit = dialect->columns[i].numbers.unit;
        bool said = !*unit || dialect->columns[i].holds != COLUMN_NUMBERS;
        for (size_t k = 0; k < i && !said; k++)
            said = !strcmp(dialect->columns[k].numbers.unit, unit);
        if (said)
            continue;
        add(line, any ? ", %s" : ", units behind numbers (%s", unit);
        any = true;
    }
    if (any)
        add(line, ")");
}

/* What the forms of numbers of the columns are, beside plain ones. */
static void add_numbers(struct dialect_line *line, const struct dialect *dialect)
{
    struct number_format all = {0};
    for (size_t i = 0; i < dialect->list.count; i++) {
        const struct text_column *column = &dialect->columns[i];
        if (column->holds != COLUMN_NUMBERS || column->doubt)
            continue;
        all.decimal = column->numbers.decimal == ',' ? ',' : all.decimal;
        if (*column->numbers.thousands)
            memcpy(all.thousands, column->numbers.thousands, sizeof all.thousands);
        if (*column->numbers.currency)
            memcpy(all.currency, column->numbers.currency, sizeof all.currency);
        all.percent |= column->numbers.percent;
        all.suffixes |= column->numbers.suffixes;
        all.minus_behind |= column->numbers.minus_behind;
    }
    if (all.decimal == ',')
        add(line, ", decimal commas");
    if (*all.thousands)
        add(line, ", thousands separated by %s", name_mark(*all.thousands));
    if (*all.currency)
        add(line, ", money (%s)", all.currency);
    if (all.percent)
        add(line, ", percentages");
    if (all.suffixes)
        add(line, ", K, M and B for thousand, million and billion");
    if (all.minus_behind)
        add(line, ", minus signs behind numbers");
    add_units(line, dialect);
}

static void add_times(struct dialect_line *line, const struct dialect *dialect)
{
    if (!dialect->time_count)
        return;
    add(line, ", times in column%s %s", plural(dialect->time_count),
        field_label(&dialect->list, dialect->time_columns[0]).text);
    if (dialect->time_count == 2)
        add(line, " and %s", field_label(&dialect->list, dialect->time_columns[1]).text);
    add(line, ": %s", time_format_name(&dialect->time).text);
}

struct dialect_line dialect_describe(const struct dialect *dialect)
{
    struct dialect_line line = {0};
    const size_t columns = dialect->list.count;
    add(&line, "%s", dialect->encoding);
    if (dialect->logger)
        add(&line, ", TOA5 of a data logger");
    if (columns > 1)
        add(&line, ", separated by %s", name_separator(dialect->separator).text);
    if (dialect->quote == '\'')
        add(&line, ", single quotes");
    if (dialect->trailing)
        add(&line, ", %s at the ends of lines", name_separator(dialect->trailing).text);
    if (dialect->skip)
        add(&line, ", %" PRIu64 " line%s before the table", dialect->skip, plural(dialect->skip));
    if (*dialect->comment)
        add(&line, ", comments begin with %s", dialect->comment);
    if (dialect->header_lines)
        add(&line, ", %" PRIu32 " header line%s", dialect->header_lines, plural(dialect->header_lines));
    else
        add(&line, "%s",
            dialect->names_in_comment ? ", names in a comment"
            : dialect->kline          ? ", no header, the columns of klines"
                                      : ", no header");
    if (dialect->units)
        add(&line, ", a row of units");
    add(&line, ", %zu column%s", columns, plural(columns));
    add_numbers(&line, dialect);
    add_times(&line, dialect);
    return line;
}

static void write_column(struct json *json, const struct dialect *dialect, size_t at)
{
    static const char *const kinds[] = {"numbers", "times", "texts", "empty"};
    const struct text_column *column = &dialect->columns[at];
    const char decimal[2] = {column->numbers.decimal ? column->numbers.decimal : '.', 0};
    json_open(json, NULL, '{');
    json_string(json, "name", dialect->list.fields[at].name);
    json_string(json, "holds", kinds[column->holds]);
    if (column->doubt)
        json_string(json, "doubt", column->doubt);
    if (column->holds == COLUMN_NUMBERS && !column->doubt) {
        json_string(json, "decimal", decimal);
        json_string(json, "thousands", column->numbers.thousands);
        json_string(json, "currency", column->numbers.currency);
        json_bool(json, "percent", column->numbers.percent);
        json_bool(json, "suffixes", column->numbers.suffixes);
        json_bool(json, "minus_behind", column->numbers.minus_behind);
        json_string(json, "unit", column->numbers.unit);
    }
    json_close(json, '}');
}

static void write_sign(struct json *json, const char *key, char sign)
{
    const char text[2] = {sign, 0};
    json_string(json, key, sign ? text : NULL);
}

char *dialect_json(const struct dialect *dialect)
{
    struct json json = {.one_line = true};
    json_open(&json, NULL, '{');
    json_string(&json, "encoding", dialect->encoding);
    json_bool(&json, "byte_order_mark", dialect->mark > 0);
    json_uint(&json, "skip", dialect->skip);
    json_string(&json, "comment", *dialect->comment ? dialect->comment : NULL);
    if (dialect->separator == SEPARATOR_SPACES)
        json_string(&json, "separator", "space");
    else
        write_sign(&json, "separator", dialect->separator);
    write_sign(&json, "quote", dialect->quote);
    write_sign(&json, "trailing", dialect->trailing);
    json_uint(&json, "header", dialect->header_lines);
    json_bool(&json, "toa5", dialect->logger);
    json_bool(&json, "names_in_comment", dialect->names_in_comment);
    json_bool(&json, "units", dialect->units);
    json_bool(&json, "klines", dialect->kline);
    json_uint(&json, "column_count", dialect->list.count);
    json_open(&json, "columns", '[');
    for (size_t i = 0; i < dialect->list.count && i < COLUMNS_WRITTEN; i++)
        write_column(&json, dialect, i);
    json_close(&json, ']');
    json_open(&json, "time", '[');
    for (size_t i = 0; i < dialect->time_count; i++)
        json_uint(&json, NULL, dialect->time_columns[i]);
    json_close(&json, ']');
    json_string(&json, "time_format", dialect->time_count ? time_format_name(&dialect->time).text : NULL);
    json_close(&json, '}');
    return json_finish(&json);
}
