/* The file that joins several: its datasets are virtual, each a row of those of the files, which lie beside it. */
#ifndef FORMATS_HDF5_VIRTUAL_H
#define FORMATS_HDF5_VIRTUAL_H

#include <stdbool.h>

#include "plotmill/sink.h"

/* See sink/shard.h. */
enum plotmill_status hdf5_joint_write(const char *path, const struct plotmill_dataset_info *info, uint64_t per_file,
                                      const struct plotmill_sink_options *options, struct plotmill_error *error);
bool hdf5_joint_is(const char *path);
bool hdf5_joint_torn(const char *path);
bool hdf5_joint_fits(const char *path, const struct plotmill_dataset_info *info, uint64_t per_file,
                     const struct plotmill_sink_options *options);

#endif
