#include "formats/text/time_pattern.h"

#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/number.h"

#define SECOND INT64_C(1000000000) /* ns */

bool time_from_parts(const struct time_parts *parts, int64_t *ns)
{
    static const signed char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = parts->year, month = parts->month;
    if (month < 1 || month > 12 || parts->day < 1 || parts->hour > 23 || parts->minute > 59 || parts->second > 59)
        return false;
    if (parts->day > lengths[month - 1] &&
        (month != 2 || parts->day > 29 || year % 4 || (year % 100 == 0 && year % 400)))
        return false;
    /* 1677-09-21 and 2262-04-11 are the first and last days of int64 ns; the whole days between them are taken. */
    const int64_t days = date_days(year, month, parts->day);
    if (days < -106750 || days > 106749)
        return false;
    const int64_t minutes = (days * 24 + parts->hour) * 60 + parts->minute - parts->zone;
    *ns = (minutes * 60 + parts->second) * SECOND + parts->nanoseconds;
    return true;
}

bool time_take_digits(const char **p, const char *end, int least, int most, int *value)
{
    int count = 0, number = 0;
    for (; count < most && *p < end && **p >= '0' && **p <= '9'; ++*p, count++)
        number = number * 10 + (**p - '0');
    *value = number;
    return count >= least;
}

bool time_take_fraction(const char **p, const char *end, int32_t *nanoseconds)
{
    int32_t unit = 100000000;
    const char *start = *p;
    *nanoseconds = 0;
    for (; *p < end && **p >= '0' && **p <= '9'; ++*p, unit /= 10)
        *nanoseconds += (**p - '0') * unit;
    return *p > start;
}

/* Whether the text goes on with this word, in lower case. */
static bool take_word(const char **p, const char *end, const char *word)
{
    const char *at = *p;
    for (; *word; word++, at++)
        if (at == end || (*at >= 'A' && *at <= 'Z' ? *at + 'a' - 'A' : *at) != *word)
            return false;
    *p = at;
    return true;
}

bool time_take_zone(const char **p, const char *end, int *minutes)
{
    int hours, rest = 0;
    *minutes = 0;
    const bool named = take_word(p, end, "utc") || take_word(p, end, "gmt");
    if (!named && take_word(p, end, "z"))
        return true;
    if (*p == end || (**p != '+' && **p != '-'))
        return named;
    const int sign = *(*p)++ == '-' ? -1 : 1;
    if (!time_take_digits(p, end, 2, 2, &hours))
        return false;
    const bool colon = *p < end && **p == ':';
    *p += colon;
    if ((colon || (*p < end && **p >= '0' && **p <= '9')) && !time_take_digits(p, end, 2, 2, &rest))
        return false;
    *minutes = sign * (60 * hours + rest);
    return hours < 24 && rest < 60;
}

/* The index of the name of which at least the first three letters are there; -1: none. A point may follow a cut one. */
static int take_name(const char **p, const char *end, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        char start[4] = {names[i][0], names[i][1], names[i][2], 0};
        if (take_word(p, end, names[i]))
            return i;
        if (!take_word(p, end, start))
            continue;
        if (!strcmp(start, "sep"))
            take_word(p, end, "t");
        *p += *p < end && **p == '.';
        return i;
    }
    return -1;
}

static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                     "july",    "august",   "september", "october", "november", "december"};
static const char *const weekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

/* What is read before it is known whether all of it is there. */
struct reading {
    struct time_parts parts;
    int half;     /* 1: AM, 2: PM */
    int year_day; /* 0: not given */
};

static bool take_half(const char **p, const char *end, int *half)
{
    *half = take_word(p, end, "am") || take_word(p, end, "a.m.")   ? 1
            : take_word(p, end, "pm") || take_word(p, end, "p.m.") ? 2
                                                                   : 0;
    return *half;
}

/* `exact`: digits follow, so that a number has all of its digits. */
static bool take_part(struct reading *reading, char letter, bool exact, const char **p, const char *end)
{
    struct time_parts *parts = &reading->parts;
    const int least = exact ? 2 : 1;
    switch (letter) {
    case 'Y':
        return time_take_digits(p, end, 4, 4, &parts->year);
    case 'y':
        if (!time_take_digits(p, end, 2, 2, &parts->year))
            return false;
        parts->year += parts->year < 69 ? 2000 : 1900; /* as POSIX */
        return true;
    case 'm':
        return time_take_digits(p, end, least, 2, &parts->month);
    case 'd':
    case 'e':
        *p += letter == 'e' && *p < end && **p == ' ';
        return time_take_digits(p, end, least, 2, &parts->day);
    case 'j':
        return time_take_digits(p, end, exact ? 3 : 1, 3, &reading->year_day) && reading->year_day > 0;
    case 'H':
        return time_take_digits(p, end, least, 2, &parts->hour);
    case 'I':
        return time_take_digits(p, end, least, 2, &parts->hour) && parts->hour >= 1 && parts->hour <= 12;
    case 'M':
        return time_take_digits(p, end, least, 2, &parts->minute);
    case 'S':
        return time_take_digits(p, end, least, 2, &parts->second);
    case 'f':
        return time_take_fraction(p, end, &parts->nanoseconds);
    case 'p':
        return take_half(p, end, &reading->half);
    case 'b':
    case 'B':
    case 'h':
        return (parts->month = take_name(p, end, months, 12) + 1) > 0;
    case 'a':
    case 'A':
        return take_name(p, end, weekdays, 7) >= 0;
    case 'z':
    case 'Z':
        return time_take_zone(p, end, &parts->zone);
    default: /* %% */
        return *p < end && *(*p)++ == '%';
    }
}

static bool is_number(const char *pattern)
{
    return pattern[0] == '%' && pattern[1] && strchr("YymdjHIMSf", pattern[1]);
}

static bool is_fraction_next(const char *pattern)
{
    return (*pattern == '.' || *pattern == ',' || *pattern == ':') && pattern[1] == '%' && pattern[2] == 'f';
}

static bool take_blanks(const char **p, const char *end)
{
    const char *start = *p;
    for (size_t length; (length = blank_length(*p, end));)
        *p += length;
    return *p > start;
}

static bool take_seconds_fraction(const char *pattern, const char **p, const char *end, int32_t *nanoseconds)
{
    if (is_fraction_next(pattern) || is_number(pattern) || *p == end || (**p != '.' && **p != ','))
        return true;
    ++*p;
    return time_take_fraction(p, end, nanoseconds);
}

static bool finish(struct reading *reading, int64_t *ns)
{
    struct time_parts *parts = &reading->parts;
    if (reading->half)
        parts->hour = parts->hour % 12 + (reading->half == 2 ? 12 : 0);
    if (!reading->year_day)
        return time_from_parts(parts, ns);
    const int64_t day = date_days(parts->year, 1, 1) + reading->year_day - 1;
    if (day >= date_days(parts->year + 1, 1, 1))
        return false;
    for (parts->month = 12; date_days(parts->year, parts->month, 1) > day;)
        parts->month--;
    parts->day = (int)(day - date_days(parts->year, parts->month, 1)) + 1;
    return time_from_parts(parts, ns);
}

bool time_pattern_read(const char *pattern, const char *text, const char *end, int64_t *ns)
{
    struct reading reading = {.parts = {.month = 1, .day = 1}};
    const char *p = text;
    while (*pattern) {
        if (*pattern == '%' && pattern[1]) {
            const char letter = pattern[1];
            pattern += 2;
            if (!take_part(&reading, letter, is_number(pattern), &p, end))
                return false;
            if (letter == 'S' && !take_seconds_fraction(pattern, &p, end, &reading.parts.nanoseconds))
                return false;
        } else if (*pattern == ' ') {
            pattern++;
            if (!take_blanks(&p, end))
                return false;
        } else if (is_fraction_next(pattern) && *pattern != ':' && (p == end || (*p != '.' && *p != ','))) {
            pattern += 3; /* a fraction may be left out */
        } else {
            if (p == end || (*p != *pattern && !(is_fraction_next(pattern) && *pattern != ':')))
                return false;
            pattern++;
            p++;
        }
    }
    return p == end && finish(&reading, ns);
}

static bool has(const char *pattern, const char *letters)
{
    for (; *pattern; pattern++)
        if (*pattern == '%' && *++pattern && strchr(letters, *pattern))
            return true;
    return false;
}

static const char *written_out(char letter)
{
    return letter == 'T'   ? "%H:%M:%S"
           : letter == 'D' ? "%m/%d/%y"
           : letter == 'F' ? "%Y-%m-%d"
           : letter == 'R' ? "%H:%M"
                           : NULL;
}

/* Conversions that mean the same part of a time; each may stand once. */
static const char *const parts_letters[] = {"Yy", "mbBh", "de", "j", "HI", "M", "S", "f", "p", "zZ", "aA"};

static enum plotmill_status check(const char *pattern, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    int counts[sizeof parts_letters / sizeof *parts_letters] = {0};
    for (const char *p = pattern; *p; p++) {
        if (*p != '%' || *++p == '%')
            continue;
        size_t part = 0;
        while (part < sizeof counts / sizeof *counts && (!*p || !strchr(parts_letters[part], *p)))
            part++;
        if (part == sizeof counts / sizeof *counts)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "time-format: found %%%s in \"%s\", expected one of %%Y %%y %%m %%b %%B %%d %%j %%H %%I %%M %%S %%f "
                 "%%p %%z %%Z %%T %%D %%F %%a %%A",
                 *p ? text_quote(p, MAX(utf8_length(p), 1)).text : "", pattern);
        if (counts[part]++)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "time-format: found %%%c in \"%s\", which says the same part of a time again", *p, pattern);
    }
    if (!has(pattern, "Yy"))
        FAIL(error, PLOTMILL_BAD_INPUT, "time-format: found \"%s\", expected a year, %%Y or %%y, in it", pattern);
    if ((has(pattern, "de") && !has(pattern, "mbBh")) || (has(pattern, "HI") && !has(pattern, "dej")))
        FAIL(error, PLOTMILL_BAD_INPUT, "time-format: found \"%s\", expected a month and a day, %%m and %%d, in it",
             pattern);
    if (has(pattern, "I") != has(pattern, "p"))
        FAIL(error, PLOTMILL_BAD_INPUT, "time-format: found \"%s\", expected %%I and %%p together", pattern);
done:
    return status;
}

enum plotmill_status time_pattern_take(char pattern[TIME_PATTERN_SIZE], const char *said, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t used = 0;
    for (const char *p = said; *p; p++) {
        const char *out = *p == '%' ? written_out(p[1]) : NULL;
        const size_t length = out ? strlen(out) : *p == '%' && p[1] ? 2 : 1;
        if (used + length >= TIME_PATTERN_SIZE)
            FAIL(error, PLOTMILL_BAD_INPUT, "time-format: found more than %d characters", TIME_PATTERN_SIZE - 1);
        memcpy(pattern + used, out ? out : p, length);
        used += length;
        p += *p == '%' && p[1];
    }
    pattern[used] = 0;
    TRY(check(pattern, error));
done:
    return status;
}
