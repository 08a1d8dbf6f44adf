#include "formats/folder/decode.h"

#include "plotmill_config.h"

#if HAVE_PNG

#include <png.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"

struct png_read {
    const struct encoded *file;
    size_t at; /* so many bytes are read */
    png_structp png;
    png_infop info;
    char reason[160]; /* why libpng gave up */
};

static void on_error(png_structp png, png_const_charp message)
{
    struct png_read *read = png_get_error_ptr(png);
    snprintf(read->reason, sizeof read->reason, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep bytes, size_t count)
{
    struct png_read *read = png_get_io_ptr(png);
    if (count > read->file->size - read->at)
        png_error(png, "the file ends too early");
    memcpy(bytes, read->file->bytes + read->at, count);
    read->at += count;
}

static enum plotmill_status damaged(const struct png_read *read, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read as PNG: %s", read->file->name,
                              read->reason);
}

static enum plotmill_status read_head(struct png_read *read, struct plotmill_error *error)
{
    if (setjmp(png_jmpbuf(read->png)))
        return damaged(read, error);
    png_set_read_fn(read->png, read, on_read);
    png_read_info(read->png, read->info);
    int depth = png_get_bit_depth(read->png, read->info), channels = png_get_channels(read->png, read->info);
    if (depth != 8 || png_get_color_type(read->png, read->info) != PNG_COLOR_TYPE_GRAY)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: has %d channel%s of %d bits, expected 8-bit grayscale", read->file->name,
                                  channels, channels == 1 ? "" : "s", depth);
    return PLOTMILL_OK;
}

/* To the end of the file, so that a checksum which fails anywhere is found. */
static enum plotmill_status read_rows(struct png_read *read, uint32_t width, uint32_t height, uint8_t *pixels,
                                      struct plotmill_error *error)
{
    if (setjmp(png_jmpbuf(read->png)))
        return damaged(read, error);
    int passes = png_set_interlace_handling(read->png);
    png_read_update_info(read->png, read->info);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++)
            png_read_row(read->png, pixels + (size_t)y * width, NULL);
    png_read_end(read->png, NULL);
    return PLOTMILL_OK;
}

enum plotmill_status decode_png(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_read read = {.file = file};
    read.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &read, on_error, on_warning);
    read.info = read.png ? png_create_info_struct(read.png) : NULL;
    if (!read.info)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for libpng");
    TRY(read_head(&read, error));
    uint32_t found_width = png_get_image_width(read.png, read.info);
    uint32_t found_height = png_get_image_height(read.png, read.info);
    if (pixels) {
        TRY(decode_check_size(file, found_width, found_height, *width, *height, error));
        TRY(read_rows(&read, *width, *height, pixels, error));
    }
    *width = found_width;
    *height = found_height;
done:
    png_destroy_read_struct(&read.png, &read.info, NULL);
    return status;
}

#else

enum plotmill_status decode_png(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                struct plotmill_error *error)
{
    (void)width, (void)height, (void)pixels;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read PNG: libpng is missing", file->name);
}

#endif
