/* What several files of one data set are more than so many single ones. One for each format that can: HDF5. */
#ifndef DATASET_SHARD_H
#define DATASET_SHARD_H

#include <stdbool.h>

#include "plotmill/sink.h"

enum shard_state {
    SHARD_ABSENT = 0,
    SHARD_COMPLETE, /* is what was expected, to the last byte */
    SHARD_DAMAGED   /* was cut off or changed: to be made again */
};

#define SHARD_REASON_SIZE 200

/* What a file tells of itself and of how it was stored. */
struct shard_told {
    struct plotmill_dataset_info info;
    struct plotmill_sink_options options;
    char *spec, *input; /* owned; those of info */
};
void shard_told_free(struct shard_told *told);

struct shard_impl {
    /* PLOTMILL_BAD_INPUT where the file at `path` is none of plotmill's, or cannot be read. */
    enum plotmill_status (*tell)(const char *path, struct shard_told *told, struct plotmill_error *error);

    /* Reads the file at `path`, which should hold info->images images from info->first on. `reason`: what is wrong with
     * a damaged one. PLOTMILL_BAD_INPUT for a file of another data set or of somebody else, which must not go. */
    enum plotmill_status (*check)(const char *path, const struct plotmill_dataset_info *info,
                                  const struct plotmill_sink_options *options, enum shard_state *state,
                                  char reason[SHARD_REASON_SIZE], struct plotmill_error *error);

    /* Writes the file at `path`, the name of the whole, over all files of `per_file` images, which are complete; one
     * that is there is replaced. `info` is that of the whole. */
    enum plotmill_status (*join)(const char *path, const struct plotmill_dataset_info *info, uint64_t per_file,
                                 const struct plotmill_sink_options *options, struct plotmill_error *error);

    /* Whether the file at `path`, one of plotmill's, joins others, rather than hold images of its own; whether it may
     * be what is left of one that was cut off; and whether it is the one that `join` would write. */
    bool (*is_joint)(const char *path);
    bool (*is_torn)(const char *path);
    bool (*joins)(const char *path, const struct plotmill_dataset_info *info, uint64_t per_file,
                  const struct plotmill_sink_options *options);
};

extern const struct shard_impl hdf5_shards;

#endif
