#include "streams.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/hash.h"
#include "base/try.h"

/* Undoes filter Up in place. Each row has its filter's number in front. */
static bool unfilter(uint8_t *rows, size_t row_bytes, uint32_t height)
{
    const size_t row = row_bytes + 1;
    for (uint32_t y = 0; y < height; y++) {
        if (rows[y * row] != 2)
            return false;
        for (size_t x = 1; y && x < row; x++)
            rows[y * row + x] = (uint8_t)(rows[y * row + x] + rows[(y - 1) * row + x]);
    }
    return true;
}

/* Whether a row of numbers in a palette, the first in the highest bits, has these colours. */
static bool same_colours(const struct png_form *form, const uint8_t *numbers, const uint8_t *pixels, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
        const uint32_t at = x * form->bits;
        const uint32_t number = (numbers[at / 8] >> (8 - form->bits - at % 8)) & ((1u << form->bits) - 1);
        const struct ink ink = form->palette[number];
        const uint8_t bytes[] = {ink.red, ink.green, ink.blue};
        if (number >= form->colours || memcmp(bytes, pixels + 3 * (size_t)x, 3))
            return false;
    }
    return true;
}

/* form: NULL: not a PNG stream. */
static bool holds(const struct image_stream *stream, const struct png_form *form, const uint8_t *pixels, uint32_t width,
                  uint32_t height, uint32_t channels)
{
    const size_t pixel_row = (size_t)width * channels;
    const size_t row = form ? 1 + ((size_t)width * form->channels * form->bits + 7) / 8 : pixel_row;
    const size_t size = row * height;
    uLongf found = (uLongf)size + 1; /* one more than expected, to detect longer output */
    uint8_t *bytes = malloc(size + 1);
    bool same = bytes && uncompress(bytes, &found, stream->data, (uLong)stream->size) == Z_OK && found == size &&
                (!form || unfilter(bytes, row - 1, height));
    for (uint32_t y = 0; same && y < height; y++) {
        const uint8_t *at = bytes + y * row + (form ? 1 : 0), *expected = pixels + y * pixel_row;
        same = form && form->colours ? same_colours(form, at, expected, width) : !memcmp(at, expected, pixel_row);
    }
    free(bytes);
    return same;
}

bool stream_holds(const struct image_stream *stream, bool png, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    const struct png_form grey = {.channels = 1, .bits = 8};
    return holds(stream, png ? &grey : NULL, pixels, width, height, 1);
}

bool stream_holds_image(const struct image_stream *stream, bool png, const uint8_t *pixels, const struct chart *chart)
{
    struct png_form form;
    chart_png_form(chart, &form);
    return holds(stream, png ? &form : NULL, pixels, chart->width, chart->height, chart->channels);
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
    size_t image_bytes = (size_t)c->chart.width * c->chart.height * c->chart.channels;
    double *y_range = NULL;
    *verdict = (struct streams_verdict){0};
    TRY_ALLOCATE(error, y_range, batch * c->chart.panel_count * 2, sizeof *y_range);
    TRY(renderer_create(&renderer, compute, &c->chart, c->window, &how, error));
    for (uint64_t first = 0; first < c->images; first += batch) {
        uint64_t count = c->images - first < batch ? c->images - first : batch;
        TRY(renderer_run(renderer, c->samples + first * c->stride * c->chart.field_count, c->rows_before + first, count,
                         &made, y_range, error));
        for (uint64_t k = 0; k < count; k++) {
            const uint8_t *expected = pixels + (first + k) * image_bytes;
            verdict->wrong += !stream_holds_image(&made.streams[k], png, expected, &c->chart);
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
