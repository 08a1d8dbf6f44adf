/* Spans that no polyline draws, to try what comes after `rasterize`; and the pixels that they mean. */
#ifndef TESTS_KERNEL_SPAN_IMAGES_H
#define TESTS_KERNEL_SPAN_IMAGES_H

#include "plotmill/sink.h"
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
    SPAN_DIAGONAL, /* one pixel a column */
    SPAN_ENDS,     /* the first row and the last one in turn */
    SPAN_STEPS,    /* each column begins and ends a row further than the one before */
    SPAN_WALK,     /* like a stroke */
    SPAN_RANDOM,
    SPAN_NOISE, /* random; antialiased: partly covered wherever it can be */
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

/* At most `partial` rows above and below a column's span are partly covered. */
void span_fill(const struct span_image *image, enum span_pattern pattern, uint32_t partial, struct rig_rng *rng);

/* Paints the layer over what pixels (height, width) hold: by its edges. */
void span_paint(const struct span_image *image, uint8_t ink, uint8_t *pixels);

/* Once painted: takes the edges away that no kernel may look at. */
void span_spoil(const struct span_image *image, struct rig_rng *rng);

/* llvmpipe ends the loops of a work-item after 65,535 turns in all. There, all but small images may be left to the
 * host, but none may be wrong. */
bool span_loops_may_end(const struct rig *rig);

/* Whether a stream decodes to exactly these pixels, and ends where it says. */
bool stream_is(const struct plotmill_stream *stream, bool png, const uint8_t *pixels, uint32_t width, uint32_t height);

#endif
