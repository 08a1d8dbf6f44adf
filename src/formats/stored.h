/* Images as an array stores them: found out from its shape, and given as uint8 (images, height, width). */
#ifndef FORMATS_STORED_H
#define FORMATS_STORED_H

#include <stdbool.h>

#include "chart/pixel_format.h"
#include "plotmill/reader.h"

struct stored {
    struct plotmill_pixel_format format;
    struct pixel_shape shape; /* background and foreground: -1 where they are not told */
    uint64_t images;
    bool swap; /* the numbers are in the other byte order */
};

/* What is told of an array beside its numbers. */
struct stored_hints {
    enum plotmill_dtype dtype;
    int layout; /* enum plotmill_layout; -1: by the axes, (N, 1 or 3, height, width) before (N, height, width, 1 or 3)
                 */
    uint64_t width;             /* px; needed for bits */
    int background, foreground; /* -1: not told; needed for bits */
    bool swap;
};

/* false: these are no images. */
bool stored_init(struct stored *stored, const struct stored_hints *hints, int rank, const uint64_t *axes);

/* Bytes of one image as stored. */
size_t stored_image_bytes(const struct stored *stored);

/* Fills in what the array itself tells. */
void stored_tell(const struct stored *stored, struct plotmill_dataset_info *info);

/* Reads images as they are stored. */
typedef enum plotmill_status stored_source(void *self, uint64_t first, uint64_t count, void *bytes,
                                           struct plotmill_error *error);

/* Images first..first+count-1 as pixels; PLOTMILL_BAD_INPUT, with `path` and the image, for numbers that are no
 * pixels. */
enum plotmill_status stored_read(const struct stored *stored, const char *path, stored_source *source, void *self,
                                 uint64_t first, uint64_t count, uint8_t *pixels, struct plotmill_error *error);

#endif
