/* plotmill: sinks, which store images. */
#ifndef PLOTMILL_SINK_H
#define PLOTMILL_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The type of a stored pixel. */
enum plotmill_dtype {
    PLOTMILL_DTYPE_U8 = 0, /* 0..255 */
    PLOTMILL_DTYPE_F32,    /* value/255, float32 in the machine's byte order */
    PLOTMILL_DTYPE_F16,    /* value/255, IEEE half, rounded to nearest, ties to even; same byte order */
    PLOTMILL_DTYPE_BITS    /* images of two values: 1 for the lighter one, 8 columns per byte, the first in the highest
                              bit, rows padded with 0, as numpy.packbits does */
};

/* Axes, slowest first. With one channel all three layouts have the same bytes. */
enum plotmill_layout {
    PLOTMILL_LAYOUT_NHW = 0, /* (images, height, width) */
    PLOTMILL_LAYOUT_NCHW,    /* (images, channels, height, width) */
    PLOTMILL_LAYOUT_NHWC     /* (images, height, width, channels) */
};

/* All 0: uint8, (images, height, width). */
struct plotmill_pixel_format {
    enum plotmill_dtype dtype;
    enum plotmill_layout layout;
    uint32_t channels; /* 0 or 1: one; 3: three equal ones, not in NHW */
};

/* Describes a data set. Sinks get it before the first image; readers return it. Strings belong to whoever fills it. */
struct plotmill_dataset_info {
    uint64_t images;
    uint32_t width;                      /* px */
    uint32_t height;                     /* px */
    int background;                      /* 0..255; from a reader -1 if unknown */
    int foreground;                      /* the same */
    const char *spec;                    /* JSON of every option that affects pixels */
    const char *input;                   /* JSON of the input, see plotmill_source_input; "": unknown */
    const char *format;                  /* from readers: "hdf5", "npy", "npz", "raw", "png", "jpeg", "tar" */
    const char *producer;                /* plotmill version that wrote it */
    struct plotmill_pixel_format stored; /* of readers, which return uint8 (images, height, width) regardless */
    uint64_t first;     /* index of the first image in the whole data set, if this is one of several files */
    uint64_t window;    /* samples per image; from readers only if they are stored (store_sequences), else 0 */
    uint64_t whole;     /* images of the whole data set, if this is one of several files; else 0 */
    int quality;        /* of JPEG, from readers: 1..100; 0: unknown */
    double image_bytes; /* for sinks: estimated stored bytes per image (see stored_bytes); 0: unknown */
};

/* Images first..first+count-1. */
struct plotmill_range {
    uint64_t first;
    uint64_t count;
};

/* The images of a data set that a sink still needs. */
struct plotmill_wanted {
    const struct plotmill_range *ranges; /* ascending, not adjacent; belong to the sink */
    size_t range_count;                  /* 0: nothing */
    uint64_t kept;                       /* images that it has already; they count as done */
};

/* The form in which a sink takes images. */
enum plotmill_payload {
    PLOTMILL_PAYLOAD_PIXELS = 0, /* arrays in the sink's pixel format, row 0 at the top */
    PLOTMILL_PAYLOAD_ZLIB,       /* those arrays as finished zlib streams (RFC 1950): HDF5 chunks */
    PLOTMILL_PAYLOAD_PNG         /* each image as the zlib stream of a PNG's IDAT: filtered rows */
};

/* The finished stream of one image, or of images_per_stream images. */
struct plotmill_stream {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* Consecutive images. Valid during the call only. */
struct plotmill_batch {
    uint64_t first;                        /* index of the first image in the data set */
    uint64_t count;                        /* images */
    const void *data;                      /* pixels; NULL if the sink takes streams */
    const struct plotmill_stream *streams; /* one per image, or per images_per_stream images; NULL if the sink takes
                                              pixels */
    const int64_t *window_start;           /* (count): the first sample (or ready sequence) of each image */
    const double *y_range;                 /* (count, 2): lowest and highest value of each image; NaN: no sample */
    const double *samples; /* image i shows samples[i * sample_stride ..], `window` of them, unchanged */
    uint64_t sample_stride;
    uint64_t window;
};

/* Callbacks of a custom sink. `self` is the value given to plotmill_sink_create. The calls come in this order:
 *
 *   wanted        once, or not at all
 *   stored_bytes  a few times, or not at all
 *   open          once; on failure it must clean up, and only destroy follows
 *   write         for every batch
 *   finish        when all images were written
 *   abort         instead of finish when the job failed or was cancelled, and after a finish that failed
 *   destroy       last
 *
 * On failure a call should fill `error` (plotmill_error_set); otherwise the message only names the call. */
struct plotmill_sink_ops {
    enum plotmill_payload payload;       /* what batches contain */
    struct plotmill_pixel_format pixels; /* of PIXELS and ZLIB */
    /* ZLIB: consecutive images in each stream; 0: 1. Batches begin at a multiple of it, and blank images fill up the
     * data set's last stream. */
    uint32_t images_per_stream;
    int ordered;     /* 1: batches must come in the order of their indices; 0: in any order */
    int thread_safe; /* 1: write may be called by several threads at once; 0: by one at a time, but not always the same
                        one. No other call comes while a write runs. */
    /* Optional (NULL: all images): returns the images that the sink needs; others are stored already, or another job
     * stores them. Ranges must begin at a multiple of images_per_stream. If no image is needed, only open and finish
     * follow. */
    enum plotmill_status (*wanted)(void *self, const struct plotmill_dataset_info *info, struct plotmill_wanted *wanted,
                                   struct plotmill_error *error);
    /* Optional (NULL: the size of the streams): the bytes that the sink would store for these images, without what it
     * stores once per file; 0: unknown. Called before open in long jobs, with images from all over the job, to set
     * info->image_bytes; and for estimates, by several threads at once if thread_safe. */
    uint64_t (*stored_bytes)(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch);
    /* Prepares for info->images images. The output must not have its final name before finish. */
    enum plotmill_status (*open)(void *self, const struct plotmill_dataset_info *info, struct plotmill_error *error);
    enum plotmill_status (*write)(void *self, const struct plotmill_batch *batch, struct plotmill_error *error);
    /* All needed images were written: gives the output its final name. */
    enum plotmill_status (*finish)(void *self, struct plotmill_error *error);
    /* Removes everything that was written. */
    void (*abort)(void *self);
    /* Optional (NULL): called after finish; stores the data set's hash and returns 1, or returns 0. */
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
    int force;                           /* 1: replaces an existing output (a folder only if plotmill made it) */
    struct plotmill_pixel_format pixels; /* hdf5, npy, raw */
    int quality;                         /* jpeg: 1..100; 0: 90 */
    uint32_t chunk_images;               /* hdf5: images per chunk; 0: 1 */
    int describe; /* npy: 1: writes NAME.npy.json with spec and input, which other formats store themselves; 0: only if
                     the array cannot be read without it */
    uint64_t images_per_file; /* hdf5, npy, npz, raw, tar: images.h5 becomes images-00000.h5, images-00001.h5, ... with
                                 this many images each; 0: one file. HDF5 only: images.h5 is then a virtual data set
                                 over the files */
    int store_sequences;      /* hdf5: 1: /sequences, float64 (images, window): the samples that each image shows */
    int resume;      /* 1: of several HDF5 files keeps those that are complete, for example after a run was killed, and
                        removes its temporary files */
    uint32_t shard;  /* 1..shards: writes only this share of several files; other processes or machines write.. */
    uint32_t shards; /* ..the others, and plotmill_link joins them. 0: all files */
};

PLOTMILL_API void plotmill_sink_options_init(struct plotmill_sink_options *options);

/* A sink for `path`: .h5, .hdf5, .npy, .npz, .dat or .tar by its extension, a folder with format "png" or "jpeg", "-"
 * (standard output) with format "raw", "null:" (stores nothing), or "hash:". `options` NULL: defaults. Refuses an
 * existing output unless options->force is 1. Nothing is created before a job opens the sink. Free *sink with
 * plotmill_sink_destroy. */
PLOTMILL_API enum plotmill_status plotmill_sink_open(plotmill *pm, const char *path,
                                                     const struct plotmill_sink_options *options, plotmill_sink **sink);

/* A custom sink. PLOTMILL_BAD_INPUT if open, write, finish or abort is NULL, or if the payload or the pixel format is
 * not valid. `ops` must outlive the sink; ops->destroy is not called when this call fails. */
PLOTMILL_API enum plotmill_status plotmill_sink_create(plotmill *pm, const struct plotmill_sink_ops *ops, void *self,
                                                       plotmill_sink **sink);
PLOTMILL_API void plotmill_sink_destroy(plotmill_sink *sink);

struct plotmill_link_summary {
    uint64_t files;
    uint64_t images;
};

/* Writes `path` (images.h5), a virtual data set over the files beside it (images-00000.h5, ...) that jobs with
 * images_per_file and shards made; a job without shards does that itself. Reads every file first. PLOTMILL_BAD_INPUT if
 * one is missing, damaged or of another job; the message names it, or the first few missing ones. Refuses an existing
 * `path` unless `force` is 1. `summary` may be NULL. */
PLOTMILL_API enum plotmill_status plotmill_link(plotmill *pm, const char *path, int force,
                                                struct plotmill_link_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
