/* Command lines from tables: parsing, limits and --help all come from the same entries.
 *
 * A subcommand declares groups of options, each stored into a struct of its own:
 *
 *     struct option_group groups[] = {{"data", data_options, DATA_OPTIONS, &data}, ...};
 *     struct usage usage = {.command = "render", .groups = groups, ...};
 *     int exit_code = options_parse(&usage, argc, argv, &paths);
 *     if (exit_code != OPTIONS_GO_ON)
 *         return exit_code;
 */
#ifndef TOOLS_COMMON_OPTIONS_H
#define TOOLS_COMMON_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,   /* int: 1 when given */
    OPTION_WHOLE,  /* uint64_t, within least..most; 0 for `word` */
    OPTION_REAL,   /* double, within least..most */
    OPTION_LENGTH, /* struct option_length: px within least..most, or points ("3pt") above 0 */
    OPTION_SIZE,   /* struct option_size, each side within least..most */
    OPTION_SHARE,  /* struct option_share, "I/N" with 1 <= I <= N <= most */
    OPTION_RANGE,  /* struct option_range, lo < hi; both NaN for `word` */
    OPTION_CHOICE, /* int: the place in `choices` */
    OPTION_TEXT,   /* const char *, not empty, owned by argv */
    OPTION_TEXTS   /* struct option_texts, repeatable: in the order given; options_free frees the list, not the texts */
};

struct option_length {
    double value;
    int points; /* 1/72 inch each, not px */
};

struct option_texts {
    const char **items;
    size_t count;
};

struct option_size {
    uint32_t width, height;
};

struct option_share {
    uint32_t number, of;
};

struct option_range {
    double lo, hi;
};

struct option_entry {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    const char *argument; /* how --help calls the value; NULL for flags */
    const char *help;
    double least, most;         /* most 0: no upper limit */
    const char *const *choices; /* ends with NULL */
    const char *word;           /* NULL, or a word that may stand for the number */
    int implied;                /* 1: the default depends on other options: --print-config tells it only when given */
    int meta;                   /* 1: about the options themselves, no part of a configuration */
    size_t offset;              /* into the group's values */
};

struct option_group {
    const char *title;
    const struct option_entry *options;
    size_t count; /* at most 32 */
    void *values;
    uint32_t given; /* bit i: options[i] was on the command line, or in a configuration */
};

struct paths;

struct usage {
    const char *command;
    const char *arguments; /* "INPUT... -o OUTPUT" */
    const char *summary;   /* sentences; wrapped */
    const char *examples;  /* lines, printed as they are */
    struct option_group *groups;
    size_t group_count;
    const char *path_name; /* what a positional argument is: "INPUT"; NULL: there are none */
    size_t most_paths;     /* at least one is needed where there are any */
    /* NULL, or called when the command line was read, before it is checked: adds what it does not tell. Returns
     * OPTIONS_GO_ON or the exit code after a message. */
    int (*complete)(void *user, struct usage *usage, struct paths *paths);
    void *user;
};

/* Positional arguments; `items` points into argv. */
struct paths {
    char **items;
    size_t count;
};

#define OPTIONS_GO_ON (-1)

/* argv[0] is the subcommand. Returns OPTIONS_GO_ON, or the exit code: 0 after --help, 2 after a message about wrong
 * usage. Reorders argv. */
int options_parse(struct usage *usage, int argc, char **argv, struct paths *paths);

/* The option of that name, and its group; NULL: there is none. */
const struct option_entry *options_find(const struct usage *usage, const char *name, struct option_group **group);

/* Frees what OPTION_TEXTS hold. */
void options_free(struct option_group *groups, size_t count);

/* 1: the group's option of that name was given. */
int options_given(const struct option_group *group, const char *name);

/* The first option of the group that was given, or NULL. */
const char *options_first_given(const struct option_group *group);

void options_print_help(const struct usage *usage);

#endif
