/* Which windows become images, in which order, with what is stored beside them: rows, times, groups, labels, split. */
#ifndef SOURCE_WINDOW_SET_H
#define SOURCE_WINDOW_SET_H

#include "base/log.h"
#include "chart/images.h"
#include "formats/format.h"
#include "source/windows.h"

/* Texts as the options give them; NULL or 0: not given. */
struct window_options {
    struct window_rule rule;
    const char *file;          /* windows */
    const char *const *labels; /* (label_count): [NAME=]return:H, [NAME=]direction:H[:T], [NAME=]COLUMN[:H] */
    size_t label_count;
    const char *label_field;
    bool drop_unlabelled;
    const char *split, *split_at, *split_by;
    const char *shuffle; /* a seed */
};

/* What a label is of; texts are owned. */
struct label {
    char *name;
    enum { LABEL_RETURN, LABEL_DIRECTION, LABEL_COLUMN } kind;
    char *column; /* of LABEL_COLUMN */
    uint64_t horizon;
    double threshold;
};

struct label_list {
    struct label *items;
    size_t count;
};

/* Reads the labels of the options. PLOTMILL_BAD_INPUT names the label that is malformed. */
enum plotmill_status labels_parse(struct label_list *labels, const struct window_options *options,
                                  struct plotmill_error *error);
void labels_free(struct label_list *labels);

/* Counts for the report. */
struct window_counts {
    uint64_t images;
    uint64_t splits[4];  /* train, val, test, none */
    uint64_t embargoed;  /* of none: windows that reach into a later part */
    uint64_t unlabelled; /* windows without one of their labels, kept or dropped */
    uint64_t dropped;    /* of these, by drop-unlabelled */
    uint64_t too_short;  /* groups, or parts between gaps, that are shorter than a window */
};

/* Must not move. */
struct window_set {
    struct windows windows;
    struct image_column *columns;
    size_t column_count;
    struct split_run *runs; /* NULL: no split */
    size_t run_count;
    struct window_counts counts;
    char *description; /* JSON of the options, with a hash of the file; "": stride and limit alone; owned */
    char *classes;     /* JSON: class counts per split and label, for the report; owned; NULL: no labels with classes */
    struct window_set_data *data; /* what the columns are made of */
};

/* `source`: the arranged input, which must outlive the set; of its fields `label_value` is the one of returns
 * (SIZE_MAX: none), and its side columns are those of labels_sides in their order. PLOTMILL_BAD_INPUT if rule, file,
 * labels or split do not fit. window_set_free also after a failure. */
enum plotmill_status window_set_plan(struct window_set *set, const struct source *source, size_t label_value,
                                     const struct window_options *options, const struct log *log,
                                     struct plotmill_error *error);
void window_set_free(struct window_set *set);

/* Writes the columns of images first..first+count-1: columns[i] has room for (count, width) values. Thread-safe as the
 * source's calls are. */
enum plotmill_status window_set_read(const struct window_set *set, uint64_t first, uint64_t count, void *const *columns,
                                     struct plotmill_error *error);

#endif
