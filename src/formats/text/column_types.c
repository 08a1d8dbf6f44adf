#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/cell.h"
#include "formats/text/dialect_search.h"
#include "formats/text/number.h"
#include "formats/text/times.h"

enum plotmill_status columns_type(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect *dialect = search->dialect;
    const struct head *head = &search->head;
    TRY_ALLOCATE(search->error, dialect->columns, search->width, sizeof *dialect->columns);
    for (size_t column = 0; column < search->width; column++) {
        size_t numbers = 0, others = 0;
        for (size_t i = search->data; i < head->row_count; i++) {
            double value;
            if (head->rows[i].count != search->width)
                continue;
            const char *text = head_cell(head, &head->rows[i], column);
            const enum field_kind kind = field_parse(text, strlen(text), &value);
            numbers += kind == FIELD_NUMBER;
            others += kind == FIELD_OTHER;
        }
        dialect->columns[column].holds = numbers > others ? COLUMN_NUMBERS : others ? COLUMN_TEXTS : COLUMN_EMPTY;
        dialect->list.fields[column].numeric = numbers > others;
    }
done:
    return status;
}

/* The form of times of a column; TIME_NONE: it has none. */
static void find_form(const struct search *search, size_t column, struct time_format *format)
{
    const struct head *head = &search->head;
    format->kind = TIME_NONE;
    for (size_t i = search->data; i < head->row_count && !format->kind; i++) {
        double time;
        if (head->rows[i].count != search->width)
            continue;
        const char *text = head_cell(head, &head->rows[i], column);
        const enum clock_kind clock = times_parse(text, strlen(text), &time);
        const bool number = cell_look(text, strlen(text)) == CELL_NUMBER;
        if (clock)
            format->kind = clock == CLOCK_COUNTER ? TIME_COUNTER : number ? TIME_EPOCH : TIME_ISO;
    }
}

enum plotmill_status times_find(struct search *search)
{
    struct dialect *dialect = search->dialect;
    for (size_t i = 0; i < dialect->list.count && !dialect->time_count; i++) {
        if (!times_is_name(dialect->list.fields[i].name))
            continue;
        find_form(search, i, &dialect->time);
        if (!dialect->time.kind)
            continue;
        dialect->time_columns[dialect->time_count++] = i;
        if (!dialect->list.fields[i].numeric)
            dialect->columns[i].holds = COLUMN_TIMES;
    }
    return PLOTMILL_OK;
}
