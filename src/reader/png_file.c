#include "reader/png_file.h"

#include "plotmill_config.h"

#if HAVE_PNG

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"

struct png_file {
    FILE *file;
    png_structp png;
    png_infop info;
    const char *path;
    char reason[160]; /* why libpng gave up */
};

static void on_error(png_structp png, png_const_charp message)
{
    struct png_file *file = png_get_error_ptr(png);
    snprintf(file->reason, sizeof file->reason, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep bytes, size_t count)
{
    FILE *file = png_get_io_ptr(png);
    if (fread(bytes, 1, count, file) != count)
        png_error(png, feof(file) ? "the file ends too early" : strerror(errno));
}

static void close_png(struct png_file *file)
{
    png_destroy_read_struct(&file->png, &file->info, NULL);
    if (file->file)
        fclose(file->file);
}

static enum plotmill_status damaged(const struct png_file *file, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read as PNG: %s", file->path, file->reason);
}

static enum plotmill_status read_head(struct png_file *file, struct plotmill_error *error)
{
    if (setjmp(png_jmpbuf(file->png)))
        return damaged(file, error);
    png_set_read_fn(file->png, file->file, on_read);
    png_read_info(file->png, file->info);
    int depth = png_get_bit_depth(file->png, file->info);
    if (depth != 8 || png_get_color_type(file->png, file->info) != PNG_COLOR_TYPE_GRAY)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "%s: has %d channel%s of %d bits, expected 8-bit grayscale", file->path,
            png_get_channels(file->png, file->info), png_get_channels(file->png, file->info) == 1 ? "" : "s", depth);
    return PLOTMILL_OK;
}

static enum plotmill_status open_png(struct png_file *file, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *file = (struct png_file){.path = path};
    file->file = os_open_file(path, "rb");
    if (!file->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    file->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, file, on_error, on_warning);
    file->info = file->png ? png_create_info_struct(file->png) : NULL;
    if (!file->info)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for libpng");
    TRY(read_head(file, error));
done:
    if (status)
        close_png(file);
    return status;
}

/* To the end of the file, so that a checksum which fails anywhere is found. */
static enum plotmill_status read_rows(struct png_file *file, uint32_t width, uint32_t height, uint8_t *pixels,
                                      struct plotmill_error *error)
{
    if (setjmp(png_jmpbuf(file->png)))
        return damaged(file, error);
    int passes = png_set_interlace_handling(file->png);
    png_read_update_info(file->png, file->info);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++)
            png_read_row(file->png, pixels + (size_t)y * width, NULL);
    png_read_end(file->png, NULL);
    return PLOTMILL_OK;
}

enum plotmill_status png_file_size(const char *path, uint32_t *width, uint32_t *height, struct plotmill_error *error)
{
    struct png_file file;
    enum plotmill_status status = open_png(&file, path, error);
    if (status)
        return status;
    *width = png_get_image_width(file.png, file.info);
    *height = png_get_image_height(file.png, file.info);
    close_png(&file);
    return PLOTMILL_OK;
}

enum plotmill_status png_file_read(const char *path, uint32_t width, uint32_t height, uint8_t *pixels,
                                   struct plotmill_error *error)
{
    struct png_file file;
    enum plotmill_status status = open_png(&file, path, error);
    if (status)
        return status;
    uint32_t found_width = png_get_image_width(file.png, file.info);
    uint32_t found_height = png_get_image_height(file.png, file.info);
    if (found_width != width || found_height != height)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: has %lux%lu pixels, expected %lux%lu like the others", path,
             (unsigned long)found_width, (unsigned long)found_height, (unsigned long)width, (unsigned long)height);
    TRY(read_rows(&file, width, height, pixels, error));
done:
    close_png(&file);
    return status;
}

#else

enum plotmill_status png_file_size(const char *path, uint32_t *width, uint32_t *height, struct plotmill_error *error)
{
    (void)width, (void)height;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read PNG: libpng is missing", path);
}

enum plotmill_status png_file_read(const char *path, uint32_t width, uint32_t height, uint8_t *pixels,
                                   struct plotmill_error *error)
{
    (void)pixels;
    return png_file_size(path, &width, &height, error);
}

#endif
