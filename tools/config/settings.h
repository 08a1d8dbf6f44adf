/* Options that several subcommands share. A subcommand that takes only some of a table names their count: the
 * tables begin with the options that all take. */
#ifndef TOOLS_CONFIG_SETTINGS_H
#define TOOLS_CONFIG_SETTINGS_H

#include "plotmill/plotmill.h"
#include "tools/common/console.h"
#include "tools/common/options.h"

struct data_settings {
    const char *column;
    const char *dataset;
    const char *from, *to; /* NULL: not given */
    uint64_t window;       /* 0: not given */
    uint64_t stride;
    uint64_t limit; /* 0: all */
};
enum { DATA_OF_SERIES = 5, DATA_ALL = 7 };
extern const struct option_entry data_options[DATA_ALL];

struct image_settings {
    struct option_size size;
    struct option_length line_width;
    double margin;
    int antialias;
    uint64_t background;
    uint64_t foreground;
    struct option_range range; /* both NaN: minmax */
    int missing;
    double dpi; /* dots an inch: turns points into px */
};
enum { IMAGE_ALL = 9 };
extern const struct option_entry image_options[IMAGE_ALL];

struct device_settings {
    const char *device; /* NULL: the library's default */
    int no_cache;
    uint64_t batch; /* 0: auto */
    uint64_t jobs;  /* 0: one a core */
    int fallback, no_fallback;
};
enum { DEVICE_CHOICE = 2, DEVICE_ALL = 6 };
extern const struct option_entry device_options[DEVICE_ALL];

struct general_settings {
    int quiet;
    int verbose;
    int json;
    const char *log_path;
    int log_level; /* as enum log_file_level */
    const char *status_path;
    int dry_run;
    const char *config_path;
    struct option_texts sets;
    int print_config;
};
enum { GENERAL_TALK = 2, GENERAL_JSON = 3, GENERAL_ALL = 10 };
extern const struct option_entry general_options[GENERAL_ALL];

/* Where --json stands, for subcommands that take it alone. */
extern const struct option_entry *const json_option;

/* The defaults. */
struct data_settings data_defaults(void);
struct image_settings image_defaults(void);
struct general_settings general_defaults(void);

/* Returns OPTIONS_GO_ON, or the exit code after a message about options that contradict each other. `group` tells what
 * was given. */
int image_check(const struct image_settings *image, const struct option_group *group, struct console *console);
void image_apply(const struct image_settings *image, struct plotmill_chart_options *chart);

/* Likewise. */
int device_check(const struct device_settings *device, struct console *console);
void device_apply(const struct device_settings *device, struct plotmill_job_options *job);

/* Whether --window suits the source, and how many samples an image then has. `path` names the source in messages.
 * Returns OPTIONS_GO_ON or the exit code after a message. */
int data_window(const struct data_settings *data, const plotmill_source *source, const char *path,
                struct console *console, uint64_t *window);

/* A library handle that talks to the console, with the cache of kernels that was asked for (device NULL: the usual
 * one); NULL after a message. */
plotmill *open_library(struct console *console, const struct device_settings *device);

#endif
