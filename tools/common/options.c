#include "tools/common/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/formats.h"
#include "base/suggest.h"
#include "tools/common/console.h"

#define PAGE_COLUMNS 79
#define HELP_COLUMN 27

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
    snprintf(left, sizeof left, "  %s--%s%s%s%s%s", letter, entry->name, entry->argument ? " " : "",
             entry->optional ? "[" : "", entry->argument ? entry->argument : "", entry->optional ? "]" : "");
    size_t length = strlen(left);
    fputs(left, stdout);
    if (length + 2 > HELP_COLUMN) {
        putchar('\n');
        length = 0;
    }
    printf("%*s", (int)(HELP_COLUMN - length), "");
    size_t at = print_wrapped(formats_expand(entry->help).text, HELP_COLUMN, HELP_COLUMN);
    const char *words = entry->default_text ? entry->default_text : entry->default_words;
    if (words) {
        const int is_sentence = entry->kind != OPTION_FLAG && strchr(words, ' ');
        snprintf(standard, sizeof standard, "(default%s %s)", is_sentence ? ":" : "", words);
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
    for (size_t g = 0; g < usage->set.count; g++) {
        printf("\n%s\n", usage->set.groups[g].title);
        for (size_t i = 0; i < usage->set.groups[g].count; i++)
            print_option(&usage->set.groups[g].options[i]);
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
    for (size_t g = 0; g < usage->set.count; g++)
        for (size_t i = 0; i < usage->set.groups[g].count; i++) {
            *entry = &usage->set.groups[g].options[i];
            if (name ? strlen((*entry)->name) == length && !memcmp((*entry)->name, name, length)
                     : (*entry)->letter == letter)
                return &usage->set.values[g][i];
        }
    *entry = NULL;
    return NULL;
}

static int unknown(const struct usage *usage, const char *argument, const char *name, size_t length)
{
    char meant[64];
    snprintf(meant, sizeof meant, "%.*s", (int)(length < sizeof meant ? length : sizeof meant - 1), name);
    struct suggestion suggestion = {.meant = meant, .name = NULL};
    const char *nearest = options_nearest(&usage->set, meant);
    if (nearest)
        suggestion_offer(&suggestion, nearest);
    suggestion_offer(&suggestion, "help");
    if (suggestion.name)
        return wrong(usage, "unknown option '%s': did you mean --%s?", argument, suggestion.name);
    return wrong(usage, "unknown option '%s'", argument);
}

/* Where the values of the option's group are. */
static void *place_of(const struct usage *usage, const struct option_value *value, const struct option_entry *entry)
{
    size_t group = (size_t)(value - usage->set.values[0]) / OPTIONS_PER_GROUP;
    return (char *)usage->set.groups[group].values + entry->offset;
}

/* A list gets one more item; a name that is given twice must be the same. Of numbers and choices the last one holds. */
static int repeat(struct usage *usage, const struct option_value *value, const struct option_entry *entry,
                  const char **text)
{
    if (!value->text || value->origin != FROM_ARGUMENTS || entry->kind != OPTION_TEXT || !strcmp(value->text, *text))
        return OPTIONS_GO_ON;
    if (!entry->list)
        return wrong(usage, "--%s: found it twice, with '%s' and '%s', expected it once", entry->name, value->text,
                     *text);
    static char *joined; /* the last one: it must stay as long as the arguments do */
    const size_t size = strlen(value->text) + strlen(*text) + 2;
    char *both = malloc(size);
    if (!both)
        return wrong(usage, "out of memory");
    snprintf(both, size, "%s,%s", value->text, *text);
    if (value->text == joined)
        free(joined);
    joined = both;
    *text = both;
    return OPTIONS_GO_ON;
}

static int set(struct usage *usage, struct option_value *value, const struct option_entry *entry, const char *text)
{
    uint64_t scratch[OPTION_STORE_WORDS] = {0};
    struct plotmill_error error;
    int exit_code = repeat(usage, value, entry, &text);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (!option_store(entry, text, entry->kind == OPTION_TEXTS ? place_of(usage, value, entry) : scratch)) {
        option_wrong(entry, text, &error);
        fprintf(stderr, "plotmill: %s\n", error.message);
        return EXIT_WRONG;
    }
    *value = (struct option_value){.text = text, .origin = FROM_ARGUMENTS};
    return OPTIONS_GO_ON;
}

/* Of an option whose value may be left out: whether the next argument is one. */
static int is_value(const struct option_entry *entry, const char *text)
{
    uint64_t scratch[OPTION_STORE_WORDS];
    return text && option_store(entry, text, scratch);
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
        if (entry->optional && !equals && !is_value(entry, *next)) {
            rest = entry->optional;
        } else if (entry->kind != OPTION_FLAG && !equals && !*rest) {
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
    if (usage->path_name && paths->count == 0 && !usage->paths_optional)
        return wrong(usage, "%s is missing: plotmill %s %s", usage->path_name, usage->command, usage->arguments);
    options_store(&usage->set);
    return OPTIONS_GO_ON;
}
