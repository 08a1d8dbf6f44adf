/* Sinks, which store images. */
#ifndef FORMATS_SINK_H
#define FORMATS_SINK_H

#include "base/error.h"
#include "base/log.h"
#include "chart/images.h"

/* The calls of a sink. `self` is that of struct sink. The calls come in this order:
 *
 *   check         once, or not at all
 *   wanted        once, or not at all
 *   stored_bytes  a few times, or not at all
 *   open          once; on failure it must clean up, and only destroy follows
 *   write         for every batch
 *   finish        when all images were written
 *   abort         instead of finish when the job failed or was cancelled, and after a finish that failed
 *   destroy       last
 *
 * On failure a call should fill `error` (plotmill_error_set); otherwise the message only names the call. */
struct sink_ops {
    enum payload payload;       /* what batches contain */
    struct pixel_format pixels; /* of PIXELS and ZLIB; not resolved (chart/pixel_format.h) */
    /* ZLIB: consecutive images in each stream; 0: 1. Batches begin at a multiple of it, and blank images fill up the
     * data set's last stream. */
    uint32_t images_per_stream;
    int ordered;     /* 1: batches must come in the order of their indices; 0: in any order */
    int thread_safe; /* 1: write may be called by several threads at once; 0: by one at a time, but not always the same
                        one. No other call comes while a write runs. */
    /* Optional (NULL: nothing): refuses a job that open would refuse. Makes nothing; called for plans. */
    enum plotmill_status (*check)(void *self, const struct dataset_info *info, struct plotmill_error *error);
    /* Optional (NULL: all images): returns the images that the sink needs; others are stored already, or another job
     * stores them. Ranges must begin at a multiple of images_per_stream. If no image is needed, only open and finish
     * follow. */
    enum plotmill_status (*wanted)(void *self, const struct dataset_info *info, struct wanted_images *wanted,
                                   struct plotmill_error *error);
    /* Optional (NULL: the size of the streams): the bytes that the sink would store for these images, without what it
     * stores once per file; 0: unknown. Called before open in long jobs, with images from all over the job, to set
     * info->image_bytes; and for estimates, by several threads at once if thread_safe. */
    uint64_t (*stored_bytes)(void *self, const struct dataset_info *info, const struct image_batch *batch);
    /* Prepares for info->images images. The output must not have its final name before finish. */
    enum plotmill_status (*open)(void *self, const struct dataset_info *info, struct plotmill_error *error);
    enum plotmill_status (*write)(void *self, const struct image_batch *batch, struct plotmill_error *error);
    /* All needed images were written: gives the output its final name. */
    enum plotmill_status (*finish)(void *self, struct plotmill_error *error);
    /* Removes everything that was written. */
    void (*abort)(void *self);
    /* Optional (NULL): called after finish; stores the data set's hash and returns 1, or returns 0. */
    int (*hash)(void *self, uint64_t *hash);
    /* Optional (NULL: none): called after finish; images outside the folders of classes (sink_options.folders). */
    uint64_t (*outside)(void *self);
    /* Optional (NULL): frees self. */
    void (*destroy)(void *self);
};

enum compress { COMPRESS_DEFLATE = 0, COMPRESS_NONE };

/* Subfolders of image files: none, one for each part of the split, for each class, or for each class in each part. */
enum image_folders { FOLDERS_NONE = 0, FOLDERS_SPLIT, FOLDERS_LABEL, FOLDERS_SPLIT_LABEL };

struct sink_options {
    const char
        *format; /* "hdf5", "npy", "npz", "raw", "jkx", "png", "jpeg", "tar", "null", "hash"; NULL: by the path */
    enum compress compress;     /* hdf5, npz, png: deflate */
    int force;                  /* 1: replaces an existing output (a folder only if plotmill made it) */
    struct pixel_format pixels; /* hdf5, npy, raw; channels also of the others */
    uint32_t drawn;             /* channels of pixels as drawn, so that more is checked early; 0: not known yet */
    int quality;                /* jpeg: 1..100; 0: 90 */
    int folders;                /* png, jpeg: enum image_folders */
    uint32_t chunk_images;      /* hdf5: images per chunk; 0: 1 */
    int describe; /* npy: 1: writes NAME.npy.json with spec and input, which other formats store themselves; 0: only if
                     the array cannot be read without it */
    uint64_t images_per_file; /* hdf5, npy, npz, raw, tar: images.h5 becomes images-00000.h5, images-00001.h5, ... with
                                 this many images each; 0: one file. HDF5 only: images.h5 is then a virtual data set
                                 over the files */
    int store_sequences;      /* hdf5: 1: /sequences, float64 (images, window): the samples that each image shows */
    int resume;      /* 1: of several HDF5 files keeps those that are complete, for example after a run was killed, and
                        removes its temporary files */
    uint32_t shard;  /* 1..shards: writes only this share of several files; other processes or machines write.. */
    uint32_t shards; /* ..the others, and api_link joins them. 0: all files */
    const struct log *log; /* NULL: none */
};

void sink_options_init(struct sink_options *options);

#endif
