/* Images as an array stores them: the pixel format that its shape implies, and reading as uint8 (images, height,
 * width, channels). */
#ifndef FORMATS_STORED_H
#define FORMATS_STORED_H

#include <stdbool.h>

#include "chart/pixel_format.h"
#include "plotmill/context.h"

/* The most channels of a stored pixel. */
#define STORED_CHANNELS_MAX 65536

struct stored {
    struct pixel_format format; /* resolved */
    struct pixel_shape shape;   /* of what is read; background and foreground: -1 where unknown */
    uint64_t images;
    bool swap; /* numbers are in the other byte order */
};

/* What is known of an array beside its shape. */
struct stored_hints {
    enum pixel_dtype dtype;
    int layout;     /* enum pixel_layout; -1: by the axes, where (N, 1 or 3, height, width) comes before (N, height,
                       width, 1 or 3) */
    uint64_t width; /* px; used for bits only */
    int background, foreground; /* -1: unknown; needed for bits */
    bool swap;
};

/* Returns false where the array cannot hold images. */
bool stored_init(struct stored *stored, const struct stored_hints *hints, int rank, const uint64_t *axes);

/* Bytes per image as stored. */
size_t stored_image_bytes(const struct stored *stored);

/* Sets images, width, height, channels and stored. */
void stored_info(const struct stored *stored, struct dataset_info *info);

/* Reads images as they are stored. */
typedef enum plotmill_status stored_source(void *self, uint64_t first, uint64_t count, void *bytes,
                                           struct plotmill_error *error);

/* Reads images first..first+count-1 as pixels. PLOTMILL_BAD_INPUT for numbers that are not pixels; `path` is for the
 * message. */
enum plotmill_status stored_read(const struct stored *stored, const char *path, stored_source *source, void *self,
                                 uint64_t first, uint64_t count, uint8_t *pixels, struct plotmill_error *error);

/* Reverses the bytes of each number of `size` bytes. */
void swap_bytes(void *numbers, size_t count, unsigned size);

#endif
