/* The parts of a split while windows are assigned to them; for the files of splits only. split_options.c reads the
 * options, split_cuts.c finds where the parts begin, split.c keeps them apart and assigns. */
#ifndef SOURCE_SPLIT_H
#define SOURCE_SPLIT_H

#include "source/window_parts.h"

#define SHARE_ONE UINT64_C(1000000000) /* shares are whole numbers of 10^-9 */

/* A window before it, by its last time and its start, belongs to an earlier part. */
struct cut {
    int64_t key;
    uint64_t start;
};

/* Samples, or sequences. */
struct interval {
    uint64_t first, last;
};

/* Ascending and apart. */
struct intervals {
    struct interval *items;
    size_t count, capacity;
};

struct split {
    const struct window_set_data *data;
    const struct window_runs *windows;
    struct cut cuts[3];        /* where val, test, and what belongs to no part begin */
    uint8_t *range_parts;      /* (ranges): the part of each one's group; NULL: the cuts decide */
    const uint8_t *given;      /* (rows of the table): its own parts; NULL: none */
    struct intervals later[2]; /* what val and test show, and what test shows */
};

/* The shares of train, val and test. */
enum plotmill_status split_read_shares(const char *text, uint64_t shares[3], struct plotmill_error *error);
/* The times at which val and test begin, ns. */
enum plotmill_status split_read_times(const char *text, int64_t times[2], struct plotmill_error *error);

/* The last sample (or the sequence) of a window. */
uint64_t split_last_of(const struct window_set_data *data, uint64_t start);

/* Within a group time must not go back. */
enum plotmill_status split_check_times(const struct window_set_data *data, struct plotmill_error *error);

/* Fills split->cuts, or split->range_parts, which the caller frees. */
enum plotmill_status split_find_cuts(struct split *split, const struct window_options *options,
                                     struct plotmill_error *error);

/* The part of a window before the embargo. table_row: of a given table; else NULL. */
enum plotmill_status split_part_of(const struct split *split, uint64_t start, const uint64_t *table_row, uint8_t *part,
                                   struct plotmill_error *error);

#endif
