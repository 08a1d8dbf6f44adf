/* The steps in which dialect_find decides; each sets its part of the dialect, or refuses. */
#ifndef FORMATS_TEXT_DIALECT_SEARCH_H
#define FORMATS_TEXT_DIALECT_SEARCH_H

#include "formats/text/dialect.h"
#include "formats/text/head.h"

/* The options of text, read. */
struct text_said {
    bool skip, header, comment, separator; /* which ones are given, and not "auto" */
    uint64_t skip_lines;
    uint32_t header_lines;
    char comments[8];
    char separator_sign;
};

struct search {
    struct dialect *dialect;
    const char *name; /* of the input */
    const char *text, *end;
    bool complete;
    const struct source_options *options; /* never NULL */
    struct text_said said;
    const char *begin;   /* after the lines left out so far.. */
    uint64_t begin_line; /* ..its line */
    const char *comment; /* without the sign: the last of the comments before the table; NULL: there is none */
    const char *comment_end;
    struct head head; /* by the final separator, from `begin` on */
    size_t table;     /* the first row of the table: of its header, or of data */
    size_t data;      /* the first row of data */
    size_t width;     /* columns */
    struct plotmill_error *error;
};

enum plotmill_status text_said_read(struct text_said *said, const struct text_options *options,
                                    struct plotmill_error *error);

/* Lines left out because the options say so, `sep=;`, and comments. */
enum plotmill_status preamble_find(struct search *search);

/* Separator, quote, and what ends records. */
enum plotmill_status separator_find(struct search *search);

/* Reads search->head; the first row of the table. Sets dialect->skip. */
enum plotmill_status table_find(struct search *search);

/* Header lines and units. */
enum plotmill_status header_find(struct search *search);

/* Names and kinds of columns, forms of numbers, columns of times. */
enum plotmill_status names_find(struct search *search);
enum plotmill_status columns_type(struct search *search);
enum plotmill_status times_find(struct search *search);

#endif
