/* Pixels -> the same kind of streams as the device makes, by the host's zlib. */
#ifndef RENDER_HOST_STREAM_H
#define RENDER_HOST_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

/* *stream is freed by the caller. png: each row after filter Up and its number. PLOTMILL_UNSUPPORTED in a build without
 * zlib. */
enum plotmill_status host_stream(const uint8_t *pixels, uint32_t width, uint32_t height, bool png, uint8_t **stream,
                                 size_t *size, struct plotmill_error *error);

#endif
