/* Reads one 8-bit grayscale PNG file. */
#ifndef READER_PNG_FILE_H
#define READER_PNG_FILE_H

#include <stdint.h>

#include "plotmill/status.h"

/* PLOTMILL_BAD_INPUT where the file is no PNG, or not 8-bit grayscale. */
enum plotmill_status png_file_size(const char *path, uint32_t *width, uint32_t *height, struct plotmill_error *error);

/* Fills pixels (height, width). PLOTMILL_BAD_INPUT also where the file is damaged or of another size. */
enum plotmill_status png_file_read(const char *path, uint32_t width, uint32_t height, uint8_t *pixels,
                                   struct plotmill_error *error);

#endif
