/* The header and the columns of a CSV file, found in its first records, and the column that is to be drawn. */
#ifndef FORMATS_CSV_COLUMNS_H
#define FORMATS_CSV_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "formats/format.h"

struct column {
    char *name;        /* "" without a header */
    bool number_first; /* the first record has a number here */
    uint64_t numbers;  /* among the first data records */
    uint64_t others;   /* neither number nor missing */
};

#define COLUMNS_NO_TIME SIZE_MAX

struct columns {
    bool header;
    size_t count;
    struct column *columns;
    uint64_t records; /* data records examined */
    size_t chosen;
    size_t time; /* COLUMNS_NO_TIME: none */
};

/* `wanted` is a header name or a number from 0; NULL: the only numeric column. columns_free also after a failure. */
enum plotmill_status columns_find(struct columns *columns, const char *path, const char *wanted, const struct log *log,
                                  struct plotmill_error *error);
void columns_free(struct columns *columns);

/* Sets columns->chosen: the only numeric column; with `wanted` the column of exactly that name, else of that name in
 * any letter case, else of that number. `path` names the data in messages. */
enum plotmill_status columns_choose(struct columns *columns, const char *path, const char *wanted,
                                    struct plotmill_error *error);

/* Sets the fields of *about. */
enum plotmill_status columns_describe(const struct columns *columns, struct source_about *about,
                                      struct plotmill_error *error);

/* "4 (close)", or "4" without a header. */
struct column_label {
    char text[96];
};
struct column_label columns_label(const struct columns *columns, size_t column);

#endif
