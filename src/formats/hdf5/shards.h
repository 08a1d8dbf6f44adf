/* One of several HDF5 files of a data set. Each records a 64-bit hash of its contents: of its chunks as stored, so that
 * damage shows without decompression, or of its images if nothing is compressed, and of what is stored beside each
 * image. Such hashes are sums of folds (base/hash.h), added up in any order. */
#ifndef FORMATS_HDF5_SHARDS_H
#define FORMATS_HDF5_SHARDS_H

#include "formats/hdf5/common.h"
#include "formats/shard.h"

/* What a batch adds to the hash, as the sink stores it. `image_bytes` of stored pixels, `panels` pairs of y_range and
 * `chunk_images` per stream. */
uint64_t hdf5_content_of_batch(const struct image_batch *batch, size_t image_bytes, uint32_t panels,
                               uint32_t chunk_images, bool sequences);

/* The recorded form of the hash. */
void hdf5_content_text(uint64_t sum, uint64_t images, char text[METADATA_HASH_SIZE]);

/* hdf5/virtual.c; members of hdf5_shards, they take the lock. */
enum plotmill_status hdf5_write_virtual(const struct shard_set *set, const struct log *log,
                                        struct plotmill_error *error);
bool hdf5_has_sources(const struct shard_set *set);
bool hdf5_is_truncated(const char *path);

/* The rows of the first source of a virtual dataset; 0: the dataset is not virtual. Under the lock. */
uint64_t hdf5_source_rows(hid_t images);

#endif
