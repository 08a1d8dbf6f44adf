/* index.csv of a folder of image files: what is known of each image. */
#ifndef FORMATS_FOLDER_INDEX_H
#define FORMATS_FOLDER_INDEX_H

#include <stdint.h>

#include "plotmill/status.h"

struct folder_index {
    int64_t *window_start; /* (images); NULL: the folder has no index.csv */
    double *y_range;       /* (images, 2) */
};

/* Freed with folder_index_free. PLOTMILL_BAD_INPUT where a line is not what it should be, or there are more or fewer.
 */
enum plotmill_status folder_index_read(struct folder_index *index, const char *folder, uint64_t images,
                                       struct plotmill_error *error);
void folder_index_free(struct folder_index *index);

#endif
