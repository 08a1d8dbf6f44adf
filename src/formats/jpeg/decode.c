#include "formats/folder/decode.h"

#include "plotmill_config.h"

#if HAVE_JPEG

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

struct jpeg_read {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    char reason[JMSG_LENGTH_MAX]; /* why libjpeg gave up */
};

static void on_error(j_common_ptr jpeg)
{
    struct jpeg_read *read = jpeg->client_data;
    jpeg->err->format_message(jpeg, read->reason);
    longjmp(read->failed, 1);
}

/* libjpeg makes up what a damaged file lacks and only warns: here that is an error. */
static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0)
        on_error(jpeg);
}

static enum plotmill_status decode(struct jpeg_read *read, const struct encoded *file, uint32_t *width,
                                   uint32_t *height, uint8_t *pixels, struct plotmill_error *error)
{
    struct jpeg_decompress_struct *jpeg = &read->jpeg;
    if (setjmp(read->failed))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read as JPEG: %s", file->name,
                                  read->reason);
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, (unsigned char *)file->bytes, (unsigned long)file->size);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components != 1)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: has %d channels, expected 8-bit grayscale",
                                  file->name, jpeg->num_components);
    if (!pixels) {
        *width = jpeg->image_width;
        *height = jpeg->image_height;
        return PLOTMILL_OK;
    }
    enum plotmill_status status =
        decode_check_size(file, jpeg->image_width, jpeg->image_height, *width, *height, error);
    if (status)
        return status;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = pixels + (size_t)jpeg->output_scanline * *width;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return PLOTMILL_OK;
}

enum plotmill_status decode_jpeg(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                 struct plotmill_error *error)
{
    struct jpeg_read read = {0};
    read.jpeg.err = jpeg_std_error(&read.errors);
    read.jpeg.client_data = &read;
    read.errors.error_exit = on_error;
    read.errors.emit_message = on_message;
    enum plotmill_status status = decode(&read, file, width, height, pixels, error);
    jpeg_destroy_decompress(&read.jpeg);
    return status;
}

#else

enum plotmill_status decode_jpeg(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                 struct plotmill_error *error)
{
    (void)width, (void)height, (void)pixels;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read JPEG: libjpeg-turbo is missing", file->name);
}

#endif
