/* What a sink was promised and what it has got: every sink checks its batches and its end with it. */
#ifndef FORMATS_IMAGE_COUNTER_H
#define FORMATS_IMAGE_COUNTER_H

#include <stdatomic.h>

#include "plotmill/sink.h"

struct image_counter {
    uint64_t images;
    atomic_ullong written;
    uint32_t width;
    uint32_t height;
    size_t image_bytes; /* as stored */
};

/* PLOTMILL_BAD_INPUT for a data set without images or pixels, or beyond 2^62 bytes in this format (NULL: uint8). */
enum plotmill_status image_counter_start(struct image_counter *counter, const struct plotmill_dataset_info *info,
                                         const struct plotmill_pixel_format *format, struct plotmill_error *error);

/* Bytes that a file of all images will take: by info->image_bytes, or their pixels where these are what is stored; 0:
 * not known. */
uint64_t image_counter_room(const struct image_counter *counter, const struct plotmill_dataset_info *info,
                            const struct plotmill_sink_ops *ops);

/* PLOTMILL_BAD_INPUT for a batch outside the data set. Counts it; several threads may do so at once. */
enum plotmill_status image_counter_add(struct image_counter *counter, const struct plotmill_batch *batch,
                                       struct plotmill_error *error);

/* PLOTMILL_IO_FAILED unless every image has come: an output with holes must not look complete. */
enum plotmill_status image_counter_finish(const struct image_counter *counter, const char *path,
                                          struct plotmill_error *error);

#endif
