#include "formats/text/text_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/record_reader.h"

/* The beginning of the text, by which its dialect is found: so many bytes, more if a dialect needs more, but at most..
 */
#define HEAD_BYTES ((size_t)1 << 20)
#define HEAD_MOST ((size_t)1 << 26)

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

/* Reads the beginning of the text, and more of it where long records leave too few of them. */
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
        if (next == RECORD_WIDE)
            return record_refuse_wide(text->input->name, reader->line, error);
        if (next == RECORD_OPEN || next == RECORD_MORE)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s, line %" PRIu64 ": found a quote that is not closed in the header, expected "
                                      "a second %c",
                                      text->input->name, reader->line, dialect->quote);
    }
    return PLOTMILL_OK;
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
    TRY(text_plan(text, error));
    TRY(load_decided(text, error));
    TRY(check_rows(text, error));
    report_bad(text);
    struct text_table *table = text->result.table;
    TRY(text_describe(text, &made.about, error));
    TRY(text_finish_sides(text, &made, error));
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
