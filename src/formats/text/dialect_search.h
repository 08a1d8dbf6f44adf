/* The steps in which dialect_find decides; each sets its part of the dialect, or refuses. */
#ifndef FORMATS_TEXT_DIALECT_SEARCH_H
#define FORMATS_TEXT_DIALECT_SEARCH_H

#include "formats/text/cell.h"
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
    struct head head;  /* by the final separator, from `begin` on */
    size_t table;      /* the first row of the table: of its header, or of data */
    size_t data;       /* the first row of data */
    size_t width;      /* columns */
    size_t shift;      /* 1: the names begin with that of the second column */
    struct body *body; /* (width), what most rows hold in each column */
    struct plotmill_error *error;
};

struct body {
    enum cell_kind kind; /* CELL_MISSING: nothing */
    bool fractions;      /* numbers, each with a decimal sign */
    char unit[16];       /* behind numbers (cell.h); "": none */
};

/* What a cell looks like; a number with the unit of its column is a number. */
enum cell_kind row_look(const struct search *search, size_t row, size_t column);

/* A row beside what most rows hold. */
enum row_class {
    ROW_DATA = 0, /* the same in all columns */
    ROW_NAMES,    /* text in place of numbers, times and truth values */
    ROW_MIXED,    /* both */
    ROW_EMPTY     /* neither */
};
enum row_class row_classify(const struct search *search, size_t row);

/* Whether the numbers of a row are names of columns. */
enum numeric_names { NAMES_NOT, NAMES_CERTAIN, NAMES_UNSURE };
enum numeric_names names_of_numbers(const struct search *search, size_t row);

/* Refuses rows at the beginning that are no samples: a time of start, and a rate. */
enum plotmill_status start_rows_check(const struct search *search);

enum plotmill_status text_said_read(struct text_said *said, const struct text_options *options,
                                    struct plotmill_error *error);

/* Lines left out because the options say so, `sep=;`, and comments. */
enum plotmill_status preamble_find(struct search *search);

/* Separator, quote, and what ends records. */
enum plotmill_status separator_find(struct search *search);

enum plotmill_status refuse_open_quote(const struct search *search);

/* Reads search->head; what most rows hold, and the first row of the table. Sets dialect->skip. */
enum plotmill_status table_find(struct search *search);

/* Header lines and units. */
enum plotmill_status header_find(struct search *search);

/* The fields of a column in the rows of data that have the full width; `texts` has room for all rows. */
size_t column_texts(const struct search *search, size_t column, const char **texts);

/* The first of these that is not empty, for a message; "": none is. */
const char *column_example(const struct search *search, size_t column);

/* Names and kinds of columns, forms of numbers, columns of times. */
enum plotmill_status names_find(struct search *search);
enum plotmill_status columns_type(struct search *search);
enum plotmill_status times_find(struct search *search);

#endif
