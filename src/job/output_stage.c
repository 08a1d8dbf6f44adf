#include "job/output_stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "base/try.h"
#include "render/host_deflate.h"

/* Bytes of numbers that one thread makes at a time. */
#define PIECE_BYTES ((uint64_t)2 << 20)
/* Pieces for each thread, so that all end at about the same time. */
#define PIECES_A_THREAD 4

/* The device makes streams of uint8: of one channel, or of three planes, which are equal. */
static bool device_makes(const struct plotmill_pixel_format *format)
{
    return format->dtype == PLOTMILL_DTYPE_U8 &&
           (pixel_format_channels(format) == 1 || format->layout == PLOTMILL_LAYOUT_NCHW);
}

/* Streams are made on the host, from numbers. */
static bool compresses(const struct pipeline *p)
{
    const struct plotmill_sink_ops *ops = p->sink->ops;
    if (ops->payload == PLOTMILL_PAYLOAD_ZLIB)
        return p->no_device_streams || !device_makes(&ops->pixels);
    return ops->payload == PLOTMILL_PAYLOAD_PNG && p->no_device_streams;
}

static uint32_t group_of(const struct plotmill_sink_ops *ops)
{
    return ops->payload == PLOTMILL_PAYLOAD_ZLIB && ops->images_per_stream ? ops->images_per_stream : 1;
}

enum plotmill_status delivery_init(struct delivery *delivery, const struct pipeline *p, unsigned threads,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_sink_ops *ops = p->sink->ops;
    const struct plotmill_chart_options *chart = &p->options->chart;
    *delivery = (struct delivery){
        .sink = p->sink,
        .format = ops->pixels,
        .shape = {chart->width, chart->height, chart->background, chart->foreground},
        .compress = compresses(p),
        .group = group_of(ops),
        .threads = 1,
    };
    delivery->convert =
        delivery->compress || (ops->payload == PLOTMILL_PAYLOAD_PIXELS && !pixel_format_is_plain(&ops->pixels));
    if (ops->thread_safe && !ops->ordered && threads > 1) {
        TRY(pool_create(&delivery->pool, threads, error));
        delivery->threads = threads;
    }
done:
    return status;
}

void delivery_finish(struct delivery *delivery)
{
    pool_destroy(delivery->pool);
    delivery->pool = NULL;
}

void delivery_ask(const struct pipeline *p, struct renderer_options *how)
{
    const struct plotmill_sink_ops *ops = p->sink ? p->sink->ops : NULL;
    how->payload = !ops || compresses(p) ? PLOTMILL_PAYLOAD_PIXELS : ops->payload;
    how->images_per_stream = ops ? group_of(ops) : 1;
    how->copies = how->payload == PLOTMILL_PAYLOAD_ZLIB ? pixel_format_channels(&ops->pixels) : 1;
}

/* The streams of `count` images in numbers, whole groups of which lie at `numbers`. */
static enum plotmill_status compress_groups(const struct delivery *d, const uint8_t *numbers, uint64_t groups,
                                            struct plotmill_stream *streams, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t rows = (size_t)d->shape.height * d->group;
    const size_t row_bytes =
        (size_t)(pixel_format_image_bytes(&d->format, d->shape.width, d->shape.height) / d->shape.height);
    for (uint64_t i = 0; i < groups; i++) {
        uint8_t *bytes = NULL;
        TRY(host_deflate(numbers + i * rows * row_bytes, row_bytes, rows,
                        d->sink->ops->payload == PLOTMILL_PAYLOAD_PNG ? HOST_DEFLATE_PNG : HOST_DEFLATE_ZLIB,
                        d->format.dtype == PLOTMILL_DTYPE_U8, &bytes, &streams[i].size, error));
        streams[i].data = bytes;
    }
done:
    return status;
}

/* Numbers of a piece's images; the last group is filled up with blank ones. */
static enum plotmill_status make_numbers(const struct delivery *d, const struct plotmill_batch *piece, uint64_t images,
                                         uint8_t **numbers, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t pixel_bytes = (size_t)d->shape.width * d->shape.height;
    const size_t image_bytes = (size_t)pixel_format_image_bytes(&d->format, d->shape.width, d->shape.height);
    uint8_t *blank = NULL;
    TRY_ALLOCATE(error, *numbers, images, image_bytes);
    pixel_format_store(&d->format, &d->shape, piece->data, piece->count, *numbers);
    if (images > piece->count) {
        TRY_ALLOCATE(error, blank, pixel_bytes, 1);
        memset(blank, d->shape.background, pixel_bytes);
        for (uint64_t i = piece->count; i < images; i++)
            pixel_format_store(&d->format, &d->shape, blank, 1, *numbers + i * image_bytes);
    }
done:
    free(blank);
    return status;
}

static enum plotmill_status convert_and_write(const struct delivery *d, struct plotmill_batch *piece,
                                              struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t groups = (piece->count + d->group - 1) / d->group;
    uint8_t *numbers = NULL;
    struct plotmill_stream *streams = NULL;
    enum trace_stage before = trace_switch(TRACE_ENCODE);
    TRY(make_numbers(d, piece, d->compress ? groups * d->group : piece->count, &numbers, error));
    piece->data = numbers;
    if (d->compress) {
        TRY_ALLOCATE(error, streams, groups, sizeof *streams);
        TRY(compress_groups(d, numbers, groups, streams, error));
        piece->data = NULL;
        piece->streams = streams;
    }
    trace_switch(before);
    TRY(d->sink->ops->write(d->sink->self, piece, error));
done:
    for (uint64_t i = 0; streams && i < groups; i++)
        free((void *)streams[i].data);
    free(streams);
    free(numbers);
    trace_switch(before);
    return status;
}

/* One batch on its way. */
struct consignment {
    const struct delivery *delivery;
    const struct plotmill_batch *batch;
    uint64_t piece; /* images */
    struct flow *flow;
};

static enum plotmill_status write_piece(const struct consignment *c, uint64_t index, struct plotmill_error *error)
{
    const struct delivery *d = c->delivery;
    struct plotmill_batch piece = *c->batch;
    const uint64_t skipped = index * c->piece, left = piece.count - skipped;
    piece.first += skipped;
    piece.count = left < c->piece ? left : c->piece;
    piece.window_start += skipped;
    piece.y_range += 2 * skipped;
    piece.samples += skipped * piece.sample_stride;
    if (piece.data)
        piece.data = (const uint8_t *)piece.data + skipped * d->shape.width * d->shape.height;
    if (piece.streams)
        piece.streams += skipped / d->group;
    return d->convert ? convert_and_write(d, &piece, error) : d->sink->ops->write(d->sink->self, &piece, error);
}

static void write_one(void *user, uint64_t index)
{
    const struct consignment *c = user;
    struct plotmill_error error = {0};
    trace_attach_encoder(c->flow->trace);
    enum trace_stage before = trace_switch(TRACE_WRITE);
    trace_batch(c->batch->first, c->batch->count);
    if (flow_begin_write(c->flow)) {
        enum plotmill_status status = write_piece(c, index, &error);
        if (status)
            flow_stop(c->flow, status, &error);
        flow_end_write(c->flow);
    }
    trace_switch(before);
}

/* Images of a piece: all, unless they are shared among threads or numbers are made of them. */
static uint64_t piece_images(const struct delivery *d, uint64_t images)
{
    uint64_t piece = images;
    if (d->pool)
        piece = (images + d->threads * PIECES_A_THREAD - 1) / (d->threads * PIECES_A_THREAD);
    if (d->convert) {
        uint64_t most = PIECE_BYTES / pixel_format_image_bytes(&d->format, d->shape.width, d->shape.height);
        piece = piece < most ? piece : most ? most : 1;
    }
    return (piece + d->group - 1) / d->group * d->group;
}

void delivery_run(const struct delivery *delivery, const struct plotmill_batch *batch, struct flow *flow)
{
    struct consignment c = {
        .delivery = delivery,
        .batch = batch,
        .piece = piece_images(delivery, batch->count),
        .flow = flow,
    };
    uint64_t pieces = (batch->count + c.piece - 1) / c.piece;
    enum trace_stage before = trace_switch(delivery->pool ? TRACE_WAIT_ENCODERS : TRACE_WRITE);
    if (delivery->pool)
        pool_run(delivery->pool, write_one, &c, pieces);
    for (uint64_t i = 0; !delivery->pool && i < pieces; i++)
        write_one(&c, i);
    trace_switch(before);
}

/* A sink that weighs for another one what that would get. */
struct scale {
    const struct sink *sink;
    const struct plotmill_dataset_info *info;
    uint32_t group;
    uint64_t bytes;
    bool blind; /* the sink could not tell of a piece */
};

static enum plotmill_status weigh(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct scale *scale = self;
    const struct sink *sink = scale->sink;
    (void)error;
    if (sink->ops->stored_bytes) {
        const uint64_t bytes = sink->ops->stored_bytes(sink->self, scale->info, batch);
        scale->bytes += bytes;
        scale->blind = scale->blind || !bytes;
    }
    for (uint64_t i = 0; batch->streams && !sink->ops->stored_bytes && i * scale->group < batch->count; i++)
        scale->bytes += batch->streams[i].size;
    return PLOTMILL_OK;
}

uint64_t delivery_weigh(const struct delivery *delivery, const struct plotmill_dataset_info *info,
                        const struct plotmill_batch *batch)
{
    struct plotmill_error ignored;
    struct plotmill_sink_ops ops = *delivery->sink->ops;
    struct scale scale = {delivery->sink, info, delivery->group, 0, false};
    const struct sink sink = {&ops, &scale};
    struct delivery to_scale = *delivery;
    const struct consignment c = {.delivery = &to_scale, .batch = batch, .piece = piece_images(delivery, batch->count)};
    ops.write = weigh;
    to_scale.sink = &sink;
    for (uint64_t i = 0; i * c.piece < batch->count; i++)
        if (write_piece(&c, i, &ignored))
            return 0;
    return scale.blind ? 0 : scale.bytes;
}
