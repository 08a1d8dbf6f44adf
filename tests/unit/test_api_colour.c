/* Charts in colour through the public API: rendered into memory, to a custom sink, and read back. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "formats/folder.h"
#include "plotmill/plotmill.h"
#include "plotmill_config.h"
#include "sink_fixture.h"

#define ROWS 60
#define WINDOW 20
#define COUNT (ROWS - WINDOW + 1)
#define W 83
#define H 50
#define PANELS 2
#define CHANNELS 3
#define PIXELS ((size_t)W * H * CHANNELS)

TestSuite(api_colour, .init = enter_folder, .fini = leave_folder);

static plotmill *pm;
static plotmill_options *options;
static plotmill_source *source;

static void ok(enum plotmill_status status)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", plotmill_status_str(status), plotmill_message(pm));
}

static void start(bool antialias)
{
    static const char *const names[] = {"open", "high", "low", "close", "volume"};
    static double rows[ROWS][5];
    for (int i = 0; i < ROWS; i++) {
        const double price = 100 + (i * i) % 37;
        const double row[5] = {price, price + 4 + i % 3, price - 5, price + (i % 5) - 2, 10 + i % 7};
        memcpy(rows[i], row, sizeof row);
    }
    const struct plotmill_array array = {
        .size = sizeof array, .data = rows, .axes = "TF", .shape = {ROWS, 5}, .fields = names};
    pm = plotmill_create();
    ok(plotmill_options_create(pm, &options));
    ok(plotmill_options_set(options, "chart", "candles"));
    ok(plotmill_options_set(options, "size", "83x50"));
    ok(plotmill_options_set(options, "window", "20"));
    ok(plotmill_options_set(options, "antialias", antialias ? "true" : "false"));
    ok(plotmill_source_from_array(pm, &array, options, &source));
}

static void end(void)
{
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
}

/* All images in one encoding; *sizes, if wanted: their bytes. y_range: (COUNT, PANELS, 2). */
static uint8_t *draw(enum plotmill_encoding encoding, size_t *bound, uint64_t sizes[COUNT],
                     double y_range[COUNT * PANELS * 2])
{
    plotmill_renderer *renderer;
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(plotmill_renderer_load(renderer, source));
    *bound = plotmill_renderer_bound(renderer, encoding);
    uint8_t *out = malloc(COUNT * *bound);
    const struct plotmill_request request = {.size = sizeof request,
                                             .count = COUNT,
                                             .encoding = encoding,
                                             .out = out,
                                             .out_size = COUNT * *bound,
                                             .sizes = sizes,
                                             .y_range = y_range};
    ok(plotmill_render(renderer, &request));
    plotmill_renderer_destroy(renderer);
    return out;
}

static bool decodes(enum plotmill_encoding encoding, const uint8_t *data, size_t size, const uint8_t *expected)
{
    struct image_size found = {W, H, CHANNELS};
    struct plotmill_error ignored;
    const struct encoded file = {"image", data, size};
    uint8_t pixels[PIXELS + 1];
    uLongf count = sizeof pixels;
    double sum = 0;
    if (encoding == PLOTMILL_PIXELS)
        return size == PIXELS && !memcmp(data, expected, PIXELS);
    if (encoding == PLOTMILL_ZLIB)
        return uncompress(pixels, &count, data, (uLong)size) == Z_OK && count == PIXELS &&
               !memcmp(pixels, expected, PIXELS);
    if (decode_image(&file, &found, pixels, &ignored))
        return false;
    for (size_t i = 0; i < PIXELS; i++)
        sum += abs(pixels[i] - expected[i]);
    return encoding == PLOTMILL_JPEG ? sum / PIXELS < 10 : sum == 0;
}

static const enum plotmill_encoding encodings[] = {
    PLOTMILL_PIXELS,
#if HAVE_ZLIB
    PLOTMILL_ZLIB,
#if HAVE_PNG
    PLOTMILL_PNG,
#endif
#endif
#if HAVE_JPEG
    PLOTMILL_JPEG,
#endif
};
#define ENCODINGS (sizeof encodings / sizeof *encodings)

Test(api_colour, every_encoding_in_memory)
{
    for (int antialias = 0; antialias < 2; antialias++) {
        size_t bound;
        double ranges[COUNT * PANELS * 2];
        start(antialias);
        uint8_t *expected = draw(PLOTMILL_PIXELS, &bound, NULL, ranges);
        cr_assert_eq(bound, PIXELS);
        for (int k = 0; k < COUNT; k++) { /* prices, and volumes from 0 on */
            cr_assert(ranges[4 * k] >= 95 && ranges[4 * k + 1] <= 142 && ranges[4 * k] < ranges[4 * k + 1]);
            cr_assert(ranges[4 * k + 2] == 0 && ranges[4 * k + 3] == 16, "image %d: %g to %g", k, ranges[4 * k + 2],
                      ranges[4 * k + 3]);
        }
        for (size_t e = 0; e < ENCODINGS; e++) {
            uint64_t sizes[COUNT];
            uint8_t *out = draw(encodings[e], &bound, sizes, NULL);
            const uint8_t *at = out;
            for (int k = 0; k < COUNT; at += sizes[k++])
                cr_assert(sizes[k] <= bound && decodes(encodings[e], at, (size_t)sizes[k], expected + k * PIXELS),
                          "encoding %d, image %d", (int)encodings[e], k);
            free(out);
        }
        free(expected);
        end();
    }
}

Test(api_colour, layouts_in_memory)
{
    size_t bound;
    start(true);
    uint8_t *expected = draw(PLOTMILL_PIXELS, &bound, NULL, NULL);
    ok(plotmill_options_set(options, "layout", "NCHW"));
    ok(plotmill_options_set(options, "dtype", "f32"));
    float *planes = (float *)draw(PLOTMILL_PIXELS, &bound, NULL, NULL);
    cr_assert_eq(bound, PIXELS * sizeof(float));
    for (size_t i = 0; i < COUNT * PIXELS; i++) {
        const size_t image = i / PIXELS, c = i % CHANNELS, p = i % PIXELS / CHANNELS;
        cr_assert_eq(planes[image * PIXELS + c * W * H + p], (float)(expected[i] / 255.0));
    }
    free(planes);
    ok(plotmill_options_set(options, "layout", "NHW"));
    plotmill_renderer *renderer;
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "channels 3: layout NHW has no channels"), "%s", plotmill_message(pm));
    free(expected);
    end();
}

/* A bit per channel holds the values of layers, not those of colours. */
Test(api_colour, bits_in_memory)
{
    plotmill_renderer *renderer;
    size_t bound;
    start(false);
    ok(plotmill_options_set(options, "channels", "layer"));
    uint8_t *layers = draw(PLOTMILL_PIXELS, &bound, NULL, NULL);
    ok(plotmill_options_set(options, "layout", "NCHW"));
    ok(plotmill_options_set(options, "dtype", "bits"));
    uint8_t *bits = draw(PLOTMILL_PIXELS, &bound, NULL, NULL);
    const size_t row = (W + 7) / 8;
    cr_assert_eq(bound, row * H * CHANNELS);
    for (size_t i = 0; i < COUNT * PIXELS; i++) {
        const size_t c = i % CHANNELS, x = i / CHANNELS % W, y = i / CHANNELS / W % H, image = i / PIXELS;
        const uint8_t byte = bits[((image * CHANNELS + c) * H + y) * row + x / 8];
        cr_assert_eq(byte >> (7 - x % 8) & 1 ? 255 : 0, layers[i]);
    }
    ok(plotmill_options_set(options, "channels", "auto"));
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "dtype bits: the chart has colours or several greys"), "%s",
              plotmill_message(pm));
    free(bits);
    free(layers);
    end();
}

struct received {
    enum plotmill_encoding encoding;
    const uint8_t *expected;
    const double *ranges;
    unsigned images, wrong;
};

static enum plotmill_status take_open(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error)
{
    struct received *r = self;
    (void)error;
    r->wrong += dataset->size != sizeof *dataset || dataset->channels != CHANNELS || dataset->panels != PANELS ||
                dataset->width != W || dataset->height != H || dataset->images != COUNT;
    return PLOTMILL_OK;
}

static enum plotmill_status take_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct received *r = self;
    (void)error;
    for (uint64_t i = 0; i < batch->count; i++) {
        const uint64_t k = batch->first + i;
        r->wrong += !decodes(r->encoding, batch->images[i].data, batch->images[i].size, r->expected + k * PIXELS) ||
                    memcmp(batch->y_range + 2 * PANELS * i, r->ranges + 2 * PANELS * k, 2 * PANELS * sizeof(double));
        r->images++;
    }
    return PLOTMILL_OK;
}

Test(api_colour, every_encoding_to_a_sink)
{
    for (size_t e = 0; e < 2 * ENCODINGS; e++) {
        size_t bound;
        double ranges[COUNT * PANELS * 2];
        start(e % 2);
        uint8_t *expected = draw(PLOTMILL_PIXELS, &bound, NULL, ranges);
        struct received received = {encodings[e / 2], expected, ranges, 0, 0};
        const struct plotmill_sink_ops ops = {
            .size = sizeof ops, .encoding = encodings[e / 2], .open = take_open, .write = take_write};
        plotmill_sink *sink;
        ok(plotmill_options_set(options, "batch", "7"));
        ok(plotmill_sink_create(pm, &ops, &received, &sink));
        ok(plotmill_run(pm, options, source, sink, NULL, NULL, NULL));
        cr_assert(received.images == COUNT && !received.wrong, "encoding %d: %u of %u are wrong", (int)encodings[e / 2],
                  received.wrong, received.images);
        plotmill_sink_destroy(sink);
        free(expected);
        end();
    }
}

/* In any order, with repetitions. */
Test(api_colour, stored_images)
{
    static const uint64_t indices[] = {40, 3, 4, 5, 3, 0, 40};
    enum { READ = sizeof indices / sizeof *indices };
    size_t bound;
    double ranges[COUNT * PANELS * 2], found_ranges[READ * PANELS * 2];
    struct plotmill_dataset dataset = {.size = sizeof dataset};
    uint8_t *found = malloc(READ * PIXELS);
    plotmill_reader *reader;
    const char *json;
    start(true);
    uint8_t *expected = draw(PLOTMILL_PIXELS, &bound, NULL, ranges);
    ok(plotmill_options_set(options, "output", HAVE_HDF5 ? "a.h5" : "a.npz"));
    ok(plotmill_run(pm, options, source, NULL, NULL, NULL, NULL));
    ok(plotmill_reader_open(pm, HAVE_HDF5 ? "a.h5" : "a.npz", &reader));
    ok(plotmill_reader_describe(reader, &dataset, &json));
    cr_assert(dataset.channels == CHANNELS && dataset.panels == PANELS && dataset.images == COUNT);
    cr_assert(strstr(json, "\"layout\": \"NHWC\"") && strstr(json, "\"channels\": 3") && strstr(json, "\"panels\": 2"),
              "%s", json);
    ok(plotmill_reader_read(reader, indices, READ, found, NULL, found_ranges));
    for (int i = 0; i < READ; i++) {
        cr_assert(!memcmp(found + i * PIXELS, expected + indices[i] * PIXELS, PIXELS), "image %d", i);
        cr_assert(!memcmp(found_ranges + 2 * PANELS * i, ranges + 2 * PANELS * indices[i], 2 * PANELS * sizeof(double)),
                  "range %d", i);
    }
    plotmill_reader_destroy(reader);
    free(found);
    free(expected);
    end();
}
