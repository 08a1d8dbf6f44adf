/* The one table of options. A subcommand that takes only some of a group names their count: the groups begin with the
 * options that all take. */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include <stdbool.h>

#include "base/log.h"
#include "options/option.h"

/* The choices of missing, compress, dtype and layout, in the order of their enums; they end with NULL. */
extern const char *const missing_names[];
extern const char *const compress_names[];
extern const char *const dtype_names[];
extern const char *const layout_names[];

struct data_settings {
    const char *column;
    const char *columns, *axes; /* NULL: not given */
    const char *dataset;
    const char *member;
    const char *from, *to; /* NULL: not given */
    int rows;              /* 0: samples; 1: sequences */
    const char *label_column;
    const char *group_by;
    int order;            /* as enum row_order */
    double break_at_gaps; /* 0: not given */
};
enum { DATA_ALL = 12 };
extern const struct option_entry data_options[DATA_ALL];

struct text_settings {
    const char *header, *skip, *comment, *separator, *decimal, *thousands, *missing_values; /* NULL: not given */
    int units;                                                                              /* 0: auto; 1: none */
    const char *encoding, *time, *time_format;
    int bad_rows; /* 0: error; 1: skip */
};
enum { TEXT_ALL = 12 };
extern const struct option_entry text_options[TEXT_ALL];

struct window_settings {
    uint64_t window; /* 0: not given */
    uint64_t stride;
    uint64_t limit; /* 0: all */
    const char *windows;
    const char *label; /* a list, separated by commas */
    const char *label_field;
    int drop_unlabelled;
    const char *split, *split_at, *split_by, *shuffle;
};
enum { WINDOW_OF_SERIES = 1, WINDOW_ALL = 11 };
extern const struct option_entry window_options[WINDOW_ALL];

struct image_settings {
    struct option_size size;
    struct option_length line_width;
    double margin;
    int antialias;
    struct ink background;
    struct ink foreground;
    struct option_range range; /* both NaN: minmax */
    int missing;
    double dpi;        /* dots per inch: turns points into px */
    const char *chart; /* a preset, a file, or a chart in braces; NULL: the preset `line` */
    const char *ma;    /* NULL: the chart's averages */
};
enum { IMAGE_OF_LINE = 9, IMAGE_ALL = 11 };
extern const struct option_entry image_options[IMAGE_ALL];

struct device_settings {
    const char *device; /* NULL: the library's default */
    int no_cache;
    uint64_t batch; /* 0: auto */
    uint64_t jobs;  /* 0: one per core */
    int fallback, no_fallback;
};
enum { DEVICE_CHOICE = 2, DEVICE_ALL = 6 };
extern const struct option_entry device_options[DEVICE_ALL];

struct output_settings {
    const char *path;
    int format; /* its index among the choices */
    int compress;
    int dtype;
    int layout;
    int channels;     /* 0: as drawn; 1: 1; 2: 3; 3: one per layer */
    uint64_t quality; /* 0: the default */
    uint64_t chunk_images;
    int folders; /* as enum image_folders */
    uint64_t images_per_file;
    int resume;
    struct option_share shard; /* of 0: all files */
    int force;
    int skip_existing;
    int store_sequences;
};
enum { OUTPUT_OF_SINK = 9, OUTPUT_ALL = 15 }; /* OF_SINK: what is written, not what happens to an existing output */
extern const struct option_entry output_options[OUTPUT_ALL];

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

/* Input files: an option of documents and the library; a command line names them without it. */
extern const struct option_entry input_option;

/* All of them, in the order of their groups. */
struct option_values {
    struct data_settings data;
    struct text_settings text;
    struct window_settings windows;
    struct image_settings image;
    struct device_settings device;
    struct output_settings output;
    struct general_settings general;
};
enum { SCOPE_DATA, SCOPE_TEXT, SCOPE_WINDOWS, SCOPE_CHART, SCOPE_DEVICE, SCOPE_OUTPUT, SCOPE_GENERAL, SCOPES };
void option_groups_init(struct option_group groups[SCOPES], struct option_values *values);

/* "data", "chart", ...: the scope of the group's options; three groups are of the scope data. */
extern const char *const option_scopes[SCOPES];

/* The table as JSON, for plotmill_options_describe; freed by the caller. NULL: out of memory. */
char *options_table_json(void);

/* In px. */
double line_width_px(const struct image_settings *image);

/* The name of the format that was given, or that the output's name implies; "" when neither does. */
const char *output_format(const struct output_settings *output, const struct option_group *group);

/* Check what the tables cannot: options that contradict each other. `group` says what was given. image_check is of
 * the chart `line`, and reports a dpi without effect to the log. */
enum plotmill_status image_check(const struct image_settings *image, const struct option_group *group,
                                 const struct log *log, struct plotmill_error *error);
enum plotmill_status device_check(const struct device_settings *device, struct plotmill_error *error);
enum plotmill_status output_check(const struct output_settings *output, const struct option_group *group, int antialias,
                                  struct plotmill_error *error);

#endif
