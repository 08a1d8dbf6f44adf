/* Which files of a data set are to be made: those of one's share that are not there yet, complete. */
#ifndef DATASET_SHARD_SCAN_H
#define DATASET_SHARD_SCAN_H

#include "base/log.h"
#include "formats/shard.h"

struct survey {
    struct plotmill_range *ranges; /* of images, whole files each */
    size_t range_count;
    size_t room;
    uint64_t wanted; /* images of all ranges */
    uint64_t kept;   /* images of the complete files */
};

struct survey_task {
    const char *path;                         /* of the whole */
    const struct plotmill_dataset_info *info; /* of the whole */
    uint64_t per_file;
    const struct plotmill_sink_options *options;
    const struct shard_impl *impl; /* needed to resume */
    const struct log *log;
};

/* How many files a data set has, and what one of them holds. */
uint64_t survey_file_count(const struct plotmill_dataset_info *info, uint64_t per_file);
struct plotmill_dataset_info survey_file_info(const struct plotmill_dataset_info *info, uint64_t per_file,
                                              uint64_t number);

/* The share of so many files that options name: *count of them from *begin on; all of them without shards. */
void survey_share(const struct plotmill_sink_options *options, uint64_t files, uint64_t *begin, uint64_t *count);

/* Freed with survey_free, which takes one that is all zero. */
enum plotmill_status survey_run(struct survey *survey, const struct survey_task *task, struct plotmill_error *error);
void survey_free(struct survey *survey);

#endif
