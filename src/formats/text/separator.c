/* The separator is the candidate by which most records have the same number of fields, and most fields are numbers,
 * times or plain words: the consistency of van den Burg, Nazabal and Sutton, "Wrangling messy CSV files by detecting
 * row and type patterns" (2019), with the width of most records in place of all their patterns. */
#include <stdio.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/cell.h"
#include "formats/text/dialect_search.h"

#define ROWS_TRIED 300

struct trial {
    char separator;
    size_t width;
    bool wide;    /* a record has too many fields */
    double types; /* the share of fields that are understood */
    double score;
};

static double rate_cell(const char *text)
{
    if (cell_look(text, strlen(text)) != CELL_TEXT || cell_unit_behind(text))
        return 1;
    return strpbrk(text, ",;\t|") ? 0 : 0.5;
}

/* Of the rows of that width, the first one left out, which may be a header. */
static double rate_types(const struct head *head, size_t width)
{
    double sum = 0, count = 0;
    size_t rows = 0;
    bool first = true;
    for (size_t i = 0; i < head->row_count; i++)
        rows += head->rows[i].count == width;
    for (size_t i = 0; i < head->row_count; i++) {
        const struct head_row *row = &head->rows[i];
        if (row->count != width)
            continue;
        if (!first || rows == 1)
            for (size_t column = 0; column < row->count; column++, count++)
                sum += rate_cell(head_cell(head, row, column));
        first = false;
    }
    return sum / count;
}

static enum plotmill_status try_separator(const struct search *search, struct trial *trial)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect dialect = *search->dialect;
    struct head head = {0};
    size_t alike = 0, first = SIZE_MAX;
    dialect.separator = trial->separator;
    TRY(head_read(&head, &dialect, search->begin, search->end, search->begin_line, search->complete, ROWS_TRIED,
                  search->error));
    trial->width = head_width(&head, 0);
    trial->wide = head.wide_line > 0;
    for (size_t i = 0; i < head.row_count; i++)
        if (head.rows[i].count == trial->width) {
            first = MIN(first, i);
            alike++;
        }
    if (trial->width < 2)
        goto done;
    const double rows = (double)(head.row_count - first), width = (double)trial->width;
    trial->types = rate_types(&head, trial->width);
    trial->score = (double)alike / rows * trial->types * trial->types * (width - 1) / width;
done:
    head_free(&head);
    return status;
}

/* Whether ' encloses fields: at least two, on lines below the first two too, and " does not. */
static void find_quote(struct search *search)
{
    size_t opened = 0, closed = 0, others = 0, below = 0, line = 0;
    const char *end = search->end;
    char before = '\n';
    for (const char *p = search->begin; p < end && line < 100; p++) {
        const bool begins = strchr("\n\r,;\t|", before) && before;
        const bool ends = p + 1 == end || strchr("\n\r,;\t| ", p[1]);
        opened += begins && *p == '\'';
        below += begins && *p == '\'' && line >= 2;
        closed += ends && *p == '\'' && !begins;
        others += begins && *p == '"';
        line += *p == '\n';
        if (*p != ' ' || !begins)
            before = *p;
    }
    if (opened >= 2 && opened == closed && !others && below)
        search->dialect->quote = '\'';
}

/* Records that end with a semicolon or a comma which separates nothing. */
static enum plotmill_status find_trailing(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect *dialect = search->dialect;
    struct head head = {0};
    size_t same = 0, semicolons = 0, commas = 0, rows = 0;
    TRY(head_read(&head, dialect, search->begin, search->end, search->begin_line, search->complete, ROWS_TRIED,
                  search->error));
    const size_t width = head_width(&head, 0);
    for (size_t i = 0; i < head.row_count; i++) {
        const struct head_row *row = &head.rows[i];
        if (row->count != width)
            continue;
        const char *last = head_cell(&head, row, width - 1);
        const size_t length = strlen(last);
        rows++;
        same += width > 1 && !length;
        semicolons += length > 1 && last[length - 1] == ';';
        commas += length > 1 && last[length - 1] == ',';
    }
    if (rows && same == rows && dialect->separator != SEPARATOR_SPACES)
        dialect->trailing = dialect->separator;
    else if (rows && 2 * semicolons > rows && dialect->separator != ';')
        dialect->trailing = ';';
    else if (rows && 2 * commas > rows && dialect->separator != ',')
        dialect->trailing = ',';
done:
    head_free(&head);
    return status;
}

static enum plotmill_status choose(struct search *search)
{
    struct trial trials[] = {{','}, {';'}, {'\t'}, {'|'}, {SEPARATOR_SPACES}};
    const size_t count = sizeof trials / sizeof *trials;
    const struct trial *best = &trials[0], *spaces = &trials[count - 1];
    const char *decimal = search->options->text.decimal;
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < count; i++) {
        if (decimal && trials[i].separator == *decimal)
            continue;
        TRY(try_separator(search, &trials[i]));
        if (i + 1 < count && trials[i].score > best->score)
            best = &trials[i];
    }
    if (text_ends(search->name, ".tsv") && trials[2].width > 1)
        best = &trials[2];
    /* Dates and times of day are separated by blanks too: another separator is better, unless it understands less. */
    else if (spaces->score > best->score && spaces->types > best->types + 0.05)
        best = spaces;
    for (size_t i = 0; i < count && best->width < 2; i++)
        best = trials[i].wide ? &trials[i] : best;
    search->dialect->separator = best->separator;
    if (decimal && *decimal == ',' && best->separator == ',')
        search->dialect->separator = ';';
    search->width = best->width;
done:
    return status;
}

/* The option separator names a character that no line has, where another one separates them. */
static enum plotmill_status check_said(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char sign = search->said.separator_sign;
    struct trial said = {sign};
    TRY(try_separator(search, &said));
    if (said.width > 1)
        goto done;
    TRY(choose(search));
    const char other = search->dialect->separator;
    /* Of numbers with decimal commas it is true that they are one column. */
    const bool fits = search->width < 2 || (other == ',' && search->width == 2) || other == SEPARATOR_SPACES;
    search->dialect->separator = sign;
    if (!fits)
        FAIL(search->error, PLOTMILL_BAD_INPUT,
             "separator: found no line of %s that has \"%c\"; most have %zu fields separated by \"%s\"", search->name,
             sign, search->width, other == '\t' ? "tab" : (const char[]){other, 0});
done:
    return status;
}

/* A line as one field. */
enum line_kind {
    LINE_OTHER = 0,
    LINE_PLAIN,  /* a number, or a word for a missing one */
    LINE_MARKED, /* a number with a unit, a percent sign or a currency: "12.5 mV" */
    LINE_SCALED  /* with K, M, B or T: "1.2 K" */
};

/* *mark: what stands beside the number. */
static enum line_kind look_at_line(const char *text, char mark[16])
{
    const char *unit = cell_unit_behind(text), *begin = text + strspn(text, " \t");
    const char *end = begin + strcspn(begin, " \t"), *second = end + strspn(end, " \t");
    const enum cell_kind kind = cell_look(text, strlen(text));
    const bool before = !strpbrk(begin, "0123456789") || strcspn(begin, "0123456789") > (size_t)(end - begin);
    const char *found = unit ? unit : before ? begin : second;
    snprintf(mark, 16, "%.*s", unit ? 15 : (int)strcspn(found, " \t"), found);
    if (unit)
        return LINE_MARKED;
    if (kind != CELL_NUMBER || !*second)
        return kind == CELL_NUMBER || kind == CELL_MISSING ? LINE_PLAIN : LINE_OTHER;
    if (strpbrk(mark, "0123456789"))
        return LINE_OTHER; /* 1 234 may be two numbers */
    return strchr("KkMmBbTt", *mark) ? LINE_SCALED : LINE_MARKED;
}

static size_t count_words(const char *text)
{
    size_t words = 0;
    for (text += strspn(text, " \t"); *text; text += strspn(text, " \t"), words++)
        text += strcspn(text, " \t");
    return words;
}

/* Whether the options name two columns, or the second one. */
static bool are_two_said(const struct source_options *options)
{
    uint64_t column;
    return (options->columns && strchr(options->columns, ',')) ||
           (options->column && index_parse(options->column, &column) && column > 0);
}

static enum plotmill_status refuse_scaled(const struct search *search, const struct head *head, size_t row,
                                          char separator)
{
    const char *text = head_cell(head, &head->rows[row], 0);
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu: \"%s\" may be one number (K, M, B, T: thousand, million, ...), or a "
                              "number and a text: expected the option separator: %c where it is one, or separator: "
                              "space where it is two",
                              search->name, (unsigned long long)head->rows[row].line,
                              text_quote(text, strlen(text)).text, separator);
}

/* Two fields in most lines, which a blank separates, are one where they are a number and its unit, the same in all
 * lines, unless a header has two names. Below a header of one name they are one whatever the units are. */
static enum plotmill_status find_one_column(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect dialect = *search->dialect;
    struct head head = {0};
    char mark[16] = "", found[16];
    size_t marked = 0, plain = 0, words = 0, scaled = SIZE_MAX;
    bool mixed = false;
    dialect.separator = memchr(search->begin, ',', (size_t)(search->end - search->begin)) ? ';' : ',';
    TRY(head_read(&head, &dialect, search->begin, search->end, search->begin_line, search->complete, SIZE_MAX,
                  search->error));
    for (size_t i = 0; i < head.row_count; i++) {
        const char *text = head_cell(&head, &head.rows[i], 0);
        const enum line_kind kind = head.rows[i].count == 1 ? look_at_line(text, found) : LINE_OTHER;
        if (kind == LINE_OTHER && marked)
            goto done;
        words = kind == LINE_OTHER ? count_words(text) : words;
        plain += kind == LINE_PLAIN;
        scaled = kind == LINE_SCALED ? MIN(scaled, i) : scaled;
        if (kind < LINE_MARKED)
            continue;
        mixed |= marked && strcmp(mark, found);
        memcpy(mark, found, sizeof mark);
        marked++;
    }
    if (marked <= plain || words == 2 || (mixed && words != 1 && scaled == SIZE_MAX))
        goto done;
    if (scaled < SIZE_MAX)
        TRY(refuse_scaled(search, &head, scaled, dialect.separator));
    search->dialect->separator = dialect.separator;
    search->width = 1;
done:
    head_free(&head);
    return status;
}

enum plotmill_status separator_find(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    find_quote(search);
    if (search->said.separator)
        search->dialect->separator = search->said.separator_sign;
    if (search->options->text.separator && search->said.separator)
        TRY(check_said(search));
    if (!search->said.separator)
        TRY(choose(search));
    if (!search->said.separator && search->dialect->separator == SEPARATOR_SPACES && search->width == 2 &&
        !are_two_said(search->options))
        TRY(find_one_column(search));
    TRY(find_trailing(search));
done:
    return status;
}
