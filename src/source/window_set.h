/* Which windows become images, in which order, with what is stored beside them: rows, times, groups, labels, split. */
#ifndef SOURCE_WINDOW_SET_H
#define SOURCE_WINDOW_SET_H

#include "base/log.h"
#include "chart/images.h"
#include "formats/format.h"
#include "source/windows.h"

/* Texts as the options of these names give them; NULL or 0: not given. */
struct window_options {
    const char *file;     /* windows */
    const char *group_by; /* a column of that name in the file says the group too; NULL: none */
    const char *label;
    const char *label_field;
    bool drop_unlabelled;
    const char *split, *split_at, *split_by;
    const char *shuffle; /* a seed */
};

/* What a label is of; texts are owned. */
struct label {
    char *name;
    enum label_kind { LABEL_RETURN = 0, LABEL_DIRECTION, LABEL_COLUMN } kind;
    char *column; /* of LABEL_COLUMN */
    uint64_t horizon;
    double threshold;
};

/* Starts as {0}. */
struct label_list {
    struct label *items;
    size_t count;
};

/* Reads the option label: [NAME=]return:H, [NAME=]direction:H[:T], [NAME=]COLUMN[:H], separated by commas; NULL: none.
 * PLOTMILL_BAD_INPUT names the label that is malformed. labels_free also after a failure. */
enum plotmill_status labels_parse(struct label_list *labels, const char *text, struct plotmill_error *error);
void labels_free(struct label_list *labels);

/* Whether a label is computed from the field of the option label-field. */
bool labels_need_field(const struct label_list *labels);

/* The side columns that a source must return for the labels: (*count), freed by the caller; the names belong to the
 * labels. */
enum plotmill_status labels_sides(const struct label_list *labels, struct side_request **sides, size_t *count,
                                  struct plotmill_error *error);

/* Refuses options that are malformed or contradict each other, without an input. */
enum plotmill_status window_options_check(const struct window_options *options, const struct window_rule *rule,
                                          struct plotmill_error *error);

/* Counts for the report. */
struct window_counts {
    uint64_t images;
    uint64_t splits[4];       /* train, val, test, none */
    uint64_t embargoed;       /* of none: windows that reach into a later part */
    uint64_t embargoed_of[2]; /* of these, those that would be of train and of val */
    uint64_t unlabelled;      /* windows without one of their labels, kept or dropped */
    uint64_t dropped;         /* of these, by drop-unlabelled */
    uint64_t too_short;       /* groups, or parts between gaps, that are shorter than a window */
};

/* Must not move. */
struct window_set {
    struct windows windows;
    struct image_column *columns;
    size_t column_count;
    struct split_run *runs; /* NULL: no split */
    size_t run_count;
    struct window_counts counts;
    char *description; /* see window_options_describe; owned */
    char *classes;     /* JSON: windows per label, class and part of the split, for reports; owned; NULL: none */
    struct window_set_data *data; /* what the columns are made of */
};

/* `source`: the arranged input, which must outlive the set; of its fields `label_value` is the one of returns
 * (SIZE_MAX: none). Its side columns are those of labels_sides in their order; further ones are labels of their names
 * as well. The limit of the rule is applied before the windows are split and shuffled. PLOTMILL_BAD_INPUT if rule,
 * file, labels or split do not fit. window_set_free also after a failure. */
enum plotmill_status window_set_plan(struct window_set *set, const struct source *source, size_t label_value,
                                     const struct window_rule *rule, const struct window_options *options,
                                     const struct log *log, struct plotmill_error *error);
void window_set_free(struct window_set *set);

/* Writes the columns of images first..first+count-1: columns[i] has room for (count, width) values. Called as the
 * source's calls are. */
enum plotmill_status window_set_read(const struct window_set *set, uint64_t first, uint64_t count, void *const *columns,
                                     struct plotmill_error *error);

/* The same of one column. */
enum plotmill_status window_set_column(const struct window_set *set, size_t column, uint64_t first, uint64_t count,
                                       void *out, struct plotmill_error *error);

/* The options that choose windows, labels and split as JSON, with the hash of a file of windows: equal texts mean equal
 * windows of equal inputs. "" where they are chosen by stride and limit alone, unless `all`, which sources with groups
 * or gaps need: what the limit leaves out depends on them. *text is freed by the caller. */
enum plotmill_status window_options_describe(char **text, const struct window_options *options, uint64_t limit,
                                             bool all, struct plotmill_error *error);

#endif
