/* Creates a sink by its path and options. */
#ifndef DATASET_SINK_H
#define DATASET_SINK_H

#include "formats/format.h"

/* By options->format or the path. `log` (NULL: none) must outlive the sink; it gets what --resume finds. */
enum plotmill_status sink_create(struct sink *sink, const char *path, const struct sink_options *options,
                                 const struct log *log, struct plotmill_error *error);

/* Several files NAME-00000.EXT, ... of options->images_per_file images, each made by `create`. `impl` NULL: they can
 * be neither resumed nor joined. */
struct shard_impl;
enum plotmill_status sink_create_split(struct sink *sink, const char *path, const struct sink_options *options,
                                       sink_constructor *create, const struct shard_impl *impl, const struct log *log,
                                       struct plotmill_error *error);

/* The format that sink_create would use; NULL: it would refuse. */
const struct format *sink_format(const char *path, const struct sink_options *options);

/* Its shard operations; NULL: none. */
const struct shard_impl *sink_shards(const char *path, const struct sink_options *options);

/* Calls ops->destroy and clears *sink. */
void sink_close(struct sink *sink);

#endif
