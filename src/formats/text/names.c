#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"
#include "formats/text/kline.h"
#include "formats/text/number.h"

#define ROWS_OF_KLINES 100
/* Names that occur twice are looked for among so many. */
#define NAMES_COMPARED 1000

static bool is_kline(const struct search *search)
{
    struct kline kline = {0};
    const struct head *head = &search->head;
    if (search->dialect->header_lines || search->dialect->names_in_comment || search->width != KLINE_COLUMNS)
        return false;
    for (size_t i = search->data; i < head->row_count && i < search->data + ROWS_OF_KLINES; i++) {
        const struct head_row *row = &head->rows[i];
        if (row->count != KLINE_COLUMNS)
            continue;
        for (size_t column = 0; column < KLINE_COLUMNS; column++) {
            const char *text = head_cell(head, row, column);
            field_parse(text, strlen(text), &kline.row[column]);
        }
        kline_examine(&kline);
    }
    return kline_is(&kline);
}

/* The name that a row gives to a column; "": none. */
static const char *name_at(const struct search *search, const struct head *head, size_t row, size_t column)
{
    if (column < search->shift || column - search->shift >= head->rows[row].count)
        return "";
    return head_cell(head, &head->rows[row], column - search->shift);
}

/* Whether each name that is not empty stands between these quotes. */
static bool are_quoted(const struct search *search, const struct head *head, size_t row, char quote)
{
    size_t quoted = 0;
    for (size_t i = 0; i < search->width; i++) {
        const char *name = name_at(search, head, row, i);
        const size_t length = strlen(name);
        if (length < 2 || *name != quote || name[length - 1] != quote) {
            if (length)
                return false;
            continue;
        }
        quoted++;
    }
    return quoted > 0;
}

/* Whether another column has the same name. */
static bool is_repeated(const struct search *search, const struct head *head, size_t row, size_t column)
{
    const char *name = name_at(search, head, row, column);
    for (size_t i = 0; *name && i < search->width && i < NAMES_COMPARED; i++)
        if (i != column && !strcmp(name, name_at(search, head, row, i)))
            return true;
    return false;
}

/* The names of one row; those that repeat are followed by that of the row below (of a ticker), if there is one. */
static enum plotmill_status add_names(struct search *search, const struct head *head, size_t row, bool below)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool quoted = are_quoted(search, head, row, '\'');
    char *joined = NULL, *name = NULL;
    for (size_t i = 0; i < search->width; i++) {
        const char *text = name_at(search, head, row, i), *end = text + strlen(text);
        text += strspn(text, " \t");
        while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        text += quoted && end > text;
        end -= quoted && end > text;
        if (below && i < NAMES_COMPARED && is_repeated(search, head, row, i) && *name_at(search, head, row + 1, i)) {
            name = string_start(text, (size_t)(end - text));
            TRY_MEMORY(search->error, name);
            struct text both = {0};
            text_add(&both, name);
            text_add(&both, " ");
            text_add(&both, name_at(search, head, row + 1, i));
            joined = text_finish(&both);
            TRY_MEMORY(search->error, joined);
            text = joined;
            end = text + strlen(text);
        }
        TRY(fields_add(&search->dialect->list, text, (size_t)(end - text), false, search->error));
        free(joined);
        free(name);
        joined = name = NULL;
    }
done:
    free(joined);
    free(name);
    return status;
}

static enum plotmill_status add_comment_names(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect dialect = *search->dialect;
    struct head head = {0};
    dialect.comment[0] = 0;
    TRY(head_read(&head, &dialect, search->comment, search->comment_end, 1, true, 1, search->error));
    TRY(add_names(search, &head, 0, false));
done:
    head_free(&head);
    return status;
}

enum plotmill_status names_find(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect *dialect = search->dialect;
    if (dialect->names_in_comment)
        return add_comment_names(search);
    if (dialect->header_lines)
        return add_names(search, &search->head, search->table, dialect->header_lines > 1);
    dialect->kline = is_kline(search);
    for (size_t i = 0; i < search->width; i++) {
        const char *name = dialect->kline ? kline_names[i] : "";
        TRY(fields_add(&dialect->list, name, strlen(name), false, search->error));
    }
done:
    return status;
}
