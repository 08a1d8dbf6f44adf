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
enum plotmill_status sink_create_hdf5(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error);
enum plotmill_status sink_create_npy(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error);
enum plotmill_status sink_create_png(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error);
enum plotmill_status sink_create_null(struct sink *sink, struct plotmill_error *error);
enum plotmill_status sink_create_hash(struct sink *sink, struct plotmill_error *error);

/* By options->format or the path. */
enum plotmill_status sink_create(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                 struct plotmill_error *error);

/* Calls ops->destroy and clears *sink. */
void sink_close(struct sink *sink);

#endif
