/* Sources of samples.
 *
 * A source has `samples` samples, numbered from 0. A sample is a row of `fields` float64 values; NaN and +-Inf are
 * missing ones. It is either one long series (row_length 0), which a job cuts into windows, or ready sequences of
 * row_length samples each, one after another. */
#ifndef FORMATS_SOURCE_H
#define FORMATS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Consecutive samples, or ready sequences, of one group. */
struct source_range {
    uint64_t first, count;
    uint32_t group; /* its number, see struct source */
};

#define SOURCE_NO_TIME INT64_MIN

struct source_shape {
    uint64_t samples;    /* in all */
    uint64_t row_length; /* samples of each ready sequence; 0: one long series */
    uint32_t fields;     /* values per sample; 0: 1 */
    /* What windows may show: each lies in one of these ranges of samples (or of ready sequences), which are ascending
     * and belong to the source. range_count 0: all. */
    const struct source_range *ranges;
    size_t range_count;
    /* Samples, ascending, that no window holds together with the sample before: gaps in time. Derived fields are
     * computed across them. They belong to the source. */
    const uint64_t *breaks;
    size_t break_count;
};

static inline uint32_t source_fields(struct source_shape shape)
{
    return shape.fields ? shape.fields : 1;
}

/* The calls of a source. `self` is that of struct source. */
struct source_ops {
    /* Writes samples first..first+count-1, which are inside the shape, to out (count, fields). Called by one thread at
     * a time. On failure it should fill `error` (plotmill_error_set); otherwise the message only names the call. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, double *out, struct plotmill_error *error);
    /* Optional (NULL): writes where a sample came from ("prices.csv, line 12") to text, at most size bytes. */
    void (*locate)(void *self, uint64_t sample, char *text, size_t size);
    /* Optional (NULL): frees self, when the source is destroyed. */
    void (*destroy)(void *self);
    /* The next three are of samples, or of ready sequences. Called as read is. */
    /* Optional (NULL: sample i is row i): the row of the input that each one is, counted from 0 over all input files as
     * they lie there: data rows, whatever was skipped, sorted or left out. */
    void (*rows)(void *self, uint64_t first, uint64_t count, uint64_t *out);
    /* Optional (NULL: there are no times): ns since 1970 UTC; SOURCE_NO_TIME. Of ready sequences (count, 2): those of
     * their first and last samples. */
    enum plotmill_status (*times)(void *self, uint64_t first, uint64_t count, int64_t *out,
                                  struct plotmill_error *error);
    /* With side columns (struct source): the values of one of them; NaN: missing; of texts the index of the class. */
    enum plotmill_status (*side)(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                 struct plotmill_error *error);
};

/* A column that a source returns beside the fields: of labels, or of groups. */
struct side_request {
    const char *name;   /* as the options name it: a name or a number from 0 */
    const char *option; /* the option that names it, for messages: "label" or "group-by" */
    bool text;          /* its values are texts, even where they look like numbers */
};

enum row_order { ORDER_AUTO = 0, ORDER_TIME, ORDER_FILE };

/* How text is read; all 0 or NULL: decided by the text itself. See the options of these names. */
struct text_options {
    const char *header;    /* "auto", "none", or a number of lines */
    const char *skip;      /* a number of lines */
    const char *comment;   /* characters; "none": no comments */
    const char *separator; /* a character, "space", "tab", "auto" */
    const char *decimal;   /* "." or "," */
    const char *thousands; /* characters; "none" */
    const char *missing;   /* words separated by commas, beside the usual ones */
    bool no_units;
    const char *encoding; /* a name that iconv knows */
    const char *time;     /* COLUMN[,COLUMN]; "none": no column is one of times */
    const char *time_format;
    bool skip_bad_rows;
    bool sequences;           /* each row is a ready sequence */
    const char *label_column; /* with sequences: "first", "last" or a name; NULL: none */
};

struct source_options {
    const char *column;  /* the selected field: a name or a number from 0; NULL: the only numeric one */
    const char *columns; /* which fields are used, and their names: a list, see formats/fields.h; NULL: all */
    const char *axes;    /* of arrays: what each axis is, such as "NTF" (formats/axes.h); NULL: not said */
    const char *dataset; /* HDF5: path of the dataset, required; other formats: NULL */
    const char *from;    /* inputs with times: the first and.. */
    const char *to;      /* ..the last day, YYYY-MM-DD (UTC), or month, YYYY-MM, to read; NULL: no limit */
    struct text_options text;
    const char *member;   /* of archives and .npz; NULL: the only one */
    const char *group_by; /* a column, or "file"; NULL: one group */
    enum row_order order;
    double gap_factor; /* steps in time beyond which windows break; 0: they do not */
    const struct side_request *sides;
    size_t side_count;
    uint64_t window; /* samples per image; 0: not given. Ready sequences that are longer are cut (source/sequences.h) */
    /* What a read returns for each sample: names of fields, in any letter case; "": the selected one. field_count 0:
     * the selected one alone. */
    const char *const *fields;
    size_t field_count;
    bool last_optional; /* of these, the last one is left out where the input lacks it */
    bool last_is_label; /* the last one is that of the option label-field, not of the chart */
};

#endif
