/* Job files: what --config FILE and --set KEY=VALUE say sets the same options as a command line, by the same tables and
 * parsers. The command line overrides --set, a later --set an earlier one, and --set the file.
 *
 * A key is an option's name (`window: 100`, `line_width` as well as `line-width`; `input` for the INPUTs), or a key of
 * the chart pipelines that foreign.c knows (`image.seq_len`). */
#ifndef TOOLS_CONFIG_CONFIG_H
#define TOOLS_CONFIG_CONFIG_H

#include "tools/common/console.h"
#include "tools/common/options.h"

enum setting_shape {
    SETTING_NULL,   /* as if the key were absent */
    SETTING_PLAIN,  /* one item */
    SETTING_QUOTED, /* one item in quotes: not a number, not a truth value */
    SETTING_LIST,   /* of items */
    SETTING_NESTED  /* not valid for any key */
};

/* A key and its value, as the file or --set gave them. */
struct setting {
    const char *key;                  /* "image.resolution.width" */
    const char *place;                /* of the key, for messages: "job.yaml:12:5", "--set window" */
    const char *value_place;          /* of the value */
    const struct option_entry *entry; /* the option that the key names; NULL: none */
    enum option_origin origin;
    enum setting_shape shape;
    char **items;
    size_t count;
    int used; /* 0: without effect so far */
};

struct config {
    const char *file; /* NULL: none */
    struct usage *usage;
    struct setting *settings; /* in the order of their precedence: those of the file, then those of --set */
    size_t setting_count;
    struct memory *memory;     /* all that the settings point to */
    const char *output_folder; /* to be created before the output; NULL: none */
    const char *log_folder;    /* likewise, before the log file */
};

/* Applies the file (NULL: none) and the "KEY=VALUE" texts to the options that the command line left open. Returns
 * OPTIONS_GO_ON or the exit code after a message. Call config_free also after a failure; the values of the options live
 * until then. */
int config_apply(struct config *config, struct usage *usage, struct paths *paths, const char *file,
                 const struct option_texts *sets);
void config_free(struct config *config);

/* Creates a folder that the file names, if it does not exist; NULL: nothing to do. Returns OPTIONS_GO_ON, or the exit
 * code after a message. */
int config_make_folder(const char *folder, struct console *console);

/* Reports, in one line, the keys that were understood and have no effect. */
void config_report_unused(const struct config *config, struct console *console);

/* Prints the settings in effect as YAML that config_apply accepts. */
void config_print(const struct usage *usage, const struct paths *inputs);

/* The rest is for the files of this folder. Functions that return int return OPTIONS_GO_ON, or the exit code after a
 * message; those that return a text return NULL after a message. They exit when memory runs out: nothing is open yet.
 */

/* Memory that lives as long as the config. */
void *config_allocate(struct config *config, size_t size);
char *config_text(struct config *config, const char *format, ...) PLOTMILL_PRINTF(2, 3);

/* Prints "plotmill: PLACE: KEY: ..." to stderr, without KEY where it is NULL; returns EXIT_WRONG. */
int config_wrong(const char *place, const char *key, const char *format, ...) PLOTMILL_PRINTF(3, 4);

/* YAML's words for no value, except "". */
int config_is_null(const char *text);

/* yaml.c: adds the settings of a file. */
int config_read_file(struct config *config, const char *path);
struct setting *config_add(struct config *config, const char *key, enum option_origin origin);

/* The setting in effect for a key, marked as used; NULL: none, or null. */
struct setting *config_take(struct config *config, const char *key);

/* The text of a setting that takes one value. */
const char *config_one(const struct setting *setting, const char *expected);

/* The setting as a text that the option accepts. */
const char *config_text_for(struct config *config, const struct option_entry *entry, const struct setting *setting);

/* Sets an option to a text that it accepts, unless something of higher origin has. `setting` NULL: implied by others.
 */
int config_assign(struct config *config, const char *option, const char *text, struct setting *setting);

/* What an option is set to; NULL: nothing. */
const char *config_value(const struct config *config, const char *option);

/* The format that --format, --set or an output named there asks for; NULL: they leave it to the file. */
const char *config_asked_format(const struct config *config);

/* foreign.c: the keys of other pipelines. */
struct suggestion;
int foreign_is_section(const char *key);
/* Offers the keys and sections inside `section` ("": the top level), without its name. */
void foreign_offer(const char *section, struct suggestion *suggestion);
/* The key of that name in any section; NULL: none. */
const char *foreign_find(const char *leaf);
/* 1: `setting` being null removes `other`: the keys are the same, have the same meaning, or the first is the section
 * of the other, or the option that the other helps to set. The reverse does not hold: a width is not the size. */
int foreign_covers(const struct setting *setting, const struct setting *other);
/* 1: together the two keys set one option. */
int foreign_are_parts(const char *key, const char *other);
/* Applies one setting; *known is 0 when its key is unknown. */
int foreign_apply(struct config *config, struct setting *setting, int *known);
/* Applies the keys that depend on others. */
int foreign_finish(struct config *config, struct paths *paths);

#endif
