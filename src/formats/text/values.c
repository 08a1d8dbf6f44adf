/* Times in the simplest forms: ISO 8601, numbers since 1970, patterns of numbers. */
#include <math.h>
#include <string.h>

#include "base/numbers.h"
#include "formats/text/number.h"
#include "formats/text/time_format.h"
#include "formats/text/times.h"

#define LONGEST 512

/* A time by a pattern of numbers: %Y %m %d %H %M %S. */
static bool read_pattern(const char *pattern, const char *text, int64_t *ns)
{
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            if (*pattern != *text++)
                return false;
            continue;
        }
        const struct {
            char letter;
            int *value;
        } parts[] = {{'Y', &year}, {'m', &month}, {'d', &day}, {'H', &hour}, {'M', &minute}, {'S', &second}};
        pattern++;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            if (parts[i].letter == *pattern) {
                const int digits = *pattern == 'Y' ? 4 : text[0] && text[1] >= '0' && text[1] <= '9' ? 2 : 1;
                if ((*parts[i].value = digits_read(&text, digits)) < 0)
                    return false;
            }
    }
    if (*text || month < 1 || month > 12 || day < 1 || day > date_month_length(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *ns = ((date_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *ns *= INT64_C(1000000000);
    return year > 1680 && year < 2260;
}

bool time_read(const struct time_format *format, const char *text, size_t length, int64_t *ns)
{
    static const struct number_format plain = {0};
    char copy[LONGEST];
    double value;
    *ns = SOURCE_NO_TIME;
    if (length >= sizeof copy)
        return false;
    if (number_read(&plain, text, length, &value) == FIELD_MISSING)
        return true;
    memcpy(copy, text, length);
    copy[length] = 0;
    if (format->kind == TIME_PATTERN)
        return read_pattern(format->pattern, copy, ns);
    const enum clock_kind clock = times_parse(copy, length, &value);
    if (clock != (format->kind == TIME_COUNTER ? CLOCK_COUNTER : CLOCK_EPOCH) || !(fabs(value) < 9e9))
        if (clock != CLOCK_EPOCH || !(fabs(value) < 9e15))
            return false;
    *ns = (int64_t)rint(clock == CLOCK_COUNTER ? value * 1e9 : value * 1e3);
    return true;
}

struct time_format_name time_format_name(const struct time_format *format)
{
    switch (format->kind) {
    case TIME_ISO:
        return (struct time_format_name){"YYYY-MM-DD, with a time of day or without"};
    case TIME_COUNTER:
        return (struct time_format_name){"a number"};
    default:
        return (struct time_format_name){"s, ms, us or ns since 1970"};
    }
}
