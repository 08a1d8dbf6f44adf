/* Reads the rows of a text, in blocks that all cores parse at the same time. */
#ifndef FORMATS_TEXT_TEXT_LOADER_H
#define FORMATS_TEXT_TEXT_LOADER_H

#include "formats/text/text_block.h"
#include "formats/text/text_stream.h"

struct load_sizes {
    size_t block_bytes; /* of text */
    unsigned threads;   /* 0: those of the machine */
};
#define LOAD_BLOCK_BYTES ((size_t)1 << 20)

/* What is known after the last row. */
struct load_result {
    struct text_table *table; /* owned */
    uint64_t left_out, bad;
    struct row_problem bad_row; /* the first of the bad rows; its line is that of the file */
    int64_t first_time, last_time;
    bool other_needed; /* the times are of the other form: load again with it; nothing else is set */
    bool undecided;    /* with plan->open: both forms fit all times, and differ in: */
    struct text_quote example;
    struct classes *classes;      /* (side_count) */
    struct column_watch *watches; /* (watch_count); lines are those of the file */
};

/* `stream` stands behind `head`, which is the beginning of the data; `lines` lines of the file are before it.
 * `complete`: there is no more. A row that cannot be read is PLOTMILL_BAD_INPUT, unless plan->skip_bad.
 * load_result_free also after a failure. */
enum plotmill_status load_rows(struct load_result *result, struct load_plan *plan, const char *name,
                               struct text_stream *stream, const char *head, size_t size, bool complete, uint64_t lines,
                               struct load_sizes sizes, struct plotmill_error *error);
void load_result_free(struct load_result *result, const struct load_plan *plan);

/* Why a record is no row, as a sentence. */
struct row_complaint {
    char text[400];
};
struct row_complaint row_complain(const struct row_problem *problem, const struct load_plan *plan, const char *name);

#endif
