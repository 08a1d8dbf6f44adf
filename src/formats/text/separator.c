/* The separator is the candidate by which most records have the same number of fields, and most fields are numbers,
 * times or plain words: the consistency of van den Burg, Nazabal and Sutton, "Wrangling messy CSV files by detecting
 * row and type patterns" (2019), with the width of most records in place of all their patterns. */
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
    TRY(find_trailing(search));
done:
    return status;
}
