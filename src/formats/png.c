#include "formats/png.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "formats/folder.h"
#include "formats/image_files.h"

static const uint8_t signature[PNG_SIGNATURE_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

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

static uint8_t *put_header(uint8_t *out, const struct png_form *form, uint32_t width, uint32_t height)
{
    uint8_t header[PNG_HEADER_BYTES] = {0}, palette[3 * 256];
    uint8_t *at = put_u32(put_u32(header, width), height);
    at[0] = (uint8_t)form->bits;
    at[1] = form->colours ? PNG_COLOR_TYPE_PALETTE : form->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    memcpy(out, signature, sizeof signature);
    out = put_chunk(out + sizeof signature, "IHDR", header, sizeof header);
    for (uint32_t i = 0; i < form->colours; i++) {
        palette[3 * i] = form->palette[i].red;
        palette[3 * i + 1] = form->palette[i].green;
        palette[3 * i + 2] = form->palette[i].blue;
    }
    return form->colours ? put_chunk(out, "PLTE", palette, 3 * form->colours) : out;
}

bool png_from_stream(struct png_buffer *buffer, const struct png_form *form, uint32_t width, uint32_t height,
                     const struct image_stream *stream)
{
    const uint64_t size = png_bytes(form, stream->size);
    if (size > buffer->room) {
        free(buffer->bytes);
        buffer->room = (size_t)(size + size / 2);
        buffer->bytes = malloc(buffer->room);
        if (!buffer->bytes) {
            buffer->room = 0;
            return false;
        }
    }
    uint8_t *at = put_header(buffer->bytes, form, width, height);
    for (size_t done = 0; done < stream->size; done += PNG_CHUNK_MAX) {
        size_t left = stream->size - done;
        at = put_chunk(at, "IDAT", stream->data + done, MIN(left, PNG_CHUNK_MAX));
    }
    at = put_chunk(at, "IEND", NULL, 0);
    buffer->size = (size_t)(at - buffer->bytes);
    return true;
}

void png_buffer_free(struct png_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct png_buffer){0};
}

/* Without compression: each row behind filter 0 (none), in stored blocks of deflate. Returns NULL, or why it failed. */
static const char *png_from_pixels(struct png_buffer *buffer, const struct png_form *form, uint32_t width,
                                   uint32_t height, const uint8_t *pixels)
{
    const size_t row = png_row_bytes(form, width) + 1, size = row * height;
    const size_t row_pixels = (size_t)width * (form->colours ? 3 : form->channels);
    uLongf stored = compressBound((uLong)size);
    uint8_t *rows = malloc(size), *stream = malloc(stored);
    bool packed = true;
    for (uint32_t y = 0; rows && y < height && packed; y++) {
        rows[y * row] = 0;
        packed = png_rows_pack(form, pixels + y * row_pixels, width, 1, rows + y * row + 1);
    }
    bool done = packed && rows && stream && compress2(stream, &stored, rows, (uLong)size, 0) == Z_OK &&
                png_from_stream(buffer, form, width, height, &(struct image_stream){stream, stored});
    free(stream);
    free(rows);
    return done ? NULL : packed ? strerror(ENOMEM) : "it has a colour that is not in the palette";
}

#define INDEX_LINE_BYTES 64 /* about: of an image in the folder's index */

struct png_sink {
    struct folder folder;
    struct sink_ops ops;
    struct png_form form;
};

/* Without compression the size of an image is known: its rows and their filters. */
static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct png_sink *sink = self;
    struct dataset_info exact = *info;
    sink->form = *png_form_of(info);
    if (sink->ops.payload == PAYLOAD_PIXELS)
        exact.image_bytes = ((double)png_row_bytes(&sink->form, info->width) + 1) * info->height;
    enum plotmill_status status = image_files_check_channels("png", info->channels, error);
    return status ? status : folder_open(&sink->folder, &exact, error);
}

struct png_encoder {
    struct png_buffer buffer;
    const struct png_form *form;
    size_t image_bytes;
    uint32_t width, height;
};

static const char *encode(void *user, const struct image_batch *batch, uint64_t i, const uint8_t **bytes, size_t *size)
{
    struct png_encoder *encoder = user;
    const uint32_t width = encoder->width, height = encoder->height;
    const uint8_t *pixels = batch->data;
    const char *reason = NULL;
    if (!batch->streams)
        reason = png_from_pixels(&encoder->buffer, encoder->form, width, height, pixels + i * encoder->image_bytes);
    else if (!png_from_stream(&encoder->buffer, encoder->form, width, height, &batch->streams[i]))
        reason = strerror(ENOMEM);
    *bytes = encoder->buffer.bytes;
    *size = encoder->buffer.size;
    return reason;
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct png_sink *sink = self;
    const struct image_counter *counter = &sink->folder.counter;
    struct png_encoder encoder = {
        .form = &sink->form, .image_bytes = counter->image_bytes, .width = counter->width, .height = counter->height};
    enum plotmill_status status = folder_write(&sink->folder, batch, encode, &encoder, error);
    png_buffer_free(&encoder.buffer);
    return status;
}

static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    const struct png_form *form = png_form_of(info);
    uint64_t bytes = 0;
    (void)self;
    for (uint64_t i = 0; i < batch->count; i++)
        bytes += png_bytes(form, batch->streams[i].size) + INDEX_LINE_BYTES;
    return bytes;
}

enum plotmill_status sink_create_png(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->ops = (struct sink_ops){.payload = options->compress == COMPRESS_NONE ? PAYLOAD_PIXELS : PAYLOAD_PNG,
                                  .thread_safe = 1,
                                  .open = open_sink,
                                  .write = write_sink,
                                  .finish = folder_finish,
                                  .check = folder_check,
                                  .abort = folder_abort,
                                  .outside = folder_outside,
                                  .destroy = folder_destroy};
    if (self->ops.payload == PAYLOAD_PNG)
        self->ops.stored_bytes = stored_bytes; /* else the size is known */
    TRY(folder_init(&self->folder, path, "png", ".png", options, error));
    *sink = (struct sink){&self->ops, self};
done:
    if (status)
        free(self);
    return status;
}

struct png_read {
    const struct encoded *file;
    size_t at; /* offset of the next byte */
    png_structp png;
    png_infop info;
    char reason[160]; /* libpng's message */
};

static void on_error(png_structp png, png_const_charp message)
{
    struct png_read *read = png_get_error_ptr(png);
    snprintf(read->reason, sizeof read->reason, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static void on_read(png_structp png, png_bytep bytes, size_t count)
{
    struct png_read *read = png_get_io_ptr(png);
    if (count > read->file->size - read->at)
        png_error(png, "the file ends too early");
    memcpy(bytes, read->file->bytes + read->at, count);
    read->at += count;
}

/* The forms that are read: 8-bit grey and truecolour, and palettes of any depth. */
static enum plotmill_status check_form(const struct png_read *read, uint32_t *channels, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const int depth = png_get_bit_depth(read->png, read->info), found = png_get_channels(read->png, read->info);
    const int type = png_get_color_type(read->png, read->info);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        *channels = 3;
        png_set_palette_to_rgb(read->png);
    } else if (depth == 8 && (type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_RGB)) {
        *channels = (uint32_t)found;
    } else {
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: has %d channel%s of %d bits, expected 8-bit grayscale, 8-bit RGB, or a palette", read->file->name,
             found, found == 1 ? "" : "s", depth);
    }
    if (png_get_valid(read->png, read->info, PNG_INFO_tRNS))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: has transparent pixels, expected none", read->file->name);
done:
    return status;
}

/* Everything that may jump, and no variable that a jump could spoil. Reads to the end of the file, so that every
 * checksum is compared. */
static enum plotmill_status decode(struct png_read *read, struct image_size *size, uint8_t *pixels,
                                   struct plotmill_error *error)
{
    struct image_size found;
    if (setjmp(png_jmpbuf(read->png)))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read as PNG: %s", read->file->name,
                                  read->reason);
    png_set_read_fn(read->png, read, on_read);
    png_read_info(read->png, read->info);
    found.width = png_get_image_width(read->png, read->info);
    found.height = png_get_image_height(read->png, read->info);
    enum plotmill_status status = check_form(read, &found.channels, error);
    if (!status)
        status = decode_take_size(read->file, &found, size, pixels, error);
    if (status || !pixels)
        return status;
    const int passes = png_set_interlace_handling(read->png);
    png_read_update_info(read->png, read->info);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < size->height; y++)
            png_read_row(read->png, pixels + (size_t)y * size->width * size->channels, NULL);
    png_read_end(read->png, NULL);
    return PLOTMILL_OK;
}

enum plotmill_status decode_png(const struct encoded *file, struct image_size *size, uint8_t *pixels,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_read read = {.file = file};
    read.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &read, on_error, on_warning);
    read.info = read.png ? png_create_info_struct(read.png) : NULL;
    if (!read.info)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for libpng");
    TRY(decode(&read, size, pixels, error));
done:
    png_destroy_read_struct(&read.png, &read.info, NULL);
    return status;
}
