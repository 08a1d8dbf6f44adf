/* For builds without HDF5. */
#include "formats/format.h"
#include "formats/shard.h"

enum plotmill_status source_open_hdf5(struct source *source, const char *path, const char *dataset,
                                      struct plotmill_error *error)
{
    (void)source, (void)dataset;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "%s: this plotmill was built without HDF5", path);
}

enum plotmill_status sink_create_hdf5(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    (void)sink, (void)options;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot write HDF5: its library is missing", path);
}

enum plotmill_status reader_open_hdf5(struct reader *reader, const char *path, struct plotmill_error *error)
{
    (void)reader;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read HDF5: its library is missing", path);
}

const struct shard_impl hdf5_shards = {0};
