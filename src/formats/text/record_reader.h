/* Cuts text into records and fields, by a dialect.
 *
 * A field is quoted if it begins with the dialect's quote; blanks before and after the quotes are ignored. In a quoted
 * field a doubled quote is one quote, and separators and line breaks are text. A quote elsewhere in a field is text, as
 * in pandas: a "b" c; text after a closing quote belongs to the field: "a"b is ab. Blanks around fields without quotes
 * are ignored. Lines end with LF, CR LF or CR. */
#ifndef FORMATS_TEXT_RECORD_READER_H
#define FORMATS_TEXT_RECORD_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/text/dialect.h"

/* Without quotes; doubled quotes are single. Not ended by 0. */
struct text_field {
    const char *text;
    size_t length;
    bool quoted;
};

enum record_next {
    RECORD_ONE = 0, /* reader->fields (reader->count) and reader->line are set */
    RECORD_END,     /* no text is left */
    RECORD_MORE,    /* the text ends within a record, and `last` is not set: reader->at is its beginning */
    /* A quote that opened at reader->line is not closed; or a text that holds separators or line breaks follows it up
     * to a closing quote, and more text after that; or what it encloses looks like other records of the table. The next
     * call begins with the line after reader->line. */
    RECORD_OPEN,
    RECORD_WIDE, /* more than RECORD_FIELDS_MOST fields; reader->at is its beginning */
    RECORD_NO_MEMORY
};

/* Of a record. A field takes 24 bytes while its record is read. */
#define RECORD_FIELDS_MOST ((size_t)1 << 20)

/* Starts as {.dialect, .at, .end, .last, .line}; call record_next until RECORD_END. Fields point into the text or into
 * `joined`, and are valid until the next call. Of the dialect these are used: separator, quote, comment, trailing, and
 * list.count and columns (0 and NULL: not known yet). One thread at a time. */
struct record_reader {
    const struct dialect *dialect;
    const char *at, *end;
    bool last;          /* nothing follows the text */
    uint64_t line;      /* of the file, from 1: before the first call that of `at`; after a call that where the record
                           begins,      of RECORD_OPEN that where the quote opens */
    uint64_t next_line; /* that of `at`, after the first call; 0 before */
    struct text_field *fields;
    size_t count, capacity;
    char *joined; /* fields whose doubled quotes were resolved */
    size_t joined_used, joined_size;
};

/* Blank lines and comments are passed over. */
enum record_next record_next(struct record_reader *reader);

/* PLOTMILL_BAD_INPUT: what RECORD_WIDE found. */
enum plotmill_status record_refuse_wide(const char *name, uint64_t line, struct plotmill_error *error);

/* Passes over one line, whatever it holds. false: no line end is left, and `last` is not set, or no text is left. */
bool record_pass_line(struct record_reader *reader);

void record_finish(struct record_reader *reader);

/* The line ends in a text. */
uint64_t text_count_lines(const char *text, const char *end);

#endif
