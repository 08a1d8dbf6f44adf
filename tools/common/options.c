#include "tools/common/options.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/formats.h"
#include "base/strings.h"
#include "tools/common/console.h"
#include "tools/common/suggest.h"

#define PAGE_COLUMNS 79
#define HELP_COLUMN 27

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

/* A finite decimal: strtod would accept white space, "inf", "nan" and hexadecimal too. Returns what follows, or NULL.
 */
static const char *parse_real(const char *text, double *value)
{
    char *end;
    size_t length = strspn(text, "0123456789+-.eE");
    *value = strtod(text, &end);
    return length > 0 && end == text + length && isfinite(*value) ? end : NULL;
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
                                        [OPTION_RANGE] = "LO:HI, two numbers, LO below HI"};
    char limits[80] = "", choices[100] = "";
    const char *what = entry->kind <= OPTION_RANGE ? forms[entry->kind] : entry->argument;
    for (int i = 0; entry->choices && entry->choices[i]; i++) {
        size_t used = strlen(choices);
        snprintf(choices + used, sizeof choices - used, "%s%s",
                 i == 0                  ? ""
                 : entry->choices[i + 1] ? ", "
                                         : " or ",
                 entry->choices[i]);
    }
    if (entry->kind >= OPTION_WHOLE && entry->kind <= OPTION_SIZE && entry->most == 0)
        snprintf(limits, sizeof limits, " of %.15g or more", entry->least);
    else if (entry->kind >= OPTION_WHOLE && entry->kind <= OPTION_SIZE)
        snprintf(limits, sizeof limits, " from %.15g to %.15g", entry->least, entry->most);
    snprintf(text, size, "%s%s%s%s%s", entry->word ? entry->word : "", entry->word ? " or " : "",
             *choices ? choices : what, limits, entry->kind == OPTION_LENGTH ? ", or points like 3pt" : "");
}

/* --help. */

/* Prints words from column `at` on, the following lines indented by `indent`. Returns the column it ends in. */
static size_t print_wrapped(const char *text, size_t at, size_t indent)
{
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at > indent && at + 1 + word > PAGE_COLUMNS) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)word, text);
        at += word;
        text += word;
        text += strspn(text, " ");
    }
    return at;
}

static void print_option(const struct option_entry *entry)
{
    char left[80], letter[8] = "    ", standard[80];
    if (entry->letter)
        snprintf(letter, sizeof letter, "-%c, ", entry->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, entry->name, entry->argument ? " " : "",
             entry->argument ? entry->argument : "");
    size_t length = strlen(left);
    fputs(left, stdout);
    if (length + 2 > HELP_COLUMN) {
        putchar('\n');
        length = 0;
    }
    printf("%*s", (int)(HELP_COLUMN - length), "");
    size_t at = print_wrapped(formats_expand(entry->help).text, HELP_COLUMN, HELP_COLUMN);
    if (entry->default_text) {
        snprintf(standard, sizeof standard, "(default %s)", entry->default_text);
        print_wrapped(standard, at, HELP_COLUMN);
    }
    putchar('\n');
}

static int print_help(const struct usage *usage)
{
    static const struct option_entry help = {.name = "help", .letter = 'h', .help = "show this text"};
    printf("Usage: plotmill %s %s%s[options]\n\n", usage->command, usage->arguments, *usage->arguments ? " " : "");
    print_wrapped(formats_expand(usage->summary).text, 0, 0);
    putchar('\n');
    for (size_t g = 0; g < usage->group_count; g++) {
        printf("\n%s\n", usage->groups[g].title);
        for (size_t i = 0; i < usage->groups[g].count; i++)
            print_option(&usage->groups[g].options[i]);
    }
    print_option(&help);
    printf("\nExamples\n%s", usage->examples);
    return EXIT_DONE;
}

/* The command line. */

static int wrong(const struct usage *usage, const char *format, ...)
{
    va_list arguments;
    fputs("plotmill: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (see plotmill %s --help)\n", usage->command);
    return EXIT_WRONG;
}

/* By its name of `length` bytes, or by its letter where name is NULL. */
static struct option_value *find(struct usage *usage, const char *name, size_t length, char letter,
                                 const struct option_entry **entry)
{
    for (size_t g = 0; g < usage->group_count; g++)
        for (size_t i = 0; i < usage->groups[g].count; i++) {
            *entry = &usage->groups[g].options[i];
            if (name ? strlen((*entry)->name) == length && !memcmp((*entry)->name, name, length)
                     : (*entry)->letter == letter)
                return &usage->values[g][i];
        }
    *entry = NULL;
    return NULL;
}

struct option_value *options_find(struct usage *usage, const char *name, const struct option_entry **entry)
{
    const struct option_entry *unwanted;
    return find(usage, name, strlen(name), 0, entry ? entry : &unwanted);
}

static int unknown(const struct usage *usage, const char *argument, const char *name, size_t length)
{
    char meant[64];
    snprintf(meant, sizeof meant, "%.*s", (int)(length < sizeof meant ? length : sizeof meant - 1), name);
    struct suggestion suggestion = {.meant = meant};
    for (size_t g = 0; g < usage->group_count; g++)
        for (size_t i = 0; i < usage->groups[g].count; i++)
            suggestion_offer(&suggestion, usage->groups[g].options[i].name);
    suggestion_offer(&suggestion, "help");
    if (suggestion.name)
        return wrong(usage, "unknown option '%s': did you mean --%s?", argument, suggestion.name);
    return wrong(usage, "unknown option '%s'", argument);
}

/* Where the values of the option's group are. */
static void *place_of(const struct usage *usage, const struct option_value *value, const struct option_entry *entry)
{
    size_t group = (size_t)(value - usage->values[0]) / OPTIONS_PER_GROUP;
    return (char *)usage->groups[group].values + entry->offset;
}

static int set(struct usage *usage, struct option_value *value, const struct option_entry *entry, const char *text)
{
    uint64_t scratch[8] = {0}; /* larger than the value of any kind */
    if (!option_store(entry, text, entry->kind == OPTION_TEXTS ? place_of(usage, value, entry) : scratch)) {
        char expected[200];
        option_expected(entry, expected, sizeof expected);
        fprintf(stderr, "plotmill: --%s: found '%s', expected %s\n", entry->name, text, expected);
        return EXIT_WRONG;
    }
    *value = (struct option_value){.text = text, .origin = FROM_ARGUMENTS};
    return OPTIONS_GO_ON;
}

/* "--name=TEXT", "--name TEXT", "-qv", "-o TEXT" or "-oTEXT". *next is the argument after this one (NULL at the end),
 * set to NULL when it was used as the text. */
static int take_option(struct usage *usage, const char *argument, const char **next)
{
    const int is_long = argument[1] == '-';
    const char *name = argument + 1 + is_long, *equals = is_long ? strchr(name, '=') : NULL;
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    int exit_code = OPTIONS_GO_ON;
    for (const char *letter = name; *letter && exit_code == OPTIONS_GO_ON; letter++) {
        const struct option_entry *entry;
        struct option_value *value = find(usage, is_long ? name : NULL, length, *letter, &entry);
        const char *rest = is_long ? (equals ? equals + 1 : "") : letter + 1;
        if (!value && !is_long && *letter == 'h')
            return print_help(usage);
        if (!value)
            return unknown(usage, argument, name, length);
        if (entry->kind == OPTION_FLAG && equals)
            return wrong(usage, "--%s takes no value, found '%s'", entry->name, rest);
        if (entry->kind != OPTION_FLAG && !equals && !*rest) {
            rest = *next;
            *next = NULL;
        }
        if (!rest)
            return wrong(usage, "%s%.*s needs a value: %s", is_long ? "--" : "-", is_long ? (int)length : 1, letter,
                         entry->argument);
        exit_code = set(usage, value, entry, entry->kind == OPTION_FLAG ? "true" : rest);
        if (is_long || entry->kind != OPTION_FLAG)
            break;
    }
    return exit_code;
}

/* The texts that were set, and the defaults, become values. All texts have been checked. */
static void store_values(struct usage *usage)
{
    for (size_t g = 0; g < usage->group_count; g++) {
        struct option_group *group = &usage->groups[g];
        for (size_t i = 0; i < group->count; i++) {
            const struct option_entry *entry = &group->options[i];
            const char *text = usage->values[g][i].text;
            if (text)
                group->given |= UINT32_C(1) << i;
            else
                text = entry->default_text;
            if (text && entry->kind != OPTION_TEXTS)
                option_store(entry, text, (char *)group->values + entry->offset);
        }
    }
}

int options_parse(struct usage *usage, int argc, char **argv, struct paths *paths)
{
    int ended = 0, exit_code = OPTIONS_GO_ON;
    *paths = (struct paths){.items = argv + 1};
    for (int i = 1; i < argc && exit_code == OPTIONS_GO_ON; i++) {
        const char *argument = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL, *after = next;
        if (ended || argument[0] != '-' || !argument[1])
            paths->items[paths->count++] = argv[i];
        else if (!strcmp(argument, "--"))
            ended = 1;
        else if (!strcmp(argument, "--help"))
            return print_help(usage);
        else
            exit_code = take_option(usage, argument, &next);
        i += next != after;
    }
    if (exit_code == OPTIONS_GO_ON && usage->complete)
        exit_code = usage->complete(usage->user, usage, paths);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    size_t most = usage->path_name ? usage->most_paths : 0;
    if (paths->count > most)
        return wrong(usage, "unexpected argument '%s'", paths->items[most]);
    if (usage->path_name && paths->count == 0)
        return wrong(usage, "%s is missing: plotmill %s %s", usage->path_name, usage->command, usage->arguments);
    store_values(usage);
    return OPTIONS_GO_ON;
}

void options_free(struct option_group *groups, size_t count)
{
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < groups[g].count; i++)
            if (groups[g].options[i].kind == OPTION_TEXTS) {
                struct option_texts *texts = (void *)((char *)groups[g].values + groups[g].options[i].offset);
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
