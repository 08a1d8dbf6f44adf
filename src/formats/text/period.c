#include "formats/text/period.h"

#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

#define SECOND INT64_C(1000000000) /* ns */
#define DAY (86400 * SECOND)

/* [:SS[.fraction]] or nothing, added to *begin; *length is that of the last unit. */
static bool read_seconds(const char **text, int64_t *begin, int64_t *length)
{
    if (**text != ':')
        return true;
    (*text)++;
    const int seconds = digits_read(text, 2);
    *length = SECOND;
    *begin += seconds * SECOND;
    if (seconds < 0 || seconds > 59 || **text != '.')
        return seconds >= 0 && seconds <= 59;
    for ((*text)++; **text >= '0' && **text <= '9' && *length > 1; (*text)++) {
        *length /= 10;
        *begin += (**text - '0') * *length;
    }
    return *length < SECOND;
}

/* YYYY-MM, YYYY-MM-DD, or YYYY-MM-DD HH:MM[:SS[.fraction]][Z], T for the blank: when it begins, and how long it is. */
static bool read_time(const char *text, int64_t *begin, int64_t *length)
{
    struct date date;
    const char *rest = date_read(text, &date);
    if (!rest)
        return false;
    date.year = CLAMP(date.year, 1678, 2261); /* what int64 ns can hold */
    *begin = DAY * date_days(date.year, date.month, date.day ? date.day : 1);
    *length = DAY * (date.day ? 1 : date_month_length(date.year, date.month));
    if (!*rest || !date.day)
        return !*rest;
    if (*rest != 'T' && *rest != ' ')
        return false;
    rest++;
    const int hours = digits_read(&rest, 2);
    if (hours < 0 || hours > 23 || *rest++ != ':')
        return false;
    const int minutes = digits_read(&rest, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *begin += (60 * hours + minutes) * 60 * SECOND;
    *length = 60 * SECOND;
    return read_seconds(&rest, begin, length) && (!*rest || !strcmp(rest, "Z"));
}

enum plotmill_status period_init(struct period *period, const struct source_options *options,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *texts[2] = {options ? options->from : NULL, options ? options->to : NULL};
    *period = (struct period){INT64_MIN, INT64_MAX};
    for (int i = 0; i < 2; i++) {
        int64_t begin, length;
        if (!texts[i])
            continue;
        if (!read_time(texts[i], &begin, &length))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: found \"%s\", expected a day as YYYY-MM-DD, a month as YYYY-MM, or a time as YYYY-MM-DD HH:MM:SS",
                 i ? "to" : "from", text_quote(texts[i], strlen(texts[i])).text);
        if (i)
            period->last = begin + length - 1;
        period->first = i ? MAX(period->first, SOURCE_NO_TIME + 1) : begin;
    }
    if (period->first > period->last)
        FAIL(error, PLOTMILL_BAD_INPUT, "to: %s is before from, %s", texts[1], texts[0]);
done:
    return status;
}

bool period_is_all(const struct period *period)
{
    return period->first == INT64_MIN && period->last == INT64_MAX;
}
