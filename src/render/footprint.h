/* What a renderer's buffers take, told before there is one: memory is planned with it. */
#ifndef RENDER_FOOTPRINT_H
#define RENDER_FOOTPRINT_H

#include "render/renderer.h"

struct footprint {
    uint64_t first;   /* bytes on the device for a batch of one image, tables included */
    uint64_t further; /* that each further image of the batch adds */
    uint64_t largest; /* of them, those of one buffer; the samples aside */
    uint64_t host;    /* bytes of an image on the host: lists, and on discrete devices what is downloaded into */
};

/* As renderer_create(how) allocates it on this device, how->batch aside. */
struct footprint footprint_of(const struct plotmill_device *device, const struct plotmill_chart_options *chart,
                              uint64_t window, const struct renderer_options *how);

/* On the device. */
uint64_t footprint_bytes(const struct footprint *footprint, uint64_t batch);

/* For those that have buffers, to tell of them: bytes an image, and bytes whatever the batch. */
void footprint_add(struct footprint *footprint, uint64_t bytes);
void footprint_add_shared(struct footprint *footprint, uint64_t bytes);
/* Downloaded: `discrete` devices have pinned memory beside it. */
void footprint_add_download(struct footprint *footprint, uint64_t bytes, int discrete);

#endif
