/* Operations on a data set split over several files. */
#ifndef DATASET_SHARDS_H
#define DATASET_SHARDS_H

#include "base/log.h"
#include "formats/shard.h"
#include "formats/sink.h"

struct link_summary {
    uint64_t files;
    uint64_t images;
};

/* Bytes that a file's name has more than that of the whole, terminator included. */
#define SHARD_NAME_EXTRA 24

/* The path of a file of the whole at `path`: images.h5 -> images-00000.h5, images-00001.h5, ... `size`: at least the
 * length of `path` and SHARD_NAME_EXTRA. */
void shard_name(const char *path, uint64_t number, char *name, size_t size);

/* The lowest number of an existing file of the whole. false, with errno: the folder cannot be read. */
bool shard_lowest(const char *path, bool *found, uint64_t *number);

/* The number of files, and the part of `info`, of the whole, that file `number` holds. */
uint64_t shard_count(const struct dataset_info *info, uint64_t per_file);
struct dataset_info shard_info(const struct dataset_info *info, uint64_t per_file, uint64_t number);

/* The files that options->shard is to make: *count from *begin on, or all of them. */
void shard_share(const struct sink_options *options, uint64_t files, uint64_t *begin, uint64_t *count);

/* A set whose name is `path`, which must outlive it. set->metadata stays unknown and is to be filled in. */
void shard_set_init(struct shard_set *set, const char *path, uint64_t per_file);

/* What file `number` should hold and how. Strings belong to the set. */
struct metadata shard_expected(const struct shard_set *set, uint64_t number);

/* Whether file `number`, at `name`, is there and complete: `reason` says what is wrong with a damaged one.
 * PLOTMILL_BAD_INPUT for a file that is not plotmill's or not of this data set. */
enum plotmill_status shard_check(const struct shard_set *set, const struct shard_impl *impl, uint64_t number,
                                 const char *name, enum shard_state *state, char reason[SHARD_REASON_SIZE],
                                 struct plotmill_error *error);

/* Which files of a data set are to be made: those of this share that are not complete. */
struct shard_scan {
    struct image_range *ranges; /* of images, whole files each */
    size_t range_count;
    size_t room;
    uint64_t wanted; /* images of all ranges */
    uint64_t kept;   /* images of the complete files */
};

/* With options->resume, first removes what a killed run left of these files, then keeps those that are complete;
 * `impl` is needed for that. PLOTMILL_BAD_INPUT if another process is writing them, and for files of another job or not
 * of plotmill's. Freed with shard_scan_free, which takes one that is all 0. */
enum plotmill_status shard_scan_run(struct shard_scan *scan, const struct shard_set *set,
                                    const struct sink_options *options, const struct shard_impl *impl,
                                    const struct log *log, struct plotmill_error *error);
void shard_scan_free(struct shard_scan *scan);

/* PLOTMILL_BAD_INPUT if the file at `path` is there and cannot be opened, whatever it holds. */
enum plotmill_status shard_check_open(const struct shard_impl *impl, const char *path, struct plotmill_error *error);

/* Whether the file at set->path is a virtual data set of plotmill's, and whether it is the one over these files. */
bool shard_is_virtual(const struct shard_impl *impl, const char *path);
bool shard_virtual_matches(const struct shard_impl *impl, const struct shard_set *set);

/* See api_link. */
enum plotmill_status link_files(const char *path, bool force, const struct log *log, struct link_summary *summary,
                                struct plotmill_error *error);

#endif
