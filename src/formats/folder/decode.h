/* Image files in memory, told apart by their first bytes: 8-bit grayscale PNG and JPEG. `name` is what messages call
 * the file. */
#ifndef FORMATS_FOLDER_DECODE_H
#define FORMATS_FOLDER_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

struct encoded {
    const char *name;
    const uint8_t *bytes;
    size_t size;
};

/* Fills pixels (height, width). PLOTMILL_BAD_INPUT where the file is neither PNG nor JPEG, not 8-bit grayscale, damaged
 * or of another size. */
enum plotmill_status decode_image(const struct encoded *file, uint32_t width, uint32_t height, uint8_t *pixels,
                                  struct plotmill_error *error);

/* The same of a file on disk, and its size alone. */
enum plotmill_status decode_file_size(const char *path, uint32_t *width, uint32_t *height,
                                      struct plotmill_error *error);
enum plotmill_status decode_file(const char *path, uint32_t width, uint32_t height, uint8_t *pixels,
                                 struct plotmill_error *error);

/* One for each kind; pixels NULL: tells the size alone, *width and *height are set. Else they are what is expected. */
enum plotmill_status decode_png(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                struct plotmill_error *error);
enum plotmill_status decode_jpeg(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                 struct plotmill_error *error);

/* For them: fails where a size is not the expected one. */
enum plotmill_status decode_check_size(const struct encoded *file, uint32_t found_width, uint32_t found_height,
                                       uint32_t width, uint32_t height, struct plotmill_error *error);

#endif
