/* Files and arrays -> samples. plotmill_source_ops (include/plotmill/source.h) is the vtable. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/log.h"
#include "plotmill/source.h"

struct source {
    const struct plotmill_source_ops *ops;
    void *self;
    struct plotmill_source_shape shape;
    char *input; /* of files: what they are (source/fingerprint.h); owned; NULL elsewhere */
};

/* One opener per format (that of CSV is in source/csv.h); each fills *source or leaves nothing behind. They check
 * everything that can be checked without reading all samples (CSV is read whole). */
enum plotmill_status source_open_npy(struct source *source, const char *path, struct plotmill_error *error);
enum plotmill_status source_open_hdf5(struct source *source, const char *path, const char *dataset,
                                      struct plotmill_error *error);

/* Opens files by their extensions as one source, in the order given. */
enum plotmill_status source_open(struct source *source, const char *const *paths, size_t path_count,
                                 const struct plotmill_source_options *options, const struct log *log,
                                 struct plotmill_error *error);

/* Calls ops->destroy, frees what is owned, and clears *source. */
void source_close(struct source *source);

#endif
