/* Grayscale baseline JPEG files in memory, with the tables of the standard's Annex K scaled by the quality, as libjpeg
 * does. */
#ifndef FORMATS_JPEG_FILE_H
#define FORMATS_JPEG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

/* What the libraries can write. */
#define JPEG_QUALITY_DEFAULT 90
#define JPEG_SIDE_MAX 65500

struct jpeg_file;

/* PLOTMILL_UNSUPPORTED in a build without libjpeg-turbo. */
enum plotmill_status jpeg_file_available(struct plotmill_error *error);

/* Serves many images, of one thread at a time. quality: 1..100. NULL: out of memory. */
struct jpeg_file *jpeg_file_create(uint32_t width, uint32_t height, int quality);

/* *bytes live until the next call. false: jpeg_file_reason says why. */
bool jpeg_file_encode(struct jpeg_file *file, const uint8_t *pixels, const uint8_t **bytes, size_t *size);
const char *jpeg_file_reason(const struct jpeg_file *file);
void jpeg_file_destroy(struct jpeg_file *file); /* NULL is allowed */

#endif
