/* Opens any output again. */
#ifndef DATASET_READER_H
#define DATASET_READER_H

#include "formats/format.h"

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
