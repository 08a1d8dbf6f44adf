/* Job files: what --config FILE and --set KEY=VALUE say becomes the same option settings as a command line, by the same
 * tables and parsers. The command line beats --set, a later --set an earlier one, and --set the file.
 *
 * A key is an option's name (`window: 100`, `line_width` as well as `line-width`; `input` for the INPUTs), or one of
 * the sections that config_keys.c knows (`image.seq_len`). */
#ifndef TOOLS_CONFIG_CONFIG_H
#define TOOLS_CONFIG_CONFIG_H

#include "tools/common/console.h"
#include "tools/common/options.h"

/* Who said it: the higher ones win. */
enum config_level { CONFIG_DEFAULT, CONFIG_IMPLIED, CONFIG_FILE, CONFIG_SET, CONFIG_ARGUMENT };

enum setting_shape {
    SETTING_NULL,   /* as if it were not there */
    SETTING_TEXT,   /* one item */
    SETTING_QUOTED, /* one item in quotes: no number, no truth value */
    SETTING_LIST,   /* of texts */
    SETTING_OTHER   /* nested: no key takes that */
};

struct setting {
    char *key;         /* "image.resolution.width" */
    char *place;       /* of the key, for messages: "job.yaml:12:5", "--set window" */
    char *value_place; /* of the value */
    enum setting_shape shape;
    enum config_level level;
    char **items;
    size_t count;
    int used;
};

#define CONFIG_GROUPS 16
#define CONFIG_OPTIONS 32

struct config {
    const char *file; /* NULL: none */
    struct usage *usage;
    struct setting *settings; /* the later of two with the same key and level wins */
    size_t setting_count;
    struct {
        enum config_level level;
        const struct setting *from; /* NULL: the command line, or what others imply */
    } origins[CONFIG_GROUPS][CONFIG_OPTIONS];
    const struct setting *input; /* that names the inputs; NULL: none */
    char **inputs;               /* owned */
    size_t input_count;
    char **texts; /* owned: values that were put together */
    size_t text_count;
    char *output_folder; /* of texts: to be made before the output; NULL: none */
    char *log_folder;    /* likewise, before the log file */
};

/* Applies the file (NULL: none) and the "KEY=VALUE" texts to what the command line left open. Returns OPTIONS_GO_ON or
 * the exit code after a message. config_free also after a failure; what was applied lives until then. */
int config_apply(struct config *config, struct usage *usage, struct paths *paths, const char *file,
                 const struct option_texts *sets);
void config_free(struct config *config);

/* Makes the folders for the output and for the log file that `paths` of the file names. Returns OPTIONS_GO_ON, or the
 * exit code after a message. */
int config_make_output_folder(const struct config *config, struct console *console);
int config_make_log_folder(const struct config *config, struct console *console);

/* One line about keys that were understood and change nothing here. */
void config_tell(const struct config *config, struct console *console);

/* The settings in effect, as YAML that config_apply takes. */
void config_print(const struct option_group *groups, size_t group_count, const struct paths *inputs);

/* The rest is shared by the files of config*.c. */

/* "plotmill: PLACE: ..." on stderr; returns EXIT_WRONG. */
int config_wrong(const char *place, const char *format, ...) PLOTMILL_PRINTF(2, 3);

/* YAML's words for no value; "" aside. */
int config_is_null(const char *text);

/* Reads a YAML file into config->settings. */
int config_read_file(struct config *config, const char *path);

/* Adds an empty setting; NULL, after a message, when memory has run out. */
struct setting *config_add(struct config *config);
int config_add_item(struct setting *setting, const char *text, size_t length); /* 0: out of memory */

/* Printed into memory that lives as long as the config; NULL: out of memory. */
char *config_text(struct config *config, const char *format, ...) PLOTMILL_PRINTF(2, 3);

/* The setting in effect for a key, marked as used; NULL: none, or null. */
const struct setting *config_take(struct config *config, const char *key);

/* Sets an option by its text, unless a higher level has. `from` NULL: implied. */
int config_put(struct config *config, const char *option, const char *text, const struct setting *from,
               enum config_level level);
/* Checks that the option would take the setting's value. Returns OPTIONS_GO_ON or EXIT_WRONG after a message. */
int config_check(struct config *config, const char *option, const struct setting *setting);
/* As if no one had set the option and its key changed nothing. */
void config_unset(struct config *config, const char *option);
void config_untake(struct config *config, const struct setting *setting);
enum config_level config_level_of(const struct config *config, const char *option);

/* Sets the option that a key of the same meaning stands for. */
int config_put_setting(struct config *config, const char *option, const struct setting *setting);

/* The one text of a setting that takes no list. NULL after a message, which says what was `expected`. */
const char *config_one(const struct setting *setting, const char *expected);

/* 1 or 0 for a truth value; -1 after a message. */
int config_truth(const struct setting *setting);

/* The sections. */
int config_is_section(const char *key);
/* Whether unsetting `key` unsets `other` too: they are the same, mean the same option, or `key` is its section or the
 * option that is made of it (not the other way round: a width is not the size). */
int config_covers(const struct config *config, const char *key, const char *other);
int config_apply_keys(struct config *config, struct paths *paths);

#endif
