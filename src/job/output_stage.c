#include "job/output_stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/trace.h"
#include "base/try.h"
#include "chart/png_rows.h"
#include "render/host_deflate.h"

/* Bytes of numbers that one thread makes at a time. */
#define PIECE_BYTES ((uint64_t)2 << 20)
/* Pieces per thread, so that all threads end at about the same time. */
#define PIECES_PER_THREAD 4

enum plotmill_status output_stage_init(struct output_stage *output, const struct job *job, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink_ops *ops = job->sink->ops;
    const struct chart *chart = job->chart;
    const unsigned threads = job_threads(job->options);
    *output = (struct output_stage){
        .sink = job->sink,
        .form = job_output_form(job),
        .shape = job_pixel_shape(job),
        .stored = job_pixels(job),
        .png = ops->payload == PAYLOAD_PNG ? &job->png : NULL,
        .blank = chart->per_layer ? (struct ink){0, 0, 0} : chart->background,
        .panels = chart->panel_count,
        .columns = job->set ? job->set->columns : NULL,
        .column_count = job->set ? job->set->column_count : 0,
        .threads = 1,
    };
    if (ops->thread_safe && !ops->ordered && threads > 1) {
        TRY(pool_create(&output->pool, threads, error));
        output->threads = threads;
    }
done:
    return status;
}

void output_stage_finish(struct output_stage *output)
{
    pool_destroy(output->pool);
    output->pool = NULL;
}

/* As drawn. */
static size_t drawn_bytes(const struct output_stage *output)
{
    return (size_t)output->shape.width * output->shape.height * output->shape.channels;
}

/* Of a row that is compressed, or an image that is stored. */
static size_t row_bytes(const struct output_stage *output)
{
    if (output->png)
        return png_row_bytes(output->png, output->shape.width);
    return (size_t)(pixel_format_image_bytes(&output->stored, output->shape.width, output->shape.height) /
                    output->shape.height);
}

static uint64_t image_bytes(const struct output_stage *output)
{
    return (uint64_t)row_bytes(output) * output->shape.height;
}

static void fill_blank(const struct output_stage *output, uint8_t *pixels)
{
    const uint8_t values[3] = {output->blank.red, output->blank.green, output->blank.blue};
    const size_t bytes = drawn_bytes(output);
    if (output->shape.channels != 3)
        memset(pixels, values[0], bytes);
    for (size_t i = 0; i < bytes && output->shape.channels == 3; i++)
        pixels[i] = values[i % 3];
}

/* The numbers of `images` images. */
static enum plotmill_status convert(const struct output_stage *output, const uint8_t *pixels, uint64_t images,
                                    uint8_t *numbers, struct plotmill_error *error)
{
    const struct pixel_shape *shape = &output->shape;
    if (!output->png)
        pixel_format_store(&output->stored, shape, pixels, images, numbers);
    else if (!png_rows_pack(output->png, pixels, shape->width, (size_t)(images * shape->height), numbers))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "PNG: an image has a colour that is not in the palette");
    return PLOTMILL_OK;
}

/* The numbers of a piece's images; blank images fill it up to `images`. */
static enum plotmill_status make_numbers(const struct output_stage *output, const struct image_batch *piece,
                                         uint64_t images, uint8_t **numbers, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t bytes = (size_t)image_bytes(output);
    uint8_t *blank = NULL;
    TRY_ALLOCATE(error, *numbers, images, bytes);
    TRY(convert(output, piece->data, piece->count, *numbers, error));
    if (images > piece->count) {
        TRY_ALLOCATE(error, blank, drawn_bytes(output), 1);
        fill_blank(output, blank);
        for (uint64_t i = piece->count; i < images; i++)
            TRY(convert(output, blank, 1, *numbers + i * bytes, error));
    }
done:
    free(blank);
    return status;
}

/* Writes to the sink; *bytes: what was handed over. */
static enum plotmill_status hand_over(const struct output_stage *output, const struct image_batch *piece,
                                      uint64_t *bytes, struct plotmill_error *error)
{
    const struct sink *sink = output->sink;
    const uint64_t group = output->form.images_per_stream;
    if (output->sized && sink->ops->stored_bytes) {
        *bytes = sink->ops->stored_bytes(sink->self, output->sized, piece);
        return PLOTMILL_OK;
    }
    *bytes = piece->streams ? 0 : piece->count * image_bytes(output);
    for (uint64_t i = 0; piece->streams && i * group < piece->count; i++)
        *bytes += piece->streams[i].size;
    if (output->sized)
        return PLOTMILL_OK;
    return name_failure(sink->ops->write(sink->self, piece, error), "the sink's write", error);
}

static enum plotmill_status convert_and_write(const struct output_stage *output, struct image_batch *piece,
                                              uint64_t *handed_over, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink_ops *ops = output->sink->ops;
    const uint64_t group = output->form.images_per_stream, groups = (piece->count + group - 1) / group;
    const bool compress = output->form.compress;
    const size_t rows = (size_t)(output->shape.height * group), row = row_bytes(output);
    uint8_t *numbers = NULL;
    struct image_stream *streams = NULL;
    enum trace_stage before = trace_switch(TRACE_ENCODE);
    TRY(make_numbers(output, piece, compress ? groups * group : piece->count, &numbers, error));
    piece->data = numbers;
    if (compress) {
        TRY_ALLOCATE(error, streams, groups, sizeof *streams);
        for (uint64_t i = 0; i < groups; i++) {
            uint8_t *bytes = NULL;
            TRY(host_deflate(numbers + i * rows * row, row, rows,
                             ops->payload == PAYLOAD_PNG ? HOST_DEFLATE_PNG : HOST_DEFLATE_ZLIB,
                             output->stored.dtype == DTYPE_U8, &bytes, &streams[i].size, error));
            streams[i].data = bytes;
        }
        piece->data = NULL;
        piece->streams = streams;
    }
    trace_switch(before);
    TRY(hand_over(output, piece, handed_over, error));
done:
    for (uint64_t i = 0; streams && i < groups; i++)
        free((void *)streams[i].data);
    free(streams);
    free(numbers);
    trace_switch(before);
    return status;
}

/* A batch that is cut into pieces of piece_images images. */
struct write_job {
    const struct output_stage *output;
    const struct image_batch *batch;
    uint64_t piece_images;
    struct work_queue *queue;
};

static enum plotmill_status write_piece(const struct write_job *job, uint64_t index, uint64_t *bytes,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct output_stage *output = job->output;
    const void **columns = NULL;
    struct image_batch piece = *job->batch;
    const uint64_t skipped = index * job->piece_images, left = piece.count - skipped;
    piece.first += skipped;
    piece.count = MIN(left, job->piece_images);
    piece.window_start += skipped;
    piece.y_range += 2 * skipped * output->panels;
    if (piece.samples)
        piece.samples += skipped * piece.sample_stride * piece.fields;
    if (piece.data)
        piece.data = (const uint8_t *)piece.data + skipped * drawn_bytes(output);
    if (piece.streams)
        piece.streams += skipped / output->form.images_per_stream;
    if (piece.columns && skipped) {
        TRY_ALLOCATE(error, columns, output->column_count, sizeof *columns);
        for (size_t i = 0; i < output->column_count; i++)
            columns[i] = (const uint8_t *)piece.columns[i] +
                         skipped * output->columns[i].width * column_value_bytes(output->columns[i].type);
        piece.columns = columns;
    }
    TRY(output->form.convert ? convert_and_write(output, &piece, bytes, error)
                             : hand_over(output, &piece, bytes, error));
done:
    free(columns);
    return status;
}

static void write_and_report(void *user, uint64_t index)
{
    const struct write_job *job = user;
    struct plotmill_error error = {0};
    trace_attach_encoder(job->queue->trace);
    enum trace_stage before = trace_switch(TRACE_WRITE);
    trace_batch(job->batch->first, job->batch->count);
    if (queue_begin_write(job->queue)) {
        uint64_t bytes = 0;
        enum plotmill_status status = write_piece(job, index, &bytes, &error);
        if (status)
            queue_stop(job->queue, status, &error);
        queue_end_write(job->queue, bytes);
    }
    trace_switch(before);
}

/* All images, unless several threads share them or numbers are made of them; whole streams. */
static uint64_t piece_images(const struct output_stage *output, uint64_t images)
{
    const uint64_t group = output->form.images_per_stream;
    uint64_t piece = images;
    if (output->pool)
        piece = (images + output->threads * PIECES_PER_THREAD - 1) / (output->threads * PIECES_PER_THREAD);
    if (output->form.convert) {
        uint64_t most = PIECE_BYTES / image_bytes(output);
        piece = CLAMP(most, 1, piece);
    }
    return (piece + group - 1) / group * group;
}

void output_stage_write(const struct output_stage *output, const struct image_batch *batch, struct work_queue *queue)
{
    struct write_job job = {output, batch, piece_images(output, batch->count), queue};
    const uint64_t pieces = (batch->count + job.piece_images - 1) / job.piece_images;
    enum trace_stage before = trace_switch(output->pool ? TRACE_WAIT_ENCODERS : TRACE_WRITE);
    if (output->pool)
        pool_run(output->pool, write_and_report, &job, pieces);
    for (uint64_t i = 0; !output->pool && i < pieces; i++)
        write_and_report(&job, i);
    trace_switch(before);
}
