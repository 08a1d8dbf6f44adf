/* The first records of a text, cut by a dialect that is tried or decided. */
#ifndef FORMATS_TEXT_HEAD_H
#define FORMATS_TEXT_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/text/dialect.h"

struct head_row {
    uint64_t line;    /* where it begins, from 1 */
    size_t first;     /* the first of its cells */
    size_t count;     /* of cells */
    bool after_blank; /* a blank line lies before it */
};

/* Starts as {0}. */
struct head {
    struct head_row *rows;
    size_t row_count, row_capacity;
    size_t *cells; /* where their texts are in `bytes` */
    size_t cell_count, cell_capacity;
    char *bytes; /* texts that end in 0 */
    size_t byte_count, byte_capacity;
    uint64_t open_line; /* of the first record left out, whose quote is not closed; 0: none is */
    uint64_t wide_line; /* a record of too many fields, at which reading ended; 0: there is none */
    bool whole;         /* nothing follows the last row */
};

/* Adds at most `most` records of the text, which begins at `line`; `last`: nothing follows it. */
enum plotmill_status head_read(struct head *head, const struct dialect *dialect, const char *text, const char *end,
                               uint64_t line, bool last, size_t most, struct plotmill_error *error);
void head_free(struct head *head);

static inline const char *head_cell(const struct head *head, const struct head_row *row, size_t column)
{
    return head->bytes + head->cells[row->first + column];
}

/* The number of cells that most of the rows from `first` on have; the larger one of two; 0: there are no rows. */
size_t head_width(const struct head *head, size_t first);

#endif
