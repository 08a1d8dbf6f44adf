/* Writes one 8-bit grayscale PNG file, row by row: the images of a folder, and contact sheets. */
#ifndef FORMATS_PNG_WRITER_H
#define FORMATS_PNG_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "plotmill/status.h"

struct png_writer;

/* PLOTMILL_UNSUPPORTED in a build without libpng. */
enum plotmill_status png_writer_available(struct plotmill_error *error);

/* Creates (or truncates) `path`, which messages call `shown`. Every file is ended with png_writer_close or
 * png_writer_discard. */
enum plotmill_status png_writer_open(struct png_writer **writer, const char *path, const char *shown, uint32_t width,
                                     uint32_t height, bool compressed, struct plotmill_error *error);

/* The next `count` rows, of `width` bytes each, one after another. */
enum plotmill_status png_writer_rows(struct png_writer *writer, const uint8_t *rows, uint32_t count,
                                     struct plotmill_error *error);

/* Ends and closes the file, frees the writer whatever comes; a failure leaves the file as it is. */
enum plotmill_status png_writer_close(struct png_writer *writer, struct plotmill_error *error);

/* Frees the writer, leaves the file unfinished. NULL is allowed. */
void png_writer_discard(struct png_writer *writer);

#endif
