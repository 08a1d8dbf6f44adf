/* /sequences: the samples that each image shows, float64 (images, window), missing ones as the source gave them. */
#ifndef FORMATS_HDF5_SEQUENCES_H
#define FORMATS_HDF5_SEQUENCES_H

#include "formats/hdf5/file.h"

#if HAVE_HDF5

/* Both under the lock of base/hdf5_lock.h. The file's compression is theirs too: windows that overlap pack well. */
enum plotmill_status hdf5_sequences_create(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                           struct plotmill_error *error);
enum plotmill_status hdf5_sequences_write(struct hdf5_file *file, const struct plotmill_batch *batch,
                                          struct plotmill_error *error);

#endif
#endif
