/* What the columns of a text table hold, found by one walk over all of it: for `plotmill inspect`. */
#ifndef FORMATS_TEXT_PROFILE_H
#define FORMATS_TEXT_PROFILE_H

#include "base/json.h"
#include "formats/text/dialect.h"

#define PROFILE_FIRSTS 3     /* values that are shown */
#define PROFILE_DISTINCT 100 /* distinct texts of a column that are kept */

struct column_profile {
    uint64_t numbers, missing, others; /* rows */
    double least, most;                /* of the numbers; NaN: there are none */
    double last;                       /* number so far */
    bool falls;                        /* a number is not greater than the one before: it is no counter */
    char *firsts[PROFILE_FIRSTS];      /* the first values that are not missing; owned; NULL: fewer */
    char *texts[PROFILE_DISTINCT];     /* of columns of text: the first distinct values; owned */
    size_t text_count;
    bool more_texts; /* there are further ones */
};

struct text_profile {
    struct dialect dialect;
    uint64_t rows;                  /* records of the table, bad ones included */
    uint64_t bad_rows, bad_line;    /* with another number of fields than the first; the first of these */
    struct column_profile *columns; /* (dialect.list.count), owned */
};

/* Reads the text at `input` whole, in bounded memory. Free *profile with text_profile_free, also after a failure, of
 * which dialect_find's refusals are the most usual. */
enum plotmill_status text_profile_read(struct text_profile *profile, const struct input *input,
                                       const struct source_options *options, struct plotmill_error *error);
void text_profile_free(struct text_profile *profile);

/* Adds the members `reading` (the dialect in words), `dialect`, `rows` and `columns`: index, name, what it holds,
 * counts of rows with numbers, missing values and other text, the range of the numbers, the first values, and of text
 * the distinct ones. */
void text_profile_write(struct json *json, const struct text_profile *profile);

#endif
