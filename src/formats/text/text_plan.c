#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/text_source.h"

static bool is_time_column(const struct dialect *dialect, size_t column)
{
    for (size_t i = 0; i < dialect->time_count; i++)
        if (dialect->time_columns[i] == column)
            return true;
    return false;
}

/* The column of labels of rows that are sequences. */
static enum plotmill_status find_label(const struct text_source *text, size_t *column, struct plotmill_error *error)
{
    const struct field_list *list = &text->dialect.list;
    const char *label = text->options->text.label_column;
    if (string_same(label, "first") || string_same(label, "last")) {
        *column = string_same(label, "first") ? 0 : list->count - 1;
        return PLOTMILL_OK;
    }
    return fields_find(list, "label-column", label, column, error);
}

/* Each row is a sequence: all columns but those of the label, of times, and beside the fields. */
static enum plotmill_status choose_sequence(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct field_list *list = &text->dialect.list;
    const struct source_options *options = text->options;
    struct field_choice *choice = &text->choice;
    if (options->column || options->columns)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: the options column and columns do not apply to rows that are sequences, whose columns are samples",
             list->path);
    for (size_t i = 0; i < options->field_count - options->last_optional; i++)
        if (*options->fields[i])
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: the chart needs the field %s, but sequences in rows have one field without a name", list->path,
                 text_quote(options->fields[i], strlen(options->fields[i])).text);
    TRY_ALLOCATE(error, choice->at, list->count, sizeof *choice->at);
    for (size_t i = 0; i < list->count; i++) {
        bool beside = is_time_column(&text->dialect, i);
        for (size_t k = 0; k < text->plan.side_count; k++)
            beside |= text->sides[k].column == i;
        if (!beside)
            choice->at[choice->count++] = i;
    }
    if (!choice->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: rows have no columns of samples beside the label", list->path);
done:
    return status;
}

/* Many columns of numbers without names may be samples of sequences. */
static enum plotmill_status check_wide(const struct text_source *text, struct plotmill_error *error)
{
    const struct field_list *list = &text->dialect.list;
    const struct source_options *options = text->options;
    size_t numeric = 0;
    for (size_t i = 0; i < list->count; i++)
        numeric += list->fields[i].numeric && !list->fields[i].hidden;
    if (options->column || (options->field_count && *options->fields[0]) || fields_have_names(list) || numeric < 16)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: found %zu columns of numbers without names: expected the option column with the "
                              "number of one; or rows sequences, if each row is a series of its own (and label-column "
                              "first or last, if that column is its label)",
                              list->path, numeric);
}

static enum plotmill_status choose_fields(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct field_list *list = &text->dialect.list;
    if (text->options->text.sequences)
        return choose_sequence(text, error);
    TRY(check_wide(text, error));
    TRY(fields_choose(list, text->options, &text->choice, error));
done:
    return status;
}

static void set_side(struct text_source *text, size_t column, bool forced)
{
    const struct text_column *holds = &text->dialect.columns[column];
    text->sides[text->plan.side_count++] =
        (struct load_side){.column = column, .forced = forced, .text = forced || holds->holds != COLUMN_NUMBERS};
}

/* Those of the options, then the label. */
static enum plotmill_status choose_sides(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_options *options = text->options;
    size_t column;
    TRY_ALLOCATE(error, text->sides, options->side_count + 1, sizeof *text->sides);
    text->plan.sides = text->sides;
    for (size_t i = 0; i < options->side_count; i++) {
        TRY(fields_find(&text->dialect.list, options->sides[i].option, options->sides[i].name, &column, error));
        set_side(text, column, options->sides[i].text);
    }
    if (options->text.label_column) {
        if (!options->text.sequences)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: the option label-column applies to rows sequences", text->input->name);
        TRY(find_label(text, &column, error));
        set_side(text, column, false);
    }
done:
    return status;
}

/* Refuses numbers that can be read in two ways, of the fields and of the sides. */
static enum plotmill_status check_doubts(const struct text_source *text, struct plotmill_error *error)
{
    const struct text_column *columns = text->dialect.columns;
    for (size_t i = 0; i < text->choice.count; i++)
        if (columns[text->choice.at[i]].doubt)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s", columns[text->choice.at[i]].doubt);
    for (size_t i = 0; i < text->plan.side_count; i++)
        if (!text->sides[i].text && columns[text->sides[i].column].doubt)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s", columns[text->sides[i].column].doubt);
    return PLOTMILL_OK;
}

static void choose_watches(struct text_source *text)
{
    const struct dialect *dialect = &text->dialect;
    text->plan.watched = text->watched;
    for (size_t i = 0; i < dialect->list.count && text->plan.watch_count < COLUMN_WATCHES_MOST; i++) {
        const bool texts = dialect->columns[i].holds == COLUMN_TEXTS;
        if (!is_time_column(dialect, i) && column_is_watched(dialect->list.fields[i].name, texts) &&
            !text->options->text.sequences)
            text->watched[text->plan.watch_count++] = i;
    }
}

enum plotmill_status text_plan(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dialect *dialect = &text->dialect;
    struct load_plan *plan = &text->plan;
    *plan = (struct load_plan){.dialect = dialect, .period = text->context->period};
    plan->all = period_is_all(plan->period);
    plan->skip_bad = text->options->text.skip_bad_rows;
    if (!text->options->text.sequences)
        TRY(fields_list(&text->dialect.list, text->options->columns, error));
    TRY(choose_sides(text, error));
    TRY(choose_fields(text, error));
    TRY(check_doubts(text, error));
    choose_watches(text);
    plan->at = text->choice.at;
    plan->width = text->choice.count;
    if (!plan->all && !dialect->time_count)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: has no time column, which the options from and to need: expected the option time to name it",
             text->input->name);
    if (!plan->all && dialect->time.kind == TIME_COUNTER)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: the numbers in column %s are no dates, which the options from and to need: expected the option "
             "time-format, or time with another column",
             text->input->name, field_label(&dialect->list, dialect->time_columns[0]).text);
done:
    return status;
}
