/* Folders of JPEG files. JPEG is lossy: the metadata keeps the hash of the drawn pixels. */
#include "formats/jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/hash.h"
#include "base/trace.h"
#include "base/try.h"
#include "formats/folder.h"
#include "formats/image_files.h"

#define FIRST_ROOM ((size_t)64 << 10)

struct jpeg_encoder {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf failed;
    char reason[JMSG_LENGTH_MAX];
    uint32_t width, height, channels;
    /* Of grey images, which are given to libjpeg as blocks: */
    struct jpeg_blocks blocks;
    const uint8_t *pixels; /* the image that is being encoded */
    JBLOCK *row;           /* its next blocks */
    JBLOCKROW rows[1];
    uint8_t *bytes;
    size_t room, size;
};

static void on_encode_error(j_common_ptr jpeg)
{
    struct jpeg_encoder *encoder = jpeg->client_data;
    jpeg->err->format_message(jpeg, encoder->reason);
    longjmp(encoder->failed, 1);
}

static void on_encode_message(j_common_ptr jpeg, int level)
{
    (void)jpeg, (void)level;
}

static void begin_output(j_compress_ptr jpeg)
{
    struct jpeg_encoder *encoder = jpeg->client_data;
    encoder->destination.next_output_byte = encoder->bytes;
    encoder->destination.free_in_buffer = encoder->room;
}

/* libjpeg calls this when the buffer is full. */
static boolean more_output(j_compress_ptr jpeg)
{
    struct jpeg_encoder *encoder = jpeg->client_data;
    size_t used = encoder->room;
    uint8_t *larger = realloc(encoder->bytes, 2 * used);
    if (!larger) {
        snprintf(encoder->reason, sizeof encoder->reason, "out of memory");
        longjmp(encoder->failed, 1);
    }
    encoder->bytes = larger;
    encoder->room = 2 * used;
    encoder->destination.next_output_byte = larger + used;
    encoder->destination.free_in_buffer = used;
    return TRUE;
}

static void end_output(j_compress_ptr jpeg)
{
    struct jpeg_encoder *encoder = jpeg->client_data;
    encoder->size = encoder->room - encoder->destination.free_in_buffer;
}

/* libjpeg asks its memory manager for one row of blocks after another and encodes each at once. They are made on
 * demand: the coefficients of a whole image would take twice the memory of its pixels. */
static JBLOCKARRAY make_row(j_common_ptr jpeg, jvirt_barray_ptr image, JDIMENSION first, JDIMENSION rows,
                            boolean writable)
{
    struct jpeg_encoder *encoder = jpeg->client_data;
    (void)image, (void)rows, (void)writable;
    jpeg_blocks_row(&encoder->blocks, encoder->pixels, encoder->width, encoder->height, first * JPEG_BLOCK,
                    encoder->row);
    return encoder->rows;
}

static bool set_up(struct jpeg_encoder *encoder, int quality)
{
    struct jpeg_compress_struct *jpeg = &encoder->jpeg;
    const bool grey = encoder->channels == 1;
    if (setjmp(encoder->failed))
        return false;
    jpeg_create_compress(jpeg);
    if (grey)
        jpeg->mem->access_virt_barray = make_row;
    jpeg->dest = &encoder->destination;
    jpeg->image_width = encoder->width;
    jpeg->image_height = encoder->height;
    jpeg->input_components = (int)encoder->channels;
    jpeg->in_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    for (int c = 0; c < jpeg->num_components; c++) /* thin coloured lines need every pixel's colour */
        jpeg->comp_info[c].h_samp_factor = jpeg->comp_info[c].v_samp_factor = 1;
    jpeg_blocks_init(&encoder->blocks, jpeg->quant_tbl_ptrs[0]->quantval);
    return true;
}

struct jpeg_encoder *jpeg_encoder_create(uint32_t width, uint32_t height, uint32_t channels, int quality)
{
    struct jpeg_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder)
        return NULL;
    encoder->width = width;
    encoder->height = height;
    encoder->channels = channels ? channels : 1;
    encoder->jpeg.err = jpeg_std_error(&encoder->errors);
    encoder->jpeg.client_data = encoder;
    encoder->errors.error_exit = on_encode_error;
    encoder->errors.emit_message = on_encode_message;
    encoder->destination = (struct jpeg_destination_mgr){
        .init_destination = begin_output, .empty_output_buffer = more_output, .term_destination = end_output};
    encoder->room = FIRST_ROOM;
    encoder->bytes = malloc(encoder->room);
    encoder->row = malloc(((size_t)width + JPEG_BLOCK - 1) / JPEG_BLOCK * sizeof *encoder->row);
    encoder->rows[0] = encoder->row;
    if (encoder->bytes && encoder->row && set_up(encoder, quality))
        return encoder;
    jpeg_encoder_destroy(encoder);
    return NULL;
}

/* May jump. */
static void write_rows(struct jpeg_encoder *encoder, const uint8_t *pixels)
{
    struct jpeg_compress_struct *jpeg = &encoder->jpeg;
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)jpeg->next_scanline * encoder->width * encoder->channels);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
}

const char *jpeg_encode(struct jpeg_encoder *encoder, const uint8_t *pixels, const uint8_t **bytes, size_t *size)
{
    jvirt_barray_ptr image[1] = {NULL}; /* make_row does not use it */
    if (setjmp(encoder->failed)) {
        jpeg_abort_compress(&encoder->jpeg);
        return encoder->reason;
    }
    encoder->pixels = pixels;
    if (encoder->channels == 1)
        jpeg_write_coefficients(&encoder->jpeg, image);
    else
        write_rows(encoder, pixels);
    jpeg_finish_compress(&encoder->jpeg);
    *bytes = encoder->bytes;
    *size = encoder->size;
    return NULL;
}

void jpeg_encoder_destroy(struct jpeg_encoder *encoder)
{
    if (!encoder)
        return;
    jpeg_destroy_compress(&encoder->jpeg);
    free(encoder->row);
    free(encoder->bytes);
    free(encoder);
}

struct jpeg_sink {
    struct folder folder;
    int quality;
    atomic_ullong sum; /* of hash_images */
};

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct jpeg_sink *sink = self;
    if (info->width > JPEG_SIDE_MAX || info->height > JPEG_SIDE_MAX)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "%s: images of %ux%u pixels, expected at most %d on a side of a JPEG file",
            sink->folder.output.path, (unsigned)info->width, (unsigned)info->height, JPEG_SIDE_MAX);
    atomic_init(&sink->sum, 0);
    enum plotmill_status status = image_files_check_channels("jpeg", info->channels, error);
    return status ? status : folder_open(&sink->folder, info, error);
}

static const char *encode(void *user, const struct image_batch *batch, uint64_t i, const uint8_t **bytes, size_t *size)
{
    struct jpeg_encoder *encoder = user;
    const uint8_t *pixels = batch->data;
    enum trace_stage before = trace_switch(TRACE_ENCODE);
    const char *reason = strerror(ENOMEM);
    if (encoder) {
        const size_t image_bytes = (size_t)encoder->width * encoder->height * encoder->channels;
        reason = jpeg_encode(encoder, pixels + i * image_bytes, bytes, size);
    }
    trace_switch(before);
    return reason;
}

static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    const struct jpeg_sink *sink = self;
    struct jpeg_encoder *encoder = jpeg_encoder_create(info->width, info->height, info->channels, sink->quality);
    const uint8_t *bytes;
    size_t size = 0;
    uint64_t total = 0;
    for (uint64_t i = 0; i < batch->count; i++) {
        if (encode(encoder, batch, i, &bytes, &size)) {
            total = 0;
            break;
        }
        total += size;
    }
    jpeg_encoder_destroy(encoder);
    return total;
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct jpeg_sink *sink = self;
    const struct image_counter *counter = &sink->folder.counter;
    struct jpeg_encoder *encoder =
        jpeg_encoder_create(counter->width, counter->height, counter->pixels.channels, sink->quality);
    enum plotmill_status status = folder_write(&sink->folder, batch, encode, encoder, error);
    if (!status)
        atomic_fetch_add(&sink->sum, hash_images(batch->data, counter->image_bytes, batch->first, batch->count));
    jpeg_encoder_destroy(encoder);
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct jpeg_sink *sink = self;
    const struct image_counter *counter = &sink->folder.counter;
    struct metadata *metadata = &sink->folder.metadata;
    metadata->info.quality = sink->quality;
    metadata->lossy = true;
    metadata->pixel_hash =
        hash_of_channels(hash_finish(atomic_load(&sink->sum), counter->images, counter->width, counter->height),
                         counter->pixels.channels);
    return folder_finish(&sink->folder, error);
}

enum plotmill_status sink_create_jpeg(struct sink *sink, const char *path, const struct sink_options *options,
                                      struct plotmill_error *error)
{
    static const struct sink_ops ops = {.payload = PAYLOAD_PIXELS,
                                        .thread_safe = 1,
                                        .stored_bytes = stored_bytes,
                                        .open = open_sink,
                                        .write = write_sink,
                                        .finish = finish_sink,
                                        .check = folder_check,
                                        .abort = folder_abort,
                                        .outside = folder_outside,
                                        .destroy = folder_destroy};
    enum plotmill_status status = PLOTMILL_OK;
    struct jpeg_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->quality = options->quality ? options->quality : JPEG_QUALITY_DEFAULT;
    TRY(folder_init(&self->folder, path, "jpeg", ".jpg", options, error));
    *sink = (struct sink){&ops, self};
done:
    if (status)
        free(self);
    return status;
}

struct jpeg_read {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    char reason[JMSG_LENGTH_MAX];
};

static void on_decode_error(j_common_ptr jpeg)
{
    struct jpeg_read *read = jpeg->client_data;
    jpeg->err->format_message(jpeg, read->reason);
    longjmp(read->failed, 1);
}

/* libjpeg fills in what a damaged file lacks and only warns: here that is an error. */
static void on_decode_message(j_common_ptr jpeg, int level)
{
    if (level < 0)
        on_decode_error(jpeg);
}

/* Everything that may jump, and no variable that a jump could spoil. */
static enum plotmill_status decode(struct jpeg_read *read, const struct encoded *file, struct image_size *size,
                                   uint8_t *pixels, struct plotmill_error *error)
{
    struct jpeg_decompress_struct *jpeg = &read->jpeg;
    struct image_size found;
    if (setjmp(read->failed))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read as JPEG: %s", file->name,
                                  read->reason);
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, (unsigned char *)file->bytes, (unsigned long)file->size);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components != 1 && jpeg->num_components != 3)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: has %d channels, expected 1 or 3", file->name,
                                  jpeg->num_components);
    jpeg->out_color_space = jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    found = (struct image_size){jpeg->image_width, jpeg->image_height, (uint32_t)jpeg->num_components};
    enum plotmill_status status = decode_take_size(file, &found, size, pixels, error);
    if (status || !pixels)
        return status;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = pixels + (size_t)jpeg->output_scanline * size->width * size->channels;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return PLOTMILL_OK;
}

enum plotmill_status decode_jpeg(const struct encoded *file, struct image_size *size, uint8_t *pixels,
                                 struct plotmill_error *error)
{
    struct jpeg_read read = {0};
    read.jpeg.err = jpeg_std_error(&read.errors);
    read.jpeg.client_data = &read;
    read.errors.error_exit = on_decode_error;
    read.errors.emit_message = on_decode_message;
    enum plotmill_status status = decode(&read, file, size, pixels, error);
    jpeg_destroy_decompress(&read.jpeg);
    return status;
}
