/* The parts of a window set while it is planned; for the files of window sets only. */
#ifndef SOURCE_WINDOW_PARTS_H
#define SOURCE_WINDOW_PARTS_H

#include "source/window_set.h"

/* Windows are handled in blocks of this many. */
#define WINDOW_BLOCK 512

#define INT_MISSING INT64_MIN

/* Windows by their starts: runs that are a step apart, or a list. Starts as {0}. */
struct window_runs {
    struct window_run {
        uint64_t start, count;
    } * runs;
    size_t run_count, capacity;
    uint64_t step; /* between the starts of a run */
    uint64_t count;
    /* Of a given table: (count), in its order, instead of runs; rows of the table. */
    uint64_t *list, *table_rows;
    uint64_t list_capacity;
};

/* Adds a window; one that lies a step after the last one extends its run. */
enum plotmill_status window_runs_add(struct window_runs *runs, uint64_t start, struct plotmill_error *error);
/* The same of a table's row. */
enum plotmill_status window_runs_list(struct window_runs *runs, uint64_t start, uint64_t table_row,
                                      struct plotmill_error *error);
void window_runs_free(struct window_runs *runs);

/* Walks over the windows in blocks, from {0} on. */
struct window_walk {
    const struct window_runs *runs;
    size_t run;
    uint64_t done, at; /* windows in all, and of the run */
    uint64_t starts[WINDOW_BLOCK];
    const uint64_t *table_rows; /* of these; NULL: no table */
    size_t count;
};
bool window_walk_next(struct window_walk *walk);

/* A column of a given table. */
struct table_column {
    char *name;
    double *values; /* (rows of the table); NaN: missing */
    bool whole;
    char **classes; /* (class_count), NULL: numbers */
    size_t class_count;
};

struct window_table {
    uint64_t rows;
    uint64_t *starts; /* (rows): samples, or ready sequences, of the source */
    uint8_t *splits;  /* (rows) of enum image_split; NULL: there is no such column */
    struct table_column *columns;
    size_t column_count;
};

/* Reads the file of the option windows. Refuses a row whose window does not lie in the source. */
enum plotmill_status window_table_read(struct window_table *table, const struct window_options *options,
                                       const struct source *source, uint64_t window, struct plotmill_error *error);
void window_table_free(struct window_table *table);

/* A label that is stored: of the options, of a further side column of the source, or of a table. */
struct stored_label {
    char *name;                        /* "labels/NAME"; owned */
    const struct label *label;         /* of the options; NULL: another one */
    size_t side;                       /* of the source; SIZE_MAX: none */
    const struct table_column *column; /* NULL: none */
    bool whole;                        /* int64, else float64 */
    char *const *classes;
    size_t class_count;
};

struct window_set_data {
    const struct source *source;
    uint64_t window; /* samples */
    size_t value;    /* the field of returns; SIZE_MAX: none */
    struct label_list labels;
    struct stored_label *stored;
    size_t stored_count;
    struct window_table table;
    uint64_t *table_rows; /* (images): rows of the table; NULL: there is none */
    bool times, groups, rows, split;
    double *row; /* a row of the source */
};

/* Values of a stored label of windows that begin at `starts`; NaN: missing. table_rows NULL: no table. */
enum plotmill_status label_values(const struct window_set_data *data, const struct stored_label *label,
                                  const uint64_t *starts, const uint64_t *table_rows, size_t count, double *values,
                                  struct plotmill_error *error);

/* What labels are stored. data->table has been read. */
enum plotmill_status labels_resolve(struct window_set_data *data, struct plotmill_error *error);

/* The last sample (or sequence) that the labels of the window at `start` reach. */
uint64_t labels_reach(const struct window_set_data *data, uint64_t start);

/* Cuts the windows into parts by the options. *parts: train, val, test, none, in this order, each with the windows in
 * the order of `windows`; of tables only their `splits` (count) are set, and the parts are empty. */
struct split_result {
    struct window_runs parts[4];
    uint8_t *splits;
    uint64_t embargoed[2]; /* that would be of train, of val */
};
enum plotmill_status split_windows(struct split_result *result, const struct window_set_data *data,
                                   const struct window_runs *windows, const struct window_options *options,
                                   struct plotmill_error *error);
void split_free(struct split_result *result);

/* Refuses split options that are malformed or contradict each other. */
enum plotmill_status split_check(const struct window_options *options, struct plotmill_error *error);
bool split_wanted(const struct window_options *options);

/* SplitMix64, from which all random orders come. docs/definition.md defines it. */
struct random_order {
    uint64_t state;
};
enum plotmill_status shuffle_seed(struct random_order *random, const char *seed, struct plotmill_error *error);
/* Permutes `count` items; `b` moves alongside; NULL: none. */
void shuffle_items(struct random_order *random, uint64_t *a, uint64_t *b, uint64_t count);

#endif
