/* PNG files in memory, grey, of a palette or truecolour: written around zlib streams, read by libpng
 * (formats/folder.h). */
#ifndef FORMATS_PNG_H
#define FORMATS_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart/png_rows.h"

/* Holds one file at a time and grows as needed. Starts as {0}. */
struct png_buffer {
    uint8_t *bytes;
    size_t size; /* of the file */
    size_t room;
};

/* A file around a finished zlib stream of filtered rows of that form. false: out of memory. */
bool png_from_stream(struct png_buffer *buffer, const struct png_form *form, uint32_t width, uint32_t height,
                     const struct image_stream *stream);
void png_buffer_free(struct png_buffer *buffer);

#endif
