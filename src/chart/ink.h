/* Colours, and what a PNG image makes of them. */
#ifndef CHART_INK_H
#define CHART_INK_H

#include <stdbool.h>
#include <stdint.h>

/* A colour; grey: three equal values. */
struct ink {
    uint8_t red, green, blue;
};

/* The bytes of a pixel, as the kernels have them: 0xbbggrr. */
static inline uint32_t ink_bytes(struct ink ink)
{
    return (uint32_t)ink.blue << 16 | (uint32_t)ink.green << 8 | ink.red;
}

static inline int ink_is_grey(struct ink ink)
{
    return ink.red == ink.green && ink.green == ink.blue;
}

/* "0" to "255", or "#rrggbb". */
bool ink_read(const char *text, struct ink *ink);

/* The shortest such text. */
#define INK_TEXT_SIZE 8
void ink_write(char text[INK_TEXT_SIZE], struct ink ink);

/* The form of PNG images: palette colours where no pixel is antialiased and a palette suffices, else truecolour. Grey
 * charts have 8-bit grey images. */
struct png_form {
    uint32_t channels;       /* 1: grey, or numbers in the palette; 3: truecolour */
    uint32_t bits;           /* per channel: 1, 2, 4 or 8; fewer than 8 only with a palette */
    uint32_t colours;        /* in the palette; 0: there is none */
    struct ink palette[256]; /* the background first */
};

#endif
