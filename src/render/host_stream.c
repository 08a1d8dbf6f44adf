#include "render/host_stream.h"

#include "plotmill_config.h"

#if HAVE_ZLIB

#include <stdlib.h>
#include <zlib.h>

#include "base/try.h"

#define FILTER_UP 2

static uint8_t *filtered(const uint8_t *pixels, uint32_t width, uint32_t height)
{
    uint8_t *rows = malloc(((size_t)width + 1) * height), *out = rows;
    for (uint32_t y = 0; rows && y < height; y++, pixels += width) {
        *out++ = FILTER_UP;
        for (uint32_t x = 0; x < width; x++)
            *out++ = (uint8_t)(pixels[x] - (y ? pixels[(ptrdiff_t)x - (ptrdiff_t)width] : 0));
    }
    return rows;
}

enum plotmill_status host_stream(const uint8_t *pixels, uint32_t width, uint32_t height, bool png, uint8_t **stream,
                                 size_t *size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t bytes = ((size_t)width + png) * height;
    z_stream z = {0};
    uint8_t *rows = NULL;
    *stream = NULL;
    if (bytes > UINT32_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "an image of %ux%u pixels cannot be compressed: expected at most 4 GiB",
             (unsigned)width, (unsigned)height);
    if (png && !(rows = filtered(pixels, width, height)))
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory: %zu bytes", bytes);
    /* Run-length matching alone: on charts it is both faster and smaller than the levels that search. */
    if (deflateInit2(&z, 1, Z_DEFLATED, 15, 8, Z_RLE) != Z_OK)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for zlib");
    uint64_t bound = deflateBound(&z, (uLong)bytes);
    TRY_ALLOCATE(error, *stream, bound, 1);
    z.next_in = (Bytef *)(png ? rows : pixels);
    z.avail_in = (uInt)bytes;
    z.next_out = *stream;
    z.avail_out = bound < UINT32_MAX ? (uInt)bound : UINT32_MAX;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        FAIL(error, PLOTMILL_IO_FAILED, "an image of %ux%u pixels cannot be compressed", (unsigned)width,
             (unsigned)height);
    *size = z.total_out;
done:
    deflateEnd(&z);
    free(rows);
    if (status) {
        free(*stream);
        *stream = NULL;
    }
    return status;
}

#else

enum plotmill_status host_stream(const uint8_t *pixels, uint32_t width, uint32_t height, bool png, uint8_t **stream,
                                 size_t *size, struct plotmill_error *error)
{
    (void)pixels, (void)width, (void)height, (void)png, (void)stream, (void)size;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "this build of plotmill cannot compress: zlib is missing");
}

#endif
