#include "formats/text/record_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* A blank that separates nothing. */
static bool is_space(const struct record_reader *reader, char c)
{
    return is_blank(c) && c != reader->dialect->separator;
}

static bool is_separator(const struct record_reader *reader, char c)
{
    const char separator = reader->dialect->separator;
    return c == separator || (separator == SEPARATOR_SPACES && c == '\t');
}

/* After the line end at p; NULL: it may go on after the text. */
static const char *after_line_end(const struct record_reader *reader, const char *p)
{
    if (*p == '\n')
        return p + 1;
    if (p + 1 == reader->end)
        return reader->last ? p + 1 : NULL;
    return p[1] == '\n' ? p + 2 : p + 1;
}

/* The first line end from p on, or the end of the text. */
static const char *find_line_end(const struct record_reader *reader, const char *p)
{
    const size_t size = (size_t)(reader->end - p);
    const char *feed = memchr(p, '\n', size), *end = feed ? feed : reader->end;
    const char *back = memchr(p, '\r', (size_t)(end - p));
    return back ? back : end;
}

uint64_t text_count_lines(const char *text, const char *end)
{
    uint64_t lines = 0;
    for (const char *p = text; p < end; p++)
        lines += *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'));
    return lines;
}

bool record_pass_line(struct record_reader *reader)
{
    if (!reader->next_line)
        reader->next_line = MAX(reader->line, 1);
    if (reader->at == reader->end)
        return false;
    const char *end = find_line_end(reader, reader->at);
    if (end == reader->end && !reader->last)
        return false;
    const char *after = end == reader->end ? end : after_line_end(reader, end);
    if (!after)
        return false;
    reader->line = reader->next_line++;
    reader->at = after;
    return true;
}

/* Passes over blank lines and comments. RECORD_ONE: reader->at is the beginning of a record. */
static enum record_next pass_empty(struct record_reader *reader)
{
    for (;;) {
        const char *p = reader->at;
        while (p < reader->end && (*p == ' ' || is_space(reader, *p)))
            p++;
        if (p == reader->end) {
            if (!reader->last && p != reader->at)
                return RECORD_MORE;
            reader->at = p;
            return RECORD_END;
        }
        if (!is_line_end(*p) && (!*p || !strchr(reader->dialect->comment, *p)))
            return RECORD_ONE;
        if (!record_pass_line(reader))
            return RECORD_MORE;
    }
}

static bool add_field(struct record_reader *reader, const char *text, const char *end, bool quoted)
{
    if (reader->count == RECORD_FIELDS_MOST)
        return false;
    if (reader->count == reader->capacity) {
        size_t capacity = reader->capacity ? 2 * reader->capacity : 16;
        struct text_field *fields = realloc(reader->fields, capacity * sizeof *fields);
        if (!fields)
            return false;
        reader->fields = fields;
        reader->capacity = capacity;
    }
    reader->fields[reader->count++] = (struct text_field){text, (size_t)(end - text), quoted};
    return true;
}

/* Room for more joined text. Fields that lie there move along. */
static char *reserve_joined(struct record_reader *reader, size_t size)
{
    if (size > reader->joined_size - reader->joined_used) {
        size_t grown_size = 2 * (reader->joined_used + size);
        char *grown = malloc(grown_size);
        if (!grown)
            return NULL;
        if (reader->joined_used)
            memcpy(grown, reader->joined, reader->joined_used);
        const uintptr_t old = (uintptr_t)reader->joined;
        for (size_t i = 0; i < reader->count; i++) {
            const uintptr_t at = (uintptr_t)reader->fields[i].text;
            if (at >= old && at < old + reader->joined_used)
                reader->fields[i].text = grown + (at - old);
        }
        free(reader->joined);
        reader->joined = grown;
        reader->joined_size = grown_size;
    }
    return reader->joined + reader->joined_used;
}

/* Adds the field text..close, whose doubled quotes become single, and rest..end after it. */
static bool add_joined(struct record_reader *reader, const char *text, const char *close, const char *rest,
                       const char *end)
{
    char *out = reserve_joined(reader, (size_t)(end - text)), *start = out;
    if (!out)
        return false;
    for (const char *p = text; p < close; p++) {
        *out++ = *p;
        p += *p == reader->dialect->quote;
    }
    memcpy(out, rest, (size_t)(end - rest));
    out += end - rest;
    reader->joined_used += (size_t)(out - start);
    return add_field(reader, start, out, true);
}

/* Whether the column holds numbers, and the text looks like one. */
static int looks_numeric(const struct record_reader *reader, size_t column, const char *text, const char *end)
{
    bool digit = false;
    if (reader->dialect->columns[column].holds != COLUMN_NUMBERS)
        return 0;
    for (const char *p = text; p < end; p++) {
        digit |= *p >= '0' && *p <= '9';
        if (!memchr("0123456789.,+-eE $%", *p, 19))
            return -1;
    }
    return text == end ? 0 : digit ? 1 : -1;
}

/* Compares the pieces of text..end with the columns from `column` on. -1: they cannot be these; else how many are
 * numbers where these are expected. */
static int match_columns(const struct record_reader *reader, size_t column, size_t count, const char *text,
                         const char *end)
{
    int numbers = 0;
    for (size_t i = 0; i < count; i++) {
        const char *p = text;
        while (p < end && !is_separator(reader, *p))
            p++;
        const int numeric = looks_numeric(reader, column + i, text, p);
        if (numeric < 0 || (p == end) != (i + 1 == count))
            return -1;
        numbers += numeric;
        text = p + 1;
    }
    return numbers;
}

/* Whether a quoted field with line breaks swallowed records: a stray quote opens it, and another one, lines later,
 * closes it. Then the rest of its first line and the beginning of its last one are fields of these records. */
static bool swallowed_records(const struct record_reader *reader, const char *text, const char *close)
{
    const struct dialect *dialect = reader->dialect;
    const size_t columns = dialect->list.count, column = reader->count;
    const char *first = text, *last = close;
    if (!dialect->columns || column >= columns)
        return false;
    while (first < close && !is_line_end(*first))
        first++;
    if (first == close)
        return false;
    while (!is_line_end(last[-1]))
        last--;
    /* The first piece of the first line, and the last of the last line, belong to this field. */
    const char *after = text;
    while (after < first && !is_separator(reader, *after))
        after++;
    const char *before = close;
    while (before > last && !is_separator(reader, before[-1]))
        before--;
    const size_t right = columns - 1 - column;
    const bool has_right = after<first, has_left = before> last;
    if (has_right != (right > 0) || has_left != (column > 0))
        return false;
    const int numbers_right = has_right ? match_columns(reader, column + 1, right, after + 1, first) : 0;
    const int numbers_left = has_left ? match_columns(reader, 0, column, last, before - 1) : 0;
    return numbers_right >= 0 && numbers_left >= 0 && numbers_right + numbers_left > 0;
}

/* The quote that closes the field from p on; NULL: none does. *more: what follows the text decides. */
static const char *find_close(const struct record_reader *reader, const char *p, bool *doubled, bool *more)
{
    const char quote = reader->dialect->quote;
    *doubled = *more = false;
    for (;;) {
        const char *close = p < reader->end ? memchr(p, quote, (size_t)(reader->end - p)) : NULL;
        *more = !reader->last && (!close || close + 1 == reader->end);
        if (!close || *more)
            return NULL;
        if (close + 1 == reader->end || close[1] != quote)
            return close;
        *doubled = true;
        p = close + 2;
    }
}

static const char *skip_spaces(const struct record_reader *reader, const char *p)
{
    while (p < reader->end && is_blank(*p) && !is_separator(reader, *p))
        p++;
    return p;
}

/* The end of a field without quotes: a separator, a line end, or the end of the text. */
static const char *find_field_end(const struct record_reader *reader, const char *p)
{
    const char separator = reader->dialect->separator, *end = reader->end;
    if (separator == SEPARATOR_SPACES) {
        while (p < end && *p != ' ' && *p != '\t' && *p != '\n' && *p != '\r')
            p++;
    } else {
        while (p < end && *p != separator && *p != '\n' && *p != '\r')
            p++;
    }
    return p;
}

static bool is_field_end(const struct record_reader *reader, const char *p)
{
    return p == reader->end || is_separator(reader, *p) || is_line_end(*p);
}

static bool holds_ends(const struct record_reader *reader, const char *text, const char *end)
{
    for (; text < end; text++)
        if (is_separator(reader, *text) || is_line_end(*text))
            return true;
    return false;
}

/* Adds the field whose quote is at `open`, and moves *at to its end. *is_text: the quote is text after all. */
static enum record_next take_quoted(struct record_reader *reader, const char *field, const char *open, const char **at,
                                    bool *is_text)
{
    const char *text = open + 1;
    bool doubled, more;
    const char *close = find_close(reader, text, &doubled, &more);
    *is_text = false;
    if (more)
        return RECORD_MORE;
    /* After blanks, a quote that is not closed in its line is text. */
    if (open > field && (!close || find_line_end(reader, text) < close)) {
        *is_text = true;
        return RECORD_ONE;
    }
    if (!close)
        return RECORD_OPEN;
    const char *end = skip_spaces(reader, close + 1);
    if (end == reader->end && !reader->last)
        return RECORD_MORE;
    if (is_field_end(reader, end)) {
        if (swallowed_records(reader, text, close))
            return RECORD_OPEN;
        *at = end;
        reader->next_line += text_count_lines(text, close);
        return (doubled ? add_joined(reader, text, close, close, close) : add_field(reader, text, close, true))
                   ? RECORD_ONE
                   : RECORD_NO_MEMORY;
    }
    if (holds_ends(reader, text, close))
        return RECORD_OPEN;
    if (open > field) {
        *is_text = true;
        return RECORD_ONE;
    }
    *at = find_field_end(reader, end);
    return add_joined(reader, text, close, close + 1, *at) ? RECORD_ONE : RECORD_NO_MEMORY;
}

static enum record_next take_field(struct record_reader *reader, const char **at)
{
    const char *field = *at, quote = reader->dialect->quote;
    const char *p = skip_spaces(reader, field);
    if (quote && p < reader->end && *p == quote) {
        bool is_text;
        enum record_next next = take_quoted(reader, field, p, at, &is_text);
        if (!is_text)
            return next;
    }
    const char *end = find_field_end(reader, p);
    *at = end;
    while (end > p && is_blank(end[-1]))
        end--;
    return add_field(reader, p, end, false) ? RECORD_ONE : RECORD_NO_MEMORY;
}

/* Takes away what ends each record beside the line end. */
static void drop_trailing(struct record_reader *reader)
{
    const char trailing = reader->dialect->trailing;
    struct text_field *last = &reader->fields[reader->count - 1];
    if (trailing == reader->dialect->separator)
        reader->count -= reader->count > 1 && last->length == 0 && !last->quoted;
    else if (last->length && !last->quoted && last->text[last->length - 1] == trailing)
        last->length--;
}

static enum record_next take_record(struct record_reader *reader)
{
    const bool spaces = reader->dialect->separator == SEPARATOR_SPACES;
    const char *p = reader->at;
    reader->count = reader->joined_used = 0;
    for (;;) {
        while (spaces && p < reader->end && is_blank(*p))
            p++;
        if (spaces && reader->count && (p == reader->end || is_line_end(*p)))
            break;
        enum record_next next = take_field(reader, &p);
        if (next != RECORD_ONE)
            return next;
        if (p == reader->end || is_line_end(*p))
            break;
        p++;
    }
    if (p == reader->end && !reader->last)
        return RECORD_MORE;
    const char *after = p == reader->end ? p : after_line_end(reader, p);
    if (!after)
        return RECORD_MORE;
    reader->next_line++;
    reader->at = after;
    if (reader->dialect->trailing)
        drop_trailing(reader);
    return RECORD_ONE;
}

enum record_next record_next(struct record_reader *reader)
{
    if (!reader->next_line)
        reader->next_line = MAX(reader->line, 1);
    enum record_next next = pass_empty(reader);
    if (next != RECORD_ONE)
        return next;
    const uint64_t line = reader->line = reader->next_line;
    next = take_record(reader);
    if (next == RECORD_NO_MEMORY && reader->count == RECORD_FIELDS_MOST)
        next = RECORD_WIDE;
    if (next == RECORD_MORE || next == RECORD_WIDE)
        reader->next_line = line;
    if (next != RECORD_OPEN)
        return next;
    /* Goes on after the line in which the quote opens. */
    const uint64_t opened = reader->next_line;
    const char *at = reader->at;
    reader->next_line = line;
    while (reader->next_line <= opened)
        if (!record_pass_line(reader)) {
            reader->at = at;
            reader->next_line = line;
            return RECORD_MORE;
        }
    reader->line = opened;
    return next;
}

enum plotmill_status record_refuse_wide(const char *name, uint64_t line, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s, line %llu: found more than %zu fields, expected at most as many; a long series in "
                              "one line can be read from an array (.npy)",
                              name, (unsigned long long)line, RECORD_FIELDS_MOST);
}

void record_finish(struct record_reader *reader)
{
    free(reader->fields);
    free(reader->joined);
    *reader = (struct record_reader){0};
}
