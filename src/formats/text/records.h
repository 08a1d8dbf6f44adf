/* Iterates over the records of a CSV file, plain or compressed, in bounded memory. */
#ifndef FORMATS_TEXT_RECORDS_H
#define FORMATS_TEXT_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct records_place {
    uint64_t record; /* from 0; blank lines do not count */
    uint64_t line;   /* of the file, from 1; where the field ends */
    size_t column;   /* from 0 */
};

enum records_next {
    RECORDS_CONTINUE = 0,
    RECORDS_STOP,
    RECORDS_FAILED /* the visitor has set its error */
};

struct records_visitor {
    /* text[length] is 0. The text is valid during the call. */
    enum records_next (*field)(void *user, const struct records_place *place, const char *text, size_t length);
    /* Called after the last field of a record; place->column is its number of fields. Optional (NULL). */
    enum records_next (*end)(void *user, const struct records_place *place);
};

/* Every record must have as many fields as the first. The separator is a tab in .tsv, else comma, semicolon or tab,
 * chosen by the first line. The visitor sets its own failures in the same `error`. */
enum plotmill_status records_walk(const char *path, const struct records_visitor *visitor, void *user,
                                  struct plotmill_error *error);

#endif
