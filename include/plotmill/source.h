/* plotmill: where samples come from.
 *
 * A source is a row of `samples` float64 values, numbered from 0, NaN or +-Inf where one is missing. Either it is
 * one long series (row_length 0), which the job cuts into windows, or ready sequences laid end to end, each of
 * row_length samples. */
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

/* What an embedder implements to feed a job from anywhere. `self` is handed through. */
struct plotmill_source_ops {
    /* Writes samples first..first+count-1, which lie inside the shape, to out. Called by one thread at a time.
     * One that fails fills `error` (plotmill_error_set); for one that does not, the library names the call. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, double *out, struct plotmill_error *error);
    /* Optional (NULL): writes where a sample came from ("prices.csv, line 12") to text, cut to size bytes. */
    void (*locate)(void *self, uint64_t sample, char *text, size_t size);
    /* Optional (NULL): frees self. */
    void (*destroy)(void *self);
};

typedef struct plotmill_source plotmill_source;

struct plotmill_source_options {
    size_t size;         /* sizeof(struct plotmill_source_options), set by _init */
    const char *column;  /* CSV: a header name or a number from 0; NULL: the only numeric column */
    const char *dataset; /* HDF5: path of the data set, needed there; NULL elsewhere */
    const char *from; /* CSV with a column of times: the first day, YYYY-MM-DD (UTC), or month, YYYY-MM, whose rows.. */
    const char *to;   /* ..and the last one whose rows are read; NULL: from the first row, to the last one */
};

PLOTMILL_API void plotmill_source_options_init(struct plotmill_source_options *options);

/* Opens files (.csv .tsv, plain or inside .gz or .zip; .npy; .h5 .hdf5) as one series, in the order given. Ready
 * sequences of several files must be equally long. Repeated or missing rows at the seams are reported to the
 * log when there is a time column. `options` NULL: all defaults. *source is freed with plotmill_source_destroy. */
PLOTMILL_API enum plotmill_status plotmill_source_open(plotmill *pm, const char *const *paths, size_t path_count,
                                                       const struct plotmill_source_options *options,
                                                       plotmill_source **source);

/* A source over an array that the caller keeps alive and unchanged until the source is destroyed. */
PLOTMILL_API enum plotmill_status plotmill_source_from_array(plotmill *pm, const double *samples,
                                                             struct plotmill_source_shape shape,
                                                             plotmill_source **source);

/* A source of the embedder's own; PLOTMILL_BAD_INPUT unless read is there. `ops` must outlive it; `self` is destroyed
 * with it, not when this call fails. */
PLOTMILL_API enum plotmill_status plotmill_source_create(plotmill *pm, const struct plotmill_source_ops *ops,
                                                         void *self, struct plotmill_source_shape shape,
                                                         plotmill_source **source);

PLOTMILL_API struct plotmill_source_shape plotmill_source_shape(const plotmill_source *source);

/* What the source was opened from, as a JSON object on one line: two of the same text hold the same samples. `files`
 * and `bytes` of them in all, a `hash` of their contents as they lie on disk, the `column` and `dataset` asked for
 * (else null), `from` and `to` where they were asked for (else not there), a `list` of at most 64 files with name (no
 * folder), bytes and hash of each, and the shape: `samples`, `row_length`. Of a file over 64 MiB the hash takes 64
 * pieces of 1 MiB, spread evenly from its beginning to its end. "" for a source that is no file. Owned by the source.
 */
PLOTMILL_API const char *plotmill_source_input(const plotmill_source *source);

/* Writes samples first..first+count-1 to out, float64 (count); PLOTMILL_BAD_INPUT when they lie outside the shape. */
PLOTMILL_API enum plotmill_status plotmill_source_read(plotmill *pm, plotmill_source *source, uint64_t first,
                                                       uint64_t count, double *out);

PLOTMILL_API void plotmill_source_destroy(plotmill_source *source);

#ifdef __cplusplus
}
#endif
#endif
