#include "render/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "render/code.h"
#include "render/host_deflate.h"

struct encoder {
    struct stages *stages;
    bool png;
    bool host_only;
    uint32_t slot;    /* words of a stream */
    uint32_t room;    /* events of an image */
    uint32_t blank_a; /* the sums of Adler-32 for a blank image */
    uint32_t blank_b;
    struct kernel *kernel;
    struct buffer *inks, *code, *scratch, *streams, *lengths, *adlers;
    struct plotmill_stream *shown; /* (batch) */
    uint8_t **made;                /* (batch): streams that the host made, else NULL */
    uint64_t host_images;
    /* Several images in a stream: `shown` then holds each one's blocks. */
    bool joined;
    uint32_t per_stream, copies;
    struct stream_part *parts;      /* (batch + per_stream - 1) */
    struct plotmill_stream *chunks; /* (batch): the streams joined of them */
    struct stream_part blank;       /* fills up the last stream; made by the host once it is needed */
};

static size_t image_bytes(const struct encoder *e)
{
    const struct plotmill_chart_options *o = &e->stages->chart.options;
    return (size_t)o->width * o->height;
}

/* Words of a slot: well beyond what streams of usual charts need. */
static uint32_t slot_words(const struct plotmill_chart_options *chart)
{
    return (chart->antialias ? 2048 + 12 * chart->width : 1024 + 3 * chart->width) + chart->height / 2;
}

/* Events: a column of one layer changes where its span begins and where it ends, or at its partly covered rows. */
static uint32_t event_room(const struct plotmill_chart_options *chart)
{
    return chart->antialias ? 64 * chart->width : 2 * chart->width;
}

static size_t scratch_words(const struct plotmill_chart_options *chart)
{
    return (size_t)event_room(chart) + 2 * (size_t)chart->height + 1 + (chart->width + 3) / 4;
}

struct encoder_use encoder_use_of(const struct renderer_options *options)
{
    return (struct encoder_use){.png = options->payload == PLOTMILL_PAYLOAD_PNG,
                                .images_per_stream = options->images_per_stream,
                                .copies = options->copies};
}

static bool is_joined(const struct encoder_use *use)
{
    return use->images_per_stream > 1 || use->copies > 1;
}

/* The row above lies outside deflate's window. */
static bool is_host_only(const struct plotmill_chart_options *chart, const struct encoder_use *use)
{
    return !use->png && chart->width > 32768;
}

void encoder_footprint(struct memory_needs *f, const struct plotmill_device *device,
                       const struct plotmill_chart_options *chart, const struct encoder_use *use)
{
    f->host += sizeof(struct plotmill_stream) + sizeof(uint8_t *);
    if (is_joined(use))
        f->host += sizeof(struct stream_part) + sizeof(struct plotmill_stream);
    if (is_host_only(chart, use))
        return;
    footprint_add(f, scratch_words(chart) * 4);
    footprint_add_download(f, (uint64_t)slot_words(chart) * 4, device->discrete);
    footprint_add_download(f, 4, device->discrete);                   /* lengths */
    footprint_add_download(f, 4, device->discrete && is_joined(use)); /* adlers */
    footprint_add_shared(f, CODE_WORDS * 4 + 1);                      /* code, inks */
}

/* Row by row: a blank image's bytes are all background, or in PNG the filter's number, then the background in row 0 and
 * 0 elsewhere. Byte i of n adds itself to the first sum and n-i times itself to the second. */
static void sum_blank(struct encoder *e)
{
    const struct plotmill_chart_options *o = &e->stages->chart.options;
    uint64_t row = (uint64_t)o->width + e->png, left = row * o->height, a = 1, b = left % ADLER_BASE;
    for (uint32_t y = 0; y < o->height; y++) {
        if (e->png) {
            a += 2;
            b += 2 * (left % ADLER_BASE);
        }
        if (!e->png || y == 0) {
            /* The sum of n-i over the row's pixels. */
            uint64_t ends = left - e->png + left - row + 1, w = o->width;
            uint64_t sum = w % 2 ? ends / 2 % ADLER_BASE * w : ends % ADLER_BASE * (w / 2);
            a += (uint64_t)o->background * w;
            b += (uint64_t)o->background * (sum % ADLER_BASE);
        }
        a %= ADLER_BASE;
        b %= ADLER_BASE;
        left -= row;
    }
    e->blank_a = (uint32_t)a;
    e->blank_b = (uint32_t)b;
}

static enum plotmill_status create_table(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_chart_options *o = &e->stages->chart.options;
    uint32_t table[CODE_WORDS];
    uint8_t ink = (uint8_t)o->foreground;
    struct code_use use = {
        .png = e->png,
        .antialias = o->antialias != 0,
        .width = o->width,
        .background = o->background,
        .inks = &ink,
        .layers = 1,
        .joined = e->joined,
    };
    code_make(&use, table);
    TRY(buffer_create(&e->code, e->stages->compute, sizeof table, BUFFER_PLAIN, error));
    TRY(buffer_write(e->code, 0, table, sizeof table, error));
    TRY(buffer_create(&e->inks, e->stages->compute, sizeof ink, BUFFER_PLAIN, error));
    TRY(buffer_write(e->inks, 0, &ink, sizeof ink, error));
done:
    return status;
}

static enum plotmill_status create_parts(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t batch = e->stages->batch;
    if (e->joined) {
        TRY_ALLOCATE(error, e->parts, batch + e->per_stream, sizeof *e->parts);
        TRY_ALLOCATE(error, e->chunks, batch, sizeof *e->chunks);
    }
done:
    return status;
}

enum plotmill_status encoder_create(struct encoder **encoder, struct stages *stages, const struct encoder_use *use,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_chart_options *o = &stages->chart.options;
    struct compute *c = stages->compute;
    size_t batch = (size_t)stages->batch;
    struct encoder *e = NULL;
    *encoder = NULL;
    TRY_ALLOCATE(error, e, 1, sizeof *e);
    e->stages = stages;
    e->png = use->png;
    e->per_stream = use->images_per_stream ? use->images_per_stream : 1;
    e->copies = use->copies ? use->copies : 1;
    e->joined = is_joined(use);
    e->host_only = is_host_only(o, use);
    e->slot = slot_words(o);
    e->room = event_room(o);
    TRY_ALLOCATE(error, e->shown, batch, sizeof *e->shown);
    TRY_ALLOCATE(error, e->made, batch, sizeof *e->made);
    TRY(create_parts(e, error));
    if (!e->host_only) {
        sum_blank(e);
        TRY(kernel_create(&e->kernel, stages->compute, stages->program, "deflate", error));
        TRY(create_table(e, error));
        TRY(buffer_create(&e->scratch, c, batch * scratch_words(o) * 4, BUFFER_PLAIN, error));
        TRY(buffer_create(&e->streams, c, batch * e->slot * 4, BUFFER_DOWNLOAD, error));
        TRY(buffer_create(&e->lengths, c, batch * 4, BUFFER_DOWNLOAD, error));
        TRY(buffer_create(&e->adlers, c, batch * 4, e->joined ? BUFFER_DOWNLOAD : BUFFER_PLAIN, error));
    }
    *encoder = e;
    e = NULL;
done:
    encoder_destroy(e);
    return status;
}

static void free_made(struct encoder *e)
{
    for (uint64_t i = 0; e->made && i < e->stages->batch; i++) {
        free(e->made[i]);
        e->made[i] = NULL;
    }
    for (uint64_t i = 0; e->chunks && i < e->stages->batch; i++) {
        free((void *)e->chunks[i].data);
        e->chunks[i].data = NULL;
    }
}

void encoder_destroy(struct encoder *e)
{
    if (!e)
        return;
    struct buffer *buffers[] = {e->inks, e->code, e->scratch, e->streams, e->lengths, e->adlers};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_destroy(buffers[i]);
    kernel_destroy(e->kernel);
    free_made(e);
    free(e->made);
    free(e->shown);
    free(e->parts);
    free(e->chunks);
    free((void *)e->blank.blocks.data);
    free(e);
}

enum plotmill_status encoder_run(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    const struct plotmill_chart_options *o = &e->stages->chart.options;
    struct kernel *k = e->kernel;
    if (e->host_only)
        return PLOTMILL_OK;
    kernel_begin(k);
    kernel_buffer(k, e->stages->spans);
    if (o->antialias) {
        kernel_buffer(k, e->stages->subsampling);
        kernel_buffer(k, e->stages->edges);
        kernel_buffer(k, e->stages->areas);
    }
    kernel_buffer(k, e->inks);
    kernel_buffer(k, e->code);
    kernel_buffer(k, e->scratch);
    kernel_buffer(k, e->streams);
    kernel_buffer(k, e->lengths);
    kernel_buffer(k, e->adlers);
    kernel_u32(k, 1); /* layers */
    kernel_u32(k, o->width);
    kernel_u32(k, o->height);
    kernel_u32(k, e->stages->pitch);
    kernel_u8(k, (uint8_t)o->background);
    kernel_u32(k, e->png);
    kernel_u32(k, e->joined);
    kernel_u32(k, e->slot);
    kernel_u32(k, e->room);
    kernel_u32(k, e->blank_a);
    kernel_u32(k, e->blank_b);
    kernel_u32(k, (uint32_t)images);
    struct launch launch = launch_streams(&e->stages->shape, kernel_work_group_limit(k), (size_t)images);
    return kernel_run(k, &launch, error);
}

static enum plotmill_status encode_pixels(struct encoder *e, uint64_t i, const uint8_t *pixels,
                                          struct plotmill_error *error)
{
    const struct plotmill_chart_options *o = &e->stages->chart.options;
    enum host_deflate_kind form = e->joined ? HOST_DEFLATE_BLOCK : e->png ? HOST_DEFLATE_PNG : HOST_DEFLATE_ZLIB;
    enum plotmill_status status =
        host_deflate(pixels, o->width, o->height, form, true, &e->made[i], &e->shown[i].size, error);
    e->shown[i].data = e->made[i];
    if (e->joined)
        e->parts[i].adler = host_adler32(pixels, image_bytes(e));
    e->host_images++;
    return status;
}

/* Draws the whole batch for the sake of the few images that the device could not encode. */
static enum plotmill_status encode_on_host(struct encoder *e, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const void *pixels = NULL;
    TRY(stages_run_all(e->stages, STAGE_STAMP, STAGE_FILL, images, error));
    TRY(buffer_view(e->stages->pixels, (size_t)images * image_bytes(e), &pixels, error));
    for (uint64_t i = 0; i < images; i++)
        if (!e->shown[i].data)
            TRY(encode_pixels(e, i, (const uint8_t *)pixels + i * image_bytes(e), error));
    TRY(buffer_unview(e->stages->pixels, error));
done:
    return status;
}

static enum plotmill_status make_blank(struct encoder *e, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_chart_options *o = &e->stages->chart.options;
    uint8_t *pixels = NULL, *blocks = NULL;
    TRY_ALLOCATE(error, pixels, image_bytes(e), 1);
    memset(pixels, o->background, image_bytes(e));
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
    for (uint64_t i = 0; i < images; i++) {
        e->parts[i].blocks = e->shown[i];
        e->parts[i].bytes = image_bytes(e);
    }
    if (full > images && !e->blank.blocks.data)
        TRY(make_blank(e, error));
    for (uint64_t i = images; i < full; i++)
        e->parts[i] = e->blank;
    for (uint64_t i = 0; i < full; i += e->per_stream)
        TRY(host_deflate_join(&e->parts[i], e->per_stream, e->copies, &e->chunks[i / e->per_stream], error));
done:
    return status;
}

/* Where the device's streams lie; those that it could not make have no data. *all: there are none of these. */
static enum plotmill_status show_streams(struct encoder *e, uint64_t images, bool *all, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const void *lengths = NULL, *bytes = NULL, *adlers = NULL;
    TRY(buffer_view(e->lengths, (size_t)images * 4, &lengths, error));
    if (e->joined)
        TRY(buffer_view(e->adlers, (size_t)images * 4, &adlers, error));
    TRY(buffer_view(e->streams, (size_t)images * e->slot * 4, &bytes, error));
    for (uint64_t i = 0; i < images; i++) {
        uint32_t length = ((const uint32_t *)lengths)[i];
        if (length <= (uint64_t)e->slot * 4)
            e->shown[i] = (struct plotmill_stream){(const uint8_t *)bytes + i * e->slot * 4, length};
        else
            *all = false;
        if (e->joined)
            e->parts[i].adler = ((const uint32_t *)adlers)[i];
    }
    TRY(buffer_unview(e->lengths, error));
    if (e->joined)
        TRY(buffer_unview(e->adlers, error));
done:
    return status;
}

enum plotmill_status encoder_view(struct encoder *e, uint64_t images, const struct plotmill_stream **streams,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool all = !e->host_only;
    for (uint64_t i = 0; i < images; i++)
        e->shown[i] = (struct plotmill_stream){0};
    if (!e->host_only)
        TRY(show_streams(e, images, &all, error));
    if (!all)
        TRY(encode_on_host(e, images, error));
    if (e->joined)
        TRY(join_images(e, images, error));
    *streams = e->joined ? e->chunks : e->shown;
done:
    return status;
}

enum plotmill_status encoder_unview(struct encoder *e, struct plotmill_error *error)
{
    free_made(e);
    return e->host_only ? PLOTMILL_OK : buffer_unview(e->streams, error);
}

uint64_t encoder_host_images(const struct encoder *e)
{
    return e->host_images;
}

void encoder_memory(const struct encoder *e, struct trace *trace)
{
    const uint64_t batch = e->stages->batch;
    buffer_memory(e->streams, "streams", trace);
    buffer_memory(e->scratch, "scratch of streams", trace);
    buffer_memory(e->lengths, "lengths", trace);
    buffer_memory(e->adlers, "adlers", trace);
    buffer_memory(e->code, "tables", trace);
    buffer_memory(e->inks, "tables", trace);
    trace_memory(trace, "lists of streams", false, 1, batch * (sizeof *e->shown + sizeof *e->made));
    if (e->joined)
        trace_memory(trace, "lists of streams", false, 1, batch * (sizeof *e->parts + sizeof *e->chunks));
}
