#include "options/option.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/suggest.h"

/* Texts to values. */

static int within(const struct option_entry *entry, double value)
{
    return value >= entry->least && (entry->most == 0 || value <= entry->most);
}

/* Digits only: strtoull would accept signs and white space too. Returns what follows, or NULL. */
static const char *parse_whole(const char *text, uint64_t *value)
{
    const char *at = text;
    *value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (*value > ((uint64_t)INT64_MAX - digit) / 10)
            return NULL;
        *value = *value * 10 + digit;
    }
    return at > text ? at : NULL;
}

/* A finite decimal, and nothing else that strtod accepts: "inf", hexadecimal, the decimal comma of a locale. Returns
 * what follows, or NULL. */
static const char *parse_real(const char *text, double *value)
{
    const char *end = decimal_read(text, value);
    return end && end == text + strspn(text, "0123456789+-.eE") && isfinite(*value) ? end : NULL;
}

int option_truth(const char *text)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (int i = 0; i < 6; i++)
        if (string_same(text, words[i]))
            return i & 1;
    return -1;
}

static int store_choice(const struct option_entry *entry, const char *text, int *index)
{
    for (int i = 0; entry->choices[i]; i++)
        if (!strcmp(entry->choices[i], text)) {
            *index = i;
            return 1;
        }
    return 0;
}

static int store_text(const char *text, struct option_texts *texts)
{
    const char **items = *text ? realloc(texts->items, (texts->count + 1) * sizeof *items) : NULL;
    if (!items)
        return 0;
    items[texts->count++] = text;
    texts->items = items;
    return 1;
}

int option_store(const struct option_entry *entry, const char *text, void *store)
{
    int is_word = entry->word && !strcmp(entry->word, text);
    const char *end;
    uint64_t whole, second;
    double real, upper;
    switch (entry->kind) {
    case OPTION_FLAG:
        if (option_truth(text) < 0)
            return 0;
        *(int *)store = option_truth(text);
        return 1;
    case OPTION_WHOLE:
        end = parse_whole(text, &whole);
        if (!is_word && (!end || *end || !within(entry, (double)whole)))
            return 0;
        *(uint64_t *)store = is_word ? 0 : whole;
        return 1;
    case OPTION_REAL:
        end = parse_real(text, &real);
        if (!end || *end || !within(entry, real))
            return 0;
        *(double *)store = real;
        return 1;
    case OPTION_LENGTH: {
        end = parse_real(text, &real);
        int points = end && !strcmp(end, "pt");
        if (!end || (*end && !points && strcmp(end, "px")) || !(points ? real > 0 : within(entry, real)))
            return 0;
        *(struct option_length *)store = (struct option_length){.value = real, .points = points};
        return 1;
    }
    case OPTION_SIZE:
        end = parse_whole(text, &whole);
        end = end && *end == 'x' ? parse_whole(end + 1, &second) : NULL;
        if (!end || *end || !within(entry, (double)whole) || !within(entry, (double)second))
            return 0;
        *(struct option_size *)store = (struct option_size){.width = (uint32_t)whole, .height = (uint32_t)second};
        return 1;
    case OPTION_SHARE:
        end = parse_whole(text, &whole);
        end = end && *end == '/' ? parse_whole(end + 1, &second) : NULL;
        if (!end || *end || whole < 1 || whole > second || second > (uint64_t)entry->most)
            return 0;
        *(struct option_share *)store = (struct option_share){.number = (uint32_t)whole, .of = (uint32_t)second};
        return 1;
    case OPTION_RANGE:
        end = parse_real(text, &real);
        end = end && *end == ':' ? parse_real(end + 1, &upper) : NULL;
        if (!is_word && (!end || *end || !(real < upper)))
            return 0;
        *(struct option_range *)store = (struct option_range){is_word ? NAN : real, is_word ? NAN : upper};
        return 1;
    case OPTION_INK:
        return ink_read(text, store);
    case OPTION_CHOICE:
        return store_choice(entry, text, store);
    case OPTION_TEXT:
        *(const char **)store = text;
        return *text != 0;
    case OPTION_TEXTS:
        return store_text(text, store);
    }
    return 0;
}

void option_expected(const struct option_entry *entry, char *text, size_t size)
{
    static const char *const forms[] = {[OPTION_FLAG] = "true or false",
                                        [OPTION_WHOLE] = "a whole number",
                                        [OPTION_REAL] = "a number",
                                        [OPTION_LENGTH] = "a number",
                                        [OPTION_SIZE] = "WIDTHxHEIGHT, each a whole number",
                                        [OPTION_SHARE] = "I/N, two whole numbers, I from 1 to N",
                                        [OPTION_RANGE] = "LO:HI, two numbers, LO below HI",
                                        [OPTION_INK] = "a grey from 0 to 255, or a colour as #rrggbb"};
    char limits[2 * DECIMAL_SIZE + 20] = "", choices[100] = "", least[DECIMAL_SIZE], most[DECIMAL_SIZE];
    const char *what = entry->kind <= OPTION_INK ? forms[entry->kind] : entry->argument;
    for (int i = 0; entry->choices && entry->choices[i]; i++) {
        size_t used = strlen(choices);
        snprintf(choices + used, sizeof choices - used, "%s%s",
                 i == 0                  ? ""
                 : entry->choices[i + 1] ? ", "
                                         : " or ",
                 entry->choices[i]);
    }
    decimal_write(least, entry->least);
    decimal_write(most, entry->most);
    if (entry->kind >= OPTION_WHOLE && entry->kind <= OPTION_SIZE && entry->most == 0)
        snprintf(limits, sizeof limits, " of %s or more", least);
    else if (entry->kind >= OPTION_WHOLE && entry->kind <= OPTION_SIZE)
        snprintf(limits, sizeof limits, " from %s to %s", least, most);
    else if (entry->kind == OPTION_SHARE)
        snprintf(limits, sizeof limits, ", N at most %s", most);
    snprintf(text, size, "%s%s%s%s%s", entry->word ? entry->word : "", entry->word ? " or " : "",
             *choices ? choices : what, limits, entry->kind == OPTION_LENGTH ? ", or points like 3pt" : "");
}

enum plotmill_status option_wrong(const struct option_entry *entry, const char *text, struct plotmill_error *error)
{
    char expected[200];
    option_expected(entry, expected, sizeof expected);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found '%s', expected %s", entry->name, text, expected);
}

/* Sets of options. */

struct option_value *options_find(struct option_set *set, const char *name, const struct option_entry **entry)
{
    for (size_t g = 0; g < set->count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            if (!strcmp(set->groups[g].options[i].name, name)) {
                if (entry)
                    *entry = &set->groups[g].options[i];
                return &set->values[g][i];
            }
    if (entry)
        *entry = NULL;
    return NULL;
}

const char *options_nearest(const struct option_set *set, const char *name)
{
    struct suggestion suggestion = {.meant = name};
    for (size_t g = 0; g < set->count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            suggestion_offer(&suggestion, set->groups[g].options[i].name);
    return suggestion.name;
}

void options_store(struct option_set *set)
{
    for (size_t g = 0; g < set->count; g++) {
        struct option_group *group = &set->groups[g];
        for (size_t i = 0; i < group->count; i++) {
            const struct option_entry *entry = &group->options[i];
            const char *text = set->values[g][i].text;
            if (text)
                group->given |= UINT32_C(1) << i;
            else
                text = entry->default_text;
            if (text && entry->kind != OPTION_TEXTS)
                option_store(entry, text, (char *)group->values + entry->offset);
        }
    }
}

void options_free(const struct option_set *set)
{
    for (size_t g = 0; g < set->count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            if (set->groups[g].options[i].kind == OPTION_TEXTS) {
                struct option_texts *texts = (void *)((char *)set->groups[g].values + set->groups[g].options[i].offset);
                free(texts->items);
                *texts = (struct option_texts){0};
            }
}

int options_given(const struct option_group *group, const char *name)
{
    for (size_t i = 0; i < group->count; i++)
        if (!strcmp(group->options[i].name, name))
            return (int)(group->given >> i & 1);
    return 0;
}

const char *options_first_given(const struct option_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->given >> i & 1)
            return group->options[i].name;
    return NULL;
}
