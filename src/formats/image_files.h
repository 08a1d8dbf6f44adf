/* Images as PNG or JPEG files in memory. */
#ifndef FORMATS_IMAGE_FILES_H
#define FORMATS_IMAGE_FILES_H

#include <stdbool.h>

#include "chart/images.h"
#include "plotmill/sink.h"

/* Starts as {0}; memory grows and is kept from batch to batch. One thread at a time. */
struct image_files {
    struct plotmill_image *images; /* (count), until the next batch */
    uint64_t count, images_room;
    uint8_t *bytes;
    size_t used, room;
};

/* What a batch must contain for an encoding: streams of rows for PNG, pixels for JPEG. */
enum payload image_files_payload(enum plotmill_encoding encoding);

/* Whether the encoding is that of a file: PNG or JPEG. */
bool image_files_are(enum plotmill_encoding encoding);

/* PLOTMILL_BAD_INPUT for an encoding that does not exist. */
enum plotmill_status image_files_check_encoding(enum plotmill_encoding encoding, struct plotmill_error *error);

/* Checks image files; other encodings are right. PLOTMILL_UNSUPPORTED where this build lacks the library,
 * PLOTMILL_BAD_INPUT for pixels that files do not hold. */
enum plotmill_status image_files_check(enum plotmill_encoding encoding, const struct pixel_format *pixels,
                                       uint32_t width, uint32_t height, struct plotmill_error *error);

/* Fills files->images with a file for each image of the batch. encoding: PLOTMILL_PNG or PLOTMILL_JPEG; quality: 1 to
 * 100, of JPEG. */
enum plotmill_status image_files_make(struct image_files *files, enum plotmill_encoding encoding, uint32_t width,
                                      uint32_t height, int quality, const struct image_batch *batch,
                                      struct plotmill_error *error);

void image_files_free(struct image_files *files);

#endif
