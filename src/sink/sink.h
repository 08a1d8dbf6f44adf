/* Images -> files. plotmill_sink_ops (include/plotmill/sink.h) is the vtable; one file per format. */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "base/log.h"
#include "plotmill/sink.h"

struct sink {
    const struct plotmill_sink_ops *ops;
    void *self;
};

/* One constructor per format; `path` and options are copied. Each refuses an existing output here, before any work
 * (base/output.h), and creates nothing before ops->open. */
typedef enum plotmill_status sink_constructor(struct sink *sink, const char *path,
                                              const struct plotmill_sink_options *options,
                                              struct plotmill_error *error);
sink_constructor sink_create_hdf5, sink_create_npy, sink_create_raw, sink_create_tar, sink_create_npz, sink_create_png,
    sink_create_jpeg, sink_create_null, sink_create_hash;

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
