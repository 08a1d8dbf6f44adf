/* Complete streams of a case, decoded by zlib and compared with its pixels. */
#ifndef TESTS_KERNEL_STREAMS_H
#define TESTS_KERNEL_STREAMS_H

#include "cases.h"
#include "render/renderer.h"

struct streams_verdict {
    uint64_t wrong; /* images whose stream does not decode to the pixels */
    uint64_t host;  /* images whose stream the host made */
    uint64_t hash;  /* hash of the streams' bytes */
};

/* Renders the case to streams and compares them with `pixels` (images, height, width, channels). */
enum plotmill_status streams_compare(struct compute *compute, const struct chart_case *c, uint64_t batch,
                                     enum launch_kind launch, bool png, const uint8_t *pixels,
                                     struct streams_verdict *verdict, struct plotmill_error *error);

/* Whether the stream of an image of this chart decodes to exactly these pixels (height, width, channels). */
bool stream_holds_image(const struct image_stream *stream, bool png, const uint8_t *pixels, const struct chart *chart);

/* The same for a grey image. */
bool stream_holds(const struct image_stream *stream, bool png, const uint8_t *pixels, uint32_t width, uint32_t height);

#endif
