#include "render/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "render/code.h"
#include "render/host_deflate.h"

struct encoder {
    struct stages *stages;
    bool png;
    bool host_only;
    uint32_t blank_a, blank_b; /* the sums of Adler-32 for a blank image */
    struct kernel *kernel;
    struct buffers buffers;
    struct image_stream *streams; /* (batch), of each image; data NULL: the device could not make it */
    uint8_t **host_streams;       /* (batch), those that the host made, else NULL */
    uint64_t host_images;
    /* Several images per stream, or several copies: `streams` then holds each image's blocks. */
    bool joined;
    uint32_t per_stream, copies;
    struct stream_part *parts;           /* (batch + per_stream) */
    struct image_stream *joined_streams; /* (batch) */
    struct stream_part blank;            /* completes the last stream; made when first needed */
};

static size_t image_bytes(const struct encoder *e)
{
    const struct chart *o = e->stages->model;
    return (size_t)o->width * o->height;
}

/* Words of a slot: well beyond what the streams of usual charts need. */
static uint32_t slot_words(const struct chart *chart)
{
    return (chart->antialias ? 2048 + 12 * chart->width : 1024 + 3 * chart->width) + chart->height / 2;
}

/* Events of an image: a column changes where its span begins and where it ends, or at its partly covered rows. */
static uint32_t event_room(const struct chart *chart)
{
    return chart->antialias ? 64 * chart->width : 2 * chart->width;
}

bool encoder_takes(const struct pixel_format *format)
{
    return format->dtype == DTYPE_U8 && (pixel_format_channels(format) == 1 || format->layout == LAYOUT_NCHW);
}

uint64_t encoder_stream_bound(const struct chart *chart, uint64_t bytes, uint32_t copies)
{
    const uint64_t slot = (uint64_t)slot_words(chart) * 4;
    const uint64_t host = bytes + bytes / 8 + bytes / 64 + 64; /* more than zlib's deflateBound */
    return copies * MAX(slot, host) + 64;
}

static bool is_joined(const struct renderer_options *how)
{
    return how->images_per_stream > 1 || how->copies > 1;
}

/* Whether the row above lies outside deflate's window. */
static bool is_host_only(const struct chart *chart, const struct renderer_options *how)
{
    return how->payload != PAYLOAD_PNG && chart->width > 32768;
}

void encoder_plan(struct buffers *b, const struct chart *chart, const struct renderer_options *how)
{
    uint64_t list = sizeof(struct image_stream) + sizeof(uint8_t *);
    uint64_t scratch = (uint64_t)event_room(chart) + 2 * (uint64_t)chart->height + 1 + (chart->width + 3) / 4;
    if (is_joined(how))
        list += sizeof(struct stream_part) + sizeof(struct image_stream);
    buffers_need(b, BUF_LISTS, "lists of streams", PLACE_HOST, list);
    if (is_host_only(chart, how))
        return;
    b->need[BUF_INKS] = (struct buffer_need){"tables", .first = 1};
    b->need[BUF_CODE] = (struct buffer_need){"tables", .first = CODE_WORDS * 4};
    buffers_need(b, BUF_SCRATCH, "scratch of streams", PLACE_DEVICE, scratch * 4);
    buffers_need(b, BUF_STREAMS, "streams", PLACE_DOWNLOADED, (uint64_t)slot_words(chart) * 4);
    buffers_need(b, BUF_LENGTHS, "lengths", PLACE_DOWNLOADED, 4);
    buffers_need(b, BUF_ADLERS, "adlers", is_joined(how) ? PLACE_DOWNLOADED : PLACE_DEVICE, 4);
}

/* Adler-32 of a blank image. Its bytes are all background; in PNG each row begins with the filter's number, and the
 * other bytes are the background in row 0 and 0 in the rows below. Byte i of n adds itself to the first sum and n-i
 * times itself to the second. n is below 2^32 - 2^17, so n (n+1) fits 64 bits. */
static void sum_blank(struct encoder *e)
{
    const struct chart *o = e->stages->model;
    const uint64_t width = o->width, height = o->height, row = width + e->png, n = row * height;
    const uint64_t inks = e->png ? width : n, filters = e->png ? height : 0;
    const uint64_t ink_sum = e->png ? width * n - width * (width + 1) / 2 : n * (n + 1) / 2;
    const uint64_t filter_sum = filters * n - row * (filters * (height - 1) / 2);
    const uint64_t background = (uint64_t)o->background.red;
    e->blank_a = (uint32_t)((1 + background * inks + PNG_FILTER_UP * filters) % ADLER_BASE);
    e->blank_b = (uint32_t)((n + background * (ink_sum % ADLER_BASE) + PNG_FILTER_UP * filter_sum) % ADLER_BASE);
}

static enum plotmill_status prepare_device(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = e->stages;
    const struct chart *o = s->model;
    uint32_t table[CODE_WORDS];
    uint8_t ink = o->layers[0].ink.red;
    const struct code_use use = {
        .png = e->png,
        .antialias = o->antialias,
        .width = o->width,
        .background = o->background.red,
        .inks = &ink,
        .layers = 1,
        .joined = e->joined,
    };
    code_make(&use, table);
    sum_blank(e);
    TRY(kernel_create(&e->kernel, s->compute, s->program, "deflate", error));
    TRY(buffers_create(&e->buffers, s->compute, s->batch, error));
    TRY(buffers_write_table(&e->buffers, BUF_CODE, table, error));
    TRY(buffers_write_table(&e->buffers, BUF_INKS, &ink, error));
done:
    return status;
}

enum plotmill_status encoder_create(struct encoder **encoder, struct stages *stages, const struct renderer_options *how,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t batch = (size_t)stages->batch;
    struct encoder *e = NULL;
    *encoder = NULL;
    TRY_ALLOCATE(error, e, 1, sizeof *e);
    e->stages = stages;
    e->png = how->payload == PAYLOAD_PNG;
    e->per_stream = how->images_per_stream ? how->images_per_stream : 1;
    e->copies = how->copies ? how->copies : 1;
    e->joined = is_joined(how);
    e->host_only = is_host_only(stages->model, how);
    encoder_plan(&e->buffers, stages->model, how);
    TRY_ALLOCATE(error, e->streams, batch, sizeof *e->streams);
    TRY_ALLOCATE(error, e->host_streams, batch, sizeof *e->host_streams);
    if (e->joined) {
        TRY_ALLOCATE(error, e->parts, batch + e->per_stream, sizeof *e->parts);
        TRY_ALLOCATE(error, e->joined_streams, batch, sizeof *e->joined_streams);
    }
    if (!e->host_only)
        TRY(prepare_device(e, error));
    *encoder = e;
    e = NULL;
done:
    encoder_destroy(e);
    return status;
}

static void free_streams(struct encoder *e)
{
    for (uint64_t i = 0; i < e->stages->batch; i++) {
        if (e->host_streams) {
            free(e->host_streams[i]);
            e->host_streams[i] = NULL;
        }
        if (e->joined_streams) {
            free((void *)e->joined_streams[i].data);
            e->joined_streams[i].data = NULL;
        }
    }
}

void encoder_destroy(struct encoder *e)
{
    if (!e)
        return;
    buffers_destroy(&e->buffers);
    kernel_destroy(e->kernel);
    free_streams(e);
    free(e->host_streams);
    free(e->streams);
    free(e->parts);
    free(e->joined_streams);
    free((void *)e->blank.blocks.data);
    free(e);
}

enum plotmill_status encoder_run(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    static const enum buffer_id spans[] = {BUF_SPANS, BUF_SUBSAMPLING, BUF_EDGES, BUF_AREAS};
    static const enum buffer_id own[] = {BUF_INKS, BUF_CODE, BUF_SCRATCH, BUF_STREAMS, BUF_LENGTHS, BUF_ADLERS};
    const struct chart *o = e->stages->model;
    struct kernel *k = e->kernel;
    if (e->host_only)
        return PLOTMILL_OK;
    kernel_begin(k);
    for (size_t i = 0; i < (o->antialias ? 4 : 1); i++)
        kernel_buffer(k, e->stages->buffers.at[spans[i]]);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        kernel_buffer(k, e->buffers.at[own[i]]);
    kernel_u32(k, 1); /* layers */
    kernel_u32(k, o->width);
    kernel_u32(k, o->height);
    kernel_u32(k, e->stages->strokes->pitch);
    kernel_u8(k, o->background.red);
    kernel_u32(k, e->png);
    kernel_u32(k, e->joined);
    kernel_u32(k, slot_words(o));
    kernel_u32(k, event_room(o));
    kernel_u32(k, e->blank_a);
    kernel_u32(k, e->blank_b);
    kernel_u32(k, (uint32_t)images);
    struct launch launch = launch_streams(&e->stages->config, kernel_work_group_limit(k), (size_t)images);
    return kernel_run(k, &launch, error);
}

/* Sets `streams` to what the device made. *complete: it made all of them. */
static enum plotmill_status view_device_streams(struct encoder *e, uint64_t images, bool *complete,
                                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *const *buffer = e->buffers.at;
    const size_t slot = (size_t)slot_words(e->stages->model) * 4;
    const void *lengths = NULL, *bytes = NULL, *adlers = NULL;
    TRY(buffer_view(buffer[BUF_LENGTHS], (size_t)images * 4, &lengths, error));
    if (e->joined)
        TRY(buffer_view(buffer[BUF_ADLERS], (size_t)images * 4, &adlers, error));
    TRY(buffer_view(buffer[BUF_STREAMS], (size_t)images * slot, &bytes, error));
    for (uint64_t i = 0; i < images; i++) {
        uint32_t length = ((const uint32_t *)lengths)[i];
        if (length <= slot)
            e->streams[i] = (struct image_stream){(const uint8_t *)bytes + i * slot, length};
        else
            *complete = false;
        if (e->joined)
            e->parts[i].adler = ((const uint32_t *)adlers)[i];
    }
    TRY(buffer_unview(buffer[BUF_LENGTHS], error));
    if (e->joined)
        TRY(buffer_unview(buffer[BUF_ADLERS], error));
done:
    return status;
}

/* Draws the whole batch, and compresses those images that the device could not encode. */
static enum plotmill_status encode_on_host(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *o = e->stages->model;
    struct buffer *buffer = e->stages->buffers.at[BUF_PIXELS];
    enum host_deflate_kind kind = e->joined ? HOST_DEFLATE_BLOCK : e->png ? HOST_DEFLATE_PNG : HOST_DEFLATE_ZLIB;
    const void *view = NULL;
    TRY(stages_run_all(e->stages, STAGE_STAMP, STAGE_FILL, images, error));
    TRY(buffer_view(buffer, (size_t)images * image_bytes(e), &view, error));
    for (uint64_t i = 0; i < images; i++) {
        const uint8_t *pixels = (const uint8_t *)view + i * image_bytes(e);
        if (e->streams[i].data)
            continue;
        TRY(host_deflate(pixels, o->width, o->height, kind, true, &e->host_streams[i], &e->streams[i].size, error));
        e->streams[i].data = e->host_streams[i];
        if (e->joined)
            e->parts[i].adler = host_adler32(pixels, image_bytes(e));
        e->host_images++;
    }
    TRY(buffer_unview(buffer, error));
done:
    return status;
}

static enum plotmill_status make_blank(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *o = e->stages->model;
    uint8_t *pixels = NULL, *blocks = NULL;
    TRY_ALLOCATE(error, pixels, image_bytes(e), 1);
    memset(pixels, o->background.red, image_bytes(e));
    TRY(host_deflate(pixels, o->width, o->height, HOST_DEFLATE_BLOCK, true, &blocks, &e->blank.blocks.size, error));
    e->blank.blocks.data = blocks;
    e->blank.adler = host_adler32(pixels, image_bytes(e));
    e->blank.bytes = image_bytes(e);
done:
    free(pixels);
    return status;
}

static enum plotmill_status join_images(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t full = (images + e->per_stream - 1) / e->per_stream * e->per_stream;
    if (full > images && !e->blank.blocks.data)
        TRY(make_blank(e, error));
    for (uint64_t i = 0; i < images; i++) {
        e->parts[i].blocks = e->streams[i];
        e->parts[i].bytes = image_bytes(e);
    }
    for (uint64_t i = images; i < full; i++)
        e->parts[i] = e->blank;
    for (uint64_t i = 0; i < full; i += e->per_stream)
        TRY(host_deflate_join(&e->parts[i], e->per_stream, e->copies, &e->joined_streams[i / e->per_stream], error));
done:
    return status;
}

enum plotmill_status encoder_view(struct encoder *e, uint64_t images, const struct image_stream **streams,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool complete = !e->host_only;
    memset(e->streams, 0, (size_t)images * sizeof *e->streams);
    if (!e->host_only)
        TRY(view_device_streams(e, images, &complete, error));
    if (!complete)
        TRY(encode_on_host(e, images, error));
    if (e->joined)
        TRY(join_images(e, images, error));
    *streams = e->joined ? e->joined_streams : e->streams;
done:
    return status;
}

enum plotmill_status encoder_unview(struct encoder *e, struct plotmill_error *error)
{
    free_streams(e);
    return e->host_only ? PLOTMILL_OK : buffer_unview(e->buffers.at[BUF_STREAMS], error);
}

uint64_t encoder_host_images(const struct encoder *e)
{
    return e->host_images;
}

void encoder_report(const struct encoder *e, struct trace *trace)
{
    buffers_report(&e->buffers, e->stages->batch, trace);
}
