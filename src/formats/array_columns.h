/* What an array has beside its fields: the time of each sample, and columns of labels and groups. They are read when
 * the array is opened and take 8 bytes a value. */
#ifndef FORMATS_ARRAY_COLUMNS_H
#define FORMATS_ARRAY_COLUMNS_H

#include "formats/format.h"

/* A field of the elements, or an array beside them. */
struct array_column {
    char name[200]; /* "": it has only a number */
    enum array_column_kind {
        ARRAY_OTHER = 0, /* cannot be read */
        ARRAY_INT64,     /* the value as it is read: int64, ... */
        ARRAY_UINT64,
        ARRAY_FLOAT64,
        ARRAY_TIME,  /* int64, of `unit` ns since 1970; INT64_MIN: missing */
        ARRAY_BYTES, /* `size` bytes of text, up to the first 0 */
        ARRAY_UCS4   /* `size` / 4 characters, in the order of this machine */
    } kind;
    size_t size; /* bytes of a value as it is read */
    int64_t unit;
    bool of_sequences; /* one value for each ready sequence, not for each sample */
};

struct array_column_list {
    const char *path;           /* of the input, for messages */
    struct array_column *items; /* (count), owned */
    size_t count;
    /* Writes values first..first+count-1 of a column to out. */
    enum plotmill_status (*read)(void *self, size_t column, uint64_t first, uint64_t count, void *out,
                                 struct plotmill_error *error);
    void *self;
};

/* The first member of the source that has them. */
struct array_columns {
    int64_t *times; /* of samples; of ready sequences (sequences, 2); NULL: none */
    uint64_t width; /* times of each sample or sequence */
    double **sides; /* (side_count), each of samples or of sequences */
    size_t side_count;
};

#define ARRAY_NO_COLUMN SIZE_MAX
#define ARRAY_TEXT_MOST 999 /* bytes of a text */

/* Whether the options need columns: an array has up to millions of fields without names. */
bool array_columns_are_asked(const struct source_options *options);

/* The column of times: that of the option time; else the only one that holds dates and times, or that is also named as
 * such; else a number whose name means a time and whose first and last values are a time since 1970. *column is
 * ARRAY_NO_COLUMN if there is none. `samples`: of the array. */
enum plotmill_status array_columns_find_time(const struct array_column_list *list, uint64_t samples,
                                             const struct source_options *options, size_t *column,
                                             struct plotmill_error *error);

/* Reads the times of `column`, and the side columns of the options. *source has its shape; its sides and what it says
 * of times and series are filled in. Free *columns with array_columns_free, also after a failure. */
enum plotmill_status array_columns_open(struct array_columns *columns, const struct array_column_list *list,
                                        size_t column, const struct source_options *options, const struct log *log,
                                        struct source *source, struct plotmill_error *error);
void array_columns_free(struct array_columns *columns);

/* Fills in source->about.columns: columns that may say which series a row belongs to, where no option says it. `time`:
 * the column of times. */
enum plotmill_status array_columns_watch(const struct array_columns *columns, const struct array_column_list *list,
                                         size_t time, const struct source_options *options, struct source *source,
                                         struct plotmill_error *error);

bool array_column_is_number(const struct array_column *column);

/* A value as text of at most ARRAY_TEXT_MOST bytes; "": it is missing. */
void array_column_text(const struct array_column *column, const void *value, char *text);

/* Members of source_ops, for a `self` that begins with struct array_columns. */
enum plotmill_status array_columns_times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                         struct plotmill_error *error);
enum plotmill_status array_columns_side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error);

#endif
