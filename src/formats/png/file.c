#include "formats/png/file.h"

#include <stdlib.h>
#include <string.h>

#include "plotmill_config.h"

#if HAVE_ZLIB

#include <zlib.h>

/* A chunk's length is below 2^31; longer streams are cut into several IDAT chunks. */
#define CHUNK_MAX ((size_t)1 << 30)
#define CHUNK_FRAME 12 /* length, type, checksum */
#define HEADER_BYTES 13

static uint8_t *put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        *out++ = (uint8_t)(value >> (24 - 8 * i));
    return out;
}

static uint8_t *put_chunk(uint8_t *out, const char type[4], const uint8_t *data, size_t size)
{
    uint8_t *name = put_u32(out, (uint32_t)size);
    memcpy(name, type, 4);
    if (size)
        memcpy(name + 4, data, size);
    return put_u32(name + 4 + size, (uint32_t)crc32(0, name, (uInt)(size + 4)));
}

static bool make_room(struct png_file *file, size_t size)
{
    if (size <= file->room)
        return true;
    free(file->bytes);
    file->room = size + size / 2;
    file->bytes = malloc(file->room);
    if (!file->bytes)
        file->room = 0;
    return file->bytes;
}

bool png_file_from_stream(struct png_file *file, uint32_t width, uint32_t height, const struct plotmill_stream *stream)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t header[HEADER_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0, 8 /* bits */, 0 /* grayscale */, 0, 0, 0};
    size_t chunks = stream->size / CHUNK_MAX + 1;
    if (!make_room(file, sizeof signature + HEADER_BYTES + stream->size + (chunks + 2) * CHUNK_FRAME))
        return false;
    put_u32(put_u32(header, width), height);
    memcpy(file->bytes, signature, sizeof signature);
    uint8_t *at = put_chunk(file->bytes + sizeof signature, "IHDR", header, sizeof header);
    for (size_t done = 0; done < stream->size; done += CHUNK_MAX) {
        size_t left = stream->size - done;
        at = put_chunk(at, "IDAT", stream->data + done, left < CHUNK_MAX ? left : CHUNK_MAX);
    }
    at = put_chunk(at, "IEND", NULL, 0);
    file->size = (size_t)(at - file->bytes);
    return true;
}

/* Rows behind their filter (0: none), then stored by deflate. */
bool png_file_from_pixels(struct png_file *file, uint32_t width, uint32_t height, const uint8_t *pixels)
{
    size_t row = (size_t)width + 1, size = row * height;
    uLongf stored = compressBound((uLong)size);
    uint8_t *rows = malloc(size), *stream = malloc(stored);
    for (uint32_t y = 0; rows && y < height; y++) {
        rows[y * row] = 0;
        memcpy(rows + y * row + 1, pixels + (size_t)y * width, width);
    }
    bool done = rows && stream && compress2(stream, &stored, rows, (uLong)size, 0) == Z_OK &&
                png_file_from_stream(file, width, height, &(struct plotmill_stream){stream, stored});
    free(stream);
    free(rows);
    return done;
}

#else

/* No sink of PNG is made in a build without zlib (png_writer_available says so first). */
bool png_file_from_stream(struct png_file *file, uint32_t width, uint32_t height, const struct plotmill_stream *stream)
{
    (void)file, (void)width, (void)height, (void)stream;
    return false;
}

bool png_file_from_pixels(struct png_file *file, uint32_t width, uint32_t height, const uint8_t *pixels)
{
    (void)file, (void)width, (void)height, (void)pixels;
    return false;
}

#endif

uint64_t png_file_stored_bytes(uint32_t width, uint32_t height)
{
    return ((uint64_t)width + 1) * height;
}

void png_file_free(struct png_file *file)
{
    free(file->bytes);
    *file = (struct png_file){0};
}
