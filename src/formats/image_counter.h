/* The images that a sink expects and has received. Every sink checks its batches and its end with it. */
#ifndef FORMATS_IMAGE_COUNTER_H
#define FORMATS_IMAGE_COUNTER_H

#include <stdatomic.h>

#include "formats/sink.h"

struct image_counter {
    uint64_t images;
    atomic_ullong written;
    uint32_t width;
    uint32_t height;
    uint32_t panels;            /* pairs of y_range per image */
    struct pixel_format pixels; /* as stored, resolved */
    size_t image_bytes;         /* as stored */
};

/* `format` NULL: uint8, as drawn. PLOTMILL_BAD_INPUT for a data set without images or pixels, or beyond 2^62 bytes, and
 * for a format that pixels of info->channels cannot have. */
enum plotmill_status image_counter_start(struct image_counter *counter, const struct dataset_info *info,
                                         const struct pixel_format *format, struct plotmill_error *error);

/* Bytes that all images will take: by their pixels where these are stored as they are, else by info->image_bytes; 0:
 * not known. */
uint64_t image_counter_room(const struct image_counter *counter, const struct dataset_info *info,
                            const struct sink_ops *ops);

/* Counts a batch. PLOTMILL_BAD_INPUT where it is outside the data set. Several threads may do so at once. */
enum plotmill_status image_counter_add(struct image_counter *counter, const struct image_batch *batch,
                                       struct plotmill_error *error);

/* PLOTMILL_IO_FAILED unless all images were written: an incomplete output must not look complete. */
enum plotmill_status image_counter_finish(const struct image_counter *counter, const char *path,
                                          struct plotmill_error *error);

#endif
