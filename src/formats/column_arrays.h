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
/* The same for reading the file at `path`, where each value takes a byte or more. */
enum plotmill_status column_arrays_create_for(struct column_arrays *arrays, const struct dataset_info *info,
                                              const char *path, struct plotmill_error *error);
void column_arrays_copy(const struct column_arrays *arrays, const struct image_column *columns, size_t column,
                        uint64_t first, uint64_t count, void *values);
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

/* Goes from the beginning of the file to the member of that name, which npz_member_bytes then reads. */
enum plotmill_status npz_member_open(struct archive_reader *reader, const char *name, uint64_t *size,
                                     struct plotmill_error *error);
enum plotmill_status npz_member_bytes(struct archive_reader *reader, const char *name, void *bytes, size_t size,
                                      struct plotmill_error *error);

/* Goes to the first element of an array with exactly this header, which has `bytes` bytes. */
enum plotmill_status npz_array_open(struct archive_reader *reader, const char *name, const char *descr, int rank,
                                    const uint64_t *axes, uint64_t bytes, struct plotmill_error *error);

/* The whole array, of numbers of 8 bytes, or that of a column. *values is freed by the caller. */
enum plotmill_status npz_array_read(struct archive_reader *reader, const char *name, const char *descr, int rank,
                                    const uint64_t *axes, void **values, struct plotmill_error *error);
enum plotmill_status npz_column_read(struct archive_reader *reader, const struct image_column *column, uint64_t images,
                                     void **values, struct plotmill_error *error);

/* Writes NAME.labels.npz under its temporary name: window_start, y_range and the columns. */
enum plotmill_status labels_file_write(const struct output *output, const struct column_arrays *arrays,
                                       const struct dataset_info *info, const int64_t *window_start,
                                       const double *y_range, struct plotmill_error *error);

/* Read such a file. What they return is freed by the caller. */
enum plotmill_status labels_file_column(const char *path, const struct image_column *column, uint64_t images,
                                        void **values, struct plotmill_error *error);
enum plotmill_status labels_file_rows(const char *path, uint64_t images, uint32_t panels, int64_t **window_start,
                                      double **y_range, struct plotmill_error *error);

#endif
