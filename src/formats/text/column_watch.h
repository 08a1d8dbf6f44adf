/* What a column beside the fields shows of the series that rows belong to: fills a struct column_about while the rows
 * are read. Parts of a file that are read at the same time have watches of their own, which are then joined. */
#ifndef FORMATS_TEXT_COLUMN_WATCH_H
#define FORMATS_TEXT_COLUMN_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"

/* Whether a column is watched: one of texts, or of numbers whose name means a series (symbol, patient, ...). */
bool column_is_watched(const char *name, bool texts);

/* The name means a series, in any letter case. */
bool column_names_series(const char *name);

/* Starts as {0}. */
struct column_watch {
    struct column_about about; /* name and column are set by the caller, or not at all */
    uint64_t *values;          /* hashes of the different values; a table of `capacity`, a power of two; 0: free */
    size_t capacity;
    uint64_t first_hash, last_hash;
    int64_t first_time, last_time;
    uint64_t first_line;
};

/* The next row: its value without blanks around it (of length 0: none, which shows nothing), its time (SOURCE_NO_TIME:
 * none), and its line. */
enum plotmill_status column_watch_add(struct column_watch *watch, const char *text, size_t length, int64_t time,
                                      uint64_t line, struct plotmill_error *error);

/* Adds the rows of `next`, which follow those of `watch`; its lines count from `lines` lines later. */
enum plotmill_status column_watch_join(struct column_watch *watch, const struct column_watch *next, uint64_t lines,
                                       struct plotmill_error *error);

/* Hands over the result; the watch is freed. */
struct column_about column_watch_finish(struct column_watch *watch);
void column_watch_free(struct column_watch *watch);

#endif
