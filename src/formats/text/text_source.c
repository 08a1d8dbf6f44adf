#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/format.h"
#include "formats/text/record_reader.h"
#include "formats/text/text_loader.h"

/* The beginning of the text, by which its dialect is found: so many bytes, more if a dialect needs more, but at most..
 */
#define HEAD_BYTES ((size_t)1 << 20)
#define HEAD_MOST ((size_t)1 << 26)

#define WATCHES_MOST 16

struct text_source {
    const struct input *input;
    const struct source_context *context;
    const struct source_options *options; /* never NULL */
    struct text_stream *stream;
    char *head;
    size_t head_size;
    bool complete; /* the head is all of the text */
    struct dialect dialect;
    struct field_choice choice;
    struct load_side *sides;
    size_t watched[WATCHES_MOST];
    struct load_plan plan;
    struct load_result result;
};

static enum plotmill_status read_head(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t wanted = text->head_size ? text->head_size : HEAD_BYTES;
    size_t got;
    char *head = realloc(text->head, text->head_size + wanted + 1);
    TRY_MEMORY(error, head);
    text->head = head;
    TRY(text_stream_read(text->stream, head + text->head_size, wanted, &got, error));
    text->head_size += got;
    text->complete = got < wanted;
    head[text->head_size] = 0;
done:
    return status;
}

/* Reads the beginning of the text, and more of it where long records tell too little. */
static enum plotmill_status find_dialect(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(text_stream_open(&text->stream, text->input, text->options->text.encoding, error));
    do {
        dialect_free(&text->dialect);
        TRY(read_head(text, error));
        if (!text->head_size && !text_stream_mark(text->stream))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: empty file", text->input->name);
        status = dialect_find(&text->dialect, text->input->name, text->head, text->head_size, text->complete,
                              text->options, error);
    } while (text->dialect.more && text->head_size < HEAD_MOST);
done:
    return status;
}

/* The first record with a field for each column, to which a message about another record points. */
static uint64_t find_model(const struct dialect *dialect, const struct record_reader *at)
{
    struct record_reader reader = {
        .dialect = dialect, .at = at->at, .end = at->end, .last = at->last, .line = at->next_line};
    uint64_t line = 0;
    for (enum record_next next; !line && ((next = record_next(&reader)) == RECORD_ONE || next == RECORD_OPEN);)
        if (next == RECORD_ONE && reader.count == dialect->list.count)
            line = reader.line;
    record_finish(&reader);
    return line;
}

/* The beginning of the data: the reader stands there. */
static enum plotmill_status pass_header(struct text_source *text, struct record_reader *reader,
                                        struct plotmill_error *error)
{
    const struct dialect *dialect = &text->dialect;
    *reader = (struct record_reader){
        .dialect = dialect, .at = text->head, .end = text->head + text->head_size, .last = text->complete, .line = 1};
    for (uint64_t i = 0; i < dialect->skip; i++)
        if (!record_pass_line(reader))
            return PLOTMILL_OK;
    text->plan.model_line = find_model(dialect, reader);
    for (uint32_t i = 0; i < dialect->header_lines + dialect->units; i++) {
        const enum record_next next = record_next(reader);
        if (next == RECORD_NO_MEMORY)
            return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
        if (next == RECORD_OPEN || next == RECORD_MORE)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s, line %" PRIu64 ": found a quote that is not closed in the header, expected "
                                      "a second %c",
                                      text->input->name, reader->line, dialect->quote);
    }
    return PLOTMILL_OK;
}

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
    return fields_find(list, label, column, error);
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
        TRY(fields_find(&text->dialect.list, options->sides[i].name, &column, error));
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
    for (size_t i = 0; i < dialect->list.count && text->plan.watch_count < WATCHES_MOST; i++) {
        const bool texts = dialect->columns[i].holds == COLUMN_TEXTS;
        if (!is_time_column(dialect, i) && column_is_watched(dialect->list.fields[i].name, texts) &&
            !text->options->text.sequences)
            text->watched[text->plan.watch_count++] = i;
    }
}

static enum plotmill_status plan_load(struct text_source *text, struct plotmill_error *error)
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

static enum plotmill_status load(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct record_reader reader = {0};
    TRY(pass_header(text, &reader, error));
    const uint64_t lines = reader.next_line ? reader.next_line - 1 : 0;
    TRY(load_rows(&text->result, &text->plan, text->input->name, text->stream, reader.at,
                  (size_t)(reader.end - reader.at), text->complete, lines,
                  (struct load_sizes){.block_bytes = LOAD_BLOCK_BYTES}, error));
done:
    record_finish(&reader);
    return status;
}

/* The stream stands behind the head again. */
static enum plotmill_status reopen(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t got;
    text_stream_close(text->stream);
    text->stream = NULL;
    TRY(text_stream_open(&text->stream, text->input, text->options->text.encoding, error));
    TRY(text_stream_read(text->stream, text->head, text->head_size, &got, error));
    if (got < text->head_size)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: has become shorter while it was read", text->input->name);
done:
    return status;
}

/* The first rows may leave open whether the day or the month comes first. Then a later row decides, and the text is
 * read again if it decides for the other form. */
static enum plotmill_status load_decided(struct text_source *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct time_format *form = &text->dialect.time;
    text->plan.open = *text->dialect.time_open;
    text->plan.other = *form;
    memcpy(text->plan.other.pattern, text->dialect.time_open, sizeof text->plan.other.pattern);
    TRY(load(text, error));
    if (text->result.other_needed) {
        load_result_free(&text->result, &text->plan);
        *form = text->plan.other;
        text->plan.open = false;
        TRY(reopen(text, error));
        TRY(load(text, error));
    }
    if (text->result.undecided)
        FAIL(
            error, PLOTMILL_BAD_INPUT,
            "%s, column %s: all times, such as \"%s\", may be %s or %s: expected the option time-format, with %s or %s",
            text->input->name, field_label(&text->dialect.list, text->dialect.time_columns[0]).text,
            text->result.example.text, time_format_name(form).text, time_format_name(&text->plan.other).text,
            form->pattern, text->plan.other.pattern);
    *text->dialect.time_open = 0;
done:
    return status;
}

static enum plotmill_status check_rows(const struct text_source *text, struct plotmill_error *error)
{
    const struct load_result *result = &text->result;
    if (result->table->rows == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no data%s", text->input->name,
                                  text->dialect.header_lines ? " after the header" : "");
    if (result->bad && !result->table->count && !result->left_out)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s; no row is without such a fault",
                                  row_complain(&result->bad_row, &text->plan, text->input->name).text);
    return PLOTMILL_OK;
}

static double side_value(const struct table_chunk *chunk, size_t side, size_t row)
{
    return chunk->sides[side * chunk->count + row];
}

static bool all_whole(const struct text_table *table, size_t side)
{
    for (size_t i = 0; i < table->chunk_count; i++)
        for (size_t k = 0; k < table->chunks[i].count; k++) {
            const double value = side_value(&table->chunks[i], side, k);
            if (!isnan(value) && (value != floor(value) || !(fabs(value) < 9007199254740992.0)))
                return false;
        }
    return true;
}

/* Texts that are all numbers are numbers, unless they were asked for as texts: the first rows had none. */
static enum plotmill_status classes_to_numbers(const struct text_source *text, size_t side, double **numbers,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct load_side *plan = &text->sides[side];
    const struct classes *classes = &text->result.classes[side];
    *numbers = NULL;
    if (plan->forced || text->dialect.columns[plan->column].holds != COLUMN_EMPTY)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, *numbers, classes->count, sizeof **numbers);
    for (size_t i = 0; i < classes->count; i++) {
        const struct class_text *item = &classes->items[i];
        if (number_read(&text->dialect.columns[plan->column].numbers, classes->bytes + item->at, item->length,
                        &(*numbers)[i]) != FIELD_NUMBER) {
            free(*numbers);
            *numbers = NULL;
            break;
        }
    }
done:
    return status;
}

/* The numbers of classes become their places in ascending order, or the numbers that the texts are. */
static enum plotmill_status finish_classes(struct text_source *text, size_t side, struct side_column *column,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct classes *classes = &text->result.classes[side];
    const struct text_table *table = text->result.table;
    uint32_t *ranks = NULL;
    double *numbers = NULL;
    TRY(classes_to_numbers(text, side, &numbers, error));
    if (!numbers) {
        TRY(classes_sort(classes, &column->classes, &ranks, error));
        column->class_count = classes->count;
    }
    for (size_t i = 0; i < table->chunk_count; i++) {
        double *values = table->chunks[i].sides + side * table->chunks[i].count;
        for (size_t k = 0; k < table->chunks[i].count; k++)
            if (values[k] >= 0)
                values[k] = numbers ? numbers[(size_t)values[k]] : ranks[(size_t)values[k]];
    }
done:
    free(ranks);
    free(numbers);
    return status;
}

static enum plotmill_status finish_sides(struct text_source *text, struct source *source, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_options *options = text->options;
    TRY_ALLOCATE(error, source->sides, text->plan.side_count, sizeof *source->sides);
    source->side_count = text->plan.side_count;
    for (size_t i = 0; i < source->side_count; i++) {
        struct side_column *column = &source->sides[i];
        TRY(string_keep(&column->name, i < options->side_count ? options->sides[i].name : "label", error));
        if (text->sides[i].text)
            TRY(finish_classes(text, i, column, error));
        column->whole = !column->classes && all_whole(text->result.table, i);
    }
done:
    return status;
}

static enum plotmill_status finish_watches(struct text_source *text, struct source_about *about,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, about->columns, text->plan.watch_count, sizeof *about->columns);
    for (size_t i = 0; i < text->plan.watch_count; i++) {
        struct column_about *column = &about->columns[about->column_count++];
        *column = column_watch_finish(&text->result.watches[i]);
        column->column = text->watched[i];
        TRY(string_keep(&column->name, text->dialect.list.fields[column->column].name, error));
    }
done:
    return status;
}

/* What was decided, and the times found, as a JSON object. */
static char *describe_reading(const struct text_source *text, const struct source_about *about)
{
    struct json json = {.one_line = true};
    char *dialect = dialect_json(&text->dialect), time[TIME_SIZE];
    if (!dialect)
        return NULL;
    json_open(&json, NULL, '{');
    json_raw(&json, "dialect", dialect);
    if (about->has_times) {
        time_write(time, about->first_time);
        json_string(&json, "first_time", time);
        time_write(time, about->last_time);
        json_string(&json, "last_time", time);
    }
    json_close(&json, '}');
    free(dialect);
    return json_finish(&json);
}

/* How the text was read, in one line without its name and rows. */
static char *say(const struct text_source *text)
{
    struct text said = {0};
    struct text_list read = {0};
    text_add(&said, dialect_describe(&text->dialect).text);
    if (text->options->text.sequences) {
        text_add(&said, "; rows are sequences");
        return text_finish(&said);
    }
    for (size_t i = 0; i < text->choice.count; i++)
        text_list_add(&read, "%s", field_label(&text->dialect.list, text->choice.at[i]).text);
    text_list_end(&read);
    text_add(&said, read.items == 1 ? "; column " : "; columns ");
    text_add(&said, read.text);
    return text_finish(&said);
}

static enum plotmill_status describe(struct text_source *text, struct source_about *about, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct load_result *result = &text->result;
    if (!text->options->text.sequences)
        TRY(fields_describe(&text->dialect.list, text->options, &text->choice, about, error));
    about->rows = result->table->rows;
    about->left_out = result->left_out;
    about->bad_rows = result->bad;
    about->has_times = result->first_time != SOURCE_NO_TIME && text->dialect.time.kind != TIME_COUNTER;
    about->first_time = about->has_times ? result->first_time : 0;
    about->last_time = about->has_times ? result->last_time : 0;
    TRY(finish_watches(text, about, error));
    about->reading = describe_reading(text, about);
    TRY_MEMORY(error, about->reading);
    about->said = say(text);
    TRY_MEMORY(error, about->said);
done:
    return status;
}

static void report_bad(const struct text_source *text)
{
    const struct load_result *result = &text->result;
    const unsigned long long bad = result->bad;
    if (bad)
        log_line(text->context->log, PLOTMILL_LOG_WARNING, "%s: %llu bad row%s left out; the first one: %s",
                 text->input->name, bad, bad == 1 ? " is" : "s are",
                 row_complain(&result->bad_row, &text->plan, text->input->name).text);
}

static void text_source_free(struct text_source *text)
{
    load_result_free(&text->result, &text->plan);
    field_choice_free(&text->choice);
    dialect_free(&text->dialect);
    text_stream_close(text->stream);
    free(text->sides);
    free(text->head);
    free(text);
}

enum plotmill_status source_open_text(struct source *source, const struct input *input,
                                      const struct source_context *context, struct plotmill_error *error)
{
    static const struct source_options defaults = {0};
    enum plotmill_status status = PLOTMILL_OK;
    struct source made = {0};
    struct text_source *text = NULL;
    TRY_ALLOCATE(error, text, 1, sizeof *text);
    text->input = input;
    text->context = context;
    text->options = context->options ? context->options : &defaults;
    TRY(find_dialect(text, error));
    snprintf(text->dialect.encoding, sizeof text->dialect.encoding, "%s", text_stream_encoding(text->stream));
    text->dialect.mark = text_stream_mark(text->stream);
    TRY(plan_load(text, error));
    TRY(load_decided(text, error));
    TRY(check_rows(text, error));
    report_bad(text);
    struct text_table *table = text->result.table;
    TRY(describe(text, &made.about, error));
    TRY(finish_sides(text, &made, error));
    table->sequences = text->options->text.sequences;
    made.ops = text->dialect.time_count ? &text_table_ops : &text_table_ops_no_times;
    made.self = table;
    made.shape.samples = table->sequences ? table->count * table->width : table->count;
    made.shape.row_length = table->sequences ? table->width : 0;
    made.shape.fields = table->sequences ? 1 : (uint32_t)table->width;
    text->result.table = NULL;
    *source = made;
done:
    if (text)
        text_source_free(text);
    if (status) {
        about_free(&made.about);
        sides_free(made.sides, made.side_count);
    }
    return status;
}
