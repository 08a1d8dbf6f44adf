#include "formats/text/time_format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/strings.h"
#include "formats/text/number.h"
#include "formats/text/time_pattern.h"

/* -1: not two digits. */
static inline int take_two(const char *p)
{
    const unsigned tens = (unsigned)(unsigned char)p[0] - '0', ones = (unsigned)(unsigned char)p[1] - '0';
    return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/* HH[:MM[:SS[.fraction]]][zone]; the hour alone only after a T. */
static bool take_clock(const char *p, const char *end, bool alone, struct time_parts *parts)
{
    if (end - p < 2 || (parts->hour = take_two(p)) < 0)
        return false;
    p += 2;
    if (end - p >= 3 && *p == ':') {
        if ((parts->minute = take_two(p + 1)) < 0)
            return false;
        p += 3;
        if (end - p >= 3 && *p == ':') {
            if ((parts->second = take_two(p + 1)) < 0)
                return false;
            p += 3;
            if (p < end && (*p == '.' || *p == ',')) {
                p++;
                if (!time_take_fraction(&p, end, &parts->nanoseconds))
                    return false;
            }
        }
    } else if (!alone) {
        return false;
    }
    if (p == end)
        return true;
    if (*p == ' ')
        p++;
    return time_take_zone(&p, end, &parts->zone) && p == end;
}

static bool read_iso(const char *p, const char *end, int64_t *ns)
{
    struct time_parts parts = {0};
    if (end - p < 10 || p[4] != '-' || p[7] != '-')
        return false;
    const int century = take_two(p), year = take_two(p + 2);
    parts.month = take_two(p + 5);
    parts.day = take_two(p + 8);
    if (century < 0 || year < 0)
        return false;
    parts.year = century * 100 + year;
    p += 10;
    if (p < end) {
        const bool letter = *p == 'T' || *p == 't';
        if ((!letter && *p != ' ') || !take_clock(p + 1, end, letter, &parts))
            return false;
    }
    return time_from_parts(&parts, ns);
}

/* A decimal point or comma. */
static bool take_number(struct decimal *decimal, const char *text, const char *end)
{
    const size_t length = (size_t)(end - text);
    return decimal_take(decimal, text, length, '.') || decimal_take(decimal, text, length, ',');
}

static const int64_t ten_to[] = {1,
                                 10,
                                 100,
                                 1000,
                                 10000,
                                 100000,
                                 1000000,
                                 10000000,
                                 100000000,
                                 1000000000,
                                 10000000000,
                                 100000000000,
                                 1000000000000,
                                 10000000000000,
                                 100000000000000,
                                 1000000000000000,
                                 10000000000000000,
                                 100000000000000000,
                                 1000000000000000000};
#define TEN_MOST 18

/* The number times 10^scale, rounded. false: int64 cannot hold it. */
static bool scale_decimal(const struct decimal *decimal, int scale, int64_t *value)
{
    const int64_t exponent = decimal->exponent + scale;
    uint64_t digits = decimal->digits;
    if (digits && exponent > TEN_MOST)
        return false;
    if (exponent < 0) {
        const uint64_t by = exponent < -TEN_MOST ? 0 : (uint64_t)ten_to[-exponent];
        digits = by ? digits / by + (digits % by >= by - by / 2) : 0;
    } else if (digits) {
        const uint64_t by = (uint64_t)ten_to[exponent];
        if (digits > (uint64_t)INT64_MAX / by)
            return false;
        digits *= by;
    }
    if (digits > (uint64_t)INT64_MAX)
        return false;
    *value = decimal->negative ? -(int64_t)digits : (int64_t)digits;
    return true;
}

bool time_from_epoch(double *value)
{
    for (double unit = 1e6; unit > 1e-4; unit /= 1e3) {
        const double us = *value * unit;
        if (us >= 6.3e14 && us <= 4.1e15) {
            *value = us;
            return true;
        }
    }
    return false;
}

/* The unit in which the number is a time from 1990 to 2100, as the power of ten in ns; -1: none. It is found for each
 * number, because some exchanges changed from ms to us within a series. */
static int unit_by_size(const struct decimal *decimal)
{
    if (decimal->negative || decimal->exponent < -TEN_MOST || decimal->exponent > TEN_MOST)
        return -1;
    const double power = (double)ten_to[decimal->exponent < 0 ? -decimal->exponent : decimal->exponent];
    const double value = decimal->exponent < 0 ? (double)decimal->digits / power : (double)decimal->digits * power;
    return value < 6.3e8     ? -1
           : value <= 4.1e9  ? 9
           : value < 6.3e11  ? -1
           : value <= 4.1e12 ? 6
           : value < 6.3e14  ? -1
           : value <= 4.1e15 ? 3
           : value < 6.3e17  ? -1
           : value <= 4.1e18 ? 0
                             : -1;
}

static int power_of(int64_t unit)
{
    int power = 0;
    while (power < 9 && ten_to[power] < unit)
        power++;
    return power;
}

static bool read_number(const struct time_format *format, const char *text, const char *end, int64_t *ns)
{
    struct decimal decimal;
    if (!take_number(&decimal, text, end))
        return false;
    const int power = format->unit ? power_of(format->unit) : format->kind == TIME_EPOCH ? unit_by_size(&decimal) : 9;
    return power >= 0 && scale_decimal(&decimal, power, ns);
}

/* Excel's times are float64 of days, exact to about a microsecond, and it shows milliseconds. */
static bool read_excel(const char *text, const char *end, int64_t *ns)
{
    static const struct number_format comma = {.decimal = ','};
    double days;
    if (field_parse(text, (size_t)(end - text), &days) != FIELD_NUMBER &&
        number_read(&comma, text, (size_t)(end - text), &days) != FIELD_NUMBER)
        return false;
    if (!(days >= 1 && days < 130000))
        return false;
    *ns = ((int64_t)rint(days * 86400e3) - INT64_C(25569) * 86400000) * 1000000;
    return true;
}

bool time_read(const struct time_format *format, const char *text, size_t length, int64_t *ns)
{
    const char *end = text + length;
    while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    bool read = false;
    switch (format->kind) {
    case TIME_ISO:
        read = read_iso(text, end, ns);
        break;
    case TIME_EPOCH:
    case TIME_COUNTER:
        read = read_number(format, text, end, ns);
        break;
    case TIME_EXCEL:
        read = read_excel(text, end, ns);
        break;
    case TIME_PATTERN:
        read = time_pattern_read(format->pattern, text, end, ns);
        break;
    case TIME_NONE:
        break;
    }
    if (read)
        return true;
    *ns = SOURCE_NO_TIME;
    return number_is_missing(text, (size_t)(end - text));
}

struct time_format_name time_format_name(const struct time_format *format)
{
    struct time_format_name name = {"none"};
    const char *unit = format->unit == 1000000000 ? "s"
                       : format->unit == 1000000  ? "ms"
                       : format->unit == 1000     ? "us"
                                                  : "ns";
    switch (format->kind) {
    case TIME_NONE:
        break;
    case TIME_ISO:
        return (struct time_format_name){"YYYY-MM-DD, with a time of day or without"};
    case TIME_EPOCH:
        snprintf(name.text, sizeof name.text, "%s since 1970", format->unit ? unit : "s, ms, us or ns");
        break;
    case TIME_COUNTER:
        return (struct time_format_name){"a number"};
    case TIME_EXCEL:
        return (struct time_format_name){"days since 1899-12-30, as in Excel"};
    case TIME_PATTERN:
        snprintf(name.text, sizeof name.text, "%s", format->pattern);
        break;
    }
    return name;
}

bool time_is_name(const char *name)
{
    static const char *const names[] = {"open_time",     "open time",   "opentime",     "time",           "timestamp",
                                        "time stamp",    "time_stamp",  "date",         "datetime",       "date_time",
                                        "date time",     "date/time",   "unix",         "gmt time",       "gmt_time",
                                        "local time",    "utc",         "utc time",     "utc_time",       "time_utc",
                                        "epoch",         "unixtime",    "unix_time",    "unix timestamp", "datum",
                                        "zeit",          "zeitstempel", "date_utc",     "trade_time",     "event_time",
                                        "transact_time", "ts",          "timestamp_ms", "timestamp_utc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (string_same(name, names[i]))
            return true;
    return false;
}
