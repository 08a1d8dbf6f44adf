/* Random stacks of layers: panels that overlap, one or two inks, antialiased strokes and whole pixels; and the pixels
 * that they represent, composed plainly, pixel by pixel. */
#ifndef TESTS_KERNEL_LAYER_IMAGES_H
#define TESTS_KERNEL_LAYER_IMAGES_H

#include "span_images.h"

/* Images of one chart. */
struct layer_images {
    uint32_t width, height, images;
    uint32_t bytes;  /* of a pixel: 1 or 3 */
    uint32_t values; /* inks are below it; 0: any */
    bool antialias, flip;
    uint32_t background; /* a value, as inks */
    uint32_t count;      /* span layers */
    /* filled in */
    struct span_layer *layers; /* (count) */
    uint32_t *inks;            /* (count, 2) */
    uint32_t span_size, shaded_columns;
    uint16_t *spans;      /* (images, span_size) */
    uint8_t *subsampling; /* (images, shaded_columns), and so on */
    int32_t *edges;
    uint16_t *areas;
};

/* Fills in random layers and their spans. */
void layer_images_make(struct layer_images *l, struct rig_rng *rng);
/* Fills in the spans of layers that are given, with span_size, shaded_columns and inks. */
void layer_images_fill(struct layer_images *l, uint32_t partial, struct rig_rng *rng);
void layer_images_free(struct layer_images *l);

/* Possible events of an image, for the room that a kernel needs. */
uint32_t layer_images_room(const struct layer_images *l);

/* Composes layers first..end-1 of an image: uint8 (height, width, bytes). */
void layer_images_paint(const struct layer_images *l, size_t image, uint32_t first, uint32_t end, uint8_t *pixels);

/* Overwrites the edges that no kernel may read; call it after painting. */
void layer_images_spoil(const struct layer_images *l, struct rig_rng *rng);

#endif
