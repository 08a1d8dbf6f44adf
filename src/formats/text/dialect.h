/* How the lines of a text file are to be read: decided once, from its first lines and the options, and reported.
 *
 * A dialect is found in this order: encoding, lines before the table, separator, quotes, header lines, a row of units,
 * the form of the numbers of each column, columns of times and their form. Where two readings are possible and would
 * give different images, dialect_find refuses, and names both with the option that decides. */
#ifndef FORMATS_TEXT_DIALECT_H
#define FORMATS_TEXT_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/fields.h"
#include "formats/source.h"
#include "formats/text/number.h"
#include "formats/text/time_format.h"

#define SEPARATOR_SPACES ' ' /* one or more blanks or tabs; those at the ends of a line separate nothing */

/* What a column of the table holds. */
struct text_column {
    enum { COLUMN_NUMBERS, COLUMN_TIMES, COLUMN_TEXTS, COLUMN_EMPTY } holds;
    struct number_format numbers; /* whatever it holds: for who selects the column as one of numbers */
    char *doubt; /* a refusal where the column is used as numbers, which can be read in two ways; owned; NULL: none */
};

struct dialect {
    char encoding[40]; /* as iconv names it: "UTF-8", "UTF-16LE", "ISO-8859-1" */
    size_t mark;       /* bytes of a byte order mark */
    /* Lines count from 1, of the decoded text; a quoted line break does not end a line here. */
    uint64_t skip;   /* lines before the header, or before the data where there is none */
    char comment[8]; /* lines that begin with one of these are left out; "": none are */
    char separator;  /* or SEPARATOR_SPACES */
    char quote;      /* '"' or '\''; 0: none, quotes are text */
    /* A record may end with this character, after which there is no field: the separator (a last, empty field), or
     * another one (the end of the last field). 0: none. */
    char trailing;
    /* Records, as record_next finds them, which are no data: of names (0: none; the names are in the first one), and
     * one of units after them. */
    uint32_t header_lines;
    bool units;
    bool logger;           /* a file of Campbell Scientific's loggers, TOA5 */
    bool names_in_comment; /* without header lines: the last comment before the data has the names */

    struct field_list list;      /* names of the columns, "" without a header; numeric ones are marked */
    struct text_column *columns; /* (list.count), owned */
    bool kline;                  /* without a header: the names are those of klines */

    /* Times: of one column, or of a date and a time of day. */
    size_t time_columns[2];
    size_t time_count; /* 0: none */
    struct time_format time;
    /* The text fits two forms (day or month first): the one to use if a later row does not fit `time`. If all rows
     * fit both, the caller refuses. "": there is no other. */
    char time_open[TIME_PATTERN_SIZE];
    bool more; /* the text has few records: with more of it the result, or the refusal, may be another one */
};

/* `text`: the decoded beginning of the file, `complete` if it is all of it. `name` is that of the input in messages;
 * `options` may be NULL. dialect_free also after a failure. Log lines: none; dialect_describe says what was found. */
enum plotmill_status dialect_find(struct dialect *dialect, const char *name, const char *text, size_t size,
                                  bool complete, const struct source_options *options, struct plotmill_error *error);
void dialect_free(struct dialect *dialect);

/* One line: "UTF-8, separated by commas, 1 header line, 5 columns, times in column 0 (Date, YYYY-MM-DD)". */
struct dialect_line {
    char text[400];
};
struct dialect_line dialect_describe(const struct dialect *dialect);

/* The same as a JSON object, with the first 256 columns; freed by the caller. NULL: out of memory. */
char *dialect_json(const struct dialect *dialect);

#endif
