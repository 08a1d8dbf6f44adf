#include "render/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "render/code.h"
#include "render/compose.h"
#include "render/draw.h"
#include "render/stream_form.h"

struct encoder {
    struct stages *stages;
    struct stream_form form;
    uint32_t (*blank_sums)[2]; /* (parts), of Adler-32 for a blank image */
    struct kernel *kernel;
    struct drawing *drawing; /* for the host; NULL: the chart of a single line */
    struct buffers buffers;
    uint32_t slot;                /* words of each part's stream */
    struct image_stream *streams; /* (batch, parts); data NULL: the device could not make it */
    uint8_t **host_streams;       /* (batch, parts), those that the host made, else NULL */
    uint64_t host_images;
    /* Several images per stream, several copies, or several parts: `streams` then holds blocks. */
    bool joined;
    uint32_t per_stream, copies;
    struct stream_part *blocks;          /* (batch + per_stream, parts) */
    struct image_stream *joined_streams; /* (batch) */
    struct stream_part *blank;           /* (parts), complete the last stream; made when first needed */
};

/* Words of a slot: well beyond what the streams of usual charts need. */
static uint32_t slot_words(const struct chart *chart)
{
    const struct composed_columns columns = compose_columns(chart);
    const uint64_t pixels = (uint64_t)chart->width * chart->height;
    const uint32_t bytes = compose_bytes(chart);
    uint64_t words = 1024 + (chart_is_shaded(chart) ? 1024 : 0) + chart->height / 2;
    words += (3 * columns.whole + 12 * columns.shaded) * (bytes == 3 ? 2 : 1);
    if (chart->layer_count > 1)
        words = MIN(words, 1024 + pixels * bytes / 4);
    return (uint32_t)words;
}

bool encoder_takes(const struct chart *chart, const struct pixel_format *format)
{
    struct stream_form form;
    const struct renderer_options how = {.payload = PAYLOAD_ZLIB, .planes = format->layout == LAYOUT_NCHW};
    if (format->dtype != DTYPE_U8)
        return false;
    if (chart->channels == 1)
        return pixel_format_channels(format) == 1 || format->layout == LAYOUT_NCHW;
    stream_form_init(&form, chart, &how);
    return form.on_device;
}

uint64_t encoder_stream_bound(const struct chart *chart, uint64_t bytes, uint32_t parts)
{
    const uint64_t slot = (uint64_t)slot_words(chart) * 4;
    const uint64_t host = bytes + bytes / 8 + bytes / 64 + 64; /* more than zlib's deflateBound */
    return parts * MAX(slot, host) + 64;
}

static bool is_joined(const struct stream_form *form, const struct renderer_options *how)
{
    return how->images_per_stream > 1 || how->copies > 1 || form->parts > 1;
}

/* The tables of values and codes of each part; layers that are drawn alone have the same ones. */
static uint32_t tables_of(const struct stream_form *form)
{
    return form->chart->per_layer ? 1 : form->parts;
}

void encoder_plan(struct buffers *b, const struct chart *chart, const struct renderer_options *how)
{
    struct stream_form form;
    stream_form_init(&form, chart, how);
    const uint64_t layers = compose_layers(chart), parts = form.parts;
    uint64_t list = parts * (sizeof(struct image_stream) + sizeof(uint8_t *));
    if (is_joined(&form, how))
        list += parts * sizeof(struct stream_part) + sizeof(struct image_stream);
    buffers_need(b, BUF_LISTS, "lists of streams", PLACE_HOST, list);
    if (!form.on_device)
        return;
    if (chart_single_line(chart)) {
        b->need[BUF_LAYERS] = (struct buffer_need){"tables", .first = layers * sizeof(struct span_layer)};
        buffers_need(b, BUF_SCRATCH, "scratch of streams", PLACE_DEVICE, compose_scratch(chart));
    }
    b->need[BUF_STREAM_INKS] = (struct buffer_need){"tables", .first = tables_of(&form) * layers * 2 * 4};
    b->need[BUF_CODE] = (struct buffer_need){"tables", .first = tables_of(&form) * (uint64_t)CODE_WORDS * 4};
    buffers_need(b, BUF_STREAMS, "streams", PLACE_DOWNLOADED, parts * slot_words(chart) * 4);
    buffers_need(b, BUF_LENGTHS, "lengths", PLACE_DOWNLOADED, parts * 4);
    buffers_need(b, BUF_ADLERS, "adlers", is_joined(&form, how) ? PLACE_DOWNLOADED : PLACE_DEVICE, parts * 4);
}

static struct ink ink_of(uint32_t bytes)
{
    return (struct ink){(uint8_t)bytes, (uint8_t)(bytes >> 8), (uint8_t)(bytes >> 16)};
}

/* The values of the inks and the Huffman code of a part. */
static void fill_tables(const struct encoder *e, uint32_t part, uint32_t *inks, uint32_t *code)
{
    const struct chart *chart = e->stages->model;
    for (uint32_t i = 0; i < e->stages->layers.span_count; i++)
        for (int k = 0; k < 2; k++)
            inks[2 * i + (uint32_t)k] = stream_value(&e->form, ink_of(e->stages->layers.spans[i].inks[k]), part);
    const struct code_use use = {
        .png = e->form.png,
        .shaded = e->stages->shaded,
        .joined = e->joined,
        .bytes = e->form.bytes,
        .pack = e->form.pack,
        .width = chart->width,
        .background = stream_background(&e->form, part),
        .inks = inks,
        .count = 2 * (size_t)e->stages->layers.span_count,
    };
    code_make(&use, code);
}

static enum plotmill_status write_tables(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t tables = tables_of(&e->form);
    const size_t inks = 2 * (size_t)e->stages->layers.span_count;
    uint32_t *values = NULL, *codes = NULL;
    TRY_ALLOCATE(error, values, tables * inks, sizeof *values);
    TRY_ALLOCATE(error, codes, tables * (size_t)CODE_WORDS, sizeof *codes);
    for (uint32_t i = 0; i < tables; i++)
        fill_tables(e, i, values + i * inks, codes + i * (size_t)CODE_WORDS);
    TRY(buffers_write_table(&e->buffers, BUF_STREAM_INKS, values, error));
    TRY(buffers_write_table(&e->buffers, BUF_CODE, codes, error));
    if (e->buffers.at[BUF_LAYERS])
        TRY(buffers_write_table(&e->buffers, BUF_LAYERS, e->stages->layers.spans, error));
done:
    free(values);
    free(codes);
    return status;
}

static enum plotmill_status prepare_device(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages *s = e->stages;
    TRY_ALLOCATE(error, e->blank_sums, e->form.parts, sizeof *e->blank_sums);
    for (uint32_t i = 0; i < e->form.parts; i++)
        stream_sum_blank(&e->form, i, e->blank_sums[i]);
    TRY(kernel_create(&e->kernel, s->compute, s->program, "deflate", error));
    TRY(buffers_create(&e->buffers, s->compute, s->batch, error));
    TRY(write_tables(e, error));
done:
    return status;
}

enum plotmill_status encoder_create(struct encoder **encoder, struct stages *stages, const struct renderer_options *how,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t batch = (size_t)stages->batch;
    struct encoder *e = NULL;
    *encoder = NULL;
    TRY_ALLOCATE(error, e, 1, sizeof *e);
    e->stages = stages;
    stream_form_init(&e->form, stages->model, how);
    e->slot = slot_words(stages->model);
    e->per_stream = how->images_per_stream ? how->images_per_stream : 1;
    e->copies = how->copies ? how->copies : 1;
    e->joined = is_joined(&e->form, how);
    encoder_plan(&e->buffers, stages->model, how);
    TRY_ALLOCATE(error, e->streams, batch * e->form.parts, sizeof *e->streams);
    TRY_ALLOCATE(error, e->host_streams, batch * e->form.parts, sizeof *e->host_streams);
    if (e->joined) {
        TRY_ALLOCATE(error, e->blocks, (batch + e->per_stream) * e->form.parts, sizeof *e->blocks);
        TRY_ALLOCATE(error, e->joined_streams, batch, sizeof *e->joined_streams);
    }
    if (!chart_single_line(stages->model))
        TRY(draw_create(&e->drawing, stages, error));
    if (e->form.on_device)
        TRY(prepare_device(e, error));
    *encoder = e;
    e = NULL;
done:
    encoder_destroy(e);
    return status;
}

static void free_streams(struct encoder *e)
{
    for (uint64_t i = 0; e->host_streams && i < e->stages->batch * e->form.parts; i++) {
        free(e->host_streams[i]);
        e->host_streams[i] = NULL;
    }
    for (uint64_t i = 0; e->joined_streams && i < e->stages->batch; i++) {
        free((void *)e->joined_streams[i].data);
        e->joined_streams[i].data = NULL;
    }
}

void encoder_destroy(struct encoder *e)
{
    if (!e)
        return;
    buffers_destroy(&e->buffers);
    kernel_destroy(e->kernel);
    draw_destroy(e->drawing);
    free_streams(e);
    for (uint32_t i = 0; e->blank && i < e->form.parts; i++)
        free((void *)e->blank[i].blocks.data);
    free(e->blank);
    free(e->blank_sums);
    free(e->host_streams);
    free(e->streams);
    free(e->blocks);
    free(e->joined_streams);
    free(e);
}

/* A buffer of the encoder, or one that it shares with the stages. */
static struct buffer *shared_buffer(const struct encoder *e, enum buffer_id id)
{
    return e->buffers.at[id] ? e->buffers.at[id] : e->stages->buffers.at[id];
}

static enum plotmill_status run_part(struct encoder *e, uint32_t part, uint64_t images, struct plotmill_error *error)
{
    static const enum buffer_id outputs[] = {BUF_STREAMS, BUF_LENGTHS, BUF_ADLERS};
    const struct chart *chart = e->stages->model;
    const uint32_t table = tables_of(&e->form) > 1 ? part : 0;
    const bool alone = chart->per_layer; /* a part is one layer */
    const struct painting painting = {
        .table = shared_buffer(e, BUF_LAYERS),
        .inks = e->buffers.at[BUF_STREAM_INKS],
        .first = alone ? e->stages->layers.first[part] : 0,
        .end = alone ? e->stages->layers.first[part + 1] : e->stages->layers.span_count,
        .background = stream_background(&e->form, part),
        .bytes = e->form.bytes,
    };
    struct kernel *k = e->kernel;
    kernel_begin(k);
    compose_arguments(k, e->stages, &painting);
    kernel_buffer(k, e->buffers.at[BUF_CODE]);
    kernel_buffer(k, shared_buffer(e, BUF_SCRATCH));
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        kernel_buffer(k, e->buffers.at[outputs[i]]);
    kernel_u32(k, e->form.png);
    kernel_u32(k, e->form.pack);
    kernel_u32(k, e->joined);
    kernel_u32(k, e->slot);
    kernel_u32(k, compose_room(chart));
    kernel_u32(k, e->form.parts);
    kernel_u32(k, part);
    kernel_u32(k, table * 2 * e->stages->layers.span_count);
    kernel_u32(k, table * CODE_WORDS);
    kernel_u32(k, e->blank_sums[part][0]);
    kernel_u32(k, e->blank_sums[part][1]);
    kernel_u32(k, (uint32_t)images);
    const struct launch launch = launch_streams(&e->stages->config, kernel_work_group_limit(k), (size_t)images);
    return kernel_run(k, &launch, error);
}

enum plotmill_status encoder_run(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint32_t part = 0; part < e->form.parts && e->form.on_device; part++)
        TRY(run_part(e, part, images, error));
done:
    return status;
}

/* Sets `streams` to what the device made. *complete: it made all of them. */
static enum plotmill_status view_device_streams(struct encoder *e, uint64_t images, bool *complete,
                                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *const *buffer = e->buffers.at;
    const size_t slot = (size_t)e->slot * 4, count = (size_t)images * e->form.parts;
    const void *lengths = NULL, *bytes = NULL, *adlers = NULL;
    TRY(buffer_view(buffer[BUF_LENGTHS], count * 4, &lengths, error));
    if (e->joined)
        TRY(buffer_view(buffer[BUF_ADLERS], count * 4, &adlers, error));
    TRY(buffer_view(buffer[BUF_STREAMS], count * slot, &bytes, error));
    for (size_t i = 0; i < count; i++) {
        uint32_t length = ((const uint32_t *)lengths)[i];
        if (length <= slot)
            e->streams[i] = (struct image_stream){(const uint8_t *)bytes + i * slot, length};
        else
            *complete = false;
        if (e->joined)
            e->blocks[i].adler = ((const uint32_t *)adlers)[i];
    }
    TRY(buffer_unview(buffer[BUF_LENGTHS], error));
    if (e->joined)
        TRY(buffer_unview(buffer[BUF_ADLERS], error));
done:
    return status;
}

static enum host_deflate_kind kind_of(const struct encoder *e)
{
    return e->joined ? HOST_DEFLATE_BLOCK : e->form.png ? HOST_DEFLATE_PNG : HOST_DEFLATE_ZLIB;
}

/* Compresses those parts of an image that the device could not encode. */
static enum plotmill_status compress_image(struct encoder *e, uint64_t image, const uint8_t *pixels,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool made = false;
    for (uint32_t part = 0; part < e->form.parts; part++) {
        const uint64_t i = image * e->form.parts + part;
        if (e->streams[i].data)
            continue;
        TRY(stream_compress(&e->form, part, kind_of(e), pixels, &e->host_streams[i], &e->streams[i].size,
                            e->joined ? &e->blocks[i].adler : NULL, error));
        e->streams[i].data = e->host_streams[i];
        made = true;
    }
    e->host_images += made;
done:
    return status;
}

/* Draws the whole batch, and compresses those images that the device could not encode. */
static enum plotmill_status encode_on_host(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = e->stages->model;
    const size_t image_bytes = (size_t)chart->width * chart->height * chart->channels;
    struct buffer *buffer = e->stages->buffers.at[BUF_PIXELS];
    const void *view = NULL;
    if (e->drawing)
        TRY(draw_run(e->drawing, images, error));
    else
        TRY(stages_run_all(e->stages, STAGE_STAMP, STAGE_FILL, images, error));
    TRY(buffer_view(buffer, (size_t)images * image_bytes, &view, error));
    for (uint64_t i = 0; i < images; i++)
        TRY(compress_image(e, i, (const uint8_t *)view + i * image_bytes, error));
    TRY(buffer_unview(buffer, error));
done:
    return status;
}

static enum plotmill_status make_blank(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = e->stages->model;
    const uint64_t pixels = (uint64_t)chart->width * chart->height;
    const uint32_t background = chart->per_layer ? 0 : ink_bytes(chart->background), channels = chart->channels;
    uint8_t *image = NULL, *blocks = NULL;
    if (e->blank)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, e->blank, e->form.parts, sizeof *e->blank);
    TRY_ALLOCATE(error, image, pixels * channels, 1);
    for (uint64_t i = 0; i < pixels * channels; i++)
        image[i] = (uint8_t)(channels == 3 ? background >> 8 * (i % 3) : background);
    for (uint32_t part = 0; part < e->form.parts; part++) {
        struct stream_part *blank = &e->blank[part];
        TRY(stream_compress(&e->form, part, HOST_DEFLATE_BLOCK, image, &blocks, &blank->blocks.size, &blank->adler,
                            error));
        blank->blocks.data = blocks;
    }
done:
    free(image);
    return status;
}

static enum plotmill_status join_images(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t parts = e->form.parts;
    const uint64_t full = (images + e->per_stream - 1) / e->per_stream * e->per_stream;
    if (full > images)
        TRY(make_blank(e, error));
    for (uint64_t i = 0; i < images * parts; i++)
        e->blocks[i].blocks = e->streams[i];
    for (uint64_t i = images * parts; i < full * parts; i++)
        e->blocks[i] = e->blank[i % parts];
    for (uint64_t i = 0; i < full * parts; i++)
        e->blocks[i].bytes = stream_part_bytes(&e->form);
    for (uint64_t i = 0; i < full; i += e->per_stream)
        TRY(host_deflate_join(&e->blocks[i * parts], (size_t)e->per_stream * parts, e->copies,
                              &e->joined_streams[i / e->per_stream], error));
done:
    return status;
}

enum plotmill_status encoder_view(struct encoder *e, uint64_t images, const struct image_stream **streams,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool complete = e->form.on_device;
    memset(e->streams, 0, (size_t)images * e->form.parts * sizeof *e->streams);
    if (e->form.on_device)
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
    return e->form.on_device ? buffer_unview(e->buffers.at[BUF_STREAMS], error) : PLOTMILL_OK;
}

uint64_t encoder_host_images(const struct encoder *e)
{
    return e->host_images;
}

void encoder_report(const struct encoder *e, struct trace *trace)
{
    buffers_report(&e->buffers, e->stages->batch, trace);
}
