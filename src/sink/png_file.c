#include "sink/png_file.h"

#include "plotmill_config.h"

#if HAVE_ZLIB

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/os.h"

/* A chunk's length is below 2^31; longer streams are cut into several IDAT chunks. */
#define CHUNK_MAX ((size_t)1 << 30)

static void put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static bool write_chunk(FILE *file, const char type[4], const uint8_t *data, size_t size)
{
    uint8_t head[8], tail[4];
    put_u32(head, (uint32_t)size);
    memcpy(head + 4, type, 4);
    uLong crc = crc32(0, head + 4, 4);
    if (size)
        crc = crc32(crc, data, (uInt)size);
    put_u32(tail, (uint32_t)crc);
    return fwrite(head, sizeof head, 1, file) == 1 && (!size || fwrite(data, size, 1, file) == 1) &&
           fwrite(tail, sizeof tail, 1, file) == 1;
}

bool png_file_write(const char *path, uint32_t width, uint32_t height, const struct plotmill_stream *stream)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t header[13] = {0, 0, 0, 0, 0, 0, 0, 0, 8 /* bits */, 0 /* grayscale */, 0, 0, 0};
    FILE *file = os_open_file(path, "wb");
    if (!file)
        return false;
    put_u32(header, width);
    put_u32(header + 4, height);
    bool done = fwrite(signature, sizeof signature, 1, file) == 1 && write_chunk(file, "IHDR", header, sizeof header);
    for (size_t at = 0; done && at < stream->size; at += CHUNK_MAX) {
        size_t left = stream->size - at;
        done = write_chunk(file, "IDAT", stream->data + at, left < CHUNK_MAX ? left : CHUNK_MAX);
    }
    done = done && write_chunk(file, "IEND", NULL, 0);
    return fclose(file) == 0 && done;
}

#else

#include <errno.h>

/* No sink of streams is made in a build without zlib (sink_create_png asks for libpng, which needs it). */
bool png_file_write(const char *path, uint32_t width, uint32_t height, const struct plotmill_stream *stream)
{
    (void)path, (void)width, (void)height, (void)stream;
    errno = ENOSYS;
    return false;
}

#endif
