#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"
#include "formats/text/number.h"

/* Columns that are tried. */
#define COLUMNS_TRIED 8

/* The columns that hold times: one, or one of dates and one of times of day. */
struct choice {
    size_t columns[2], count;
};

static bool has_date(const char *text)
{
    return strpbrk(text, "-/") || (strchr(text, '.') && !strchr(text, ':')) || !strpbrk(text, ":.");
}

/* Whether a column of this name holds times: <DATE>, 'Time', "Time (s)". */
static bool names_time(const char *name)
{
    char plain[64];
    size_t length = strlen(name);
    const char *first = name + strspn(name, " <'\"[");
    length -= (size_t)(first - name);
    if (length > 3 && strchr(")]", first[length - 1]))
        while (length && !strchr("([", first[--length]))
            continue;
    while (length && strchr(" >'\"]", first[length - 1]))
        length--;
    if (!length || length >= sizeof plain)
        return false;
    memcpy(plain, first, length);
    plain[length] = 0;
    return time_is_name(name) || time_is_name(plain);
}

/* HHMMSS, as numbers without signs. */
static bool is_packed_clock(const char *text)
{
    uint64_t value;
    return strlen(text) == 6 && index_parse(text, &value) && value / 10000 < 24 && value / 100 % 100 < 60 &&
           value % 100 < 60;
}

/* What the times of a column are: of days, of the hour, or both. */
struct time_parts {
    bool dates, clocks; /* all of them have the one, or the other */
};

static struct time_parts find_parts(const struct search *search, size_t column)
{
    const struct head *head = &search->head;
    struct time_parts parts = {true, true};
    size_t times = 0;
    for (size_t i = search->data; i < head->row_count && times < 200; i++) {
        if (head->rows[i].count != search->width)
            continue;
        const char *text = head_cell(head, &head->rows[i], column);
        const enum cell_kind kind = cell_look(text, strlen(text));
        if (kind == CELL_MISSING)
            continue;
        if (kind != CELL_TIME && kind != CELL_NUMBER)
            return (struct time_parts){false, false};
        times++;
        const bool clock = cell_is_clock(text) || is_packed_clock(text), mixed = strchr(text, ':') != NULL;
        parts.clocks &= clock;
        parts.dates &= !clock && !mixed && (kind == CELL_TIME || strlen(text) == 8) && has_date(text);
    }
    if (!times)
        return (struct time_parts){false, false};
    return parts;
}

/* The column of times of day that belongs to one of dates: the next one, or another that is named so. */
static size_t find_clock(const struct search *search, size_t date)
{
    const struct field *fields = search->dialect->list.fields;
    if (date + 1 < search->width && search->body[date + 1].kind == CELL_TIME && find_parts(search, date + 1).clocks)
        return date + 1;
    for (size_t i = 0; i < search->width; i++)
        if (i != date && names_time(fields[i].name) && find_parts(search, i).clocks)
            return i;
    return search->width;
}

static void add_clock(const struct search *search, struct choice *choice)
{
    if (!find_parts(search, choice->columns[0]).dates)
        return;
    const size_t clock = find_clock(search, choice->columns[0]);
    if (clock < search->width)
        choice->columns[choice->count++] = clock;
}

static enum plotmill_status find_format(struct search *search, const struct choice *choice, struct time_format *format,
                                        char open[TIME_PATTERN_SIZE])
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct field_list *list = &search->dialect->list;
    const char **texts = NULL, **clocks = NULL;
    char *joined = NULL, where[200];
    size_t size = 0;
    TRY_ALLOCATE(search->error, texts, search->head.row_count, sizeof *texts);
    const size_t count = column_texts(search, choice->columns[0], texts);
    snprintf(where, sizeof where, "%.80s, column %s", search->name, field_label(list, choice->columns[0]).text);
    if (choice->count == 2) {
        TRY_ALLOCATE(search->error, clocks, search->head.row_count, sizeof *clocks);
        column_texts(search, choice->columns[1], clocks);
        for (size_t i = 0; i < count; i++)
            size += strlen(texts[i]) + strlen(clocks[i]) + 2;
        TRY_ALLOCATE(search->error, joined, size, 1);
        char *at = joined;
        for (size_t i = 0; i < count; i++) {
            const int length = sprintf(at, "%s %s", texts[i], clocks[i]);
            texts[i] = at;
            at += length + 1;
        }
    }
    TRY(time_format_find(format, texts, count, search->options->text.time_format, where, open, search->error));
done:
    free(texts);
    free(clocks);
    free(joined);
    return status;
}

/* The option time: one column, or two. */
static enum plotmill_status take_said(struct search *search, const char *said, struct choice *choice)
{
    const struct field_list *list = &search->dialect->list;
    struct plotmill_error ignored;
    enum plotmill_status status = PLOTMILL_OK;
    char *first = NULL;
    choice->count = 1;
    if (!fields_find(list, "time", said, &choice->columns[0], &ignored))
        return PLOTMILL_OK;
    const char *comma = strchr(said, ',');
    if (comma) {
        first = string_start(said, (size_t)(comma - said));
        TRY_MEMORY(search->error, first);
        TRY(fields_find(list, "time", first, &choice->columns[0], search->error));
        TRY(fields_find(list, "time", comma + 1 + strspn(comma + 1, " "), &choice->columns[1], search->error));
        choice->count = 2;
    } else {
        TRY(fields_find(list, "time", said, &choice->columns[0], search->error));
    }
done:
    free(first);
    return status;
}

/* YYYYMMDD, with hours, minutes and seconds or without, from 1900 to 2099. */
static bool is_packed_date(const char *text)
{
    static const struct time_format formats[] = {{.kind = TIME_PATTERN, .pattern = "%Y%m%d"},
                                                 {.kind = TIME_PATTERN, .pattern = "%Y%m%d%H"},
                                                 {.kind = TIME_PATTERN, .pattern = "%Y%m%d%H%M"},
                                                 {.kind = TIME_PATTERN, .pattern = "%Y%m%d%H%M%S"}};
    const size_t length = strlen(text);
    int64_t ns;
    return length >= 8 && length <= 14 && length % 2 == 0 && (!strncmp(text, "19", 2) || !strncmp(text, "20", 2)) &&
           time_read(&formats[length / 2 - 4], text, length, &ns);
}

/* Numbers that are ms, us or ns since 1970 (s: in the first of several columns), or dates, in each row, and never go
 * back, or never forth. */
static bool are_times(const struct search *search, size_t column)
{
    const struct head *head = &search->head;
    size_t rows = 0, up = 0, down = 0;
    uint64_t value, before = 0;
    for (size_t i = search->data; i < head->row_count; i++) {
        if (head->rows[i].count != search->width)
            continue;
        if (!index_parse(head_cell(head, &head->rows[i], column), &value))
            return false;
        const bool fits = is_packed_date(head_cell(head, &head->rows[i], column)) ||
                          (column == 0 && search->width > 1 && value >= 631152000 && value < 4102444800) ||
                          (value >= 631152000000 && value < 4102444800000) ||
                          (value >= 631152000000000 && value < 4102444800000000) ||
                          (value >= 631152000000000000 && value < 4102444800000000000);
        if (!fits)
            return false;
        up += rows && value > before;
        down += rows && value < before;
        before = value;
        rows++;
    }
    return rows >= 3 && !(up && down) && up + down;
}

/* A column whose name means times and whose content is; else the first one that holds dates; else a text that is one,
 * as those that begin with a weekday are. */
static enum plotmill_status choose(struct search *search, struct choice *choice, struct time_format *format,
                                   char open[TIME_PATTERN_SIZE])
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dialect *dialect = search->dialect;
    size_t unread = search->width, tried = 0;
    for (int pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < search->width && tried < COLUMNS_TRIED; i++) {
            const bool named = names_time(dialect->list.fields[i].name);
            const enum cell_kind kind = search->body[i].kind;
            if (pass == 0   ? !named || kind == CELL_TEXT || kind == CELL_MISSING || kind == CELL_BOOLEAN
                : pass == 1 ? kind != CELL_TIME
                            : kind != CELL_TEXT || !strpbrk(column_example(search, i), "0123456789"))
                continue;
            *choice = (struct choice){{i}, 1};
            const struct time_parts parts = find_parts(search, i);
            tried++;
            if (parts.clocks)
                continue; /* times of day alone are no times of rows */
            add_clock(search, choice);
            TRY(find_format(search, choice, format, open));
            if (format->kind != TIME_NONE)
                goto done;
            if (kind == CELL_TIME && unread == search->width)
                unread = i;
        }
    for (size_t i = 0; i < search->width; i++) {
        if (search->body[i].kind != CELL_NUMBER || !are_times(search, i))
            continue;
        *choice = (struct choice){{i}, 1};
        TRY(find_format(search, choice, format, open));
        if (format->kind != TIME_NONE)
            goto done;
    }
    choice->count = 0;
    if (unread < search->width) {
        const char *text = column_example(search, unread), *said = search->options->text.time_format;
        FAIL(search->error, PLOTMILL_BAD_INPUT,
             "%s, column %s: found \"%s\", which looks like a time of a form that is not %s: expected %s"
             "time-format, or time: none",
             search->name, field_label(&dialect->list, unread).text, text_quote(text, strlen(text)).text,
             said ? "that of time-format" : "known", said ? "another " : "the option ");
    }
done:
    return status;
}

enum plotmill_status times_find(struct search *search)
{
    struct dialect *dialect = search->dialect;
    const struct text_options *options = &search->options->text;
    enum plotmill_status status = PLOTMILL_OK;
    struct choice choice = {0};
    if (options->time && string_same(options->time, "none"))
        return PLOTMILL_OK;
    if (options->time) {
        TRY(take_said(search, options->time, &choice));
        TRY(find_format(search, &choice, &dialect->time, dialect->time_open));
        if (dialect->time.kind == TIME_NONE) {
            const char *text = column_example(search, choice.columns[0]);
            FAIL(search->error, PLOTMILL_BAD_INPUT,
                 "%s, column %s: found \"%s\", expected times of one form; the option time-format names it",
                 search->name, field_label(&dialect->list, choice.columns[0]).text,
                 text_quote(text, strlen(text)).text);
        }
    } else {
        TRY(choose(search, &choice, &dialect->time, dialect->time_open));
        if (!choice.count && options->time_format)
            FAIL(search->error, PLOTMILL_BAD_INPUT,
                 "time-format: %s has no column of times that is recognised: expected the option time to name it",
                 search->name);
    }
    for (size_t i = 0; i < choice.count; i++) {
        const size_t column = choice.columns[i];
        dialect->time_columns[dialect->time_count++] = column;
        dialect->columns[column].holds = COLUMN_TIMES;
        dialect->list.fields[column].numeric = false;
    }
done:
    return status;
}
