/* A call of plotmill_render; for render.c, which draws batches, and render_encode.c, which encodes and stores them. */
#ifndef API_RENDER_CALL_H
#define API_RENDER_CALL_H

#include "api/renderer.h"
#include "formats/image_files.h"

/* What a call does with each image. */
struct form {
    enum plotmill_encoding encoding;
    enum payload payload; /* of the device */
    bool direct;          /* the device draws into the caller's memory */
    bool plain;           /* pixels as drawn */
    size_t bound;         /* bytes of an image */
};

struct call {
    plotmill_renderer *r;
    struct plotmill_request request;
    struct form form;
    uint64_t *starts;      /* (count), samples */
    uint32_t *rows_before; /* (count): rows of its group before each; NULL: no layer of the chart needs any */
    uint64_t done;         /* images */
    size_t used;           /* bytes of `out` */
    double began;
};

/* A batch that the device draws. */
struct pending_batch {
    struct window_batch windows;
    uint64_t first; /* image */
    struct buffer *direct;
};

/* Bytes of an image: in the renderer's dtype, layout and channels; and as drawn. */
uint64_t render_number_bytes(const plotmill_renderer *renderer);
uint64_t render_image_bytes(const plotmill_renderer *renderer);

/* What image files are made of. */
struct image_kind render_image_kind(const plotmill_renderer *renderer);

/* Puts a finished batch into the caller's memory, unless the device has. */
enum plotmill_status render_store(struct call *call, const struct pending_batch *pending,
                                  const struct renderer_images *made);

#endif
