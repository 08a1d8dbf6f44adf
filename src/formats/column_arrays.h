/* Columns as members of .npz files: NAME.npy, and the texts of classes as groups.npy and labels/NAME.classes.npy. */
#ifndef FORMATS_COLUMN_ARRAYS_H
#define FORMATS_COLUMN_ARRAYS_H

#include "formats/archive.h"
#include "formats/columns.h"

/* All values of the columns in memory; values[i] is (images, width). Starts as {0}. */
struct column_arrays {
    void **values;
    size_t count;
};

enum plotmill_status column_arrays_create(struct column_arrays *arrays, const struct dataset_info *info,
                                          struct plotmill_error *error);
/* Several threads may do so at once, with different images. */
void column_arrays_take(struct column_arrays *arrays, const struct image_column *columns,
                        const struct image_batch *batch);
enum plotmill_status column_arrays_write(const struct column_arrays *arrays, struct archive_writer *writer,
                                         const struct image_column *columns, uint64_t images,
                                         struct plotmill_error *error);
void column_arrays_free(struct column_arrays *arrays);

/* A member that is an array of `bytes` bytes, which archive_writer_write then takes. */
enum plotmill_status array_member_begin(struct archive_writer *writer, const char *name, const char *descr, int rank,
                                        const uint64_t *axes, uint64_t bytes, struct plotmill_error *error);

/* Writes NAME.labels.npz at `path`: window_start, y_range and the columns. */
enum plotmill_status labels_file_write(const char *path, bool force, const struct column_arrays *arrays,
                                       const struct dataset_info *info, const int64_t *window_start,
                                       const double *y_range, struct plotmill_error *error);

#endif
