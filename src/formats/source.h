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

/* Consecutive samples, or ready sequences. */
struct source_range {
    uint64_t first, count;
};

struct source_shape {
    uint64_t samples;    /* in all */
    uint64_t row_length; /* samples of each ready sequence; 0: one long series */
    uint32_t fields;     /* values per sample; 0: 1 */
    /* What windows may show: each lies in one of these ranges of samples (or of ready sequences), which are ascending
     * and belong to the source. range_count 0: all. */
    const struct source_range *ranges;
    size_t range_count;
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
};

struct source_options {
    const char *column;  /* the selected field: a name or a number from 0; NULL: the only numeric one */
    const char *columns; /* which fields are used, and their names: a list, see formats/fields.h; NULL: all */
    const char *axes;    /* of arrays: what each axis is, such as "NTF" (formats/axes.h); NULL: not said */
    const char *dataset; /* HDF5: path of the dataset, required; other formats: NULL */
    const char *from;    /* CSV with a time column: the first and.. */
    const char *to;      /* ..the last day, YYYY-MM-DD (UTC), or month, YYYY-MM, to read; NULL: no limit */
    bool cut;            /* the option window is given: arrays whose axes are not said must be one long series */
    /* What a read returns for each sample: names of fields, in any letter case; "": the selected one. field_count 0:
     * the selected one alone. */
    const char *const *fields;
    size_t field_count;
};

#endif
