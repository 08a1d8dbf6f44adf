#include "formats/image_counter.h"

#include <stdbool.h>

#include "chart/pixel_format.h"

#define BYTES_MAX ((uint64_t)1 << 62)

enum plotmill_status image_counter_start(struct image_counter *counter, const struct dataset_info *info,
                                         const struct pixel_format *format, struct plotmill_error *error)
{
    static const struct pixel_format plain = {0};
    enum plotmill_status status =
        pixel_format_resolve(format ? format : &plain, info->channels, &counter->pixels, error);
    if (status)
        return status;
    counter->images = info->images;
    counter->width = info->width;
    counter->height = info->height;
    counter->panels = info->panels ? info->panels : 1;
    atomic_init(&counter->written, 0);
    if (!info->images || !info->width || !info->height)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "nothing to store: %llu images of %ux%u pixels",
                                  (unsigned long long)info->images, (unsigned)info->width, (unsigned)info->height);
    uint64_t bytes = pixel_format_image_bytes(&counter->pixels, info->width, info->height);
    if (bytes > SIZE_MAX / 2 || info->images > BYTES_MAX / bytes)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%llu images of %ux%u pixels are too many to store",
                                  (unsigned long long)info->images, (unsigned)info->width, (unsigned)info->height);
    counter->image_bytes = (size_t)bytes;
    return PLOTMILL_OK;
}

uint64_t image_counter_room(const struct image_counter *counter, const struct dataset_info *info,
                            const struct sink_ops *ops)
{
    const bool plain = ops->payload == PAYLOAD_PIXELS && !ops->stored_bytes;
    return plain ? info->images * counter->image_bytes : (uint64_t)((double)info->images * info->image_bytes);
}

enum plotmill_status image_counter_add(struct image_counter *counter, const struct image_batch *batch,
                                       struct plotmill_error *error)
{
    if (batch->first > counter->images || batch->count > counter->images - batch->first)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "found images %llu to %llu, but the output has %llu images",
            (unsigned long long)batch->first, (unsigned long long)(batch->first + batch->count - 1),
            (unsigned long long)counter->images);
    atomic_fetch_add(&counter->written, batch->count);
    return PLOTMILL_OK;
}

enum plotmill_status image_counter_finish(const struct image_counter *counter, const char *path,
                                          struct plotmill_error *error)
{
    unsigned long long written = atomic_load(&counter->written);
    if (written == counter->images)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: %llu images were written, expected %llu", path, written,
                              (unsigned long long)counter->images);
}
