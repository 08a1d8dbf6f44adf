/* plotmill: sources of samples: files, arrays in memory, or callbacks.
 *
 * A source holds one long series, which is cut into windows, or ready sequences of equal length, one per image. A
 * sample is a row of values, one of each field; NaN and +-Inf are missing.
 *
 * Which fields are read depends on the chart of the options that a source is opened with: those that the chart names,
 * in any letter case. A chart without names, such as the usual line, shows one field: the option `column` selects it by
 * name or index, and is required where a source has several. The option `columns` gives names to fields. A source can
 * be drawn with every chart that needs no other fields. */
#ifndef PLOTMILL_SOURCE_H
#define PLOTMILL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/options.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill_source plotmill_source;

/* Opens files (.csv and .tsv, also in .gz or .zip; .npy; .h5 and .hdf5) as one series, in the given order. Ready
 * sequences in several files must have the same length. The options of scope data apply. `paths` NULL: the option
 * `input`. `options` NULL: defaults. Free *source with plotmill_source_destroy. */
PLOTMILL_API enum plotmill_status plotmill_source_open(plotmill *pm, const char *const *paths, size_t path_count,
                                                       const plotmill_options *options, plotmill_source **source);

/* Types of the numbers in an array, in the machine's byte order. */
enum plotmill_type {
    PLOTMILL_FLOAT64 = 0,
    PLOTMILL_FLOAT32,
    PLOTMILL_INT64, /* a value that no float64 equals, such as 2^53 + 1, is PLOTMILL_BAD_INPUT when it is read as a
                       sample or as a label that is a number; groups and texts keep all digits. So it is in files */
    PLOTMILL_INT32,
    PLOTMILL_INT16,
    PLOTMILL_INT8,
    PLOTMILL_UINT64, /* as PLOTMILL_INT64 */
    PLOTMILL_UINT32,
    PLOTMILL_UINT16,
    PLOTMILL_UINT8
};

/* A column beside the fields of an array, which the options label and group-by can name: a value for each row (T) of a
 * series, or for each sequence (N). All of it is copied. */
struct plotmill_side {
    size_t size;      /* of this struct */
    const char *name; /* not that of a field */
    const void *data;
    enum plotmill_type type;    /* missing: NaN, INT64_MIN */
    int64_t stride;             /* bytes from one value to the next, of any sign; 0: no gaps */
    const char *const *classes; /* (class_count) texts that the values are indices of, in any order; other values (-1)
                                   and "" are missing. NULL: they are numbers */
    size_t class_count;
    int64_t time_unit; /* of int64 in a table: the values are times since 1970 UTC in units of so many ns; 0: numbers */
};

/* An array, or a table: then data is NULL, axes "T", shape[0] the number of rows, and sides are its columns, which are
 * read as those of a file of records are: numbers are its fields. The data of fields is not copied. Columns that
 * nothing needs may have data NULL.
 *
 * Set `size` to sizeof(struct plotmill_array) and everything that is not needed to 0. Data is not copied: it must stay
 * as it is until the source is destroyed. So must times; all else is copied. Elements need not be aligned. */
struct plotmill_array {
    size_t size;
    const void *data;
    enum plotmill_type type;
    const char *axes;   /* "T" one series, "TF" rows of fields, "NT" sequences, "NTF" sequences of rows */
    uint64_t shape[3];  /* one length per axis */
    int64_t strides[3]; /* bytes from one element to the next along each axis, of any sign; 0 repeats an element; all 0:
                           no gaps, last axis fastest */
    const char *const *fields; /* (F) names; NULL: no names, fields have indices only */
    const int64_t *times;      /* ns since 1970 UTC: (T) of a series, (N,T) of sequences, without gaps; INT64_MIN: not a
                                  time; NULL: none */
    const uint32_t *groups;    /* the group of each row (T), or of each sequence (N), in any order; NULL: one group, or
                                  those of the option group-by. Windows never cross groups. */
    const char *const *group_names; /* (group_count) texts that `groups` are indices of; NULL: groups are the numbers */
    size_t group_count;
    const struct plotmill_side *const *sides; /* (side_count) */
    size_t side_count;
    const char *name; /* of a table, in messages and in what images record of their input; NULL: "table" */
};

/* A source over an array. Rows and columns mean what they mean in a CSV file: the options column, columns, from, to,
 * order, group-by (a field or a side), break-at-gaps and label apply, and the fields of the chart; to sequences order
 * and break-at-gaps do not. Rows of a group that lie apart are put together, and rows that lie newest first are turned
 * round, without copying the data: window_start and `row` are rows of the array as it lies there. Rows outside from and
 * to, and sequences that are not wholly inside, are shown by no image, but keep their numbers; of sequences that are
 * longer than the window, rows are. A group that is shorter than a window is shown by no image either; the log says how
 * many are. Where time goes back inside a sequence, the log has a warning, and the order of the array counts; for
 * images of whole sequences, from and to then are PLOTMILL_BAD_INPUT. */
PLOTMILL_API enum plotmill_status plotmill_source_from_array(plotmill *pm, const struct plotmill_array *array,
                                                             const plotmill_options *options, plotmill_source **source);

/* Callbacks of a custom source. Set `size` to sizeof(struct plotmill_source_ops). `self` is the value given to
 * plotmill_source_create. They are called by one thread at a time, not always the same one. */
struct plotmill_source_ops {
    size_t size;
    /* Writes samples first..first+count-1 to out (count, fields). On failure it should fill `error`
     * (plotmill_error_set); otherwise the message only names the call. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, double *out, struct plotmill_error *error);
    /* Optional (NULL): writes where a sample came from ("prices.csv, line 12") to text, at most text_size bytes. */
    void (*locate)(void *self, uint64_t sample, char *text, size_t text_size);
    /* Optional (NULL): frees self, when the source is destroyed. Not called when plotmill_source_create fails. */
    void (*destroy)(void *self);
    /* Values per sample, and their names (fields), which are copied. 0: one. names NULL: they have none, and only a
     * chart of one field can be drawn, from one value per sample. */
    uint32_t fields;
    const char *const *names;
};

/* A custom source of `samples` samples, at most 2^60: one long series (row_length 0), or ready sequences of row_length
 * samples each. `ops` is copied. */
PLOTMILL_API enum plotmill_status plotmill_source_create(plotmill *pm, const struct plotmill_source_ops *ops,
                                                         void *self, uint64_t samples, uint64_t row_length,
                                                         plotmill_source **source);

/* What a source holds, as JSON. Members:
 *   samples, row_length  of the selected field; row_length 0: one long series
 *   selected             samples that windows may show: fewer where from and to leave out rows of an array
 *   fields, field        names of all fields, and the index of the selected one: columns of CSV (of the first file; ""
 *                        without a header), the data set of HDF5, fields of an array with an axis F or of a structured
 *                        array; else []
 *   values               names of the values of a sample as they are read, "" without a name
 *   groups               their number
 *   first_time, last_time  the earliest and the latest, ISO 8601 UTC; null: no times
 *   read                 of files and tables: an array with an object for each of the first 64 inputs: input, rows,
 *                        left_out (by from and to), bad_rows, reading (what was decided of a text), order,
 *                        step_seconds, gaps, closings (gaps that recur, as nights and weekends do),
 *                        longest_gap_seconds, duplicates
 *   input                of files, of which a table is one: their number, bytes, a hash of their contents, a list; equal
 *                        inputs mean equal samples. In files over 64 MiB 64 pieces of 1 MiB are hashed, in a table of
 *                        each column. null: of arrays and callbacks */
PLOTMILL_API enum plotmill_status plotmill_source_describe(plotmill_source *source, const char **json);

PLOTMILL_API void plotmill_source_destroy(plotmill_source *source);

#ifdef __cplusplus
}
#endif
#endif
