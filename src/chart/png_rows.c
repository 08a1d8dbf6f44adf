#include "chart/png_rows.h"

#include <string.h>

const struct png_form *png_form_of(const struct dataset_info *info)
{
    static const struct png_form grey = {.channels = 1, .bits = 8}, truecolour = {.channels = 3, .bits = 8};
    return info->png ? info->png : info->channels == 3 ? &truecolour : &grey;
}

size_t png_row_bytes(const struct png_form *form, uint32_t width)
{
    return (size_t)(((uint64_t)width * form->channels * form->bits + 7) / 8);
}

/* The number of a colour; form->colours: it is not there. */
static uint32_t find_colour(const struct png_form *form, const uint8_t *pixel)
{
    uint32_t i = 0;
    while (i < form->colours && (form->palette[i].red != pixel[0] || form->palette[i].green != pixel[1] ||
                                 form->palette[i].blue != pixel[2]))
        i++;
    return i;
}

/* Neighbours mostly have the same colour. */
static bool pack_row(const struct png_form *form, const uint8_t *pixels, uint32_t width, uint8_t *out)
{
    const uint8_t *last = NULL;
    uint32_t number = 0;
    memset(out, 0, png_row_bytes(form, width));
    for (uint32_t x = 0; x < width; last = pixels, x++, pixels += 3) {
        if (!last || memcmp(last, pixels, 3))
            number = find_colour(form, pixels);
        if (number == form->colours)
            return false;
        const uint32_t bit = x * form->bits % 8;
        out[(uint64_t)x * form->bits / 8] |= (uint8_t)(number << (8 - form->bits - bit));
    }
    return true;
}

bool png_rows_pack(const struct png_form *form, const uint8_t *pixels, uint32_t width, size_t rows, uint8_t *out)
{
    const size_t row_bytes = png_row_bytes(form, width);
    bool packed = true;
    if (!form->colours)
        memcpy(out, pixels, rows * row_bytes);
    for (size_t y = 0; y < rows && packed && form->colours; y++)
        packed = pack_row(form, pixels + y * width * 3, width, out + y * row_bytes);
    return packed;
}

uint64_t png_bytes(const struct png_form *form, uint64_t stream_bytes)
{
    const uint64_t chunks = 3 + (form->colours > 0) + (stream_bytes ? (stream_bytes - 1) / PNG_CHUNK_MAX : 0);
    return PNG_SIGNATURE_BYTES + PNG_HEADER_BYTES + 3 * form->colours + stream_bytes + chunks * PNG_CHUNK_FRAME;
}
