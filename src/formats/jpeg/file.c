#include "formats/jpeg/file.h"

#include "plotmill_config.h"

#if HAVE_JPEG

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "formats/jpeg/blocks.h"

#define FIRST_ROOM ((size_t)64 << 10)

struct jpeg_file {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf failed;
    char reason[JMSG_LENGTH_MAX];
    uint32_t width, height;
    struct jpeg_blocks blocks;
    const uint8_t *pixels; /* of the image in the making */
    JBLOCK *row;           /* its blocks that are coded next */
    JBLOCKROW rows[1];
    uint8_t *bytes;
    size_t room, size;
};

static void on_error(j_common_ptr jpeg)
{
    struct jpeg_file *file = jpeg->client_data;
    jpeg->err->format_message(jpeg, file->reason);
    longjmp(file->failed, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
    (void)jpeg, (void)level;
}

static void begin_output(j_compress_ptr jpeg)
{
    struct jpeg_file *file = jpeg->client_data;
    file->destination.next_output_byte = file->bytes;
    file->destination.free_in_buffer = file->room;
}

/* libjpeg takes the buffer for full, whatever it left free. */
static boolean more_output(j_compress_ptr jpeg)
{
    struct jpeg_file *file = jpeg->client_data;
    size_t used = file->room;
    uint8_t *larger = realloc(file->bytes, 2 * used);
    if (!larger) {
        snprintf(file->reason, sizeof file->reason, "out of memory");
        longjmp(file->failed, 1);
    }
    file->bytes = larger;
    file->room = 2 * used;
    file->destination.next_output_byte = larger + used;
    file->destination.free_in_buffer = used;
    return TRUE;
}

static void end_output(j_compress_ptr jpeg)
{
    struct jpeg_file *file = jpeg->client_data;
    file->size = file->room - file->destination.free_in_buffer;
}

/* libjpeg asks its memory manager for the coefficients, one row of blocks after another, and codes each at once. They
 * are made when asked for, so that an image never stands in memory as coefficients: twice its pixels, written to be
 * read once. */
static JBLOCKARRAY make_row(j_common_ptr jpeg, jvirt_barray_ptr image, JDIMENSION first, JDIMENSION rows,
                            boolean writable)
{
    struct jpeg_file *file = jpeg->client_data;
    (void)image, (void)rows, (void)writable;
    jpeg_blocks_row(&file->blocks, file->pixels, file->width, file->height, first * JPEG_BLOCK, file->row);
    return file->rows;
}

enum plotmill_status jpeg_file_available(struct plotmill_error *error)
{
    (void)error;
    return PLOTMILL_OK;
}

static bool set_up(struct jpeg_file *file, int quality)
{
    struct jpeg_compress_struct *jpeg = &file->jpeg;
    if (setjmp(file->failed))
        return false;
    jpeg_create_compress(jpeg);
    jpeg->mem->access_virt_barray = make_row;
    jpeg->dest = &file->destination;
    jpeg->image_width = file->width;
    jpeg->image_height = file->height;
    jpeg->input_components = 1;
    jpeg->in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg_blocks_init(&file->blocks, jpeg->quant_tbl_ptrs[0]->quantval);
    return true;
}

struct jpeg_file *jpeg_file_create(uint32_t width, uint32_t height, int quality)
{
    struct jpeg_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->width = width;
    file->height = height;
    file->jpeg.err = jpeg_std_error(&file->errors);
    file->jpeg.client_data = file;
    file->errors.error_exit = on_error;
    file->errors.emit_message = on_message;
    file->destination = (struct jpeg_destination_mgr){
        .init_destination = begin_output, .empty_output_buffer = more_output, .term_destination = end_output};
    file->room = FIRST_ROOM;
    file->bytes = malloc(file->room);
    file->row = malloc(((size_t)width + JPEG_BLOCK - 1) / JPEG_BLOCK * sizeof *file->row);
    file->rows[0] = file->row;
    if (file->bytes && file->row && set_up(file, quality))
        return file;
    jpeg_file_destroy(file);
    return NULL;
}

bool jpeg_file_encode(struct jpeg_file *file, const uint8_t *pixels, const uint8_t **bytes, size_t *size)
{
    jvirt_barray_ptr image[1] = {NULL}; /* make_row knows what is meant */
    if (setjmp(file->failed)) {
        jpeg_abort_compress(&file->jpeg);
        return false;
    }
    file->pixels = pixels;
    jpeg_write_coefficients(&file->jpeg, image);
    jpeg_finish_compress(&file->jpeg);
    *bytes = file->bytes;
    *size = file->size;
    return true;
}

const char *jpeg_file_reason(const struct jpeg_file *file)
{
    return file->reason;
}

void jpeg_file_destroy(struct jpeg_file *file)
{
    if (!file)
        return;
    jpeg_destroy_compress(&file->jpeg);
    free(file->row);
    free(file->bytes);
    free(file);
}

#else

enum plotmill_status jpeg_file_available(struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "this build of plotmill cannot write JPEG: libjpeg-turbo is missing");
}

struct jpeg_file *jpeg_file_create(uint32_t width, uint32_t height, int quality)
{
    (void)width, (void)height, (void)quality;
    return NULL;
}

bool jpeg_file_encode(struct jpeg_file *file, const uint8_t *pixels, const uint8_t **bytes, size_t *size)
{
    (void)file, (void)pixels, (void)bytes, (void)size;
    return false;
}

const char *jpeg_file_reason(const struct jpeg_file *file)
{
    (void)file;
    return "libjpeg-turbo is missing";
}

void jpeg_file_destroy(struct jpeg_file *file)
{
    (void)file;
}

#endif
