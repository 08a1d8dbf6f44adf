/* Images one after another in one file, and what its side file (formats/sidecar.h) tells: npy and raw. */
#ifndef FORMATS_ARRAY_READER_H
#define FORMATS_ARRAY_READER_H

#include <stdio.h>

#include "formats/format.h"
#include "formats/metadata.h"
#include "formats/stored.h"

struct array_reader {
    char *path;
    FILE *file;
    uint64_t start; /* of the first image */
    struct stored stored;
    struct metadata metadata; /* what the side file tells */
};

/* Opens the file itself; array_reader_destroy frees it, also where this call fails. */
enum plotmill_status array_reader_open(struct array_reader **array, const char *path, struct plotmill_error *error);
void array_reader_destroy(void *array);

/* Checks that all images are there, then *reader owns the array. `format`: "npy" or "raw". */
enum plotmill_status array_reader_finish(struct array_reader *array, const char *format, struct reader *reader,
                                         struct plotmill_error *error);

/* Whether the file has a side file of this format beside it. */
bool array_is_described(const char *path, const char *format);

/* Takes what the side file tells; it must be of an array of that format. *rank axes. */
enum plotmill_status array_reader_describe(struct array_reader *array, struct stored_hints *hints, int *rank,
                                           uint64_t axes[4], struct plotmill_error *error);

#endif
