/* Job files, and "KEY=VALUE" texts in their language, set the same options as a command line or a program, by the same
 * tables. What a command line or a program sets overrides the KEY=VALUE texts, of which a later one overrides an
 * earlier one, and these override the file.
 *
 * A key is an option's name (`window: 100`, `line_width` as well as `line-width`; `input` for the INPUTs), or a key of
 * the chart pipelines that foreign.c knows (`image.seq_len`). */
#ifndef OPTIONS_CONFIG_H
#define OPTIONS_CONFIG_H

#include <setjmp.h>

#include "base/strings.h"
#include "options/option.h"
#include "options/tree.h"

enum setting_shape {
    SETTING_NULL,   /* as if the key were absent */
    SETTING_PLAIN,  /* one item */
    SETTING_QUOTED, /* one item in quotes: not a number, not a truth value */
    SETTING_LIST,   /* of items */
    SETTING_NESTED  /* keys and values, or a list of such: valid for the chart alone */
};

/* A key and its value, as the file or --set gave them. */
struct setting {
    const char *key;                  /* "image.resolution.width" */
    const char *place;                /* of the key, for messages: "job.yaml:12:5", "set window" */
    const char *value_place;          /* of the value */
    const struct node *node;          /* the value in the file's tree; NULL: of --set */
    const struct option_entry *entry; /* the option that the key names; NULL: none */
    enum option_origin origin;
    enum setting_shape shape;
    char **items;
    size_t count;
    const char *text; /* the option's, where the value is a chart as nested keys; else NULL */
    int used;         /* 0: without effect so far */
};

struct config {
    const char *file; /* NULL: none */
    struct option_set *set;
    struct plotmill_error *error;
    struct tree tree;         /* of the file */
    jmp_buf out_of_memory;    /* of config_apply */
    struct setting *settings; /* in the order of their precedence: those of the file, then those of --set */
    size_t setting_count;
    struct memory *memory;     /* all that the settings point to */
    const char *output_folder; /* to be created before the output; NULL: none */
    const char *log_folder;    /* likewise, before the log file */
};

struct config_document {
    const char *name; /* a path, or a name for messages; NULL: there is no document */
    const char *text; /* size bytes; NULL: of the file `name` */
    size_t size;
};

/* Applies a document and "KEY=VALUE" texts to the options that nothing has set. Call config_free also after a failure;
 * the values of the options live until then. */
enum plotmill_status config_apply(struct config *config, struct option_set *set, struct paths *paths,
                                  const struct config_document *document, const struct option_texts *sets,
                                  struct plotmill_error *error);
void config_free(struct config *config);

/* The keys that were understood and have no effect. */
void config_list_unused(const struct config *config, struct text_list *list);

/* The options in effect as YAML that config_apply accepts, with or without those of the command alone; freed by the
 * caller. NULL: out of memory. */
char *config_print(const struct option_set *set, const struct paths *inputs, bool of_command);

/* The rest is for the files of this folder. Functions that return a text return NULL after a message. When memory runs
 * out, they jump to config_apply. */

/* Memory that lives as long as the config. */
void *config_allocate(struct config *config, size_t size);
char *config_text(struct config *config, const char *format, ...) PLOTMILL_PRINTF(2, 3);

/* Sets the message "PLACE: KEY: ...", without KEY where it is NULL; returns PLOTMILL_BAD_INPUT. */
enum plotmill_status config_wrong(struct config *config, const char *place, const char *key, const char *format, ...)
    PLOTMILL_PRINTF(4, 5);

/* YAML's words for no value, except "". */
int config_is_null(const char *text);

/* yaml.c: adds the settings of a document. */
enum plotmill_status config_read(struct config *config, const struct config_document *document);
struct setting *config_add(struct config *config, const char *key, enum option_origin origin);

/* The setting in effect for a key, marked as used; NULL: none, or null. */
struct setting *config_take(struct config *config, const char *key);

/* The text of a setting that takes one value. */
const char *config_one(struct config *config, const struct setting *setting, const char *expected);

/* The setting as a text that the option accepts. */
const char *config_text_for(struct config *config, const struct option_entry *entry, const struct setting *setting);

/* Sets an option to a text that it accepts, unless something of higher origin has. `setting` NULL: implied by others.
 */
enum plotmill_status config_assign(struct config *config, const char *option, const char *text,
                                   struct setting *setting);

/* What an option is set to; NULL: nothing. */
const char *config_value(const struct config *config, const char *option);

/* The format that options and KEY=VALUE texts, or an output named there, ask for; NULL: they leave it to the file. */
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
enum plotmill_status foreign_apply(struct config *config, struct setting *setting, int *known);
/* A grey as a number, by name or as #rrggbb; NULL: not a grey. */
const char *foreign_grey(struct config *config, const char *text);

/* foreign_chart.c: the chart, which the colours of rising and falling bars ask for where the input has all four prices.
 * dumps: the input is monthly files of klines. */
enum plotmill_status foreign_chart(struct config *config, bool dumps);

/* Applies the keys that depend on others. */
enum plotmill_status foreign_finish(struct config *config, struct paths *paths);

#endif
