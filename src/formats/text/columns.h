/* The header and the columns of a CSV file, found in its first records, and the columns that a source returns. */
#ifndef FORMATS_TEXT_COLUMNS_H
#define FORMATS_TEXT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "formats/fields.h"

/* What the first records hold in a column. */
struct column_facts {
    bool number_first; /* the first record has a number here */
    uint64_t numbers;  /* among the first data records */
    uint64_t others;   /* neither number nor missing */
};

#define COLUMNS_NO_TIME SIZE_MAX

struct columns {
    bool header;
    bool kline; /* without a header: the names are those of klines */
    struct field_list list;
    struct column_facts *facts; /* (list.count) */
    uint64_t records;           /* data records examined */
    struct field_choice choice;
    size_t time; /* COLUMNS_NO_TIME: none */
};

/* Of `options`, which may be NULL, column, columns and the fields apply. columns_free also after a failure. */
enum plotmill_status columns_find(struct columns *columns, const char *path, const struct source_options *options,
                                  const struct log *log, struct plotmill_error *error);
void columns_free(struct columns *columns);

#endif
