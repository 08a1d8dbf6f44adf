#include "base/numbers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINT_SIZE 16

/* The decimal point of the locale. localeconv would return it too, but is not thread-safe. */
static void find_point(char point[POINT_SIZE])
{
    char text[POINT_SIZE + 2];
    const int length = snprintf(text, sizeof text, "%.1f", 0.5);
    snprintf(point, POINT_SIZE, "%.*s", length - 2, text + 1);
}

void decimal_write(char text[DECIMAL_SIZE], double value)
{
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, DECIMAL_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char point[POINT_SIZE];
    find_point(point);
    char *at = strstr(text, point);
    if (at) {
        *at = '.';
        memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
    }
}

/* ECMA-262, Number::toString: of the shortest digits d1 d2 ... dk that read back as the value d1.d2...dk * 10^(n-1). */
void decimal_write_canonical(char text[DECIMAL_SIZE], double value)
{
    char scientific[DECIMAL_SIZE], digits[18]; /* k + 1 of them, and 0 */
    int k = 0, n, count = 0;
    for (; k < 17; k++) {
        snprintf(scientific, sizeof scientific, "%.*e", k, fabs(value));
        if (strtod(scientific, NULL) == fabs(value))
            break;
    }
    const char *exponent = strchr(scientific, 'e');
    for (const char *at = scientific; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = 0;
    n = atoi(exponent + 1) + 1;
    const char *sign = value < 0 ? "-" : "";
    if (count <= n && n <= 21)
        snprintf(text, DECIMAL_SIZE, "%s%s%.*s", sign, digits, n - count, "000000000000000000000");
    else if (0 < n && n <= 21)
        snprintf(text, DECIMAL_SIZE, "%s%.*s.%s", sign, n, digits, digits + n);
    else if (-6 < n && n <= 0)
        snprintf(text, DECIMAL_SIZE, "%s0.%.*s%s", sign, -n, "00000", digits);
    else
        snprintf(text, DECIMAL_SIZE, "%s%.1s%s%se%+d", sign, digits, count > 1 ? "." : "", digits + 1, n - 1);
}

const char *decimal_read(const char *text, double *value)
{
    /* strtod accepts more: hexadecimal digits, nan(...), white space. */
    const size_t length = strspn(text, "+-.0123456789eEnaifNAIFtyTY");
    char point[POINT_SIZE];
    char *end = NULL, *copy = NULL;
    if (!length)
        return NULL;
    find_point(point);
    if (strcmp(point, ".")) {
        const char *at = memchr(text, '.', length);
        const int before = (int)(at ? (size_t)(at - text) : length);
        copy = malloc(length + strlen(point) + 1);
        if (!copy)
            return NULL;
        sprintf(copy, "%.*s%s%.*s", before, text, at ? point : "", at ? (int)length - before - 1 : 0, at ? at + 1 : "");
    }
    *value = strtod(copy ? copy : text, &end);
    bool whole = copy ? !*end : end == text + length;
    free(copy);
    return whole ? text + length : NULL;
}

int digits_read(const char **text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

/* Years begin in March here, so that the leap day comes last: month m of such a year begins at day (153 m + 2) / 5. */
int64_t date_days(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

int date_month_length(int year, int month)
{
    return (int)(date_days(year + month / 12, month % 12 + 1, 1) - date_days(year, month, 1));
}

void time_write(char text[TIME_SIZE], int64_t ns)
{
    const int64_t second = 1000000000, day = 86400;
    const int64_t seconds = ns / second - (ns % second < 0), days = seconds / day - (seconds % day < 0);
    const int rest = (int)(seconds - days * day);
    int fraction = (int)(ns % second) + (ns % second < 0 ? (int)second : 0), digits = 9, month = 12;
    int year = 1970 + (int)(days / 366);
    while (date_days(year, 1, 1) > days)
        year--;
    while (date_days(year + 1, 1, 1) <= days)
        year++;
    while (date_days(year, month, 1) > days)
        month--;
    for (; digits && fraction % 10 == 0; digits--)
        fraction /= 10;
    const int used = snprintf(text, TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                              (int)(days - date_days(year, month, 1)) + 1, rest / 3600, rest / 60 % 60, rest % 60);
    if (digits)
        snprintf(text + used, (size_t)(TIME_SIZE - used), ".%0*dZ", digits, fraction);
    else
        snprintf(text + used, (size_t)(TIME_SIZE - used), "Z");
}

const char *date_read(const char *text, struct date *date)
{
    date->day = 0;
    if ((date->year = digits_read(&text, 4)) < 0 || *text++ != '-' || (date->month = digits_read(&text, 2)) < 1 ||
        date->month > 12)
        return NULL;
    if (*text != '-')
        return text;
    text++;
    date->day = digits_read(&text, 2);
    return date->day >= 1 && date->day <= date_month_length(date->year, date->month) ? text : NULL;
}
