/* Patterns of times, as strptime's, with English names in any letter case. */
#ifndef FORMATS_TEXT_TIME_PATTERN_H
#define FORMATS_TEXT_TIME_PATTERN_H

#include "formats/text/time_format.h"

/* Takes the option time-format into pattern; %T, %D, %F and %R are written out. PLOTMILL_BAD_INPUT for unknown
 * conversions, or where they name no date. */
enum plotmill_status time_pattern_take(char pattern[TIME_PATTERN_SIZE], const char *said, struct plotmill_error *error);

/* Reads all of the text, which has no blanks around it. %S takes a fraction with it; one or more blanks, no-break ones
 * too, stand for a blank. */
bool time_pattern_read(const char *pattern, const char *text, const char *end, int64_t *ns);

/* The parts of a time that several forms share. */
struct time_parts {
    int year, month, day, hour, minute, second;
    int32_t nanoseconds;
    int zone; /* minutes east of UTC */
};

/* false: there is no such time, or int64 ns cannot hold it. */
bool time_from_parts(const struct time_parts *parts, int64_t *ns);

/* Each moves *p behind what it reads, and returns false where it is not there. */
bool time_take_digits(const char **p, const char *end, int least, int most, int *value);
bool time_take_fraction(const char **p, const char *end, int32_t *nanoseconds); /* digits, those beyond ns ignored */
bool time_take_zone(const char **p, const char *end, int *minutes); /* Z, UTC, GMT, +HH:MM, +HHMM, +HH, GMT+HHMM */

#endif
