#include "tools/common/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int within(const struct option_entry *entry, double value)
{
    return value >= entry->least && (entry->most == 0 || value <= entry->most);
}

/* Digits alone: strtoull would take signs and white space too. */
static int parse_whole(const char *text, uint64_t *value)
{
    uint64_t sum = 0;
    if (!*text)
        return 0;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (digit > 9 || sum > ((uint64_t)INT64_MAX - digit) / 10)
            return 0;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return 1;
}

/* A finite decimal: strtod would take white space, "inf", "nan" and hexadecimal too. */
static int parse_real(const char *text, double *value)
{
    char *end;
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return 0;
    *value = strtod(text, &end);
    return !*end && isfinite(*value);
}

/* Copies what stands before the separator; *rest is what stands after it. */
static int split(const char *text, char separator, char *before, size_t size, const char **rest)
{
    const char *at = strchr(text, separator);
    if (!at || (size_t)(at - text) >= size)
        return 0;
    memcpy(before, text, (size_t)(at - text));
    before[at - text] = 0;
    *rest = at + 1;
    return 1;
}

static int store_size(const struct option_entry *entry, const char *text, struct option_size *size)
{
    char before[32];
    const char *rest;
    uint64_t width, height;
    if (!split(text, 'x', before, sizeof before, &rest) || !parse_whole(before, &width) || !parse_whole(rest, &height))
        return 0;
    if (!within(entry, (double)width) || !within(entry, (double)height))
        return 0;
    *size = (struct option_size){.width = (uint32_t)width, .height = (uint32_t)height};
    return 1;
}

static int store_share(const struct option_entry *entry, const char *text, struct option_share *share)
{
    char before[32];
    const char *rest;
    uint64_t number, of;
    if (!split(text, '/', before, sizeof before, &rest) || !parse_whole(before, &number) || !parse_whole(rest, &of))
        return 0;
    if (number < 1 || number > of || of > (uint64_t)entry->most)
        return 0;
    *share = (struct option_share){.number = (uint32_t)number, .of = (uint32_t)of};
    return 1;
}

static int store_range(const char *text, struct option_range *range)
{
    char before[400];
    const char *rest;
    double lo, hi;
    if (!split(text, ':', before, sizeof before, &rest) || !parse_real(before, &lo) || !parse_real(rest, &hi))
        return 0;
    if (!(lo < hi))
        return 0;
    *range = (struct option_range){.lo = lo, .hi = hi};
    return 1;
}

static int store_choice(const struct option_entry *entry, const char *text, int *place)
{
    for (int i = 0; entry->choices[i]; i++)
        if (!strcmp(entry->choices[i], text)) {
            *place = i;
            return 1;
        }
    return 0;
}

static int store_whole(const struct option_entry *entry, const char *text, uint64_t *value)
{
    uint64_t parsed;
    if (!parse_whole(text, &parsed) || !within(entry, (double)parsed))
        return 0;
    *value = parsed;
    return 1;
}

static int store_real(const struct option_entry *entry, const char *text, double *value)
{
    double parsed;
    if (!parse_real(text, &parsed) || !within(entry, parsed))
        return 0;
    *value = parsed;
    return 1;
}

/* "3", "3px" or "3pt". */
static int store_length(const struct option_entry *entry, const char *text, struct option_length *length)
{
    char number[64];
    size_t size = strcspn(text, "p");
    int points = !strcmp(text + size, "pt");
    double parsed;
    if ((text[size] && !points && strcmp(text + size, "px")) || size >= sizeof number)
        return 0;
    memcpy(number, text, size);
    number[size] = 0;
    if (!parse_real(number, &parsed) || !(points ? parsed > 0 : within(entry, parsed)))
        return 0;
    *length = (struct option_length){.value = parsed, .points = points};
    return 1;
}

static int add_text(const char *text, struct option_texts *texts)
{
    const char **items = *text ? realloc(texts->items, (texts->count + 1) * sizeof *items) : NULL;
    if (!items)
        return 0;
    items[texts->count++] = text;
    texts->items = items;
    return 1;
}

static int store_word(const struct option_entry *entry, void *store)
{
    if (entry->kind == OPTION_RANGE)
        *(struct option_range *)store = (struct option_range){.lo = NAN, .hi = NAN};
    else
        *(uint64_t *)store = 0;
    return 1;
}

int value_store(const struct option_entry *entry, const char *text, void *store)
{
    if (entry->word && !strcmp(entry->word, text))
        return store_word(entry, store);
    switch (entry->kind) {
    case OPTION_FLAG:
        *(int *)store = 1;
        return 1;
    case OPTION_WHOLE:
        return store_whole(entry, text, store);
    case OPTION_REAL:
        return store_real(entry, text, store);
    case OPTION_LENGTH:
        return store_length(entry, text, store);
    case OPTION_SIZE:
        return store_size(entry, text, store);
    case OPTION_SHARE:
        return store_share(entry, text, store);
    case OPTION_RANGE:
        return store_range(text, store);
    case OPTION_CHOICE:
        return store_choice(entry, text, store);
    case OPTION_TEXT:
        *(const char **)store = text;
        return *text != 0;
    case OPTION_TEXTS:
        return add_text(text, store);
    }
    return 0;
}

static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s", more);
}

static void expected_choices(const struct option_entry *entry, char *text, size_t size)
{
    for (int i = 0; entry->choices[i]; i++) {
        if (i > 0)
            append(text, size, entry->choices[i + 1] ? ", " : " or ");
        append(text, size, entry->choices[i]);
    }
}

static void expected_limits(const struct option_entry *entry, char *text, size_t size)
{
    char limits[80];
    if (entry->most == 0)
        snprintf(limits, sizeof limits, " of %.15g or more", entry->least);
    else
        snprintf(limits, sizeof limits, " from %.15g to %.15g", entry->least, entry->most);
    append(text, size, limits);
}

void value_expected(const struct option_entry *entry, char *text, size_t size)
{
    *text = 0;
    if (entry->word) {
        append(text, size, entry->word);
        append(text, size, " or ");
    }
    switch (entry->kind) {
    case OPTION_WHOLE:
        append(text, size, "a whole number");
        expected_limits(entry, text, size);
        break;
    case OPTION_REAL:
        append(text, size, "a number");
        expected_limits(entry, text, size);
        break;
    case OPTION_LENGTH:
        append(text, size, "a number");
        expected_limits(entry, text, size);
        append(text, size, ", or points like 3pt");
        break;
    case OPTION_SIZE:
        append(text, size, "WIDTHxHEIGHT, each a whole number");
        expected_limits(entry, text, size);
        break;
    case OPTION_SHARE:
        append(text, size, "I/N, two whole numbers, I from 1 to N");
        break;
    case OPTION_RANGE:
        append(text, size, "LO:HI, two numbers, LO below HI");
        break;
    case OPTION_CHOICE:
        expected_choices(entry, text, size);
        break;
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_TEXTS:
        append(text, size, entry->argument ? entry->argument : "nothing");
        break;
    }
}
