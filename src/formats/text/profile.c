#include "formats/text/profile.h"

#include <math.h>
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
    const size_t count = reader->count - (dialect->trailing && reader->count > dialect->list.count);
    if (walk->record++ < (uint64_t)dialect->header_lines + dialect->units)
        return PLOTMILL_OK;
    profile->rows++;
    if (count != dialect->list.count) {
        profile->bad_line = profile->bad_rows++ ? profile->bad_line : reader->line;
        return PLOTMILL_OK;
    }
    for (size_t i = 0; i < count; i++)
        TRY(add_field(&profile->columns[i], &dialect->columns[i], &reader->fields[i], walk->error));
done:
    return status;
}

/* Walks over the records of a block; *left bytes at its end are the beginning of the next record. */
static enum plotmill_status walk_block(struct walk *walk, const char *block, size_t size, bool last, size_t *left)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct record_reader *reader = &walk->reader;
    enum record_next next = RECORD_END;
    reader->at = block;
    reader->end = block + size;
    reader->last = last;
    const char *begin = block;
    while ((next = record_next(reader)) == RECORD_ONE) {
        TRY(add_record(walk));
        begin = reader->at;
        reader->line = reader->next_line;
    }
    if (next == RECORD_OPEN)
        FAIL(walk->error, PLOTMILL_BAD_INPUT, "%s, line %llu: a quote is not closed, or text follows it: expected a "
                                              "separator after the second quote",
             walk->name, (unsigned long long)reader->line);
    *left = next == RECORD_MORE ? (size_t)(block + size - begin) : 0;
done:
    return status;
}

static enum plotmill_status start(struct walk *walk, const struct input *input, const char *block, size_t size,
                                  bool complete, const struct source_options *options)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct text_profile *profile = walk->profile;
    TRY(dialect_find(&profile->dialect, input->name, block, size, complete, options, walk->error));
    TRY_ALLOCATE(walk->error, profile->columns, profile->dialect.list.count, sizeof *profile->columns);
    for (size_t i = 0; i < profile->dialect.list.count; i++)
        profile->columns[i].least = profile->columns[i].most = NAN;
    walk->reader.dialect = &profile->dialect;
done:
    return status;
}

/* The place behind the lines that the dialect passes over. */
static size_t skip_lines(const struct dialect *dialect, const char *block, size_t size, uint64_t *line)
{
    size_t at = 0;
    for (*line = 1; *line <= dialect->skip && at < size; ++*line) {
        const char *end = memchr(block + at, '\n', size - at);
        at = end ? (size_t)(end - block) + 1 : size;
    }
    return at;
}
