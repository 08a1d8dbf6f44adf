/* Rows of PNG images, without their filters, and the size of a file. Needs no library. */
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

/* A chunk is shorter than 2^31 bytes: longer streams are cut into several IDAT chunks. */
#define PNG_CHUNK_MAX ((size_t)1 << 30)
#define PNG_CHUNK_FRAME 12 /* bytes of length, type and checksum */
#define PNG_HEADER_BYTES 13
#define PNG_SIGNATURE_BYTES 8

/* The size of a file around a stream of `stream_bytes`. */
uint64_t png_bytes(const struct png_form *form, uint64_t stream_bytes);

#endif
