#include "streams.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/hash.h"
#include "base/try.h"

/* Undoes filter Up in place. Each row has width+1 bytes, the first of which is the filter's number. */
static bool unfilter(uint8_t *rows, uint32_t width, uint32_t height)
{
    size_t row = (size_t)width + 1;
    for (uint32_t y = 0; y < height; y++) {
        if (rows[y * row] != 2)
            return false;
        for (uint32_t x = 1; y && x < row; x++)
            rows[y * row + x] = (uint8_t)(rows[y * row + x] + rows[(y - 1) * row + x]);
    }
    return true;
}

bool stream_holds(const struct image_stream *stream, bool png, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    size_t row = (size_t)width + png, size = row * height;
    uLongf found = (uLongf)size + 1; /* one more than expected, to detect longer output */
    uint8_t *bytes = malloc(size + 1);
    bool holds = bytes && uncompress(bytes, &found, stream->data, (uLong)stream->size) == Z_OK && found == size &&
                 (!png || unfilter(bytes, width, height));
    for (uint32_t y = 0; holds && y < height; y++)
        holds = !memcmp(bytes + y * row + png, pixels + (size_t)y * width, width);
    free(bytes);
    return holds;
}

enum plotmill_status streams_compare(struct compute *compute, const struct chart_case *c, uint64_t batch,
                                     enum launch_kind launch, bool png, const uint8_t *pixels,
                                     struct streams_verdict *verdict, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *renderer = NULL;
    struct renderer_images made;
    struct renderer_options how = {
        .batch = batch, .stride = c->stride, .launch = launch, .payload = png ? PAYLOAD_PNG : PAYLOAD_ZLIB};
    size_t image_bytes = (size_t)c->chart.width * c->chart.height;
    double *y_range = NULL;
    struct line_chart line;
    *verdict = (struct streams_verdict){0};
    TRY_ALLOCATE(error, y_range, batch * 2, sizeof *y_range);
    TRY(renderer_create(&renderer, compute, line_chart(&line, &c->chart), c->window, &how, error));
    for (uint64_t first = 0; first < c->images; first += batch) {
        uint64_t count = c->images - first < batch ? c->images - first : batch;
        TRY(renderer_run(renderer, c->samples + first * c->stride, NULL, count, &made, y_range, error));
        for (uint64_t k = 0; k < count; k++) {
            const uint8_t *expected = pixels + (first + k) * image_bytes;
            verdict->wrong += !stream_holds(&made.streams[k], png, expected, c->chart.width, c->chart.height);
            verdict->hash += hash_fold(hash_image(made.streams[k].data, made.streams[k].size), first + k);
        }
        TRY(renderer_release(renderer, error));
    }
    verdict->host = renderer_host_images(renderer);
done:
    renderer_destroy(renderer);
    free(y_range);
    return status;
}
