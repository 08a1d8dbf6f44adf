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

/* Refuses numbers of channels other than 1 and 3. format: its name in the message. */
enum plotmill_status image_files_check_channels(const char *format, uint32_t channels, struct plotmill_error *error);

/* Images as drawn, of `channels` channels. */
struct image_kind {
    uint32_t width, height, channels;
    const struct png_form *png; /* of PLOTMILL_PNG */
    int quality;                /* of PLOTMILL_JPEG: 1 to 100 */
};

/* Checks image files; other encodings are right. PLOTMILL_UNSUPPORTED where this build lacks the library,
 * PLOTMILL_BAD_INPUT for pixels that files do not hold. `kind`: png and quality are not used. */
enum plotmill_status image_files_check(enum plotmill_encoding encoding, const struct pixel_format *pixels,
                                       const struct image_kind *kind, struct plotmill_error *error);

/* Fills files->images with a file for each image of the batch. encoding: PLOTMILL_PNG or PLOTMILL_JPEG. */
enum plotmill_status image_files_make(struct image_files *files, enum plotmill_encoding encoding,
                                      const struct image_kind *kind, const struct image_batch *batch,
                                      struct plotmill_error *error);

void image_files_free(struct image_files *files);

#endif
