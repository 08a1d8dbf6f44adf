/* The Huffman code that the device writes streams with: fitted to strokes, the same for all images of a job. */
#ifndef RENDER_CODE_H
#define RENDER_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cl/shared.h"

/* What streams will hold. */
struct code_use {
    bool png;       /* filter Up instead of copies from the row above */
    bool antialias; /* any value may come up, not only the inks */
    uint32_t width; /* px: the distance of the row above, 1..32768 unless png */
    int background;
    const uint8_t *inks; /* (layers) */
    size_t layers;
    bool joined; /* the block of one of several images in one stream: no zlib header, not the last block */
};

/* Fills table[0..CODE_WORDS-1]. */
void code_make(const struct code_use *use, uint32_t *table);

#endif
