/* Parses a block of text, which begins and ends with records, to rows. Blocks are parsed independently: rows and lines
 * are counted from the beginning of the block. */
#ifndef FORMATS_TEXT_TEXT_BLOCK_H
#define FORMATS_TEXT_TEXT_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "formats/text/classes.h"
#include "formats/text/column_watch.h"
#include "formats/text/dialect.h"
#include "formats/text/period.h"
#include "formats/text/text_table.h"

/* A column beside the fields. */
struct load_side {
    size_t column;
    bool text;   /* its values are classes; else numbers */
    bool forced; /* by the request: "NA" is a text as any other */
};

/* What is read of each record. */
struct load_plan {
    const struct dialect *dialect;
    uint64_t model_line; /* of the first record that has as many fields as there are columns; 0: unknown */
    const size_t *at;    /* (width) the columns of a row's values */
    size_t width;
    const struct load_side *sides;
    size_t side_count;
    const size_t *watched; /* columns that may name the series of a row */
    size_t watch_count;
    const struct period *period;
    bool all;  /* of the period: rows of all times are kept */
    bool open; /* another form may be that of the times, see dialect.h: */
    struct time_format other;
    bool skip_bad;
};

/* A quoted field may be this long. A quote that is never closed makes one field of the rest of the file. */
#define QUOTED_LIMIT ((size_t)4 << 20)

/* Why a record is no row. */
struct row_problem {
    enum {
        PROBLEM_NONE = 0,
        PROBLEM_QUOTE,  /* RECORD_OPEN */
        PROBLEM_FIELDS, /* there are `fields` */
        PROBLEM_NUMBER, /* the text is no number */
        PROBLEM_TIME,   /* or no time */
        PROBLEM_NO_TIME /* there is none, and the period is limited */
    } kind;
    uint64_t line; /* from 1 */
    size_t column, fields;
    struct text_quote found;
};

/* Starts as {0}; the text is set before block_parse. */
struct text_block {
    char *text;
    size_t size, capacity;
    bool last; /* the end of the input */

    /* Results. */
    struct table_chunk chunk;
    uint64_t lines, rows, left_out, bad;
    size_t rest;                   /* bytes at the end that begin a record which goes on in the next block */
    struct row_problem problem;    /* the first one; without skip_bad nothing after it is read */
    int64_t first_time, last_time; /* the earliest and the latest of kept rows; SOURCE_NO_TIME: none */
    /* With plan->open, of the times before the first problem: */
    bool other_refused;           /* one is not of the other form */
    bool other_needed;            /* one is of the other form alone; nothing after it is read */
    bool forms_differ;            /* one is another time in the other form: */
    struct text_quote example;    /* such a one */
    struct classes *classes;      /* (side_count) those of text columns */
    struct column_watch *watches; /* (watch_count) */

    uint32_t capacity_rows;
    enum plotmill_status status; /* of the block itself: memory */
    struct plotmill_error error;
};

enum plotmill_status block_prepare(struct text_block *block, const struct load_plan *plan,
                                   struct plotmill_error *error);
/* Forgets the results of an earlier call. Sets block->status. */
void block_parse(struct text_block *block, const struct load_plan *plan);
void block_free(struct text_block *block, const struct load_plan *plan);

#endif
