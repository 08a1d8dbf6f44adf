/* Bytes -> the same kinds of streams as the device makes, by the host's zlib. */
#ifndef RENDER_HOST_STREAM_H
#define RENDER_HOST_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plotmill/status.h"

enum host_form {
    HOST_ZLIB, /* a whole zlib stream */
    HOST_PNG,  /* the same, of each row after filter Up and its number; rows of uint8 */
    HOST_BLOCK /* deflate blocks, none the last, that end at a byte: a part for render/join.h */
};

/* `rows` rows of row_bytes bytes. runs: they are uint8 pixels, so that looking for runs alone is both faster and
 * smaller. *stream is freed by the caller. PLOTMILL_UNSUPPORTED in a build without zlib. */
enum plotmill_status host_stream(const uint8_t *bytes, size_t row_bytes, size_t rows, enum host_form form, bool runs,
                                 uint8_t **stream, size_t *size, struct plotmill_error *error);

#endif
