/* The Huffman code of the device's streams: fitted to strokes, the same for all images of a job. */
#ifndef RENDER_CODE_H
#define RENDER_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cl/shared.h"

/* What the streams contain. Values are pixels: one byte, or 0xbbggrr. */
struct code_use {
    bool png;       /* filter Up instead of copies from the row above */
    bool shaded;    /* all values may occur, not only the inks */
    bool joined;    /* one of several images in a stream: no zlib header, not the last block */
    uint32_t bytes; /* of a pixel: 1 or 3 */
    uint32_t pack;  /* PNG: 2^pack pixels per byte */
    uint32_t width; /* px; the row above is width * bytes bytes away, at most 32768 unless png */
    uint32_t background;
    const uint32_t *inks; /* (count) */
    size_t count;
};

/* Fills table[0..CODE_WORDS-1], the table of cl/shared.h. */
void code_make(const struct code_use *use, uint32_t *table);

#endif
