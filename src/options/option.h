/* Options as rows of tables: kinds, limits, defaults, and text as values. Options are collected as text first. When all
 * sources have been read, the texts and the defaults are stored into the structs of their groups. */
#ifndef OPTIONS_OPTION_H
#define OPTIONS_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "chart/ink.h"

enum option_kind {
    OPTION_FLAG,   /* int: 0 or 1 */
    OPTION_WHOLE,  /* uint64_t, within least..most; 0 for `word` */
    OPTION_REAL,   /* double, within least..most */
    OPTION_LENGTH, /* struct option_length: px within least..most, or points ("3pt") above 0 */
    OPTION_SIZE,   /* struct option_size, each side within least..most */
    OPTION_SHARE,  /* struct option_share, "I/N" with 1 <= I <= N <= most */
    OPTION_RANGE,  /* struct option_range, lo < hi; both NaN for `word` */
    OPTION_INK,    /* struct ink: 0..255 or #rrggbb */
    OPTION_CHOICE, /* int: the index in `choices` */
    OPTION_TEXT,   /* const char *, not empty, not copied */
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

/* A row of a table. */
struct option_entry {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    const char *argument; /* the value's name in --help; NULL for flags */
    size_t offset;        /* into the group's values */
    const char *help;
    const char *default_text;   /* stored unless the option is set, and added to --help; NULL: the struct's own value */
    const char *default_words;  /* or the default in words, for --help and documentation alone; NULL: nothing to say */
    const char *unit;           /* of the value, for documentation; NULL: none */
    double least, most;         /* most 0: no upper limit */
    const char *const *choices; /* ends with NULL */
    const char *word;           /* NULL, or a word that may stand for the number */
    const char *optional;       /* NULL, or the value where the option is given without one */
    int list;    /* 1: the value is a list, separated by commas; on a command line the option may be repeated */
    int implied; /* 1: the default depends on other options: --print-config prints the option only where it is set */
    int meta;    /* 1: not part of a configuration */
    int command; /* 1: of the command, not of the library */
};

struct option_group {
    const char *title;
    const struct option_entry *options;
    size_t count; /* at most OPTIONS_PER_GROUP */
    void *values;
    uint32_t given; /* bit i: options[i] was set by the command line or a configuration */
};

/* Who set an option; the higher ones win. */
enum option_origin { FROM_NOBODY, FROM_FILE, FROM_SET, FROM_ARGUMENTS };

/* What an option is set to. */
struct option_value {
    const char *text; /* NULL: the default holds */
    enum option_origin origin;
    struct setting *setting; /* of a configuration (options/config.h), or NULL */
};

/* Input files; `items` points into argv or a configuration. */
struct paths {
    char **items;
    size_t count;
};

#define OPTION_GROUPS 8
#define OPTIONS_PER_GROUP 32

/* The options of a command, or of the library. */
struct option_set {
    struct option_group *groups;
    size_t count;                                                 /* at most OPTION_GROUPS */
    struct option_value values[OPTION_GROUPS][OPTIONS_PER_GROUP]; /* by group and row */
};

/* The value of the option of that name, and its row (NULL: not wanted); NULL: there is none. */
struct option_value *options_find(struct option_set *set, const char *name, const struct option_entry **entry);

/* The known name nearest to a misspelt one; NULL: none is near. */
const char *options_nearest(const struct option_set *set, const char *name);

/* Stores the texts that were set, which have been checked, and the defaults of the others. */
void options_store(struct option_set *set);

/* Frees the lists of OPTION_TEXTS. */
void options_free(const struct option_set *set);

/* 1: the group's option of that name was set. */
int options_given(const struct option_group *group, const char *name);

/* The first option of the group that was set, or NULL. */
const char *options_first_given(const struct option_group *group);

/* Stores `text` at `store` as entry->kind says. Returns 1; or 0 when it is malformed or out of limits. */
int option_store(const struct option_entry *entry, const char *text, void *store);
#define OPTION_STORE_WORDS 8 /* uint64_t that hold the value of any kind */

/* What option_store would have accepted: "a whole number from 2 to 16777216". */
void option_expected(const struct option_entry *entry, char *text, size_t size);

/* "NAME: found 'TEXT', expected ..." */
enum plotmill_status option_wrong(const struct option_entry *entry, const char *text, struct plotmill_error *error);

/* 1 or 0 for true, yes, on, false, no, off; -1 for other texts. */
int option_truth(const char *text);

#endif
