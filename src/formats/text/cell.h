/* What a field of a table looks like, before the form of its column is known. */
#ifndef FORMATS_TEXT_CELL_H
#define FORMATS_TEXT_CELL_H

#include <stdbool.h>
#include <stddef.h>

enum cell_kind {
    CELL_MISSING = 0, /* empty, or a word for it */
    CELL_NUMBER,      /* in any form: 1.234,5 and $5 and 5% and 1.2K and 20240131 */
    CELL_TIME,        /* a date, a time of day, or both, unless it is a number */
    CELL_BOOLEAN,
    CELL_TEXT
};
#define CELL_KINDS 5

/* text[length] must be 0. */
enum cell_kind cell_look(const char *text, size_t length);

/* A whole number without a sign, a point or a leading 0, below 10^15: as in names of columns. */
bool cell_is_whole(const char *text, double *value);

/* A time of day alone. */
bool cell_is_clock(const char *text);

/* The unit behind a number, up to the end of the text: "mV" of "12.5 mV", where it is one that cell_is_unit knows and
 * no K, M, B, T or percent sign; NULL: there is none. */
const char *cell_unit_behind(const char *text);

/* A unit of measurement: "mV", "(m/s^2)", "[°C]", "%", "hh:mm:ss", "-". */
bool cell_is_unit(const char *text);

#endif
