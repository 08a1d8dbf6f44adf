#include "formats/text/cell.h"

#include <stdint.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "formats/text/number.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The bytes of one of these texts at p; 0: none. */
static size_t take_any(const char *p, const char *const *texts)
{
    for (; *texts; texts++)
        if (!strncmp(p, *texts, strlen(*texts)))
            return strlen(*texts);
    return 0;
}

static const char *take_money(const char *p)
{
    static const char *const signs[] = {"$", "\u20ac", "\u00a3", "\u00a5", "\u20b9", "\u20a9", "\u20bd", NULL};
    static const char *const blanks[] = {" ", "\u00a0", "\u202f", NULL};
    const size_t sign = take_any(p, signs);
    p += sign;
    return sign ? p + take_any(p, blanks) : p;
}

/* Bytes of a character that may separate groups of digits. */
static size_t group_length(const char *p)
{
    static const char *const marks[] = {",", ".", "'", "_", " ", "\u00a0", "\u202f", "\u2019", NULL};
    return take_any(p, marks);
}

/* Digits in groups: all but the first and the last one have 3 digits, or 2 as in India, and the last one too unless its
 * mark differs from those before. */
static const char *take_digits(const char *p)
{
    size_t digits = 0, groups = 0, run = 0, uneven = 0;
    char mark = 0;
    const char *last = p;
    for (;;) {
        for (run = 0; is_digit(*p); p++)
            run++;
        digits += run;
        last = p;
        const size_t length = group_length(p);
        const bool point = *p == '.' || *p == ',';
        if (!length || (!is_digit(p[length]) && !(point && digits)))
            break;
        if (groups && (*p != mark || run != 3))
            uneven++;
        if (groups && run != 3 && run != 2)
            return NULL;
        if (groups && *p != mark && !point)
            return NULL;
        mark = *p;
        groups++;
        p += length;
    }
    if (!digits)
        return NULL;
    /* "1.2.3" and "01.02.2024" are no numbers; "1.234.567" and "1.234.567,8" are. */
    if (groups >= 2 && run != 3 && uneven == 0)
        return NULL;
    if (groups && mark != '.' && mark != ',' && run != 3)
        return NULL;
    return last;
}

static const char *take_exponent(const char *p)
{
    const char *at = p + 1;
    if (*p != 'e' && *p != 'E')
        return p;
    at += *at == '+' || *at == '-';
    if (!is_digit(*at))
        return p;
    while (is_digit(*at))
        at++;
    return at;
}

static const char *take_sign(const char *p)
{
    const char minus[] = "\u2212";
    return *p == '-' || *p == '+' ? p + 1 : !strncmp(p, minus, strlen(minus)) ? p + strlen(minus) : p;
}

const char *cell_unit_behind(const char *text)
{
    text += strspn(text, " \t");
    const char *p = take_digits(take_sign(text)), *end = text + strlen(text);
    if (!p || p == text)
        return NULL;
    p = take_exponent(p);
    p += blank_length(p, end);
    const bool word = is_letter(*p) || (unsigned char)*p >= 0x80;
    const bool unit = word && end - p < 16 && !strchr(" \t", end[-1]) && cell_is_unit(p);
    return unit && cell_look(text, strlen(text)) == CELL_TEXT ? p : NULL; /* 20240131 UTC is a time, 5K a number */
}

static bool is_number(const char *p, const char *end)
{
    const bool parentheses = *p == '(' && end[-1] == ')';
    p = take_sign(p + parentheses);
    p = take_sign(take_money(p));
    p = take_digits(p);
    if (!p)
        return false;
    p = take_exponent(p);
    p += *p == '-' && p + 1 == end; /* 12.5-, as some accounting programs write */
    const char *behind = p + (*p == ' ');
    if (*behind && strchr("KkMmBbTt", *behind) && !is_letter(behind[1]))
        p = behind + 1;
    p += *p == ' ' && p[1] && p < end;
    p += *p == '%';
    p = take_money(p);
    p += parentheses && *p == ')';
    return p == end;
}

static const char *take_run(const char *p, size_t least, size_t most)
{
    const char *start = p;
    while (is_digit(*p))
        p++;
    const size_t run = (size_t)(p - start);
    return run >= least && run <= most ? p : NULL;
}

/* 9:30, 09:30:00.123, with AM or PM, or a zone. */
static const char *take_clock(const char *p)
{
    const char *at = take_run(p, 1, 2);
    if (!at || (*at != ':' && *at != '.'))
        return NULL;
    const char mark = *at;
    at = take_run(at + 1, 2, 2);
    if (!at || (mark == '.' && *at != '.'))
        return NULL;
    if (*at == mark) {
        at = take_run(at + 1, 2, 2);
        if (!at)
            return NULL;
    }
    if ((*at == '.' || *at == ',') && is_digit(at[1]))
        for (at++; is_digit(*at); at++)
            continue;
    const char *behind = at + (*at == ' ');
    if (*behind && strchr("aApP", *behind) && (behind[1] == 'm' || behind[1] == 'M'))
        at = behind + 2;
    return at;
}

static bool is_zone(const char *p)
{
    p += *p == ' ';
    if (!*p)
        return true;
    if (*p == 'Z' || *p == 'z')
        return !p[1];
    if (*p == '+' || *p == '-') {
        for (p++; is_digit(*p) || *p == ':';)
            p++;
        return !*p;
    }
    const char *start = p; /* UTC, EST, Europe/Berlin, GMT+0100 */
    while (is_letter(*p) || *p == '/' || *p == '_')
        p++;
    if (p - start < 2)
        return false;
    if (*p == '+' || *p == '-')
        for (p++; is_digit(*p) || *p == ':';)
            p++;
    return !*p;
}

static const char *take_month(const char *p)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char word[4] = {0};
    size_t length = 0;
    for (; is_letter(p[length]); length++)
        if (length < 3)
            word[length] = (char)(p[length] | 0x20);
    const char *found = length >= 3 && length <= 9 ? strstr(months, word) : NULL;
    return found && (found - months) % 3 == 0 ? p + length + (p[length] == '.') : NULL;
}

static const char *take_date(const char *p)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
    const size_t weekday = take_any(p, days);
    if (weekday) {
        p += weekday;
        p += *p == ',';
        p += *p == ' ';
    }
    size_t parts = 0;
    for (; parts < 3; parts++) {
        const char *at = take_run(p, 1, 4);
        const char *month = at ? NULL : take_month(p);
        at = at ? at : month;
        if (!at)
            return NULL;
        if (parts < 2) {
            at += *at == ',' && at[1] == ' ';
            if (!*at || !strchr("-/. ", *at))
                return NULL;
            at++;
        }
        p = at;
    }
    return p;
}

static bool is_time(const char *text)
{
    const char *p = take_clock(text);
    if (p && is_zone(p))
        return true;
    p = take_run(text, 8, 8);
    if (p && (*p == ' ' || *p == 'T' || *p == '_')) {
        const char *clock = p + 1;
        const char *digits = take_run(clock, 4, 9);
        if (digits && is_zone(digits))
            return true;
        clock = take_clock(clock);
        return clock && is_zone(clock);
    }
    p = take_date(text);
    if (!p)
        return false;
    if (!*p)
        return true;
    p += *p == ',';
    if (*p != ' ' && *p != 'T' && *p != '_' && *p != '-' && *p != ':')
        return is_zone(p);
    p++;
    const char *clock = take_clock(p);
    return clock ? is_zone(clock) : (p = take_run(p, 4, 6)) && is_zone(p);
}

bool cell_is_clock(const char *text)
{
    text += strspn(text, " ");
    const char *p = take_clock(text);
    return p && is_zone(p);
}

static bool is_boolean(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (string_same(text, words[i]))
            return true;
    return false;
}

enum cell_kind cell_look(const char *text, size_t length)
{
    char copy[64];
    double value;
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    while (length && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    if (!length)
        return CELL_MISSING;
    if (length >= sizeof copy)
        return field_parse(text, length, &value) == FIELD_NUMBER ? CELL_NUMBER : CELL_TEXT;
    memcpy(copy, text, length);
    copy[length] = 0;
    const enum field_kind kind = field_parse(copy, length, &value);
    if (kind != FIELD_OTHER)
        return kind == FIELD_NUMBER ? CELL_NUMBER : CELL_MISSING;
    if (is_time(copy))
        return CELL_TIME;
    if (is_number(copy, copy + length))
        return CELL_NUMBER;
    return is_boolean(copy) ? CELL_BOOLEAN : CELL_TEXT;
}

bool cell_is_whole(const char *text, double *value)
{
    uint64_t whole;
    if ((*text == '0' && text[1]) || strlen(text) > 15 || !index_parse(text, &whole))
        return false;
    *value = (double)whole;
    return true;
}
