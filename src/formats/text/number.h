/* Text to float64, correctly rounded, in any locale. */
#ifndef FORMATS_TEXT_NUMBER_H
#define FORMATS_TEXT_NUMBER_H

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

/* The form of the numbers of a column, beyond that of field_parse. */
struct number_format {
    char decimal;      /* '.' or ','; 0: '.' */
    char thousands[8]; /* characters (bytes) that separate groups of three digits and are passed over; "": none */
    bool money;        /* a currency sign may stand before or after, parentheses may mean negative */
    bool percent;      /* a percent sign may follow: it is a unit, "5%" is 5 */
    bool suffixes;     /* K, M, B or T may follow: thousand, million, billion, trillion */
    /* Words of missing values beside those of field_parse, lower case, separated by commas; NULL: none. Not owned. */
    const char *missing;
};

/* As field_parse, of a number in this form. text[length] need not be 0. */
enum field_kind number_read(const struct number_format *format, const char *text, size_t length, double *value);

/* Only digits, at most UINT64_MAX. */
bool index_parse(const char *text, uint64_t *value);

#endif
