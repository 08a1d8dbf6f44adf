#include "render/stream_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "cl/shared.h"

/* What deflate can copy from. */
#define DEFLATE_WINDOW 32768

void stream_form_init(struct stream_form *form, const struct chart *chart, const struct renderer_options *how)
{
    *form = (struct stream_form){.chart = chart, .png = how->payload == PAYLOAD_PNG, .parts = 1};
    if (form->png) {
        chart_png_form(chart, &form->colours);
        form->bytes = form->colours.channels;
        while (8u >> form->pack > form->colours.bits)
            form->pack++;
    } else {
        form->parts = how->planes ? chart->channels : 1;
        form->bytes = how->planes ? 1 : chart->channels;
    }
    /* One launch paints layers over each other, not side by side. */
    const bool interleaved_layers = chart->per_layer && form->bytes > 1;
    form->on_device = (form->bytes == 1 || form->bytes == 3) && !interleaved_layers &&
                      (form->png || stream_row_bytes(form) <= DEFLATE_WINDOW);
}

uint32_t stream_value(const struct stream_form *form, struct ink ink, uint32_t part)
{
    uint32_t number = 0;
    if (form->colours.colours) {
        while (number < form->colours.colours && memcmp(&form->colours.palette[number], &ink, sizeof ink))
            number++;
        return number;
    }
    if (form->chart->per_layer || form->bytes == 3)
        return form->bytes == 3 ? ink_bytes(ink) : ink.red;
    return ink_bytes(ink) >> (8 * part) & 0xff;
}

uint32_t stream_background(const struct stream_form *form, uint32_t part)
{
    return form->chart->per_layer ? 0 : stream_value(form, form->chart->background, part);
}

uint64_t stream_row_bytes(const struct stream_form *form)
{
    return ((uint64_t)form->chart->width * form->bytes + (1u << form->pack) - 1) >> form->pack;
}

uint64_t stream_part_bytes(const struct stream_form *form)
{
    return stream_row_bytes(form) * form->chart->height;
}

/* Adds `count` bytes of one value to the sums of n bytes, every `step`-th byte from `first` on: byte i of n adds itself
 * to the first sum and n-i times itself to the second. */
static void add_bytes(uint64_t sums[2], uint64_t value, uint64_t n, uint64_t first, uint64_t step, uint64_t count)
{
    const uint64_t steps = count % 2 ? (count - count / 2 - 1) * count : count / 2 * (count - 1); /* 0 + 1 + ... */
    const uint64_t whole = count % ADLER_BASE * ((n - first) % ADLER_BASE);
    const uint64_t skipped = steps % ADLER_BASE * (step % ADLER_BASE);
    sums[0] = (sums[0] + value * (count % ADLER_BASE)) % ADLER_BASE;
    sums[1] = (sums[1] + value * ((whole + (uint64_t)ADLER_BASE * ADLER_BASE - skipped) % ADLER_BASE)) % ADLER_BASE;
}

/* In PNG each row begins with the filter's number, and the other bytes are the background in row 0 and 0 below. */
void stream_sum_blank(const struct stream_form *form, uint32_t part, uint32_t sums[2])
{
    const uint64_t row = stream_row_bytes(form) + form->png, height = form->chart->height, n = row * height;
    const uint64_t pixels = (uint64_t)form->chart->width * (form->png ? 1 : height);
    const uint32_t background = stream_background(form, part);
    uint64_t sum[2] = {1, n % ADLER_BASE};
    for (uint32_t i = 0; i < form->bytes && !form->pack; i++) /* packed bytes of background are 0 */
        add_bytes(sum, background >> (8 * i) & 0xff, n, form->png + i, form->bytes, pixels);
    if (form->png)
        add_bytes(sum, PNG_FILTER_UP, n, 0, row, height);
    sums[0] = (uint32_t)sum[0];
    sums[1] = (uint32_t)sum[1];
}

static uint8_t number_of(const struct stream_form *form, const uint8_t *pixel)
{
    return (uint8_t)stream_value(form, (struct ink){pixel[0], pixel[1], pixel[2]}, 0);
}

/* The bytes of a part, from pixels as drawn. */
static void arrange(const struct stream_form *form, uint32_t part, const uint8_t *pixels, uint8_t *out)
{
    const uint32_t width = form->chart->width, channels = form->chart->channels, bits = 8 >> form->pack;
    const uint64_t count = (uint64_t)width * form->chart->height, row = stream_row_bytes(form);
    if (!form->colours.colours) {
        for (uint64_t i = 0; i < count; i++)
            out[i] = pixels[i * channels + part];
        return;
    }
    memset(out, 0, (size_t)(row * form->chart->height));
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t x = i % width, shift = ((1u << form->pack) - 1 - x % (1u << form->pack)) * bits;
        out[i / width * row + (x >> form->pack)] |= (uint8_t)(number_of(form, pixels + i * channels) << shift);
    }
}

enum plotmill_status stream_compress(const struct stream_form *form, uint32_t part, enum host_deflate_kind kind,
                                     const uint8_t *pixels, uint8_t **stream, size_t *size, uint32_t *adler,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t bytes = (size_t)stream_part_bytes(form);
    uint8_t *arranged = NULL;
    if (form->parts > 1 || form->colours.colours) {
        TRY_ALLOCATE(error, arranged, bytes, 1);
        arrange(form, part, pixels, arranged);
        pixels = arranged;
    }
    TRY(host_deflate(pixels, (size_t)stream_row_bytes(form), form->chart->height, kind, true, stream, size, error));
    if (adler)
        *adler = host_adler32(pixels, bytes);
done:
    free(arranged);
    return status;
}
