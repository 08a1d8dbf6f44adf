/* Numbers that are names: of pandas' columns 0, 1, 2, or years. And numbers that are no samples: a start and a rate. */
#include <math.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "formats/text/dialect_search.h"
#include "formats/text/number.h"
#include "formats/text/time_format.h"

/* What the cells of a row are, beside the columns below. */
struct numbers_row {
    size_t empty, texts, whole, others;
    bool first_empty;
    bool time_name; /* a text above times, or a usual name of times */
    bool ascending; /* the whole numbers */
    bool steps;     /* by 1 each */
    bool fraction;
    bool fractions; /* below each of them stand numbers with decimal signs */
    bool continued; /* one of them begins what goes on below */
    double first, last;
};

static bool read_whole(const struct search *search, size_t row, size_t column, double *value)
{
    const struct head *head = &search->head;
    return row < head->row_count && column < head->rows[row].count &&
           cell_is_whole(head_cell(head, &head->rows[row], column), value);
}

/* Whether the next two rows go on in equal steps. */
static bool is_continued(const struct search *search, size_t row, size_t column, double value)
{
    double next, second;
    if (!read_whole(search, row + 1, column, &next) || next == value)
        return false;
    const double step = next - value;
    return read_whole(search, row + 2, column, &second) ? second - next == step : step == 1;
}

static struct numbers_row examine(const struct search *search, size_t row)
{
    struct numbers_row found = {.ascending = true, .steps = true, .fractions = true};
    const struct head_row *cells = &search->head.rows[row];
    for (size_t i = 0; i < search->width && i < cells->count; i++) {
        const char *text = head_cell(&search->head, cells, i);
        const enum cell_kind kind = row_look(search, row, i);
        double value;
        if (kind == CELL_MISSING && *text) {
            found.others++; /* a word for it is no name */
        } else if (kind == CELL_MISSING) {
            found.empty++;
            found.first_empty |= i == 0;
        } else if (kind == CELL_TEXT && search->body[i].kind == CELL_TEXT) {
            continue; /* it decides nothing */
        } else if (kind == CELL_TEXT) {
            found.texts++;
            found.time_name |= search->body[i].kind == CELL_TIME || time_is_name(text);
        } else if (!cell_is_whole(text, &value)) {
            found.others++;
        } else {
            found.ascending &= !found.whole || value > found.last;
            found.steps &= !found.whole || value == found.last + 1;
            found.first = found.whole ? found.first : value;
            found.last = value;
            found.fractions &= search->body[i].fractions;
            found.fraction |= search->body[i].fractions;
            /* A number above times, truth values or texts is a name as a text above numbers is. */
            found.texts += search->body[i].kind != CELL_NUMBER && search->body[i].kind != CELL_MISSING;
            found.time_name |= search->body[i].kind == CELL_TIME;
            found.continued |= is_continued(search, row, i, value);
            found.whole++;
        }
    }
    return found;
}

/* Whether the first column numbers the rows, or holds times or texts, in every row below. */
static bool is_index(const struct search *search, size_t row)
{
    double value;
    if (search->body[0].kind == CELL_TIME || search->body[0].kind == CELL_TEXT)
        return true;
    return read_whole(search, row + 1, 0, &value) && value <= 1 &&
           (row + 2 >= search->head.row_count || is_continued(search, row + 1, 0, value));
}

static bool are_years(const struct numbers_row *row)
{
    return row->steps && row->whole >= 2 && row->first >= 1900 && row->last <= 2100;
}

/* All cells are whole numbers. */
static enum numeric_names judge_whole(const struct numbers_row *row)
{
    const bool from_start = row->steps && row->first <= 1;
    if (!row->ascending || row->continued)
        return NAMES_NOT;
    if ((row->fraction && row->whole >= 3 && (from_start || are_years(row))) || (row->fractions && are_years(row)))
        return NAMES_CERTAIN;
    if (row->whole == 1)
        return row->first == 0 ? NAMES_UNSURE : NAMES_NOT;
    if (row->fractions)
        return NAMES_UNSURE;
    return (row->steps && row->first == 0) || are_years(row) ? NAMES_UNSURE : NAMES_NOT;
}

enum numeric_names names_of_numbers(const struct search *search, size_t row)
{
    const struct numbers_row found = examine(search, row);
    const bool steps = found.steps && found.whole >= 2;
    if (search->head.row_count - row < 2)
        return NAMES_NOT;
    if (found.texts) {
        if (found.others)
            return NAMES_UNSURE;
        return found.time_name || (found.fractions && found.ascending) || steps ||
                       (found.first_empty && found.empty == 1 && is_index(search, row))
                   ? NAMES_CERTAIN
                   : NAMES_UNSURE;
    }
    if (found.others || !found.whole)
        return NAMES_NOT;
    if (found.first_empty && found.empty == 1) {
        if (!found.ascending)
            return NAMES_NOT;
        const bool certain = steps || found.fractions || (found.whole == 1 && found.first == 0);
        return certain && is_index(search, row) ? NAMES_CERTAIN : NAMES_UNSURE;
    }
    return found.empty ? NAMES_NOT : judge_whole(&found);
}

static bool read_number(const struct search *search, size_t row, size_t column, double *value)
{
    const struct head_row *cells = &search->head.rows[row];
    if (column >= cells->count)
        return false;
    const char *text = head_cell(&search->head, cells, column);
    return field_parse(text, strlen(text), value) == FIELD_NUMBER && isfinite(*value);
}

/* Whether the first row of data is a time of start in this column: since 1970, and far from all that is below. */
static bool is_start(const struct search *search, size_t column, double *most)
{
    const size_t first = search->data;
    double start, value;
    *most = 0;
    if (!read_number(search, first, column, &start))
        return false;
    for (size_t i = first + 2; i < search->head.row_count; i++)
        if (read_number(search, i, column, &value))
            *most = MAX(*most, fabs(value));
    double us = start;
    return (time_from_epoch(&us) && start > 1000 * *most) || (*most > 0 && fabs(start) > 1e6 * *most);
}

/* Whether the second row holds one whole number, a rate, in all columns. */
static bool is_rate(const struct search *search)
{
    double first, value;
    if (!read_number(search, search->data + 1, 0, &first) || first != rint(first) || first <= 0)
        return false;
    for (size_t i = 0; i < search->width; i++)
        if (read_number(search, search->data + 1, i, &value) && value != first)
            return false;
    return true;
}

enum plotmill_status start_rows_check(const struct search *search)
{
    const size_t first = search->data;
    const struct head *head = &search->head;
    size_t columns = 0;
    double most = 0, largest = 0;
    if (head->row_count < first + 4)
        return PLOTMILL_OK;
    for (size_t i = 0; i < search->width; i++) {
        if (search->body[i].kind != CELL_NUMBER)
            continue;
        if (!is_start(search, i, &most))
            return PLOTMILL_OK;
        largest = MAX(largest, most);
        columns++;
    }
    if (!columns)
        return PLOTMILL_OK;
    const bool rate = is_rate(search);
    const struct head_row *row = &head->rows[first], *samples = row + (rate ? 2 : 1);
    const char *text = head_cell(head, row, 0);
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu: found %s, far beyond the values below it, which are at most %g: expected "
                              "the option skip: %llu where %s, or %llu where all are samples",
                              search->name, (unsigned long long)row->line, text_quote(text, strlen(text)).text, largest,
                              (unsigned long long)samples->line - 1,
                              rate ? "the first two are a time of start and a rate"
                                   : "the first one is a time of start",
                              (unsigned long long)search->dialect->skip);
}
