#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"
#include "formats/text/record_reader.h"

#define ROWS_OF_BODY 1000
#define ROWS_ENOUGH 20
/* More lines than this are no header. */
#define HEADER_ROWS 10

enum cell_kind row_look(const struct search *search, size_t row, size_t column)
{
    const char *text = head_cell(&search->head, &search->head.rows[row], column);
    const char *unit = search->body && column < search->width ? search->body[column].unit : "";
    const char *behind = *unit ? cell_unit_behind(text) : NULL;
    return behind && !strcmp(behind, unit) ? CELL_NUMBER : cell_look(text, strlen(text));
}

/* The first row that most likely holds data: a row of the full width, after others that may be a header. */
static size_t find_body(const struct search *search)
{
    const struct head *head = &search->head;
    size_t rows = 0, passed = 0;
    for (size_t i = 0; i < head->row_count; i++)
        rows += head->rows[i].count == search->width;
    const size_t before = rows < 2 ? 0 : CLAMP(rows / 2, 1, HEADER_ROWS);
    for (size_t i = 0; i < head->row_count; i++)
        if (head->rows[i].count == search->width && passed++ == before)
            return i;
    return 0;
}

/* The unit that all the texts of a column have behind a number, and more than half of its fields; "": none. */
static void find_unit(const struct search *search, size_t first, size_t column, struct body *body)
{
    const struct head *head = &search->head;
    const char *unit = NULL;
    size_t marked = 0, others = 0, rows = 0;
    for (size_t i = first; i < head->row_count && rows < ROWS_OF_BODY; i++) {
        if (head->rows[i].count != search->width)
            continue;
        const char *found = cell_unit_behind(head_cell(head, &head->rows[i], column));
        rows++;
        others += !found && row_look(search, i, column) != CELL_MISSING;
        marked += found != NULL;
        if (found && unit && strcmp(found, unit))
            return;
        unit = found ? found : unit;
    }
    if (marked <= others)
        return;
    snprintf(body->unit, sizeof body->unit, "%s", unit);
    body->kind = CELL_NUMBER;
}

static struct body examine(const struct search *search, size_t first, size_t column)
{
    const struct head *head = &search->head;
    size_t counts[CELL_KINDS] = {0}, all = 0, fractions = 0, rows = 0;
    struct body body = {.kind = CELL_MISSING};
    for (size_t i = first; i < head->row_count && rows < ROWS_OF_BODY; i++) {
        if (head->rows[i].count != search->width)
            continue;
        const enum cell_kind kind = row_look(search, i, column);
        rows++;
        counts[kind]++;
        all += kind != CELL_MISSING;
        fractions += kind == CELL_NUMBER && strpbrk(head_cell(head, &head->rows[i], column), ".,");
    }
    for (enum cell_kind kind = CELL_NUMBER; kind < CELL_KINDS; kind++)
        if (counts[kind] > counts[body.kind] || !counts[body.kind] || body.kind == CELL_MISSING)
            body.kind = counts[kind] ? kind : body.kind;
    if (body.kind == CELL_TEXT)
        find_unit(search, first, column, &body);
    body.fractions = body.kind == CELL_NUMBER && all >= 2 && fractions == all;
    return body;
}

static enum plotmill_status examine_body(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t first = find_body(search);
    TRY_ALLOCATE(search->error, search->body, search->width, sizeof *search->body);
    for (size_t i = 0; i < search->width; i++)
        search->body[i] = examine(search, first, i);
done:
    return status;
}

enum row_class row_classify(const struct search *search, size_t row)
{
    size_t texts = 0, same = 0;
    for (size_t i = 0; i < search->width && i < search->head.rows[row].count; i++) {
        const enum cell_kind expected = search->body[i].kind, found = row_look(search, row, i);
        if (expected == CELL_TEXT || expected == CELL_MISSING || found == CELL_MISSING)
            continue;
        texts += found == CELL_TEXT || (expected == CELL_NUMBER && found != CELL_NUMBER);
        same += found == expected;
    }
    return texts ? same ? ROW_MIXED : ROW_NAMES : same ? ROW_DATA : ROW_EMPTY;
}

/* Whether a row before the table is surely no data: it has text, and not several numbers. */
static bool is_before_table(const struct search *search, size_t row)
{
    size_t texts = 0, others = 0;
    for (size_t i = 0; i < search->head.rows[row].count; i++) {
        const enum cell_kind kind = row_look(search, row, i);
        texts += kind == CELL_TEXT;
        others += kind != CELL_TEXT && kind != CELL_MISSING;
    }
    return (texts && others < 2) || (!texts && !others);
}

/* The last field may be empty. */
static bool holds_texts(const struct search *search, size_t row)
{
    const size_t count = search->head.rows[row].count;
    for (size_t i = 0; i < count; i++)
        if (row_look(search, row, i) != CELL_TEXT &&
            (i + 1 < count || i == 0 || row_look(search, row, i) != CELL_MISSING))
            return false;
    return true;
}

/* Whether the first column has no name: as R writes row names, the header has one name less. */
static bool is_row_name(const struct search *search, size_t data)
{
    const struct head *head = &search->head;
    const enum cell_kind kind = search->body[0].kind;
    uint64_t value;
    if (kind == CELL_TEXT || kind == CELL_TIME)
        return true;
    return data < head->row_count && index_parse(head_cell(head, &head->rows[data], 0), &value) && value <= 1;
}

/* A row of another width directly above the first row of data, which may be the header. */
static enum plotmill_status examine_above(struct search *search, size_t first)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct head_row *rows = search->head.rows, *above = &rows[first - 1];
    const bool none = search->said.header && !search->said.header_lines;
    if (none || row_classify(search, first) != ROW_DATA || above->count < 2 || !holds_texts(search, first - 1))
        goto done;
    if (above->count + 1 == search->width && is_row_name(search, first)) {
        search->table--;
        search->shift = 1;
        goto done;
    }
    if (above->count == search->width + 1 && !*head_cell(&search->head, above, search->width)) {
        search->table--;
        goto done;
    }
    FAIL(search->error, PLOTMILL_BAD_INPUT,
         "%s, line %llu: found %zu field%s of text above rows of %zu: expected the option skip: %llu to leave out what "
         "is above the rows, and the option columns to name them",
         search->name, (unsigned long long)above->line, above->count, above->count == 1 ? "" : "s", search->width,
         (unsigned long long)rows[first].line - 1);
done:
    return status;
}

/* The first row of the run of rows of the full width in which the first row of data lies. */
static size_t find_run(const struct search *search)
{
    const struct head *head = &search->head;
    size_t first = head->row_count, data = head->row_count;
    for (size_t i = 0; i < head->row_count; i++) {
        if (head->rows[i].count != search->width)
            continue;
        first = MIN(first, i);
        if (row_classify(search, i) != ROW_DATA)
            continue;
        data = i;
        break;
    }
    if (data == head->row_count)
        return first;
    while (data && head->rows[data - 1].count == search->width)
        data--;
    return data;
}

static enum plotmill_status refuse_width(const struct search *search, size_t row)
{
    const struct head_row *found = &search->head.rows[row];
    const struct head_row *after = row + 1 < search->head.row_count ? found + 1 : found;
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu: found %zu field%s, expected %zu as in most lines; lines before the table "
                              "are left out by the option skip: %llu, and separator says what separates fields",
                              search->name, (unsigned long long)found->line, found->count, found->count == 1 ? "" : "s",
                              search->width, (unsigned long long)after->line - 1);
}

enum plotmill_status refuse_open_quote(const struct search *search)
{
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu: a quote opens and is not closed, expected a second %c", search->name,
                              (unsigned long long)search->head.open_line, search->dialect->quote);
}

enum plotmill_status table_find(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct head *head = &search->head;
    TRY(head_read(head, search->dialect, search->begin, search->end, search->begin_line, search->complete, SIZE_MAX,
                  search->error));
    if (head->wide_line)
        TRY(record_refuse_wide(search->name, head->wide_line, search->error));
    search->dialect->more = !search->complete && head->row_count < ROWS_ENOUGH;
    if (!head->row_count && head->open_line)
        TRY(refuse_open_quote(search));
    if (!head->row_count)
        FAIL(search->error, PLOTMILL_BAD_INPUT, search->complete ? "%s: no data" : "%s: no line ends in its beginning",
             search->name);
    search->width = head_width(head, 0);
    TRY(examine_body(search));
    if (search->said.skip) {
        const size_t count = head->rows[0].count;
        const bool header = holds_texts(search, 0) && !(search->said.header && !search->said.header_lines);
        if (header && count + 1 == search->width && is_row_name(search, 1))
            search->shift = 1;
        else if (count != search->width && !(header && count == search->width + 1))
            TRY(refuse_width(search, 0));
        search->dialect->skip = search->begin_line - 1;
        goto done;
    }
    search->table = find_run(search);
    for (size_t i = 0; i < search->table; i++)
        if (!is_before_table(search, i))
            TRY(refuse_width(search, i));
    if (search->table)
        TRY(examine_above(search, search->table));
    search->dialect->skip = search->table ? head->rows[search->table].line - 1 : search->begin_line - 1;
done:
    return status;
}
