#include "tools/common/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/exits.h"
#include "tools/common/suggest.h"
#include "tools/common/values.h"

/* Where an option was found. */
struct found {
    const struct option_entry *entry;
    struct option_group *group;
};

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

static struct found find_long(const struct usage *usage, const char *name, size_t length)
{
    for (size_t g = 0; g < usage->group_count; g++)
        for (size_t i = 0; i < usage->groups[g].count; i++) {
            const struct option_entry *entry = &usage->groups[g].options[i];
            if (strlen(entry->name) == length && !memcmp(entry->name, name, length))
                return (struct found){entry, &usage->groups[g]};
        }
    return (struct found){NULL, NULL};
}

static struct found find_letter(const struct usage *usage, char letter)
{
    for (size_t g = 0; g < usage->group_count; g++)
        for (size_t i = 0; i < usage->groups[g].count; i++)
            if (usage->groups[g].options[i].letter == letter)
                return (struct found){&usage->groups[g].options[i], &usage->groups[g]};
    return (struct found){NULL, NULL};
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

static int store(struct found found, const char *value)
{
    const struct option_entry *entry = found.entry;
    if (!value_store(entry, value, (char *)found.group->values + entry->offset)) {
        char expected[200];
        value_expected(entry, expected, sizeof expected);
        fprintf(stderr, "plotmill: --%s: found '%s', expected %s\n", entry->name, value, expected);
        return EXIT_WRONG;
    }
    found.group->given |= UINT32_C(1) << (entry - found.group->options);
    return OPTIONS_GO_ON;
}

/* *next is the argument after this one (NULL at the end), set to NULL when it was taken as the value. */
static int take_long(const struct usage *usage, const char *argument, const char **next)
{
    const char *name = argument + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    struct found found = find_long(usage, name, length);
    if (!found.entry)
        return unknown(usage, argument, name, length);
    if (found.entry->kind == OPTION_FLAG)
        return equals ? wrong(usage, "--%s takes no value, found '%s'", found.entry->name, equals + 1)
                      : store(found, "");
    if (equals)
        return store(found, equals + 1);
    if (!*next)
        return wrong(usage, "--%s needs a value: %s", found.entry->name, found.entry->argument);
    const char *value = *next;
    *next = NULL;
    return store(found, value);
}

/* "-qv", "-o FILE", "-oFILE". */
static int take_letters(const struct usage *usage, const char *argument, const char **next)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        struct found found = find_letter(usage, *letter);
        if (*letter == 'h' && !found.entry) {
            options_print_help(usage);
            return EXIT_DONE;
        }
        if (!found.entry)
            return unknown(usage, argument, argument + 1, strlen(argument + 1));
        const char *value = "";
        if (found.entry->kind != OPTION_FLAG) {
            value = letter[1] ? letter + 1 : *next;
            if (!value)
                return wrong(usage, "-%c needs a value: %s", *letter, found.entry->argument);
            if (!letter[1])
                *next = NULL;
        }
        int exit_code = store(found, value);
        if (exit_code != OPTIONS_GO_ON || found.entry->kind != OPTION_FLAG)
            return exit_code;
    }
    return OPTIONS_GO_ON;
}

static int check_paths(const struct usage *usage, const struct paths *paths)
{
    size_t most = usage->path_name ? usage->most_paths : 0;
    if (paths->count > most)
        return wrong(usage, "unexpected argument '%s'", paths->items[most]);
    if (usage->path_name && paths->count == 0)
        return wrong(usage, "%s is missing", usage->path_name);
    return OPTIONS_GO_ON;
}

int options_parse(struct usage *usage, int argc, char **argv, struct paths *paths)
{
    int ended = 0;
    *paths = (struct paths){.items = argv + 1};
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL, *after = next;
        int exit_code = OPTIONS_GO_ON;
        if (ended || argument[0] != '-' || !argument[1])
            paths->items[paths->count++] = argv[i];
        else if (!strcmp(argument, "--"))
            ended = 1;
        else if (!strcmp(argument, "--help")) {
            options_print_help(usage);
            return EXIT_DONE;
        } else if (argument[1] == '-')
            exit_code = take_long(usage, argument, &next);
        else
            exit_code = take_letters(usage, argument, &next);
        if (exit_code != OPTIONS_GO_ON)
            return exit_code;
        i += next != after;
    }
    int exit_code = usage->complete ? usage->complete(usage->user, usage, paths) : OPTIONS_GO_ON;
    return exit_code == OPTIONS_GO_ON ? check_paths(usage, paths) : exit_code;
}

const struct option_entry *options_find(const struct usage *usage, const char *name, struct option_group **group)
{
    struct found found = find_long(usage, name, strlen(name));
    *group = found.group;
    return found.entry;
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
