#include "formats/text/text_block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "formats/text/record_reader.h"

#define TIME_TEXT 128 /* bytes of a date and a time of day */

enum plotmill_status block_prepare(struct text_block *block, const struct load_plan *plan, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, block->classes, plan->side_count, sizeof *block->classes);
    TRY_ALLOCATE(error, block->watches, plan->watch_count, sizeof *block->watches);
done:
    return status;
}

void block_free(struct text_block *block, const struct load_plan *plan)
{
    for (size_t i = 0; block->classes && i < plan->side_count; i++)
        classes_free(&block->classes[i]);
    for (size_t i = 0; block->watches && i < plan->watch_count; i++)
        column_watch_free(&block->watches[i]);
    free(block->classes);
    free(block->watches);
    table_chunk_free(&block->chunk);
    free(block->text);
    *block = (struct text_block){0};
}

static void reset(struct text_block *block, const struct load_plan *plan)
{
    table_chunk_free(&block->chunk);
    for (size_t i = 0; i < plan->side_count; i++)
        classes_clear(&block->classes[i]);
    for (size_t i = 0; i < plan->watch_count; i++)
        column_watch_free(&block->watches[i]);
    block->lines = block->rows = block->left_out = block->bad = 0;
    block->rest = 0;
    block->problem = (struct row_problem){0};
    block->first_time = block->last_time = SOURCE_NO_TIME;
    block->other_refused = block->other_needed = block->forms_differ = false;
    block->capacity_rows = 0;
    block->status = PLOTMILL_OK;
}

static void *resized(void *old, size_t count, size_t size)
{
    return size && count <= SIZE_MAX / size ? realloc(old, count * size) : NULL;
}

/* Room for `rows` rows, or exactly as many. Side columns are one after another: they stay in the order of rows until
 * finish_chunk. */
static enum plotmill_status set_rows(struct text_block *block, const struct load_plan *plan, size_t rows)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table_chunk *chunk = &block->chunk;
    if (rows > UINT32_MAX)
        FAIL(&block->error, PLOTMILL_UNSUPPORTED, "a block holds too many rows");
    double *values = resized(chunk->values, rows * plan->width, sizeof *values);
    TRY_MEMORY(&block->error, values);
    chunk->values = values;
    if (plan->dialect->time_count) {
        int64_t *times = resized(chunk->times, rows, sizeof *times);
        TRY_MEMORY(&block->error, times);
        chunk->times = times;
    }
    if (plan->side_count) {
        double *sides = resized(chunk->sides, rows * plan->side_count, sizeof *sides);
        TRY_MEMORY(&block->error, sides);
        chunk->sides = sides;
    }
    block->capacity_rows = (uint32_t)rows;
done:
    return status;
}

/* Keeps the first one. `field`: what was found in the column; NULL: nothing. */
static void set_problem(struct text_block *block, int kind, const struct record_reader *reader, size_t column,
                        const struct text_field *field)
{
    struct row_problem *problem = &block->problem;
    if (problem->kind)
        return;
    problem->kind = kind;
    problem->line = reader->line;
    problem->column = column;
    problem->fields = reader->count;
    if (field)
        problem->found = text_quote(field->text, field->length);
}

/* The text of a time: one field, or two with a blank between. */
static struct text_field time_text(const struct load_plan *plan, const struct record_reader *reader,
                                   char joined[TIME_TEXT])
{
    const struct text_field *a = &reader->fields[plan->dialect->time_columns[0]];
    if (plan->dialect->time_count == 1)
        return *a;
    const struct text_field *b = &reader->fields[plan->dialect->time_columns[1]];
    if (!a->length && !b->length)
        return *a;
    if (a->length + b->length + 1 > TIME_TEXT)
        return (struct text_field){a->text, a->length, false};
    memcpy(joined, a->text, a->length);
    joined[a->length] = ' ';
    memcpy(joined + a->length + 1, b->text, b->length);
    return (struct text_field){joined, a->length + b->length + 1, false};
}

/* Which of two forms the times have is decided by all of them. true: this one fits the other form alone. */
static bool compare_forms(struct text_block *block, const struct load_plan *plan, const struct text_field *text,
                          bool fits, int64_t time)
{
    int64_t other;
    if (block->other_refused)
        return false;
    if (!time_read(&plan->other, text->text, text->length, &other)) {
        block->other_refused = fits;
        return false;
    }
    if (fits && other != time && !block->forms_differ) {
        block->forms_differ = true;
        block->example = text_quote(text->text, text->length);
    }
    return !fits;
}

/* false: the record is no row. */
static bool take_time(struct text_block *block, const struct load_plan *plan, const struct record_reader *reader,
                      int64_t *time)
{
    char joined[TIME_TEXT];
    const struct dialect *dialect = plan->dialect;
    const struct text_field text = time_text(plan, reader, joined);
    const bool fits = time_read(&dialect->time, text.text, text.length, time);
    const bool other = plan->open && compare_forms(block, plan, &text, fits, *time);
    if (fits && (plan->all || *time != SOURCE_NO_TIME))
        return true;
    block->other_needed = other;
    set_problem(block, fits ? PROBLEM_NO_TIME : PROBLEM_TIME, reader, dialect->time_columns[0], &text);
    return false;
}

static bool take_values(struct text_block *block, const struct load_plan *plan, const struct record_reader *reader)
{
    double *values = block->chunk.values + (size_t)block->chunk.count * plan->width;
    for (size_t i = 0; i < plan->width; i++) {
        const size_t column = plan->at[i];
        const struct text_field *field = &reader->fields[column];
        if (number_read(&plan->dialect->columns[column].numbers, field->text, field->length, &values[i]) ==
            FIELD_OTHER) {
            set_problem(block, PROBLEM_NUMBER, reader, column, field);
            return false;
        }
    }
    return true;
}

static bool take_sides(struct text_block *block, const struct load_plan *plan, const struct record_reader *reader)
{
    double *sides = block->chunk.sides; /* NULL where there are none */
    if (plan->side_count)
        sides += (size_t)block->chunk.count * plan->side_count;
    for (size_t i = 0; i < plan->side_count; i++) {
        const struct load_side *side = &plan->sides[i];
        const struct text_field *field = &reader->fields[side->column];
        double number = NAN;
        enum field_kind kind = field->length ? FIELD_OTHER : FIELD_MISSING;
        if (!side->forced && kind == FIELD_OTHER)
            kind = number_read(&plan->dialect->columns[side->column].numbers, field->text, field->length, &number);
        if (side->text && kind != FIELD_MISSING) {
            uint32_t class = 0;
            block->status = classes_add(&block->classes[i], field->text, field->length, &class, &block->error);
            number = class;
        } else if (kind == FIELD_OTHER) {
            set_problem(block, PROBLEM_NUMBER, reader, side->column, field);
            return false;
        }
        sides[i] = number;
    }
    return true;
}

static void watch(struct text_block *block, const struct load_plan *plan, const struct record_reader *reader,
                  int64_t time)
{
    for (size_t i = 0; i < plan->watch_count && !block->status; i++) {
        const struct text_field *field = &reader->fields[plan->watched[i]];
        block->status =
            column_watch_add(&block->watches[i], field->text, field->length, time, reader->line, &block->error);
    }
}

/* Notes the row's number and line where they do not follow from those of the row before. */
static enum plotmill_status note_place(struct text_block *block, uint64_t line)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table_chunk *chunk = &block->chunk;
    const struct table_run *last = chunk->run_count ? &chunk->runs[chunk->run_count - 1] : NULL;
    const struct table_run run = {chunk->count, (uint32_t)block->rows, (uint32_t)(line - 1)};
    if (last && run.row - last->row == run.at - last->at && run.line - last->line == run.at - last->at)
        return PLOTMILL_OK;
    /* The list doubles whenever its length is a power of two. */
    if ((chunk->run_count & (chunk->run_count - 1)) == 0) {
        struct table_run *runs = realloc(chunk->runs, (chunk->run_count ? 2 * chunk->run_count : 1) * sizeof *runs);
        TRY_MEMORY(&block->error, runs);
        chunk->runs = runs;
    }
    chunk->runs[chunk->run_count++] = run;
done:
    return status;
}

/* false: the record is no row. */
static bool take_row(struct text_block *block, const struct load_plan *plan, const struct record_reader *reader)
{
    int64_t time = SOURCE_NO_TIME;
    if (reader->count != plan->dialect->list.count) {
        set_problem(block, PROBLEM_FIELDS, reader, 0, NULL);
        return false;
    }
    if (plan->dialect->time_count && !take_time(block, plan, reader, &time))
        return false;
    if (!plan->all && !period_has_time(plan->period, time)) {
        block->left_out++;
        return true;
    }
    if (block->chunk.count == block->capacity_rows)
        block->status = set_rows(block, plan, 2 * (size_t)block->capacity_rows + 1);
    if (block->status || !take_values(block, plan, reader) || !take_sides(block, plan, reader))
        return false;
    watch(block, plan, reader, time);
    if (plan->dialect->time_count)
        block->chunk.times[block->chunk.count] = time;
    if (time != SOURCE_NO_TIME) {
        if (block->first_time == SOURCE_NO_TIME || time < block->first_time)
            block->first_time = time;
        block->last_time = MAX(block->last_time, time);
    }
    if (!block->status)
        block->status = note_place(block, reader->line);
    block->chunk.count++;
    return true;
}

/* false: nothing more is read. */
static bool take_record(struct text_block *block, const struct load_plan *plan, struct record_reader *reader)
{
    enum record_next next = record_next(reader);
    if (next == RECORD_MORE && (size_t)(reader->end - reader->at) > QUOTED_LIMIT) {
        record_pass_line(reader);
        next = RECORD_OPEN;
    }
    if (next == RECORD_WIDE && !record_pass_line(reader))
        next = RECORD_MORE;
    bool good = true;
    switch (next) {
    case RECORD_END:
        return false;
    case RECORD_MORE:
        block->rest = (size_t)(reader->end - reader->at);
        return false;
    case RECORD_NO_MEMORY:
        block->status = plotmill_error_set(&block->error, PLOTMILL_NO_MEMORY, "out of memory");
        return false;
    case RECORD_OPEN:
        set_problem(block, PROBLEM_QUOTE, reader, 0, NULL);
        good = false;
        break;
    case RECORD_WIDE:
        set_problem(block, PROBLEM_FIELDS, reader, 0, NULL);
        good = false;
        break;
    case RECORD_ONE:
        good = take_row(block, plan, reader);
        break;
    }
    block->rows++;
    block->bad += !good;
    return !block->status && !block->other_needed && (good || plan->skip_bad);
}

/* Each column of the chunk lies in one piece; until now it was each row. */
static enum plotmill_status arrange_sides(struct text_block *block, const struct load_plan *plan)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct table_chunk *chunk = &block->chunk;
    double *columns;
    if (plan->side_count < 2 || !chunk->count)
        return PLOTMILL_OK;
    TRY_ALLOCATE(&block->error, columns, chunk->count * plan->side_count, sizeof *columns);
    for (size_t i = 0; i < chunk->count; i++)
        for (size_t k = 0; k < plan->side_count; k++)
            columns[k * chunk->count + i] = chunk->sides[i * plan->side_count + k];
    free(chunk->sides);
    chunk->sides = columns;
done:
    return status;
}

/* As many rows as there are line ends; each field takes a byte at least. */
static size_t guess_rows(const struct text_block *block, const struct load_plan *plan)
{
    size_t lines = 1;
    const char *end = block->text + block->size;
    for (const char *p = block->text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lines++;
    return MIN(lines, block->size / plan->dialect->list.count + 1);
}

void block_parse(struct text_block *block, const struct load_plan *plan)
{
    struct record_reader reader = {
        .dialect = plan->dialect, .at = block->text, .end = block->text + block->size, .last = block->last, .line = 1};
    reset(block, plan);
    if (plan->all)
        block->status = set_rows(block, plan, guess_rows(block, plan));
    while (!block->status && take_record(block, plan, &reader))
        ;
    block->lines = reader.next_line ? reader.next_line - 1 : 0;
    if (!block->status && block->chunk.count && block->chunk.count < block->capacity_rows)
        block->status = set_rows(block, plan, block->chunk.count);
    if (!block->status)
        block->status = arrange_sides(block, plan);
    record_finish(&reader);
}
