#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"
#include "formats/text/number.h"

size_t column_texts(const struct search *search, size_t column, const char **texts)
{
    const struct head *head = &search->head;
    size_t count = 0;
    for (size_t i = search->data; i < head->row_count; i++)
        if (head->rows[i].count == search->width)
            texts[count++] = head_cell(head, &head->rows[i], column);
    return count;
}

const char *column_example(const struct search *search, size_t column)
{
    const struct head *head = &search->head;
    for (size_t i = search->data; i < head->row_count; i++)
        if (head->rows[i].count == search->width && *head_cell(head, &head->rows[i], column))
            return head_cell(head, &head->rows[i], column);
    return "";
}

/* What the columns certainly have as their decimal sign; 0: none shows it, or they differ. */
static char find_decimal(const struct search *search, const char **texts)
{
    char found = 0;
    for (size_t i = 0; i < search->width; i++) {
        if (search->body[i].kind != CELL_NUMBER)
            continue;
        const char decimal = number_decimal(texts, column_texts(search, i, texts));
        if (decimal && found && decimal != found)
            return 0;
        found = decimal ? decimal : found;
    }
    return found;
}

/* A text that begins as a number does: with a digit, after a sign or money. */
static bool begins_number(const char *text)
{
    text += strspn(text, " \t(");
    text += *text == '-' || *text == '+';
    if ((unsigned char)*text >= 0x80 || *text == '$')
        text += strcspn(text, "0123456789") <= 5 ? strcspn(text, "0123456789") : 0;
    text += *text == '.' || *text == ',';
    return *text >= '0' && *text <= '9';
}

/* Whether most texts of a column begin as numbers, though they are none that is understood. It is not passed over where
 * the only column of numbers is wanted. */
static bool is_doubtful(const char *const *texts, size_t count)
{
    size_t numbers = 0, others = 0;
    for (size_t i = 0; i < count; i++) {
        const enum cell_kind kind = cell_look(texts[i], strlen(texts[i]));
        if (kind == CELL_MISSING || number_is_missing(texts[i], strlen(texts[i])))
            continue;
        const bool number = kind == CELL_NUMBER || (kind == CELL_TEXT && begins_number(texts[i]));
        numbers += number;
        others += !number;
    }
    return numbers > others;
}

static enum plotmill_status type_column(struct search *search, size_t at, const char **texts, char decimal)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect *dialect = search->dialect;
    struct text_column *column = &dialect->columns[at];
    struct plotmill_error doubt = {0};
    const size_t count = column_texts(search, at, texts);
    bool numbers = false;
    char where[200];
    snprintf(where, sizeof where, "%.80s, column %s", search->name, field_label(&dialect->list, at).text);
    status =
        number_format_find(&column->numbers, &numbers, texts, count, decimal, &search->options->text, where, &doubt);
    if (status == PLOTMILL_BAD_INPUT) {
        /* It counts where the column is used. */
        status = PLOTMILL_OK;
        numbers = true;
        TRY(string_keep(&column->doubt, doubt.message, search->error));
    } else if (status) {
        return plotmill_error_set(search->error, status, "%s", doubt.message);
    }
    const enum cell_kind kind = search->body[at].kind;
    column->holds = numbers                ? COLUMN_NUMBERS
                    : kind == CELL_MISSING ? COLUMN_EMPTY
                    : kind == CELL_TIME    ? COLUMN_TIMES
                                           : COLUMN_TEXTS;
    dialect->list.fields[at].numeric = numbers || (kind != CELL_TIME && is_doubtful(texts, count));
done:
    return status;
}

/* Options that make all numbers of a file something else do not fit it. */
static enum plotmill_status check_said(const struct search *search)
{
    const struct text_options *options = &search->options->text;
    const struct dialect *dialect = search->dialect;
    size_t column = search->width;
    if (!options->decimal && !options->thousands)
        return PLOTMILL_OK;
    for (size_t i = 0; i < search->width; i++) {
        if (dialect->columns[i].holds == COLUMN_NUMBERS)
            return PLOTMILL_OK;
        column = search->body[i].kind == CELL_NUMBER && column == search->width ? i : column;
    }
    if (column == search->width)
        return PLOTMILL_OK;
    const char *text = column_example(search, column);
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s: %s, column %s: found \"%s\", expected numbers in this form",
                              options->decimal ? "decimal" : "thousands", search->name,
                              field_label(&dialect->list, column).text, text_quote(text, strlen(text)).text);
}

enum plotmill_status columns_type(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect *dialect = search->dialect;
    const char **texts = NULL;
    TRY_ALLOCATE(search->error, dialect->columns, search->width, sizeof *dialect->columns);
    TRY_ALLOCATE(search->error, texts, search->head.row_count, sizeof *texts);
    const char decimal = find_decimal(search, texts);
    for (size_t i = 0; i < search->width; i++)
        TRY(type_column(search, i, texts, decimal));
    TRY(check_said(search));
done:
    free(texts);
    return status;
}
