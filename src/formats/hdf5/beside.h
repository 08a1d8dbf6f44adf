/* Columns beside /images: a data set of its name each, /groups with the names of groups, and the images of each part of
 * the split as virtual data sets. Every function expects the lock. */
#ifndef FORMATS_HDF5_BESIDE_H
#define FORMATS_HDF5_BESIDE_H

#include "formats/columns.h"
#include "formats/hdf5/file.h"

/* The type of a column in memory; not to be released. */
hid_t hdf5_column_memory(enum column_type type);

/* Makes an empty data set for each column, and what describes them. */
enum plotmill_status hdf5_columns_create(struct hdf5_file *file, const struct dataset_info *info,
                                         struct plotmill_error *error);

/* The attribute `classes` of a data set and, once per file, /groups. */
enum plotmill_status hdf5_column_describe(struct hdf5_file *file, const struct image_column *column, hid_t dataset,
                                          struct plotmill_error *error);
enum plotmill_status hdf5_columns_write(struct hdf5_file *file, const struct dataset_info *info,
                                        const struct image_batch *batch, struct plotmill_error *error);

/* The columns of the file that holds the data set `images`, of `count` images. */
enum plotmill_status hdf5_columns_find(hid_t images, uint64_t count, struct owned_columns *columns,
                                       struct plotmill_error *error);

/* Creates the groups on the way to a data set of that name. */
enum plotmill_status hdf5_make_groups(struct hdf5_file *file, const char *name, struct plotmill_error *error);

/* Adds what the columns of images first..first+count-1 contribute to a content hash (formats/hdf5/shards.h). */
uint64_t hdf5_hash_columns(const struct image_column *columns, size_t column_count, const void *const *values,
                           uint64_t first, uint64_t count);

/* Each run is a source of the virtual data sets of its part. A source takes 4.5 us when such a data set is opened and
 * 0.3 us for each read of it (HDF5 1.10.8): at this limit 19 ms and 1.2 ms, more than reading an image of 800x500
 * (0.2 ms), and writing it took 0.2 s; 16,384 sources take 72 ms, 4 ms and 0.9 s. Beyond it, reading the images of a
 * part by their numbers, from /split, is far faster. */
#define HDF5_RUNS_MAX 4096

/* Consecutive images of one part. */
struct hdf5_split_piece {
    enum image_split split;
    uint64_t first, count; /* in the source */
    uint64_t source;       /* the number of the file; of a single file not used */
};

/* Makes /train/images and so on, of all data sets of the file that have a row per image. `name_source` writes the name
 * of a source as H5Pset_virtual takes it; NULL: all lie in this file. */
enum plotmill_status hdf5_splits_create(struct hdf5_file *file, const struct dataset_info *info,
                                        const struct hdf5_split_piece *pieces, size_t count,
                                        void (*name_source)(void *user, uint64_t source, char *name), void *user,
                                        size_t name_size, struct plotmill_error *error);

#endif
