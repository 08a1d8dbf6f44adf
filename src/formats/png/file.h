/* A PNG file in memory around a finished zlib stream. */
#ifndef FORMATS_PNG_FILE_H
#define FORMATS_PNG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plotmill/sink.h"

/* A buffer that is made larger when a file needs it: one serves many files. All 0 at first. */
struct png_file {
    uint8_t *bytes;
    size_t size; /* of the file */
    size_t room;
};

/* 8-bit grayscale. false: out of memory. */
bool png_file_from_stream(struct png_file *file, uint32_t width, uint32_t height, const struct plotmill_stream *stream);

/* Without compression. */
bool png_file_from_pixels(struct png_file *file, uint32_t width, uint32_t height, const uint8_t *pixels);

/* What all files without compression take, but for what frames the pixels in them. */
uint64_t png_file_stored_bytes(uint32_t width, uint32_t height);
void png_file_free(struct png_file *file);

#endif
