#include "formats/text/profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/record_reader.h"
#include "formats/text/text_stream.h"

/* The text is walked in blocks of this size; one grows while a record is longer. */
#define BLOCK_BYTES ((size_t)1 << 20)
#define BLOCK_MOST ((size_t)64 << 20)

/* What is shown of a value. */
#define SHOWN_BYTES 40

struct walk {
    struct text_profile *profile;
    struct record_reader reader;
    struct plotmill_error *error;
    const char *name;
    uint64_t record; /* of the table */
    uint64_t passed; /* lines before the table */
};

static enum plotmill_status keep(char **kept, const struct text_field *field, struct plotmill_error *error)
{
    size_t length = field->length;
    if (length > SHOWN_BYTES) /* at the beginning of a character */
        for (length = SHOWN_BYTES; length && ((unsigned char)field->text[length] & 0xc0) == 0x80;)
            length--;
    *kept = string_start(field->text, length);
    return *kept ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

static enum plotmill_status add_text(struct column_profile *column, const struct text_field *field,
                                     struct plotmill_error *error)
{
    for (size_t i = 0; i < column->text_count; i++)
        if (strlen(column->texts[i]) == field->length && !memcmp(column->texts[i], field->text, field->length))
            return PLOTMILL_OK;
    if (column->text_count == PROFILE_DISTINCT || field->length > SHOWN_BYTES) {
        column->more_texts = true;
        return PLOTMILL_OK;
    }
    return keep(&column->texts[column->text_count++], field, error);
}

static enum plotmill_status add_field(struct column_profile *column, const struct text_column *form,
                                      const struct text_field *field, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double value;
    const enum field_kind kind = number_read(&form->numbers, field->text, field->length, &value);
    size_t i = 0;
    if (kind == FIELD_MISSING) {
        column->missing++;
        return PLOTMILL_OK;
    }
    if (kind == FIELD_NUMBER) {
        column->falls |= column->numbers && !(value > column->last);
        column->last = value;
        column->numbers++;
        column->least = fmin(column->least, value);
        column->most = fmax(column->most, value);
    } else {
        column->others++;
    }
    while (i < PROFILE_FIRSTS && column->firsts[i])
        i++;
    if (i < PROFILE_FIRSTS)
        TRY(keep(&column->firsts[i], field, error));
    if (form->holds == COLUMN_TEXTS && !column->more_texts)
        TRY(add_text(column, field, error));
done:
    return status;
}

static enum plotmill_status add_record(struct walk *walk)
{
    struct text_profile *profile = walk->profile;
    const struct dialect *dialect = &profile->dialect;
    const struct record_reader *reader = &walk->reader;
    enum plotmill_status status = PLOTMILL_OK;
    if (walk->record++ < (uint64_t)dialect->header_lines + dialect->units)
        return PLOTMILL_OK;
    profile->rows++;
    if (reader->count != dialect->list.count) {
        profile->bad_line = profile->bad_rows++ ? profile->bad_line : reader->line;
        return PLOTMILL_OK;
    }
    for (size_t i = 0; i < reader->count; i++)
        TRY(add_field(&profile->columns[i], &dialect->columns[i], &reader->fields[i], walk->error));
done:
    return status;
}

static enum plotmill_status grow(char **block, size_t *room, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *grown = realloc(*block, 2 * *room + 1);
    TRY_MEMORY(error, grown);
    *block = grown;
    *room *= 2;
done:
    return status;
}

/* Walks over the records of a block; *left bytes at its end are the beginning of the next record. */
static enum plotmill_status walk_block(struct walk *walk, const char *block, size_t size, bool last, size_t *left)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct record_reader *reader = &walk->reader;
    enum record_next next;
    reader->at = block;
    reader->end = block + size;
    reader->last = last;
    while (walk->passed < walk->profile->dialect.skip && record_pass_line(reader))
        walk->passed++;
    while ((next = record_next(reader)) == RECORD_ONE)
        TRY(add_record(walk));
    if (next == RECORD_NO_MEMORY)
        FAIL(walk->error, PLOTMILL_NO_MEMORY, "out of memory");
    if (next == RECORD_WIDE)
        TRY(record_refuse_wide(walk->name, reader->line, walk->error));
    if (next == RECORD_OPEN)
        FAIL(walk->error, PLOTMILL_BAD_INPUT,
             "%s, line %llu: found a quote that is not closed, or text after it, expected a separator after the second "
             "%c",
             walk->name, (unsigned long long)reader->line, walk->profile->dialect.quote);
    *left = next == RECORD_MORE ? (size_t)(reader->end - reader->at) : 0;
done:
    return status;
}

/* *more: the block is too short to tell. */
static enum plotmill_status start(struct walk *walk, const struct input *input, const char *block, size_t size,
                                  bool complete, const struct source_options *options, bool *more)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct text_profile *profile = walk->profile;
    dialect_free(&profile->dialect);
    status = dialect_find(&profile->dialect, input->name, block, size, complete, options, walk->error);
    *more = profile->dialect.more && !complete && size < BLOCK_MOST;
    if (status || *more)
        return *more ? PLOTMILL_OK : status;
    TRY_ALLOCATE(walk->error, profile->columns, profile->dialect.list.count, sizeof *profile->columns);
    for (size_t i = 0; i < profile->dialect.list.count; i++)
        profile->columns[i].least = profile->columns[i].most = NAN;
    walk->reader = (struct record_reader){.dialect = &profile->dialect, .line = 1};
done:
    return status;
}

enum plotmill_status text_profile_read(struct text_profile *profile, const struct input *input,
                                       const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct walk walk = {.profile = profile, .error = error, .name = input->name};
    struct text_stream *stream = NULL;
    size_t room = BLOCK_BYTES, held = 0, got = 0;
    bool last = false, more = false;
    char *block = NULL;
    *profile = (struct text_profile){0};
    TRY(text_stream_open(&stream, input, options ? options->text.encoding : NULL, error));
    TRY_ALLOCATE(error, block, room + 1, 1);
    while (!last) {
        TRY(text_stream_read(stream, block + held, room - held, &got, error));
        last = got < room - held;
        held += got;
        block[held] = 0;
        if (!profile->columns) {
            TRY(start(&walk, input, block, held, last, options, &more));
            if (more) {
                TRY(grow(&block, &room, error));
                continue;
            }
            snprintf(profile->dialect.encoding, sizeof profile->dialect.encoding, "%s", text_stream_encoding(stream));
            profile->dialect.mark = text_stream_mark(stream);
        }
        size_t left = 0;
        TRY(walk_block(&walk, block, held, last, &left));
        memmove(block, block + held - left, left);
        held = left;
        if (!last && held == room) { /* a record is longer than the block */
            if (room >= BLOCK_MOST)
                FAIL(error, PLOTMILL_BAD_INPUT, "%s, line %llu: found a record of over %zu bytes, expected less",
                     input->name, (unsigned long long)walk.reader.line, BLOCK_MOST);
            TRY(grow(&block, &room, error));
        }
    }
done:
    record_finish(&walk.reader);
    text_stream_close(stream);
    free(block);
    return status;
}

void text_profile_free(struct text_profile *profile)
{
    for (size_t i = 0; profile->columns && i < profile->dialect.list.count; i++) {
        for (size_t k = 0; k < PROFILE_FIRSTS; k++)
            free(profile->columns[i].firsts[k]);
        for (size_t k = 0; k < profile->columns[i].text_count; k++)
            free(profile->columns[i].texts[k]);
    }
    free(profile->columns);
    dialect_free(&profile->dialect);
    *profile = (struct text_profile){0};
}

static void write_column(struct json *json, const struct text_profile *profile, size_t i)
{
    static const char *const holds[] = {"numbers", "times", "texts", "nothing"};
    const struct column_profile *column = &profile->columns[i];
    const struct text_column *form = &profile->dialect.columns[i];
    json->one_line = true;
    json_open(json, NULL, '{');
    json_uint(json, "index", i);
    json_string(json, "name", profile->dialect.list.fields[i].name);
    json_string(json, "holds", holds[form->holds]);
    json_uint(json, "numbers", column->numbers);
    json_uint(json, "missing", column->missing);
    json_uint(json, "others", column->others);
    json_number(json, "least", form->holds == COLUMN_NUMBERS ? column->least : NAN);
    json_number(json, "most", form->holds == COLUMN_NUMBERS ? column->most : NAN);
    json_open(json, "first", '[');
    for (size_t k = 0; k < PROFILE_FIRSTS && column->firsts[k]; k++)
        json_string(json, NULL, column->firsts[k]);
    json_close(json, ']');
    if (form->holds == COLUMN_TEXTS) {
        json_open(json, "values", '[');
        for (size_t k = 0; k < column->text_count; k++)
            json_string(json, NULL, column->texts[k]);
        json_close(json, ']');
        json_bool(json, "more_values", column->more_texts);
    }
    json_close(json, '}');
    json->one_line = false;
}

void text_profile_write(struct json *json, const struct text_profile *profile)
{
    char *dialect = dialect_json(&profile->dialect);
    json_string(json, "reading", dialect_describe(&profile->dialect).text);
    json_raw(json, "dialect", dialect ? dialect : "null");
    json->failed |= !dialect;
    json_uint(json, "rows", profile->rows);
    if (profile->bad_rows) {
        json_uint(json, "bad_rows", profile->bad_rows);
        json_uint(json, "first_bad_line", profile->bad_line);
    }
    json_open(json, "columns", '[');
    for (size_t i = 0; i < profile->dialect.list.count; i++)
        write_column(json, profile, i);
    json_close(json, ']');
    free(dialect);
}
