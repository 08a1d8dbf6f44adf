/* Opens any output for reading. */
#ifndef DATASET_READER_H
#define DATASET_READER_H

#include "formats/format.h"

/* Recognizes the format by the contents. */
enum plotmill_status reader_open(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_read(struct reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                 int64_t *window_start, double *y_range, struct plotmill_error *error);

/* Writes info.columns[column] of images first..first+count-1, all of which exist: (count, width) of its type. */
enum plotmill_status reader_column(struct reader *reader, size_t column, uint64_t first, uint64_t count, void *values,
                                   struct plotmill_error *error);

/* Reads every image, even where the hash was recorded. */
enum plotmill_status reader_hash(struct reader *reader, uint64_t *hash, struct plotmill_error *error);
void reader_close(struct reader *reader);

#endif
