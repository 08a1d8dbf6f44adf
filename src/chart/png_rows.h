/* Rows of PNG images, without their filters. */
#ifndef CHART_PNG_ROWS_H
#define CHART_PNG_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart/images.h"

/* The form of a data set's PNG images: info->png, or 8-bit grey or truecolour by its channels. */
const struct png_form *png_form_of(const struct dataset_info *info);

/* Bytes of a row. */
size_t png_row_bytes(const struct png_form *form, uint32_t width);

/* pixels: uint8 (rows, width), or (rows, width, 3) where the form is truecolour or has a palette. out: `rows` rows of
 * png_row_bytes; unused bits are 0. false: a colour is not in the palette. */
bool png_rows_pack(const struct png_form *form, const uint8_t *pixels, uint32_t width, size_t rows, uint8_t *out);

#endif
