/* plotmill: sources of samples.
 *
 * A source has `samples` float64 values, numbered from 0; NaN and +-Inf are missing ones. It is either one long series
 * (row_length 0), which a job cuts into windows, or ready sequences of row_length samples each, one after another. */
#ifndef PLOTMILL_SOURCE_H
#define PLOTMILL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plotmill_source_shape {
    uint64_t samples;    /* in all */
    uint64_t row_length; /* samples of each ready sequence; 0: one long series */
};

/* Callbacks of a custom source. `self` is the value given to plotmill_source_create. */
struct plotmill_source_ops {
    /* Writes samples first..first+count-1, which are inside the shape, to out. Called by one thread at a time. On
     * failure it should fill `error` (plotmill_error_set); otherwise the message only names the call. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, double *out, struct plotmill_error *error);
    /* Optional (NULL): writes where a sample came from ("prices.csv, line 12") to text, at most size bytes. */
    void (*locate)(void *self, uint64_t sample, char *text, size_t size);
    /* Optional (NULL): frees self, when the source is destroyed. */
    void (*destroy)(void *self);
};

typedef struct plotmill_source plotmill_source;

struct plotmill_source_options {
    size_t size;         /* sizeof(struct plotmill_source_options), set by _init */
    const char *column;  /* CSV: a name or a number from 0; NULL: the only numeric column */
    const char *dataset; /* HDF5: path of the dataset, required; other formats: NULL */
    const char *from;    /* CSV with a time column: the first and.. */
    const char *to;      /* ..the last day, YYYY-MM-DD (UTC), or month, YYYY-MM, to read; NULL: no limit */
};

PLOTMILL_API void plotmill_source_options_init(struct plotmill_source_options *options);

/* Opens files (.csv and .tsv, also in .gz or .zip; .npy; .h5 and .hdf5) as one series, in the given order. Ready
 * sequences in several files must have the same length. If there is a time column, the log reports repeated and missing
 * rows where two files join. `options` NULL: defaults. Free *source with plotmill_source_destroy. */
PLOTMILL_API enum plotmill_status plotmill_source_open(plotmill *pm, const char *const *paths, size_t path_count,
                                                       const struct plotmill_source_options *options,
                                                       plotmill_source **source);

/* A source over an array, which the caller must not free or change before the source is destroyed. */
PLOTMILL_API enum plotmill_status plotmill_source_from_array(plotmill *pm, const double *samples,
                                                             struct plotmill_source_shape shape,
                                                             plotmill_source **source);

/* A custom source. PLOTMILL_BAD_INPUT if ops->read is NULL. `ops` must outlive the source; ops->destroy is not called
 * when this call fails. */
PLOTMILL_API enum plotmill_status plotmill_source_create(plotmill *pm, const struct plotmill_source_ops *ops,
                                                         void *self, struct plotmill_source_shape shape,
                                                         plotmill_source **source);

PLOTMILL_API struct plotmill_source_shape plotmill_source_shape(const plotmill_source *source);

/* A description of the input files as a JSON object on one line; equal texts mean equal samples. Members: the number of
 * `files`, their total `bytes`, a `hash` of their contents on disk, the selected `column` and `dataset` (else null),
 * `from` and `to` if set, a `list` of at most 64 files (name without folder, bytes, hash), and the shape: `samples`,
 * `row_length`. In files over 64 MiB only 64 pieces of 1 MiB are hashed, evenly spread from the first byte to the last.
 * "" for other sources. Belongs to the source. */
PLOTMILL_API const char *plotmill_source_input(const plotmill_source *source);

/* Writes samples first..first+count-1 to out, float64 (count). PLOTMILL_BAD_INPUT if they are outside the shape. */
PLOTMILL_API enum plotmill_status plotmill_source_read(plotmill *pm, plotmill_source *source, uint64_t first,
                                                       uint64_t count, double *out);

PLOTMILL_API void plotmill_source_destroy(plotmill_source *source);

#ifdef __cplusplus
}
#endif
#endif
