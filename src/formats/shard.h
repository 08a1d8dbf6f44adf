/* A data set split over several files (shards), and what a format must offer so that such files can be resumed, checked
 * and read as one. HDF5 does. */
#ifndef FORMATS_SHARD_H
#define FORMATS_SHARD_H

#include "base/log.h"
#include "formats/metadata.h"

/* The files of one data set. */
struct shard_set {
    const char *path;         /* the name of the whole: "images.h5" for images-00000.h5, images-00001.h5, ... */
    struct metadata metadata; /* of the whole: what its files should hold, and how they should store it */
    uint64_t per_file;        /* images per file; the last one may hold fewer */
    uint64_t files;
    /* Writes the path of file `number`; `size` is name_size, which is enough for every file. */
    void (*name)(const char *path, uint64_t number, char *name, size_t size);
    size_t name_size;
};

enum shard_state {
    SHARD_ABSENT = 0,
    SHARD_COMPLETE, /* its contents are what was once written, to the last byte */
    SHARD_DAMAGED,  /* truncated or changed: to be made again */
    SHARD_FOREIGN,  /* not written by plotmill: must not be replaced */
    SHARD_CLOSED /* cannot be opened for a reason that says nothing of its contents (a lock, a limit, permissions): must
                    not be replaced */
};

#define SHARD_REASON_SIZE 300

struct shard_impl {
    /* Describes the file at `path` without reading its images; SHARD_COMPLETE then only means that it can be described.
     * `reason` says what is wrong with a damaged or foreign one. *metadata is to be freed in any case. */
    enum shard_state (*describe)(const char *path, struct metadata *metadata, char reason[SHARD_REASON_SIZE]);

    /* Reads the whole file and compares the hash of its contents with the recorded one: complete or damaged. */
    enum shard_state (*verify)(const char *path, const struct metadata *metadata, char reason[SHARD_REASON_SIZE]);

    /* Writes the file at set->path, whose datasets are virtual: they take their rows from the files, which must be
     * complete. An existing one is replaced. `log`: what is left out; NULL: none. */
    enum plotmill_status (*write_virtual)(const struct shard_set *set, const struct log *log,
                                          struct plotmill_error *error);

    /* Whether the virtual data set at set->path takes its rows from exactly these files. */
    bool (*has_sources)(const struct shard_set *set);

    /* Whether the file at `path` may be a virtual data set of plotmill's that was truncated. */
    bool (*is_truncated)(const char *path);
};

extern const struct shard_impl hdf5_shards;

#endif
