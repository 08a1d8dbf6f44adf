/* Opens any output again. */
#ifndef READER_READER_H
#define READER_READER_H

#include "plotmill/reader.h"

struct reader_impl {
    /* As plotmill_reader_read; first and count lie inside the data set. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, uint8_t *pixels, int64_t *window_start,
                                 double *y_range, struct plotmill_error *error);
    void (*destroy)(void *self);
};

struct reader {
    const struct reader_impl *impl;
    void *self;
    struct plotmill_dataset_info info; /* strings owned by self */
    const uint64_t *drawn_hash; /* of a lossy format, where it tells: the hash of the pixels as they were drawn; owned
                                   by self. NULL: the hash is that of the pixels read */
};

enum plotmill_status reader_open_hdf5(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_npy(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_raw(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_folder(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_npz(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_tar(struct reader *reader, const char *path, struct plotmill_error *error);

/* By what is found at the path. */
enum plotmill_status reader_open(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_read(struct reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                 int64_t *window_start, double *y_range, struct plotmill_error *error);

/* Reads every image, also where the hash is one that was recorded. */
enum plotmill_status reader_hash(struct reader *reader, uint64_t *hash, struct plotmill_error *error);
void reader_close(struct reader *reader);

/* See plotmill_sheet_write. */
enum plotmill_status sheet_write(const char *path, const uint8_t *pixels, uint64_t count, uint32_t width,
                                 uint32_t height, uint32_t columns, uint32_t max_tile, struct plotmill_error *error);

#endif
