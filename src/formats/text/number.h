/* Text to float64, correctly rounded, in any locale. Everything here is thread-safe; text need not be ended by 0. */
#ifndef FORMATS_TEXT_NUMBER_H
#define FORMATS_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "formats/source.h"

enum field_kind {
    FIELD_NUMBER = 0, /* a decimal number, inf or infinity, signs allowed */
    FIELD_MISSING,    /* see number_is_missing */
    FIELD_OTHER
};

#define NUMBER_SENTINELS 8

/* The form of the numbers of a column. All 0: 1234.5, -1.5e-3. */
struct number_format {
    char decimal; /* '.' or ','; 0: '.' */
    /* UTF-8 characters that separate groups of three digits (or, as in India, of two before the last three) and are
     * passed over. A blank stands for no-break spaces too. "": none. */
    char thousands[16];
    char currency[8];  /* a sign that may stand before or after, and lets parentheses mean negative; "": none */
    bool percent;      /* a percent sign follows all but 0: it is a unit, "5%" is 5 */
    bool suffixes;     /* K, M, B or T (or k, m) may follow: thousand, million, billion, trillion */
    bool minus_behind; /* as in "12.5-" */
    char unit[16];     /* follows all but 0: "12.5 mV" is 12.5; "": none */
    /* Words of missing values beside the usual ones, separated by commas, in any letter case; NULL: none. Not owned. */
    const char *missing;
    double sentinels[NUMBER_SENTINELS]; /* those of them that are numbers */
    unsigned sentinel_count;
};

/* Ignores blanks around the number. *value is NaN unless it is one; one beyond float64 becomes infinite. */
enum field_kind number_read(const struct number_format *format, const char *text, size_t length, double *value);

/* The same, of plain numbers. */
enum field_kind field_parse(const char *text, size_t length, double *value);

/* An empty text and the usual words, in any letter case: nan, NA, N/A, #N/A, <NA>, null, none, -, ., ?, \N and others
 * of pandas. Blanks around them are ignored. */
bool number_is_missing(const char *text, size_t length);

/* Takes the options decimal, thousands and missing-values into *format; `options` may be NULL. PLOTMILL_BAD_INPUT for
 * malformed ones. The options must outlive the format. */
enum plotmill_status number_format_said(struct number_format *format, const struct text_options *options,
                                        struct plotmill_error *error);

/* The decimal sign that these fields of a column certainly have: '.' or ','; 0: they do not tell, or are no numbers.
 * The columns of a file have one sign, so one of them may decide for others. */
char number_decimal(const char *const *texts, size_t count);

/* Finds the form in which most of the fields of a column are numbers; *numbers: there is one. What is money, a
 * percentage or has a suffix, a unit or a minus behind must be so in the whole column. `decimal`: what other columns
 * certainly have, 0: nothing. PLOTMILL_BAD_INPUT where decimals and thousands cannot be told apart; `where` names the
 * file and column. */
enum plotmill_status number_format_find(struct number_format *format, bool *numbers, const char *const *texts,
                                        size_t count, char decimal, const struct text_options *options,
                                        const char *where, struct plotmill_error *error);

/* A decimal number as digits * 10^exponent; `cut`: nonzero digits did not fit. */
struct decimal {
    uint64_t digits;
    int64_t exponent;
    bool cut, negative;
};

/* Reads all of the text as a plain decimal with this decimal sign, without blanks. false: it is not one. */
bool decimal_take(struct decimal *decimal, const char *text, size_t length, char sign);

/* Bytes of the blank at text: a blank, a tab, or a no-break or thin space in UTF-8; 0: there is none. */
size_t blank_length(const char *text, const char *end);

/* Only digits, at most UINT64_MAX. */
bool index_parse(const char *text, uint64_t *value);

#endif
