/* The rows read from a text, in chunks as they were parsed; and the calls of a source of them.
 *
 * Memory: 8 bytes a value, time or side value, and 12 bytes wherever rows or lines do not count on by one. */
#ifndef FORMATS_TEXT_TEXT_TABLE_H
#define FORMATS_TEXT_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"

/* From this row of the chunk on, row numbers and lines count on by one. */
struct table_run {
    uint32_t at;   /* kept rows before it in the chunk */
    uint32_t row;  /* data rows before it in the chunk's text */
    uint32_t line; /* lines before it there */
};

/* Rows that were parsed from one block of text. */
struct table_chunk {
    uint64_t first;            /* kept rows before the chunk */
    uint64_t first_row, lines; /* data rows, and lines of the file, before its text */
    uint32_t count;            /* kept rows */
    double *values;            /* (count, width) */
    int64_t *times;            /* (count) */
    double *sides;             /* (sides, count) */
    struct table_run *runs;    /* ascending; the first one is at 0 */
    size_t run_count;
};
void table_chunk_free(struct table_chunk *chunk);

/* Starts as {.name, .width, .side_count, .sequences}. */
struct text_table {
    char *name;   /* of the input; owned */
    size_t width; /* values of a row */
    size_t side_count;
    bool sequences;             /* each row is a ready sequence of one field; else a sample of `width` fields */
    struct table_chunk *chunks; /* none is empty */
    size_t chunk_count, capacity;
    uint64_t count; /* kept rows */
    uint64_t rows;  /* data rows of the text: kept ones, and those left out */
    uint64_t lines; /* of the text so far */
};

/* Appends a chunk and takes it over; its text had `rows` data rows in `lines` lines. */
enum plotmill_status text_table_append(struct text_table *table, struct table_chunk *chunk, uint64_t rows,
                                       uint64_t lines, struct plotmill_error *error);
void text_table_free(struct text_table *table); /* takes NULL; frees the table itself */

extern const struct source_ops text_table_ops, text_table_ops_no_times;

#endif
