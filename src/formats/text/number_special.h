/* What number.c and number_special.c share. */
#ifndef FORMATS_TEXT_NUMBER_SPECIAL_H
#define FORMATS_TEXT_NUMBER_SPECIAL_H

#include "formats/text/number.h"

/* Whether all numbers but 0 are followed by one text. */
static inline bool number_is_marked(const struct number_format *format)
{
    return format->percent || *format->unit;
}

/* All of the text, with this decimal sign, times 10^scale. false: it is no plain number. */
bool number_read_plain(const char *text, const char *end, char sign, int scale, double *value);

/* The same in the form of the column. */
bool number_read_special(const struct number_format *format, const char *text, const char *end, char sign,
                         double *value);

#endif
