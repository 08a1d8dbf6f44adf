#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"

static const char *cell_at(const struct search *search, size_t row, size_t column)
{
    const struct head_row *found = &search->head.rows[row];
    return column < found->count ? head_cell(&search->head, found, column) : "";
}

static unsigned long long line_of(const struct search *search, size_t row)
{
    return (unsigned long long)search->head.rows[row].line;
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t")];
}

/* "Device:, X1" */
static bool is_key(const struct search *search, size_t row)
{
    const char *text = cell_at(search, row, 0);
    const size_t length = strlen(text);
    return length > 1 && text[length - 1] == ':';
}

/* Whether no column holds numbers, times or truth values. */
static bool is_all_text(const struct search *search)
{
    for (size_t i = 0; i < search->width; i++)
        if (search->body[i].kind != CELL_TEXT && search->body[i].kind != CELL_MISSING)
            return false;
    return true;
}

/* Whether a row above texts and nothing may be names: it has no number, time or truth value but whole numbers above
 * texts. */
static bool is_wordy(const struct search *search, size_t row)
{
    for (size_t i = 0; i < search->width; i++) {
        const char *text = cell_at(search, row, i);
        const enum cell_kind kind = cell_look(text, strlen(text));
        double value;
        const bool whole = search->body[i].kind == CELL_TEXT && cell_is_whole(text, &value);
        if (kind != CELL_TEXT && kind != CELL_MISSING && !whole)
            return false;
    }
    return true;
}

/* Names of texts alone, beside a column without a name that numbers the rows. */
static bool names_texts(const struct search *search, size_t row)
{
    size_t texts = 0;
    for (size_t i = 0; i < search->width; i++) {
        const char *text = cell_at(search, row, i);
        const enum cell_kind kind = row_look(search, row, i);
        if (kind == CELL_MISSING ? i > 0 || *text || search->body[i].kind == CELL_TEXT : kind != CELL_TEXT)
            return false;
        texts += kind == CELL_TEXT;
    }
    return texts && is_blank(cell_at(search, row, 0));
}

/* A text that the rows below hold too is no name. */
static bool is_repeated_below(const struct search *search, size_t row)
{
    const struct head *head = &search->head;
    for (size_t i = row + 1; i < head->row_count && i < row + 200; i++)
        for (size_t column = 0; column < search->width; column++)
            if (!is_blank(cell_at(search, row, column)) &&
                !strcmp(cell_at(search, row, column), cell_at(search, i, column)))
                return true;
    return false;
}

/* At least half of the texts above numbers are units. */
static bool is_units(const struct search *search, size_t row)
{
    size_t units = 0, texts = 0;
    if (row >= search->head.row_count || row_classify(search, row) != ROW_NAMES)
        return false;
    for (size_t i = 0; i < search->width; i++) {
        const char *text = cell_at(search, row, i);
        if (search->body[i].kind != CELL_NUMBER || is_blank(text))
            continue;
        units += cell_is_unit(text);
        texts++;
    }
    return units && 2 * units >= texts;
}

/* A row below the names that has but one text, or the same in all columns but the first: tickers, the index's name. */
static bool is_below_names(const struct search *search, size_t row)
{
    const char *same = NULL;
    size_t texts = 0;
    bool alike = true;
    for (size_t i = 0; i < search->width; i++) {
        const char *text = cell_at(search, row, i);
        if (is_blank(text))
            continue;
        texts++;
        if (i == 0)
            continue;
        alike &= !same || !strcmp(same, text);
        same = same ? same : text;
    }
    return texts <= 1 || (alike && search->width > 2);
}

/* Whether the texts of a row repeat those of the first column names, as of several tickers: A, B, A, B. */
static bool distinguishes_names(const struct search *search, size_t names, size_t row)
{
    bool repeated = false;
    for (size_t i = 0; i < search->width && i < 1000; i++)
        for (size_t j = 0; j < i; j++) {
            if (is_blank(cell_at(search, names, i)) || strcmp(cell_at(search, names, i), cell_at(search, names, j)))
                continue;
            repeated = true;
            if (!strcmp(cell_at(search, row, i), cell_at(search, row, j)))
                return false;
        }
    return repeated;
}

static enum plotmill_status refuse_block(const struct search *search, size_t first, size_t end)
{
    const bool two = end - first == 2;
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s: the lines %llu %s %llu are above the data, and it is not certain which one has the "
                              "names: expected the option header: %zu where it is line %llu, or skip: %llu where it is "
                              "line %llu",
                              search->name, line_of(search, first), two ? "and" : "to", line_of(search, end - 1),
                              end - first, line_of(search, first), line_of(search, end - 1) - 1,
                              line_of(search, end - 1));
}

/* The rows first..end-1 are above the data. Leaves out those which are before the header. */
static size_t leave_out(const struct search *search, size_t first, size_t end)
{
    size_t start = first;
    if (search->said.skip)
        return first;
    for (size_t i = first; i < end; i++) {
        if (i > first && search->head.rows[i].after_blank)
            start = i;
        if (i + 1 < end && (is_key(search, i) || (row_classify(search, i) == ROW_EMPTY && i == start)))
            start = i + 1;
    }
    return start;
}

/* The rows first..end-1 above the data are names, of which the first one counts, and perhaps units. */
static enum plotmill_status take_block(struct search *search, size_t first, size_t end)
{
    struct dialect *dialect = search->dialect;
    size_t names = end - first;
    search->table = first;
    search->data = end;
    for (size_t i = first + 1; i < end; i++) {
        if (i + 1 == end && is_units(search, i)) {
            dialect->units = !search->options->text.no_units;
            search->data -= !dialect->units;
            names--;
        } else if (!is_below_names(search, i) && !distinguishes_names(search, first, i)) {
            return refuse_block(search, first, end);
        }
    }
    dialect->header_lines = (uint32_t)names;
    return PLOTMILL_OK;
}

/* As many header lines as the option says. */
static enum plotmill_status take_said(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct head *head = &search->head;
    const size_t lines = search->said.header_lines;
    size_t end = search->table;
    while (end < head->row_count && row_classify(search, end) == ROW_NAMES)
        end++;
    if (lines && end > search->table + lines)
        search->table = MIN(leave_out(search, search->table, end), end - lines);
    if (head->row_count - search->table < lines + (search->complete ? 1 : 0))
        FAIL(search->error, PLOTMILL_BAD_INPUT, "header %zu: %s has %zu line%s of %zu field%s, expected more", lines,
             search->name, head->row_count - search->table, head->row_count - search->table == 1 ? "" : "s",
             search->width, search->width == 1 ? "" : "s");
    search->dialect->header_lines = (uint32_t)lines;
    search->data = search->table + lines;
    if (lines && !search->options->text.no_units && is_units(search, search->data)) {
        search->dialect->units = true;
        search->data++;
    }
done:
    return status;
}

static enum plotmill_status refuse_numbers(const struct search *search, size_t row)
{
    char list[120] = "";
    for (size_t i = 0; i < search->width && i < 4 && strlen(list) < 60; i++) {
        const char *text = cell_at(search, row, i);
        strcat(list, i ? ", " : "");
        strcat(list, text_quote(text, MIN(strlen(text), 20)).text);
    }
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu: \"%s%s\" may be names of columns or data: expected the option header: 1 "
                              "where they are names, none where they are data",
                              search->name, line_of(search, row), list, search->width > 4 ? ", ..." : "");
}

/* A regular counter, or a long number such as a time or a date: no number with a decimal comma begins so in each row.
 */
static bool is_counted(const struct search *search)
{
    uint64_t value, before = 0, step = 0;
    size_t rows = 0;
    bool regular = true, large = true;
    for (size_t i = search->data; i < search->head.row_count && rows < 100; i++, rows++) {
        if (!index_parse(cell_at(search, i, 0), &value))
            return false;
        large &= value >= 10000000;
        regular &= rows < 1 || value > before;
        regular &= rows < 2 || value - before == step;
        step = value - before;
        before = value;
    }
    return large || (regular && rows >= 3);
}

/* Digits, which a unit may follow; 0: something else. */
static size_t digits_of(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    return !text[digits] || cell_unit_behind(text) == text + digits + (text[digits] == ' ') ? digits : 0;
}

/* Whether each record is digits, a comma, and digits. */
static bool are_pairs_of_digits(const struct search *search)
{
    size_t length = 0, zeros = 0, rows = 0;
    bool even = true;
    for (size_t i = search->data; i < search->head.row_count; i++) {
        const char *first = cell_at(search, i, 0), *second = cell_at(search, i, 1);
        uint64_t value;
        if (search->head.rows[i].count != 2)
            continue;
        first += *first == '-' || *first == '+';
        const size_t digits = digits_of(second);
        if (!index_parse(first, &value) || !digits)
            return false;
        even &= !rows++ || digits == length;
        length = digits;
        zeros += length > 1 && second[length - 1] == '0';
    }
    /* Decimals of different length do not end with zeros. */
    return rows && (even || !zeros);
}

/* Whether an option names a second column. */
static bool is_column_said(const struct search *search)
{
    const struct source_options *options = search->options;
    uint64_t column;
    return (options->column && index_parse(options->column, &column) && column > 0) || options->columns ||
           (options->text.time && !string_same(options->text.time, "none"));
}

/* "1,5" in each line: one number, or two. */
static enum plotmill_status check_comma(const struct search *search)
{
    if (search->said.separator || is_column_said(search) || search->options->text.decimal ||
        search->dialect->separator != ',' || search->width != 2 || search->dialect->header_lines ||
        memchr(search->begin, '"', (size_t)(search->end - search->begin)))
        return PLOTMILL_OK;
    if (!are_pairs_of_digits(search) || is_counted(search))
        return PLOTMILL_OK;
    return plotmill_error_set(
        search->error, PLOTMILL_BAD_INPUT,
        "%s, line %llu: \"%s,%s\" may be one number with a decimal comma, or two numbers: expected "
        "the option decimal: , where it is one, or separator: , where it is two",
        search->name, line_of(search, search->data),
        text_quote(cell_at(search, search->data, 0), MIN(strlen(cell_at(search, search->data, 0)), 20)).text,
        text_quote(cell_at(search, search->data, 1), MIN(strlen(cell_at(search, search->data, 1)), 20)).text);
}

/* The names are in the last comment, if it has as many as there are columns. */
static enum plotmill_status examine_comment(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect dialect = *search->dialect;
    struct head head = {0};
    bool names = false;
    if (!search->comment || search->width < 2)
        goto done;
    dialect.comment[0] = 0;
    TRY(head_read(&head, &dialect, search->comment, search->comment_end, 1, true, 1, search->error));
    names = head.row_count && head.rows[0].count == search->width;
    for (size_t i = 0; names && i < search->width; i++) {
        const char *text = head_cell(&head, &head.rows[0], i);
        const enum cell_kind kind = cell_look(text, strlen(text));
        names &= kind == CELL_TEXT || (i == 0 && kind == CELL_MISSING);
    }
    search->dialect->names_in_comment = names;
done:
    head_free(&head);
    return status;
}

enum plotmill_status header_find(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct head *head = &search->head;
    size_t data = search->table, names = 0;
    search->data = search->table;
    if (search->said.header) {
        TRY(take_said(search));
        goto done;
    }
    if (is_all_text(search)) {
        if (is_wordy(search, search->table) &&
            (head->row_count - search->table == 1 || !is_repeated_below(search, search->table)))
            TRY(take_block(search, search->table, search->table + 1));
        goto done;
    }
    /* The rows of names, up to the first one of data. */
    while (data < head->row_count && row_classify(search, data) != ROW_DATA)
        names = row_classify(search, data++) == ROW_NAMES ? data : names;
    if (names) {
        size_t first = leave_out(search, search->table, names);
        if (search->width == 1 && !search->said.skip) /* the text next to the data, or to its unit */
            first = MAX(first, names - (names - first >= 2 && is_units(search, names - 1) ? 2 : 1));
        for (size_t i = first; i < names; i++)
            if (row_classify(search, i) == ROW_MIXED)
                TRY(refuse_block(search, first, names));
        while (names - first >= 2 && names < data && row_classify(search, names) == ROW_EMPTY)
            names++;
        TRY(take_block(search, first, names));
        goto done;
    }
    if (names_texts(search, search->table) && !is_repeated_below(search, search->table)) {
        TRY(take_block(search, search->table, search->table + 1));
        goto done;
    }
    const enum row_class class = row_classify(search, search->table);
    const enum numeric_names numeric = names_of_numbers(search, search->table);
    if (numeric == NAMES_UNSURE || (class == ROW_MIXED && numeric == NAMES_NOT))
        TRY(refuse_numbers(search, search->table));
    search->dialect->list.unsaid_numbers = numeric == NAMES_CERTAIN;
    if (numeric == NAMES_CERTAIN)
        TRY(take_block(search, search->table, search->table + 1));
    else
        TRY(examine_comment(search));
done:
    if (!status && search->table)
        search->dialect->skip = head->rows[search->table].line - 1;
    if (!status && search->data >= head->row_count && head->open_line)
        status = refuse_open_quote(search);
    if (!status && search->data >= head->row_count)
        status = plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                                    head->whole ? "%s: no data after the header" : "%s: no data in its beginning",
                                    search->name);
    if (!status)
        status = check_comma(search);
    if (!status && !search->said.skip)
        status = start_rows_check(search);
    return status;
}
