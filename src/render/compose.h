/* What the kernels that compose layers (cl/compose.cl) have in common. */
#ifndef RENDER_COMPOSE_H
#define RENDER_COMPOSE_H

#include "render/layers.h"
#include "render/stages.h"

/* What one launch paints. Values are those of pixels, one byte or 0xbbggrr. */
struct painting {
    const struct buffer *table; /* BUF_LAYERS */
    const struct buffer *inks;  /* uint32 (span layers, 2), values */
    uint32_t first, end;        /* the span layers that are painted: first..end-1 */
    uint32_t background;        /* a value */
    uint32_t bytes;             /* of a pixel: 1 or 3 */
};

/* Span layers of all layers. */
uint32_t compose_layers(const struct chart *chart);

/* Columns of its span layers: of shaded ones, and of all others. */
struct composed_columns {
    uint64_t shaded, whole;
};
struct composed_columns compose_columns(const struct chart *chart);

/* Bytes of a pixel that is drawn in one launch: 1 or 3. With a channel per layer each is drawn alone. */
uint32_t compose_bytes(const struct chart *chart);

/* Events of an image for which there is room. More are possible only where strokes are antialiased. */
uint32_t compose_room(const struct chart *chart);

/* Bytes of scratch per image, for all launches of this chart. */
uint64_t compose_scratch(const struct chart *chart);

/* Sets the parameters that these kernels begin with. */
void compose_arguments(struct kernel *kernel, const struct stages *stages, const struct painting *painting);

#endif
