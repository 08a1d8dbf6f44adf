/* plotmill: where images go. */
#ifndef PLOTMILL_SINK_H
#define PLOTMILL_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a data set holds: known before the first image, told to a sink and by a reader. */
struct plotmill_dataset_info {
    uint64_t images;
    uint32_t width;       /* px */
    uint32_t height;      /* px */
    int background;       /* 0..255; told by a reader: -1 where the data set does not say */
    int foreground;       /* likewise */
    const char *spec;     /* JSON of every option that shapes pixels; owned by the giver of the info */
    const char *format;   /* "hdf5", "npy", "png"; told by readers; owned by the giver */
    const char *producer; /* plotmill version that wrote it; owned by the giver */
};

/* The form in which a sink takes images. */
enum plotmill_payload {
    PLOTMILL_PAYLOAD_PIXELS = 0, /* uint8, (count, height, width), row 0 on top */
    PLOTMILL_PAYLOAD_ZLIB,       /* each image's pixels as a finished zlib stream (RFC 1950): an HDF5 chunk */
    PLOTMILL_PAYLOAD_PNG         /* each image as the finished zlib stream of a PNG's IDAT: rows after their filter */
};

/* One image's finished stream. */
struct plotmill_stream {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* Consecutive images. Everything here belongs to the caller and lives during the call alone. */
struct plotmill_batch {
    uint64_t first;                        /* index of the first image in the data set */
    uint64_t count;                        /* images */
    const uint8_t *data;                   /* pixels; NULL where the sink takes streams */
    const struct plotmill_stream *streams; /* (count); NULL where the sink takes pixels */
    const int64_t *window_start; /* count values: the sample (ready sequences: the sequence) an image starts at */
    const double *y_range;       /* (count, 2): the lo, hi of each image; NaN where it has no sample */
};

/* What an embedder implements to take images anywhere. `self` is handed through. Calls come in this order:
 *
 *   open      once; one that fails cleans up itself, only destroy follows
 *   write     for every batch
 *   finish    when all images were written
 *   abort     instead of finish when the job failed or was cancelled, and after a finish that failed
 *   destroy   last
 *
 * A call that fails fills `error` (plotmill_error_set); for one that does not, the library names the call. */
struct plotmill_sink_ops {
    enum plotmill_payload payload; /* what batches hold */
    /* A job writes from one thread and in the order of the indices, which suits every sink; these two say what else
     * a sink could take. */
    int ordered;     /* 1: wants batches in the order of their indices; 0: takes them in any order */
    int thread_safe; /* 1: write may be called by several threads at once */
    /* Makes ready for info->images images. Output must not stand under its final name before finish. */
    enum plotmill_status (*open)(void *self, const struct plotmill_dataset_info *info, struct plotmill_error *error);
    enum plotmill_status (*write)(void *self, const struct plotmill_batch *batch, struct plotmill_error *error);
    /* All images were written: puts the output under its final name. */
    enum plotmill_status (*finish)(void *self, struct plotmill_error *error);
    /* Removes whatever the calls before it made. */
    void (*abort)(void *self);
    /* Optional (NULL): after finish, the data set's hash; returns 0 where there is none. */
    int (*hash)(void *self, uint64_t *hash);
    /* Optional (NULL): frees self. */
    void (*destroy)(void *self);
};

typedef struct plotmill_sink plotmill_sink;

enum plotmill_compress { PLOTMILL_COMPRESS_DEFLATE = 0, PLOTMILL_COMPRESS_NONE };

struct plotmill_sink_options {
    size_t size;                     /* sizeof(struct plotmill_sink_options), set by _init */
    const char *format;              /* "hdf5", "npy", "png", "null", "hash"; NULL: by the path */
    enum plotmill_compress compress; /* deflate */
    int force;                       /* 1: an existing output is replaced (a folder only if plotmill made it) */
};

PLOTMILL_API void plotmill_sink_options_init(struct plotmill_sink_options *options);

/* A sink for `path`: .h5 .hdf5 .npy by extension, a folder with format "png", "null:" (keeps nothing), "hash:".
 * `options` NULL: all defaults. Refuses an existing output unless options->force. Nothing is created before the job
 * opens it. */
PLOTMILL_API enum plotmill_status plotmill_sink_open(plotmill *pm, const char *path,
                                                     const struct plotmill_sink_options *options, plotmill_sink **sink);

/* A sink of the embedder's own; PLOTMILL_BAD_INPUT unless open, write, finish and abort are there and the payload is
 * a known one. `ops` must outlive it; `self` is destroyed with it, not when this call fails. */
PLOTMILL_API enum plotmill_status plotmill_sink_create(plotmill *pm, const struct plotmill_sink_ops *ops, void *self,
                                                       plotmill_sink **sink);
PLOTMILL_API void plotmill_sink_destroy(plotmill_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
