/* The settings in effect as YAML. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/config/config.h"

/* Quoted: a text may look like a number, a truth value or anything else. What JSON escapes, YAML reads the same. */
static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

/* The shortest of the texts that are read as the same number. */
static void print_real(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    fputs(text, stdout);
}

static void print_range(const struct option_entry *entry, const struct option_range *range)
{
    if (isnan(range->lo)) {
        fputs(entry->word, stdout);
        return;
    }
    print_real(range->lo);
    putchar(':');
    print_real(range->hi);
}

static void print_length(const struct option_length *length)
{
    print_real(length->value);
    if (length->points)
        fputs("pt", stdout);
}

static void print_value(const struct option_entry *entry, const void *value)
{
    const struct option_size *size = value;
    switch (entry->kind) {
    case OPTION_FLAG:
        fputs(*(const int *)value ? "true" : "false", stdout);
        break;
    case OPTION_WHOLE:
        if (!*(const uint64_t *)value && entry->word)
            fputs(entry->word, stdout);
        else
            printf("%" PRIu64, *(const uint64_t *)value);
        break;
    case OPTION_REAL:
        print_real(*(const double *)value);
        break;
    case OPTION_LENGTH:
        print_length(value);
        break;
    case OPTION_SIZE:
        printf("%ux%u", (unsigned)size->width, (unsigned)size->height);
        break;
    case OPTION_SHARE:
        printf("%u/%u", (unsigned)((const struct option_share *)value)->number,
               (unsigned)((const struct option_share *)value)->of);
        break;
    case OPTION_RANGE:
        print_range(entry, value);
        break;
    case OPTION_CHOICE:
        fputs(entry->choices[*(const int *)value], stdout);
        break;
    case OPTION_TEXT:
        print_text(*(const char *const *)value);
        break;
    case OPTION_TEXTS:
        break;
    }
}

/* What stands at its default, and what is not set at all, is left out where a file that says it would mean more. */
static int is_told(const struct option_entry *entry, const void *value, int given)
{
    if (entry->meta || entry->kind == OPTION_TEXTS)
        return 0;
    if (entry->kind == OPTION_TEXT)
        return *(const char *const *)value != NULL;
    if (entry->kind == OPTION_SHARE)
        return given;
    if (entry->kind == OPTION_WHOLE && !entry->word && entry->least > 0 && !*(const uint64_t *)value)
        return 0;
    return given || !entry->implied;
}

void config_print(const struct option_group *groups, size_t group_count, const struct paths *inputs)
{
    fputs("input: [", stdout);
    for (size_t i = 0; i < inputs->count; i++) {
        fputs(i ? ", " : "", stdout);
        print_text(inputs->items[i]);
    }
    fputs("]\n", stdout);
    for (size_t g = 0; g < group_count; g++) {
        const struct option_group *group = &groups[g];
        for (size_t i = 0; i < group->count; i++) {
            const struct option_entry *entry = &group->options[i];
            const void *value = (const char *)group->values + entry->offset;
            if (!is_told(entry, value, (int)(group->given >> i & 1)))
                continue;
            printf("%s: ", entry->name);
            print_value(entry, value);
            putchar('\n');
        }
    }
}
