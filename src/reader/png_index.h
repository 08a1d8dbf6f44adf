/* index.csv of a PNG folder: what is known of each image. */
#ifndef READER_PNG_INDEX_H
#define READER_PNG_INDEX_H

#include <stdint.h>

#include "plotmill/status.h"

struct png_index {
    int64_t *window_start; /* (images); NULL: the folder has no index.csv */
    double *y_range;       /* (images, 2) */
};

/* Freed with png_index_free. PLOTMILL_BAD_INPUT where a line is not what it should be, or there are more or fewer. */
enum plotmill_status png_index_read(struct png_index *index, const char *folder, uint64_t images,
                                    struct plotmill_error *error);
void png_index_free(struct png_index *index);

#endif
