/* Parts of deflate that end at a byte -> one zlib stream (RFC 1950): several images in one chunk. */
#ifndef RENDER_JOIN_H
#define RENDER_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/sink.h"

struct join_part {
    struct plotmill_stream blocks; /* none of them the last */
    uint32_t adler;                /* of the bytes they stand for */
    uint64_t bytes;                /* how many those are */
};

/* Each part `copies` times (each part's copies one after another). stream->data is freed by the caller.
 * PLOTMILL_UNSUPPORTED in a build without zlib. */
enum plotmill_status join_parts(const struct join_part *parts, size_t count, uint32_t copies,
                                struct plotmill_stream *stream, struct plotmill_error *error);

/* Adler-32 of pixels. */
uint32_t join_adler(const uint8_t *bytes, size_t count);

#endif
