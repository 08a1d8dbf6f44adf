/* Deflate on the host: what the device does not compress, and several images in one stream. In a build without zlib all
 * of it is PLOTMILL_UNSUPPORTED. */
#ifndef RENDER_HOST_DEFLATE_H
#define RENDER_HOST_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart/images.h"

enum host_deflate_kind {
    HOST_DEFLATE_ZLIB, /* a whole zlib stream (RFC 1950) */
    HOST_DEFLATE_PNG,  /* the same, of rows with their filter byte and filter Up applied; bytes are pixels */
    HOST_DEFLATE_BLOCK /* deflate blocks that end at a byte boundary, none of them the last: see host_deflate_join */
};

/* Compresses `rows` rows of row_bytes bytes. `runs`: search for runs only, which is faster and smaller for pixels. The
 * caller frees *stream. */
enum plotmill_status host_deflate(const uint8_t *bytes, size_t row_bytes, size_t rows, enum host_deflate_kind kind,
                                  bool runs, uint8_t **stream, size_t *size, struct plotmill_error *error);

/* One image's part of a joined stream. */
struct stream_part {
    struct image_stream blocks; /* deflate blocks, none of them the last */
    uint32_t adler;             /* Adler-32 of the uncompressed bytes */
    uint64_t bytes;             /* number of uncompressed bytes */
};

/* Joins `count` parts into one zlib stream, each part `copies` times in a row. The caller frees stream->data. */
enum plotmill_status host_deflate_join(const struct stream_part *parts, size_t count, uint32_t copies,
                                       struct image_stream *stream, struct plotmill_error *error);

uint32_t host_adler32(const uint8_t *bytes, size_t count);

#endif
