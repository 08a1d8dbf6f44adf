#include "render/join.h"

#include "plotmill_config.h"

#if HAVE_ZLIB

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/try.h"

enum plotmill_status join_parts(const struct join_part *parts, size_t count, uint32_t copies,
                                struct plotmill_stream *stream, struct plotmill_error *error)
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
    for (int i = 0; i < 4; i++)
        *out++ = (uint8_t)(adler >> (24 - 8 * i));
    *stream = (struct plotmill_stream){bytes, size};
done:
    return status;
}

uint32_t join_adler(const uint8_t *bytes, size_t count)
{
    uLong adler = adler32(0, NULL, 0);
    for (size_t part; count; bytes += part, count -= part) {
        part = count < (1u << 30) ? count : 1u << 30; /* uInt is all that zlib takes */
        adler = adler32(adler, bytes, (uInt)part);
    }
    return (uint32_t)adler;
}

#else

enum plotmill_status join_parts(const struct join_part *parts, size_t count, uint32_t copies,
                                struct plotmill_stream *stream, struct plotmill_error *error)
{
    (void)parts, (void)count, (void)copies, (void)stream;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "this build of plotmill cannot compress: zlib is missing");
}

uint32_t join_adler(const uint8_t *bytes, size_t count)
{
    (void)bytes, (void)count;
    return 1;
}

#endif
