/* Cuts text into records and fields, by a dialect. */
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
    RECORD_MORE,    /* the text ends within a record, and `last` is not set */
    RECORD_OPEN     /* a quote that opened at reader->line is not closed, or text follows a closing quote */
};

/* Set the first four, then call record_next until RECORD_END. Fields point into the text or into `joined`, and are
 * valid until the next call. */
struct record_reader {
    const struct dialect *dialect;
    const char *at, *end;
    bool last;     /* nothing follows the text */
    uint64_t line; /* of the file, from 1: before a call that of `at`; after it that where the record begins */
    uint64_t next_line;
    struct text_field *fields;
    size_t count, capacity;
    char *joined; /* fields whose doubled quotes were resolved */
    size_t joined_size;
};

/* Blank lines and comments are passed over. */
enum record_next record_next(struct record_reader *reader);
void record_finish(struct record_reader *reader);

#endif
