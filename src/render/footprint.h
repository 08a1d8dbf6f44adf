/* What those that have buffers add to a renderer's memory needs. */
#ifndef RENDER_FOOTPRINT_H
#define RENDER_FOOTPRINT_H

#include "render/renderer.h"

/* Bytes per image, and bytes whatever the batch. */
void footprint_add(struct memory_needs *needs, uint64_t bytes);
void footprint_add_shared(struct memory_needs *needs, uint64_t bytes);
/* Downloaded: `discrete` devices have pinned memory beside it. */
void footprint_add_download(struct memory_needs *needs, uint64_t bytes, int discrete);

#endif
