#include "formats/text/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/kline.h"
#include "formats/text/number.h"
#include "formats/text/records.h"
#include "formats/text/times.h"

/* Enough to recognise a numeric column, few enough to cost nothing. */
#define RECORDS_EXAMINED 100

/* What the visitor fills. */
struct examination {
    struct columns *columns;
    struct kline kline;
    struct plotmill_error *error;
};

/* The fields of the first record are kept as names until it is known whether it is a header. */
static enum plotmill_status add_column(struct examination *examination, const char *text, size_t length,
                                       enum field_kind kind)
{
    struct columns *columns = examination->columns;
    const size_t count = columns->list.count;
    enum plotmill_status status = PLOTMILL_OK;
    /* It doubles whenever its length is a power of two. */
    if ((count & (count - 1)) == 0) {
        struct column_facts *grown = realloc(columns->facts, (count ? 2 * count : 1) * sizeof *grown);
        TRY_MEMORY(examination->error, grown);
        columns->facts = grown;
    }
    columns->facts[count] = (struct column_facts){.number_first = kind == FIELD_NUMBER};
    TRY(fields_add(&columns->list, text, length, false, examination->error));
    columns->header |= kind == FIELD_OTHER;
done:
    return status;
}

static enum records_next examine_field(void *user, const struct records_place *place, const char *text, size_t length)
{
    struct examination *examination = user;
    double value;
    const enum field_kind kind = field_parse(text, length, &value);
    if (place->column < KLINE_COLUMNS)
        examination->kline.row[place->column] = value;
    if (place->record == 0)
        return add_column(examination, text, length, kind) ? RECORDS_FAILED : RECORDS_CONTINUE;
    if (place->column < examination->columns->list.count) {
        struct column_facts *facts = &examination->columns->facts[place->column];
        facts->numbers += kind == FIELD_NUMBER;
        facts->others += kind == FIELD_OTHER;
    }
    return RECORDS_CONTINUE;
}

static enum records_next examine_end(void *user, const struct records_place *place)
{
    struct examination *examination = user;
    struct columns *columns = examination->columns;
    if (place->record > 0 || !columns->header) {
        columns->records++;
        kline_examine(&examination->kline);
    }
    return columns->records < RECORDS_EXAMINED ? RECORDS_CONTINUE : RECORDS_STOP;
}

/* A numeric column may have a few fields that are not numbers: the file is then refused by the line of the first one,
 * and no other column is chosen silently. */
static bool is_numeric(const struct column_facts *facts)
{
    return facts->numbers > facts->others;
}

/* Without a header the first record is data, and the names are those of a kline dump or empty. */
static enum plotmill_status set_names(struct examination *examination, struct plotmill_error *error)
{
    struct columns *columns = examination->columns;
    enum plotmill_status status = PLOTMILL_OK;
    columns->kline = !columns->header && columns->list.count == KLINE_COLUMNS && kline_is(&examination->kline);
    for (size_t i = 0; i < columns->list.count; i++) {
        struct field *field = &columns->list.fields[i];
        if (!columns->header) {
            columns->facts[i].numbers += columns->facts[i].number_first;
            free(field->name);
            TRY(string_keep(&field->name, columns->kline ? kline_names[i] : "", error));
        }
        field->numeric = is_numeric(&columns->facts[i]);
    }
done:
    return status;
}

static void find_time(struct columns *columns)
{
    columns->time = COLUMNS_NO_TIME;
    for (size_t i = columns->list.count; i-- > 0;)
        if (times_is_name(columns->list.fields[i].name))
            columns->time = i;
}

/* A first record with a date is a header by definition. If it is not one, a sample is lost. */
static void warn_of_header(const struct columns *columns, const struct source_options *options, const struct log *log)
{
    for (size_t i = 0; columns->header && i < columns->choice.count; i++) {
        const size_t at = columns->choice.at[i];
        const char *name = columns->list.fields[at].name;
        const char *wanted = options && options->field_count ? options->fields[i] : "";
        if (!*wanted)
            wanted = options && options->column ? options->column : "";
        if (columns->facts[at].number_first && !string_same(name, wanted))
            log_line(log, PLOTMILL_LOG_WARNING,
                     "%s: the first record is used as the header, but its column %zu is the number %s",
                     columns->list.path, at, text_quote(name, strlen(name)).text);
    }
}

enum plotmill_status columns_find(struct columns *columns, const char *path, const struct source_options *options,
                                  const struct log *log, struct plotmill_error *error)
{
    static const struct records_visitor visitor = {examine_field, examine_end};
    enum plotmill_status status = PLOTMILL_OK;
    struct examination examination = {.columns = columns, .error = error};
    *columns = (struct columns){.list.path = path};
    TRY(records_walk(path, &visitor, &examination, error));
    if (columns->records == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no data%s", path, columns->header ? " after the header" : "");
    TRY(set_names(&examination, error));
    TRY(fields_list(&columns->list, options ? options->columns : NULL, error));
    find_time(columns);
    TRY(fields_choose(&columns->list, options, &columns->choice, error));
    warn_of_header(columns, options, log);
done:
    return status;
}

void columns_free(struct columns *columns)
{
    field_choice_free(&columns->choice);
    fields_free(&columns->list);
    free(columns->facts);
    *columns = (struct columns){0};
}
