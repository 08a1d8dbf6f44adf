#include <stdio.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/column_watch.h"
#include "source/arrangement.h"

#define ONE_SERIES "none (all rows are one series)"

static struct text_quote quote(const char *text)
{
    return text_quote(text, strlen(text));
}

/* Blocks of a value that are at least so long may be series. */
#define BLOCK_ROWS 10

/* "Name", or "6" of a column without a name. */
struct column_label {
    char text[64];
};

static struct column_label label_of(const struct column_about *column)
{
    struct column_label label;
    if (*column->name)
        snprintf(label.text, sizeof label.text, "%s", quote(column->name).text);
    else
        snprintf(label.text, sizeof label.text, "%zu", column->column);
    return label;
}

/* Values that come again: a column in which each row has its own is a note, or a number of the row. */
static bool repeats(const struct column_about *column)
{
    return 2 * column->values <= column->rows;
}

/* Time stands or goes back where the value changes, and nowhere else. */
static bool explains_times(const struct column_about *column)
{
    return column->stops && 2 * column->stops >= column->blocks - 1 && 100 * column->stays <= column->rows;
}

static enum plotmill_status refuse_change(const char *name, const struct column_about *column,
                                          struct plotmill_error *error)
{
    const struct column_label label = label_of(column);
    char place[32] = "";
    if (column->line)
        snprintf(place, sizeof place, ", %s %llu", column->is_row ? "row" : "line",
                 (unsigned long long)(column->line - column->is_row));
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s%s: column %s changes from \"%s\" to \"%s\" (%s%llu values in all): windows would mix "
                              "them: expected the option group-by: %s or " ONE_SERIES,
                              name, place, label.text, quote(column->first).text, quote(column->other).text,
                              column->values == COLUMN_VALUES_MOST ? "at least " : "",
                              (unsigned long long)column->values, label.text);
}

/* The column of another input with the same name, or at the same place where there are no names. */
static const struct column_about *same_column(const struct source_about *about, const struct column_about *column)
{
    for (size_t i = 0; i < about->column_count; i++)
        if (*column->name ? string_same(about->columns[i].name, column->name)
                          : !*about->columns[i].name && about->columns[i].column == column->column)
            return &about->columns[i];
    return NULL;
}

/* One symbol an input, and another in the next; or, where times are unknown, texts that begin again. */
static enum plotmill_status compare_inputs(const struct arrangement *arrangement, size_t part,
                                           const struct column_about *column, struct plotmill_error *error)
{
    const struct arrange_part *a = &arrangement->parts[part - 1], *b = &arrangement->parts[part];
    const struct column_about *other = a->about ? same_column(a->about, column) : NULL;
    const bool constant = other && other->rows && column->rows && !other->other && !column->other;
    if (constant && column_names_series(column->name) && strcmp(other->first, column->first))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: column %s holds \"%s\", and \"%s\" in %s: windows would mix them: expected "
                                  "the option group-by: %s, file or " ONE_SERIES,
                                  b->input->name, label_of(column).text, quote(column->first).text,
                                  quote(other->first).text, a->input->name, label_of(column).text);
    const bool rising =
        other && other->rows > 1 && column->rows > 1 && other->values == other->rows && column->values == column->rows;
    if (!arrangement->inner.ops->times && rising && !strcmp(other->first, column->first))
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT,
            "%s: column %s begins with \"%s\", as in %s: windows would go from one input into the "
            "next: expected the option group-by: file (each is a series of its own) or " ONE_SERIES,
            b->input->name, label_of(column).text, quote(column->first).text, a->input->name);
    return PLOTMILL_OK;
}

enum plotmill_status series_check(const struct arrangement *arrangement, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (arrangement->row_length || (arrangement->options && arrangement->options->group_by))
        return PLOTMILL_OK;
    for (size_t i = 0; i < arrangement->part_count; i++) {
        const struct source_about *about = arrangement->parts[i].about;
        const char *name = arrangement->parts[i].input->name;
        for (size_t k = 0; about && k < about->column_count; k++) {
            const struct column_about *column = &about->columns[k];
            const bool changes = column->other && repeats(column);
            if (changes && (column_names_series(column->name) || explains_times(column)))
                TRY(refuse_change(name, column, error));
            if (i)
                TRY(compare_inputs(arrangement, i, column, error));
        }
    }
done:
    return status;
}

void series_report(const struct arrangement *arrangement)
{
    if (arrangement->row_length || arrangement->inner.ops->times ||
        (arrangement->options && arrangement->options->group_by))
        return;
    for (size_t i = 0; i < arrangement->part_count; i++) {
        const struct source_about *about = arrangement->parts[i].about;
        for (size_t k = 0; about && k < about->column_count; k++) {
            const struct column_about *column = &about->columns[k];
            if (column->other && column->blocks == column->values && BLOCK_ROWS * column->values <= column->rows)
                log_line(arrangement->log, PLOTMILL_LOG_WARNING,
                         "%s: column %s changes from \"%s\" to \"%s\" in blocks (%llu values): if these are series of "
                         "their own, the option group-by keeps windows from mixing them",
                         arrangement->parts[i].input->name, label_of(column).text, quote(column->first).text,
                         quote(column->other).text, (unsigned long long)column->values);
        }
    }
}
