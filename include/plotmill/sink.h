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

/* What a stored number is. */
enum plotmill_dtype {
    PLOTMILL_DTYPE_U8 = 0, /* 0..255 */
    PLOTMILL_DTYPE_F32,    /* value/255, in the machine's byte order where bytes are handed over */
    PLOTMILL_DTYPE_F16,    /* value/255 rounded to the nearest IEEE half, ties to even; byte order likewise */
    PLOTMILL_DTYPE_BITS    /* images of two values: 1 for the lighter one, 8 columns a byte, the first in the highest
                              bit, rows filled up with 0: what numpy.packbits makes */
};

/* Axes, slowest first. With one channel all three are the same bytes. */
enum plotmill_layout {
    PLOTMILL_LAYOUT_NHW = 0, /* (images, height, width) */
    PLOTMILL_LAYOUT_NCHW,    /* (images, channels, height, width) */
    PLOTMILL_LAYOUT_NHWC     /* (images, height, width, channels) */
};

/* All 0: uint8, (images, height, width). */
struct plotmill_pixel_format {
    enum plotmill_dtype dtype;
    enum plotmill_layout layout;
    uint32_t channels; /* 0 or 1; 3: each value three times, not in NHW */
};

/* What a data set holds: known before the first image, told to a sink and by a reader. */
struct plotmill_dataset_info {
    uint64_t images;
    uint32_t width;       /* px */
    uint32_t height;      /* px */
    int background;       /* 0..255; told by a reader: -1 where the data set does not say */
    int foreground;       /* likewise */
    const char *spec;     /* JSON of every option that shapes pixels; owned by the giver of the info */
    const char *input;    /* JSON of what the input was, as plotmill_source_input gives it; "" where that is not known;
                             owned by the giver */
    const char *format;   /* "hdf5", "npy", "npz", "raw", "png", "jpeg", "tar"; told by readers; owned by the giver */
    const char *producer; /* plotmill version that wrote it; owned by the giver */
    struct plotmill_pixel_format stored; /* told by readers, which give uint8 (images, height, width) all the same */
    uint64_t first;  /* what the first image is called in the whole: not 0 in one of several files (images_per_file) */
    uint64_t window; /* samples of each image; told by readers where they are stored (store_sequences), else 0 */
    uint64_t whole;  /* images of the whole, where this is one of several files; 0: these are all, or it is not known */
    int quality;     /* of JPEG: 1..100; told by readers; 0: none, or it is not known */
    double image_bytes; /* told to a sink: what one will take, by some of them (stored_bytes); 0: not known */
};

/* Images first..first+count-1. */
struct plotmill_range {
    uint64_t first;
    uint64_t count;
};

/* What a sink still needs of a data set. */
struct plotmill_wanted {
    const struct plotmill_range *ranges; /* ascending, apart from each other; owned by the sink */
    size_t range_count;                  /* 0: nothing */
    uint64_t kept;                       /* images that it holds already; they count as done */
};

/* The form in which a sink takes images. */
enum plotmill_payload {
    PLOTMILL_PAYLOAD_PIXELS = 0, /* arrays in the sink's pixel format, row 0 on top */
    PLOTMILL_PAYLOAD_ZLIB,       /* those arrays as finished zlib streams (RFC 1950): HDF5 chunks */
    PLOTMILL_PAYLOAD_PNG         /* each image as the finished zlib stream of a PNG's IDAT: rows after their filter */
};

/* A finished stream of one image, or of images_per_stream ones. */
struct plotmill_stream {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* Consecutive images. Everything here belongs to the caller and lives during the call alone. */
struct plotmill_batch {
    uint64_t first;                        /* index of the first image in the data set */
    uint64_t count;                        /* images */
    const void *data;                      /* pixels; NULL where the sink takes streams */
    const struct plotmill_stream *streams; /* (count), or one for images_per_stream images each; NULL where the sink
                                              takes pixels */
    const int64_t *window_start; /* count values: the sample (ready sequences: the sequence) an image starts at */
    const double *y_range;       /* (count, 2): the lo, hi of each image; NaN where it has no sample */
    const double *samples;       /* image i shows samples[i * sample_stride ..], `window` of them, as the source gave
                                    them; windows may overlap */
    uint64_t sample_stride;
    uint64_t window;
};

/* What an embedder implements to take images anywhere. `self` is handed through. Calls come in this order:
 *
 *   wanted        once, or not at all
 *   stored_bytes  a few times, or not at all
 *   open          once; one that fails cleans up itself, only destroy follows
 *   write         for every batch
 *   finish        when all images were written
 *   abort         instead of finish when the job failed or was cancelled, and after a finish that failed
 *   destroy       last
 *
 * A call that fails fills `error` (plotmill_error_set); for one that does not, the library names the call. */
struct plotmill_sink_ops {
    enum plotmill_payload payload;       /* what batches hold */
    struct plotmill_pixel_format pixels; /* of PIXELS and ZLIB */
    /* ZLIB: so many images, one after another, in each stream; 0: one. Batches then begin at a multiple of it, and the
     * last stream of the data set is filled up with blank images. */
    uint32_t images_per_stream;
    int ordered;     /* 1: wants batches in the order of their indices; 0: takes them in any order */
    int thread_safe; /* 1: write may be called by several threads at once; 0: by one at a time, though not always the
                        same one. The other calls never come while a write runs. */
    /* Optional (NULL: all images): asked before open which images the sink wants, for a job leaves out those that are
     * stored already, or that another job stores. In a sink of several images a stream ranges begin at a multiple of
     * these. Where nothing is wanted, only open and finish follow. */
    enum plotmill_status (*wanted)(void *self, const struct plotmill_dataset_info *info, struct plotmill_wanted *wanted,
                                   struct plotmill_error *error);
    /* Optional (NULL: what it is handed): bytes that it would store of these images, 0 where it cannot tell. Asked
     * before open, of a long job, with images from here and there in it, or its first ones where images_per_stream is
     * above 1; what comes out is told to open as info->image_bytes. */
    uint64_t (*stored_bytes)(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch);
    /* Makes ready for info->images images. Output must not stand under its final name before finish. */
    enum plotmill_status (*open)(void *self, const struct plotmill_dataset_info *info, struct plotmill_error *error);
    enum plotmill_status (*write)(void *self, const struct plotmill_batch *batch, struct plotmill_error *error);
    /* All images that are wanted were written: puts the output under its final name. */
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
    size_t size;        /* sizeof(struct plotmill_sink_options), set by _init */
    const char *format; /* "hdf5", "npy", "npz", "raw", "png", "jpeg", "tar", "null", "hash"; NULL: by the path */
    enum plotmill_compress compress;     /* hdf5, npz, png: deflate */
    int force;                           /* 1: an existing output is replaced (a folder only if plotmill made it) */
    struct plotmill_pixel_format pixels; /* hdf5, npy, raw */
    int quality;                         /* jpeg: 1..100; 0: 90 */
    uint32_t chunk_images;               /* hdf5: images a chunk; 0: 1 */
    int describe; /* npy: 1: writes NAME.npy.json, which tells spec and input as other formats do themselves; else only
                     where the array cannot be understood without it */
    uint64_t images_per_file; /* hdf5, npy, npz, raw, tar: "images.h5" becomes images-00000.h5, images-00001.h5...
                                 of so many images each; 0: one file. images.h5 itself then joins them: it
                                 reads as one data set (HDF5 alone) */
    int store_sequences;      /* hdf5: 1: /sequences, float64 (images, window): the samples that each image shows */
    int resume;      /* 1: of several HDF5 files those that are complete stay, the others are made: after a run that was
                        killed. What is left of that run goes */
    uint32_t shard;  /* 1..shards: makes this share of several files alone, for another process or machine to make */
    uint32_t shards; /* the other ones; plotmill_link then joins them. 0: all files */
};

PLOTMILL_API void plotmill_sink_options_init(struct plotmill_sink_options *options);

/* A sink for `path`: .h5 .hdf5 .npy .npz .dat .tar by extension, a folder with format "png" or "jpeg", "-" (standard
 * output) with format "raw", "null:" (keeps nothing), "hash:". `options` NULL: all defaults. Refuses an existing output
 * unless options->force. Nothing is created before the job opens it. */
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
