/* Opens a sink by its path and options. */
#ifndef DATASET_SINK_H
#define DATASET_SINK_H

#include "formats/format.h"

/* Several files, each made by `create`: options->images_per_file images in each, NAME-00000.EXT on. `impl` NULL: they
 * can neither be resumed nor joined. `log`, which may be NULL, outlives the sink and hears what is found on resuming.
 */
struct shard_impl;
enum plotmill_status sink_create_split(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                       sink_constructor *create, const struct shard_impl *impl, const struct log *log,
                                       struct plotmill_error *error);

/* By options->format or the path. */
enum plotmill_status sink_create_logged(struct sink *sink, const char *path,
                                        const struct plotmill_sink_options *options, const struct log *log,
                                        struct plotmill_error *error);
enum plotmill_status sink_create(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                 struct plotmill_error *error);

/* The name of the format that sink_create would take, "hdf5" and so on; NULL where it would refuse. */
const char *sink_format(const char *path, const struct plotmill_sink_options *options);

/* What files of the format are more than single ones, by options->format or the path; NULL: nothing. */
const struct shard_impl *sink_shards(const char *path, const struct plotmill_sink_options *options);

/* Calls ops->destroy and clears *sink. */
void sink_close(struct sink *sink);

#endif
