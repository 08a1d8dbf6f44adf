#include "formats/image_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/jpeg.h"
#include "formats/png.h"
#include "plotmill_config.h"

enum payload image_files_payload(enum plotmill_encoding encoding)
{
    return encoding == PLOTMILL_PNG ? PAYLOAD_PNG : PAYLOAD_PIXELS;
}

bool image_files_are(enum plotmill_encoding encoding)
{
    return encoding == PLOTMILL_PNG || encoding == PLOTMILL_JPEG;
}

enum plotmill_status image_files_check_encoding(enum plotmill_encoding encoding, struct plotmill_error *error)
{
    if ((int)encoding >= PLOTMILL_PIXELS && encoding <= PLOTMILL_JPEG)
        return PLOTMILL_OK;
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "encoding: found %d, expected PLOTMILL_PIXELS, PLOTMILL_ZLIB, PLOTMILL_PNG or PLOTMILL_JPEG", (int)encoding);
}

enum plotmill_status image_files_check_channels(const char *format, uint32_t channels, struct plotmill_error *error)
{
    if (channels <= 1 || channels == 3)
        return PLOTMILL_OK;
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "format %s: images have %u channels, expected 1 or 3 (hdf5, npy, npz and raw take others)", format,
        (unsigned)channels);
}

enum plotmill_status image_files_check(enum plotmill_encoding encoding, const struct pixel_format *pixels,
                                       const struct image_kind *kind, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *name = encoding == PLOTMILL_PNG ? "png" : "jpeg";
    const enum pixel_layout usual = kind->channels > 1 ? LAYOUT_NHWC : LAYOUT_NHW;
    struct pixel_format stored;
    if (!image_files_are(encoding))
        goto done;
    TRY(image_files_check_channels(name, kind->channels, error));
    TRY(pixel_format_resolve(pixels, kind->channels, &stored, error));
    if (!pixel_format_is_plain(&stored, kind->channels) || stored.layout != usual)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "dtype %s, layout %s, channels %u: do not apply to image files, which hold u8 pixels as drawn, here "
             "%s: leave these options out",
             pixel_dtype_name(stored.dtype), pixel_layout_name(stored.layout), (unsigned)stored.channels,
             kind->channels == 3 ? "NHWC with 3 channels" : "NHW");
    if (encoding == PLOTMILL_PNG && !HAVE_PNG)
        FAIL(error, PLOTMILL_UNSUPPORTED, "PNG: this build lacks libpng");
    if (encoding == PLOTMILL_JPEG && !HAVE_JPEG)
        FAIL(error, PLOTMILL_UNSUPPORTED, "JPEG: this build lacks libjpeg-turbo");
    if (encoding == PLOTMILL_JPEG && MAX(kind->width, kind->height) > JPEG_SIDE_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "images of %ux%u pixels: expected at most %d on a side of a JPEG file",
             (unsigned)kind->width, (unsigned)kind->height, JPEG_SIDE_MAX);
done:
    return status;
}

#if HAVE_PNG || HAVE_JPEG
/* Adds a file; its address is set when all are there. */
static enum plotmill_status add(struct image_files *files, const uint8_t *bytes, size_t size,
                                struct plotmill_error *error)
{
    if (size > files->room - files->used) {
        const size_t room = (files->used + size) * 3 / 2;
        uint8_t *larger = realloc(files->bytes, room);
        if (!larger)
            return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory: %zu bytes of image files", room);
        files->bytes = larger;
        files->room = room;
    }
    memcpy(files->bytes + files->used, bytes, size);
    files->used += size;
    files->images[files->count++].size = size;
    return PLOTMILL_OK;
}
#endif

#if HAVE_PNG
static enum plotmill_status make_png(struct image_files *files, const struct image_kind *kind,
                                     const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_buffer buffer = {0};
    for (uint64_t i = 0; i < batch->count; i++) {
        TRY_MEMORY(error, png_from_stream(&buffer, kind->png, kind->width, kind->height, &batch->streams[i]));
        TRY(add(files, buffer.bytes, buffer.size, error));
    }
done:
    png_buffer_free(&buffer);
    return status;
}
#endif

#if HAVE_JPEG
static enum plotmill_status make_jpeg(struct image_files *files, const struct image_kind *kind,
                                      const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t image_bytes = (size_t)kind->width * kind->height * (kind->channels ? kind->channels : 1);
    struct jpeg_encoder *encoder = jpeg_encoder_create(kind->width, kind->height, kind->channels, kind->quality);
    TRY_MEMORY(error, encoder);
    for (uint64_t i = 0; i < batch->count; i++) {
        const uint8_t *bytes;
        size_t size;
        const char *reason = jpeg_encode(encoder, (const uint8_t *)batch->data + i * image_bytes, &bytes, &size);
        if (reason)
            FAIL(error, PLOTMILL_IO_FAILED, "image %llu: cannot be encoded as JPEG: %s",
                 (unsigned long long)(batch->first + i), reason);
        TRY(add(files, bytes, size, error));
    }
done:
    jpeg_encoder_destroy(encoder);
    return status;
}
#endif

enum plotmill_status image_files_make(struct image_files *files, enum plotmill_encoding encoding,
                                      const struct image_kind *kind, const struct image_batch *batch,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    files->count = 0;
    files->used = 0;
    if (batch->count > files->images_room) {
        free(files->images);
        files->images_room = 0;
        TRY_ALLOCATE(error, files->images, batch->count, sizeof *files->images);
        files->images_room = batch->count;
    }
#if HAVE_PNG
    if (encoding == PLOTMILL_PNG)
        TRY(make_png(files, kind, batch, error));
#endif
#if HAVE_JPEG
    if (encoding == PLOTMILL_JPEG)
        TRY(make_jpeg(files, kind, batch, error));
#endif
    (void)kind;
    (void)encoding;
    const uint8_t *at = files->bytes;
    for (uint64_t i = 0; i < files->count; at += files->images[i++].size)
        files->images[i].data = at;
done:
    return status;
}

void image_files_free(struct image_files *files)
{
    free(files->images);
    free(files->bytes);
    *files = (struct image_files){0};
}
