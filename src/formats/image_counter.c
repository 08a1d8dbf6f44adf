#include "formats/image_counter.h"

#include <stdbool.h>

#include "chart/pixel_format.h"

#define BYTES_MAX ((uint64_t)1 << 62)

enum plotmill_status tally_start(struct tally *tally, const struct plotmill_dataset_info *info,
                                 const struct plotmill_pixel_format *format, struct plotmill_error *error)
{
    static const struct plotmill_pixel_format plain = {0};
    tally->images = info->images;
    tally->width = info->width;
    tally->height = info->height;
    atomic_init(&tally->written, 0);
    if (!info->images || !info->width || !info->height)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "nothing to store: %llu images of %ux%u pixels",
                                  (unsigned long long)info->images, (unsigned)info->width, (unsigned)info->height);
    uint64_t bytes = pixel_format_image_bytes(format ? format : &plain, info->width, info->height);
    if (bytes > SIZE_MAX / 2 || info->images > BYTES_MAX / bytes)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%llu images of %ux%u pixels are too many to store",
                                  (unsigned long long)info->images, (unsigned)info->width, (unsigned)info->height);
    tally->image_bytes = (size_t)bytes;
    return PLOTMILL_OK;
}

uint64_t tally_room(const struct tally *tally, const struct plotmill_dataset_info *info,
                    const struct plotmill_sink_ops *ops)
{
    const bool plain = ops->payload == PLOTMILL_PAYLOAD_PIXELS && !ops->stored_bytes;
    return plain ? info->images * tally->image_bytes : (uint64_t)((double)info->images * info->image_bytes);
}

enum plotmill_status tally_add(struct tally *tally, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    if (batch->first > tally->images || batch->count > tally->images - batch->first)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "images %llu to %llu were given, but the output has %llu",
                                  (unsigned long long)batch->first,
                                  (unsigned long long)(batch->first + batch->count - 1),
                                  (unsigned long long)tally->images);
    atomic_fetch_add(&tally->written, batch->count);
    return PLOTMILL_OK;
}

enum plotmill_status tally_finish(const struct tally *tally, const char *path, struct plotmill_error *error)
{
    unsigned long long written = atomic_load(&tally->written);
    if (written == tally->images)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: %llu images came, expected %llu", path, written,
                              (unsigned long long)tally->images);
}
