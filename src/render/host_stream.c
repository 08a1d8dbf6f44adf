#include "render/host_stream.h"

#include "plotmill_config.h"

#if HAVE_ZLIB

#include <stdlib.h>
#include <zlib.h>

#include "base/trace.h"
#include "base/try.h"

#define FILTER_UP 2

static uint8_t *filtered(const uint8_t *pixels, size_t width, size_t height)
{
    uint8_t *rows = malloc((width + 1) * height), *out = rows;
    for (size_t y = 0; rows && y < height; y++, pixels += width) {
        *out++ = FILTER_UP;
        for (size_t x = 0; x < width; x++)
            *out++ = (uint8_t)(pixels[x] - (y ? pixels[(ptrdiff_t)x - (ptrdiff_t)width] : 0));
    }
    return rows;
}

static enum plotmill_status compress_bytes(z_stream *z, const uint8_t *bytes, size_t count, enum host_form form,
                                           uint8_t **stream, size_t *size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t bound = deflateBound(z, (uLong)count) + 16; /* the empty block that ends a part */
    TRY_ALLOCATE(error, *stream, bound, 1);
    z->next_in = (Bytef *)bytes;
    z->avail_in = (uInt)count;
    z->next_out = *stream;
    z->avail_out = bound < UINT32_MAX ? (uInt)bound : UINT32_MAX;
    int code = deflate(z, form == HOST_BLOCK ? Z_FULL_FLUSH : Z_FINISH);
    if (code != (form == HOST_BLOCK ? Z_OK : Z_STREAM_END) || z->avail_in || !z->avail_out)
        FAIL(error, PLOTMILL_IO_FAILED, "zlib cannot compress %zu bytes", count);
    *size = z->total_out;
done:
    return status;
}

enum plotmill_status host_stream(const uint8_t *bytes, size_t row_bytes, size_t rows, enum host_form form, bool runs,
                                 uint8_t **stream, size_t *size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = (row_bytes + (form == HOST_PNG)) * rows;
    z_stream z = {0};
    uint8_t *filtered_rows = NULL;
    enum trace_stage before = trace_switch(TRACE_ENCODE);
    *stream = NULL;
    if (count > UINT32_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%zu rows of %zu bytes cannot be compressed: expected at most 4 GiB", rows,
             row_bytes);
    if (form == HOST_PNG && !(filtered_rows = filtered(bytes, row_bytes, rows)))
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory: %zu bytes", count);
    if (deflateInit2(&z, 1, Z_DEFLATED, form == HOST_BLOCK ? -15 : 15, 8, runs ? Z_RLE : Z_DEFAULT_STRATEGY) != Z_OK)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for zlib");
    TRY(compress_bytes(&z, form == HOST_PNG ? filtered_rows : bytes, count, form, stream, size, error));
done:
    deflateEnd(&z);
    free(filtered_rows);
    trace_switch(before);
    if (status) {
        free(*stream);
        *stream = NULL;
    }
    return status;
}

#else

enum plotmill_status host_stream(const uint8_t *bytes, size_t row_bytes, size_t rows, enum host_form form, bool runs,
                                 uint8_t **stream, size_t *size, struct plotmill_error *error)
{
    (void)bytes, (void)row_bytes, (void)rows, (void)form, (void)runs, (void)stream, (void)size;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "this build of plotmill cannot compress: zlib is missing");
}

#endif
