/* Text to float64, correctly rounded, in any locale. */
#ifndef FORMATS_CSV_NUMBER_H
#define FORMATS_CSV_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_NUMBER = 0, /* a decimal number, inf or infinity, signs allowed */
    FIELD_MISSING,    /* empty, nan, NA, null, in any letter case */
    FIELD_OTHER
};

/* Ignores blanks around the field. *value is NaN unless it is a number; one beyond float64 becomes infinite.
 * text[length] must be 0. */
enum field_kind field_parse(const char *text, size_t length, double *value);

/* Only digits, at most UINT64_MAX. */
bool index_parse(const char *text, uint64_t *value);

#endif
