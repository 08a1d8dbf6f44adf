/* What was drawn becomes what the caller asked for. */
#include <stdlib.h>
#include <string.h>

#include "api/render_call.h"
#include "base/numbers.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/image_files.h"
#include "job/queue.h"
#include "render/host_deflate.h"

/* Slices of a batch per thread that encodes, so that all end at about the same time. */
#define SLICES_PER_THREAD 4

uint64_t render_number_bytes(const plotmill_renderer *r)
{
    return pixel_format_image_bytes(&r->format, r->chart->width, r->chart->height);
}

uint64_t render_image_bytes(const plotmill_renderer *r)
{
    return (uint64_t)r->chart->width * r->chart->height * r->chart->channels;
}

struct image_kind render_image_kind(const plotmill_renderer *r)
{
    return (struct image_kind){r->chart->width, r->chart->height, r->chart->channels, &r->png, r->quality};
}

static struct pixel_shape pixel_shape(const plotmill_renderer *r)
{
    const struct chart *chart = r->chart;
    return (struct pixel_shape){chart->width, chart->height, chart->per_layer ? 0 : chart->background.red,
                                chart->per_layer ? 255 : chart->layers->ink.red, chart->channels};
}

/* A slice of a batch that a thread encodes. */
struct slice {
    struct image_batch batch;
    struct image_files files;     /* of image files */
    struct image_stream *streams; /* of streams made on the host: (batch.count), owned */
    enum plotmill_status status;
    struct plotmill_error error;
};

struct encoding {
    const struct call *call;
    struct slice *slices;
};

static enum plotmill_status compress(const plotmill_renderer *r, struct slice *slice)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = r->chart;
    const struct pixel_shape shape = pixel_shape(r);
    const size_t bytes = (size_t)render_number_bytes(r);
    uint8_t *numbers = NULL;
    TRY_ALLOCATE(&slice->error, numbers, bytes, 1);
    TRY_ALLOCATE(&slice->error, slice->streams, slice->batch.count, sizeof *slice->streams);
    for (uint64_t i = 0; i < slice->batch.count; i++) {
        uint8_t *stream = NULL;
        pixel_format_store(&r->format, &shape, (const uint8_t *)slice->batch.data + i * render_image_bytes(r), 1,
                           numbers);
        TRY(host_deflate(numbers, bytes / chart->height, chart->height, HOST_DEFLATE_ZLIB, r->format.dtype == DTYPE_U8,
                         &stream, &slice->streams[i].size, &slice->error));
        slice->streams[i].data = stream;
    }
done:
    free(numbers);
    return status;
}

static void encode_slice(void *user, uint64_t index)
{
    const struct encoding *encoding = user;
    const struct call *call = encoding->call;
    const plotmill_renderer *r = call->r;
    struct slice *slice = &encoding->slices[index];
    if (call->form.encoding == PLOTMILL_PIXELS) {
        const struct pixel_shape shape = pixel_shape(r);
        pixel_format_store(&r->format, &shape, slice->batch.data, slice->batch.count,
                           (uint8_t *)call->request.out + slice->batch.first * call->form.bound);
    } else if (call->form.encoding == PLOTMILL_ZLIB) {
        slice->status = compress(r, slice);
    } else {
        const struct image_kind kind = render_image_kind(r);
        slice->status = image_files_make(&slice->files, call->form.encoding, &kind, &slice->batch, &slice->error);
    }
}

/* Appends an image to the caller's memory. */
static enum plotmill_status append(struct call *call, uint64_t image, const void *data, size_t size)
{
    if (size > call->request.out_size - call->used)
        return plotmill_error_set(&call->r->pm->error, PLOTMILL_NO_MEMORY,
                                  "image %llu has %zu bytes: expected at most %zu", (unsigned long long)image, size,
                                  call->form.bound);
    memcpy((uint8_t *)call->request.out + call->used, data, size);
    call->used += size;
    call->request.sizes[image] = size;
    return PLOTMILL_OK;
}

static enum plotmill_status collect(struct call *call, const struct slice *slice)
{
    enum plotmill_status status = slice->status;
    if (status)
        call->r->pm->error = slice->error;
    for (uint64_t i = 0; i < slice->batch.count && !status && call->form.encoding != PLOTMILL_PIXELS; i++)
        status = slice->streams
                     ? append(call, slice->batch.first + i, slice->streams[i].data, slice->streams[i].size)
                     : append(call, slice->batch.first + i, slice->files.images[i].data, slice->files.images[i].size);
    return status;
}

static void free_slices(struct slice *slices, uint64_t count)
{
    for (uint64_t s = 0; slices && s < count; s++) {
        for (uint64_t i = 0; slices[s].streams && i < slices[s].batch.count; i++)
            free((void *)slices[s].streams[i].data);
        free(slices[s].streams);
        image_files_free(&slices[s].files);
    }
    free(slices);
}

/* Encodes the images of a batch by all threads. */
static enum plotmill_status encode(struct call *call, const struct pending_batch *pending,
                                   const struct renderer_images *made)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_renderer *r = call->r;
    struct plotmill_error *error = &r->pm->error;
    const unsigned threads = job_threads(&r->job);
    const uint64_t images = pending->windows.images, slices = MIN(images, (uint64_t)threads * SLICES_PER_THREAD);
    struct encoding encoding = {.call = call};
    if (!r->pool)
        TRY(pool_create(&r->pool, threads, error));
    TRY_ALLOCATE(error, encoding.slices, slices, sizeof *encoding.slices);
    for (uint64_t s = 0; s < slices; s++) {
        const uint64_t begin = images * s / slices, end = images * (s + 1) / slices;
        encoding.slices[s].batch = (struct image_batch){
            .first = pending->first + begin,
            .count = end - begin,
            .data = made->pixels ? made->pixels + begin * render_image_bytes(r) : NULL,
            .streams = made->streams ? made->streams + begin : NULL,
        };
    }
    pool_run(r->pool, encode_slice, &encoding, slices);
    for (uint64_t s = 0; s < slices && !status; s++)
        status = collect(call, &encoding.slices[s]);
done:
    free_slices(encoding.slices, slices);
    return status;
}

enum plotmill_status render_store(struct call *call, const struct pending_batch *pending,
                                  const struct renderer_images *made)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct form *form = &call->form;
    if (pending->windows.pixels || pending->windows.copy)
        return PLOTMILL_OK;
    if (form->encoding != PLOTMILL_ZLIB || form->payload != PAYLOAD_ZLIB)
        return encode(call, pending, made);
    for (uint64_t i = 0; i < pending->windows.images; i++)
        TRY(append(call, pending->first + i, made->streams[i].data, made->streams[i].size));
done:
    return status;
}
