/* The Huffman code of the device's streams: fitted to strokes, the same for all images of a job. */
#ifndef RENDER_CODE_H
#define RENDER_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cl/shared.h"

/* What the streams contain. */
struct code_use {
    bool png;       /* filter Up instead of copies from the row above */
    bool antialias; /* all values may occur, not only the inks */
    uint32_t width; /* px, the distance of the row above; at most 32768 unless png */
    int background;
    const uint8_t *inks; /* (layers) */
    size_t layers;
    bool joined; /* one of several images in a stream: no zlib header, not the last block */
};

/* Fills table[0..CODE_WORDS-1], the table of cl/shared.h. */
void code_make(const struct code_use *use, uint32_t *table);

#endif
