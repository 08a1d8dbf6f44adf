/* Artificial spans, which test the kernels after `rasterize`, and the pixels that they represent. */
#ifndef TESTS_KERNEL_SPAN_IMAGES_H
#define TESTS_KERNEL_SPAN_IMAGES_H

#include "api/engine.h"
#include "rig.h"

enum span_pattern {
    SPAN_NONE,  /* begin height, end 0 */
    SPAN_EQUAL, /* begin == end */
    SPAN_FULL,
    SPAN_PIXEL_FIRST, /* one pixel: the first, the last, one in the middle */
    SPAN_PIXEL_LAST,
    SPAN_PIXEL_CENTRE,
    SPAN_COLUMN,   /* one */
    SPAN_ROW,      /* one */
    SPAN_TEETH,    /* every other column */
    SPAN_DIAGONAL, /* one pixel per column */
    SPAN_ENDS,     /* alternately the first row and the last one */
    SPAN_STEPS,    /* each column begins and ends one row below the column before */
    SPAN_WALK,     /* like a stroke */
    SPAN_RANDOM,
    SPAN_NOISE, /* random; with antialiasing all rows are partly covered */
    SPAN_PATTERNS
};

/* One layer of one image: see `spans` and `edges` in cl/rasterize.cl. */
struct span_image {
    uint32_t width, height;
    size_t pitch;
    uint16_t *spans;      /* (2 or antialiased 4, pitch) */
    uint8_t *subsampling; /* (pitch); NULL: not antialiased */
    int32_t *edges;       /* (pitch, STEEP_SUBSAMPLES, 2, SUBCOLUMNS) */
    uint16_t *areas;      /* (pitch, COLUMN_AREAS) */
};

/* Fills the layer. At most `partial` rows above and below a column's span are partly covered. */
void span_fill(const struct span_image *image, enum span_pattern pattern, uint32_t partial, struct rig_rng *rng);

/* Paints the layer over `pixels` (height, width), from its edges. */
void span_paint(const struct span_image *image, uint8_t ink, uint8_t *pixels);

/* How much of pixel (x, y) the layer covers, of *whole. */
int64_t span_coverage(const struct span_image *image, uint32_t x, uint32_t y, int64_t *whole);

/* Overwrites the edges that no kernel may read; call it after span_paint. */
void span_spoil(const struct span_image *image, struct rig_rng *rng);

/* llvmpipe ends the loops of a work-item after 65,535 iterations in total. There the host may have to make all but
 * small images, but none may be wrong. */
bool span_loops_may_end(const struct rig *rig);

/* Whether a stream decodes to exactly these pixels, and ends at its stated size. */
bool stream_is(const struct image_stream *stream, bool png, const uint8_t *pixels, uint32_t width, uint32_t height);

#endif
