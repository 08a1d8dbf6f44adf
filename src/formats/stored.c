#include "formats/stored.h"

#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"

#define BLOCK_BYTES ((size_t)8 << 20)

/* Where only the axes say which one the channels are. */
static bool may_be_channels(uint64_t axis)
{
    return axis == 1 || axis == 3;
}

bool stored_init(struct stored *stored, const struct stored_hints *hints, int rank, const uint64_t *axes)
{
    const enum pixel_layout layout = hints->layout >= 0         ? (enum pixel_layout)hints->layout
                                     : rank == 3                ? LAYOUT_NHW
                                     : may_be_channels(axes[1]) ? LAYOUT_NCHW
                                                                : LAYOUT_NHWC;
    if (rank != (layout == LAYOUT_NHW ? 3 : 4))
        return false;
    const int y = layout == LAYOUT_NCHW ? 2 : 1;
    const uint64_t channels = rank == 3 ? 1 : axes[layout == LAYOUT_NCHW ? 1 : 3];
    const uint64_t height = axes[y], columns = axes[y + 1];
    const bool bits = hints->dtype == DTYPE_BITS;
    const uint64_t width = bits ? hints->width : columns;
    if (!height || !width || height > UINT32_MAX || width > UINT32_MAX)
        return false;
    if (!channels || channels > STORED_CHANNELS_MAX || (hints->layout < 0 && !may_be_channels(channels)))
        return false;
    if (bits && (columns != (width + 7) / 8 || hints->background < 0 || hints->foreground < 0))
        return false;
    stored->format = (struct pixel_format){hints->dtype, layout, (uint32_t)channels};
    stored->shape = (struct pixel_shape){(uint32_t)width, (uint32_t)height, hints->background, hints->foreground,
                                         (uint32_t)channels};
    stored->images = axes[0];
    stored->swap = hints->swap && (hints->dtype == DTYPE_F32 || hints->dtype == DTYPE_F16);
    return !pixel_format_check(&stored->format, NULL) && height <= UINT64_MAX / 16 / width / channels;
}

size_t stored_image_bytes(const struct stored *stored)
{
    return (size_t)pixel_format_image_bytes(&stored->format, stored->shape.width, stored->shape.height);
}

void stored_info(const struct stored *stored, struct dataset_info *info)
{
    info->images = stored->images;
    info->width = stored->shape.width;
    info->height = stored->shape.height;
    info->channels = stored->format.channels;
    info->stored = stored->format;
}

void swap_bytes(void *numbers, size_t count, unsigned size)
{
    uint8_t *bytes = numbers;
    for (size_t i = 0; i < count; i++, bytes += size)
        for (unsigned k = 0; k < size / 2; k++) {
            uint8_t kept = bytes[k];
            bytes[k] = bytes[size - 1 - k];
            bytes[size - 1 - k] = kept;
        }
}

enum plotmill_status stored_read(const struct stored *stored, const char *path, stored_source *source, void *self,
                                 uint64_t first, uint64_t count, uint8_t *pixels, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const enum pixel_dtype dtype = stored->format.dtype;
    const unsigned number = dtype == DTYPE_F32 ? 4 : dtype == DTYPE_F16 ? 2 : 1;
    const size_t stored_bytes = stored_image_bytes(stored);
    const size_t image_bytes = (size_t)stored->shape.width * stored->shape.height * stored->shape.channels;
    const uint64_t block = MIN(MAX(BLOCK_BYTES / stored_bytes, 1), count);
    uint8_t *bytes = NULL;
    if (pixel_format_is_plain(&stored->format, stored->shape.channels))
        return source(self, first, count, pixels, error);
    TRY_ALLOCATE(error, bytes, (size_t)block, stored_bytes);
    for (uint64_t done = 0; done < count; done += block) {
        uint64_t now = MIN(count - done, block);
        TRY(source(self, first + done, now, bytes, error));
        if (stored->swap)
            swap_bytes(bytes, (size_t)now * stored_bytes / number, number);
        for (uint64_t i = 0; i < now; i++)
            if (!pixel_format_restore(&stored->format, &stored->shape, bytes + (size_t)i * stored_bytes, 1,
                                      pixels + (size_t)(done + i) * image_bytes))
                FAIL(error, PLOTMILL_BAD_INPUT, "%s: image %llu holds numbers that are not pixels, expected %s", path,
                     (unsigned long long)(first + done + i),
                     dtype == DTYPE_BITS ? "rows padded with 0" : "0 to 255, each divided by 255");
    }
done:
    free(bytes);
    return status;
}
