#include "render/host_deflate.h"

#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "base/try.h"
#include "plotmill_config.h"

#if HAVE_ZLIB

#include <zlib.h>

#include "cl/shared.h"

static uint8_t *filter_rows(const uint8_t *pixels, size_t width, size_t height)
{
    uint8_t *rows = malloc((width + 1) * height), *out = rows;
    for (size_t y = 0; rows && y < height; y++, pixels += width) {
        *out++ = PNG_FILTER_UP;
        for (size_t x = 0; x < width; x++)
            *out++ = (uint8_t)(pixels[x] - (y ? pixels[(ptrdiff_t)x - (ptrdiff_t)width] : 0));
    }
    return rows;
}

enum plotmill_status host_deflate(const uint8_t *bytes, size_t row_bytes, size_t rows, enum host_deflate_kind kind,
                                  bool runs, uint8_t **stream, size_t *size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool png = kind == HOST_DEFLATE_PNG, block = kind == HOST_DEFLATE_BLOCK;
    size_t count = (row_bytes + png) * rows;
    z_stream z = {0};
    uint8_t *filtered = NULL;
    enum trace_stage before = trace_switch(TRACE_ENCODE);
    *stream = NULL;
    if (count > UINT32_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%zu rows of %zu bytes cannot be compressed: expected at most 4 GiB", rows,
             row_bytes);
    if (png && !(filtered = filter_rows(bytes, row_bytes, rows)))
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory: %zu bytes", count);
    if (deflateInit2(&z, 1, Z_DEFLATED, block ? -15 : 15, 8, runs ? Z_RLE : Z_DEFAULT_STRATEGY) != Z_OK)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for zlib");
    uint64_t bound = deflateBound(&z, (uLong)count) + 16; /* 16: the empty block that Z_FULL_FLUSH appends */
    TRY_ALLOCATE(error, *stream, bound, 1);
    z.next_in = (Bytef *)(png ? filtered : bytes);
    z.avail_in = (uInt)count;
    z.next_out = *stream;
    z.avail_out = bound < UINT32_MAX ? (uInt)bound : UINT32_MAX;
    int code = deflate(&z, block ? Z_FULL_FLUSH : Z_FINISH);
    if (code != (block ? Z_OK : Z_STREAM_END) || z.avail_in || !z.avail_out)
        FAIL(error, PLOTMILL_IO_FAILED, "zlib cannot compress %zu bytes", count);
    *size = z.total_out;
done:
    deflateEnd(&z);
    free(filtered);
    trace_switch(before);
    if (status) {
        free(*stream);
        *stream = NULL;
    }
    return status;
}

enum plotmill_status host_deflate_join(const struct stream_part *parts, size_t count, uint32_t copies,
                                       struct image_stream *stream, struct plotmill_error *error)
{
    static const uint8_t head[2] = {0x78, 0x01}; /* deflate, window of 32 kB, fastest */
    static const uint8_t last[2] = {0x03, 0x00}; /* an empty block with the fixed code */
    enum plotmill_status status = PLOTMILL_OK;
    size_t size = sizeof head + sizeof last + 4;
    uint8_t *bytes = NULL, *out;
    uLong adler = adler32(0, NULL, 0);
    for (size_t i = 0; i < count; i++)
        size += parts[i].blocks.size * copies;
    TRY_ALLOCATE(error, bytes, size, 1);
    memcpy(bytes, head, sizeof head);
    out = bytes + sizeof head;
    for (size_t i = 0; i < count; i++)
        for (uint32_t copy = 0; copy < copies; copy++) {
            memcpy(out, parts[i].blocks.data, parts[i].blocks.size);
            out += parts[i].blocks.size;
            adler = adler32_combine(adler, parts[i].adler, (z_off_t)parts[i].bytes);
        }
    memcpy(out, last, sizeof last);
    out += sizeof last;
    for (int shift = 24; shift >= 0; shift -= 8)
        *out++ = (uint8_t)(adler >> shift);
    *stream = (struct image_stream){bytes, size};
done:
    return status;
}

uint32_t host_adler32(const uint8_t *bytes, size_t count)
{
    return (uint32_t)adler32_z(adler32(0, NULL, 0), bytes, count);
}

#else

static enum plotmill_status unsupported(struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "this build of plotmill cannot compress: zlib is missing");
}

enum plotmill_status host_deflate(const uint8_t *bytes, size_t row_bytes, size_t rows, enum host_deflate_kind kind,
                                  bool runs, uint8_t **stream, size_t *size, struct plotmill_error *error)
{
    (void)bytes, (void)row_bytes, (void)rows, (void)kind, (void)runs, (void)stream, (void)size;
    return unsupported(error);
}

enum plotmill_status host_deflate_join(const struct stream_part *parts, size_t count, uint32_t copies,
                                       struct image_stream *stream, struct plotmill_error *error)
{
    (void)parts, (void)count, (void)copies, (void)stream;
    return unsupported(error);
}

uint32_t host_adler32(const uint8_t *bytes, size_t count)
{
    (void)bytes, (void)count;
    return 1;
}

#endif
