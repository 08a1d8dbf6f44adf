/* Encoded images of a renderer decode to its pixels. */
#include "renderer_fixture.h"

TestSuite(api_encodings, .init = begin, .fini = end);

/* The pixels of an encoded image. */
static bool decodes(enum plotmill_encoding encoding, const struct pixel_format *format, const uint8_t *data,
                    size_t size, uint8_t pixels[PIXELS])
{
    static const struct pixel_shape shape = {WIDTH, HEIGHT, 255, 0};
    static uint8_t numbers[PIXELS * 12];
    uLongf count = sizeof numbers;
    struct image_size found;
    struct plotmill_error ignored;
    const struct encoded file = {"image", data, size};
    if (encoding == PLOTMILL_PNG)
        return !decode_png(&file, &found, NULL, &ignored) && found.width == WIDTH && found.height == HEIGHT &&
               found.channels == 1 && !decode_png(&file, &found, pixels, &ignored);
    if (encoding == PLOTMILL_ZLIB) {
        if (uncompress(numbers, &count, data, size) != Z_OK || count != pixel_format_image_bytes(format, WIDTH, HEIGHT))
            return false;
        data = numbers;
    }
    uint8_t all[3 * PIXELS];
    const uint32_t channels = pixel_format_channels(format);
    bool right = pixel_format_restore(format, &shape, data, 1, all);
    for (size_t i = 0; i < PIXELS * channels && right; i++) {
        pixels[i / channels] = all[i / channels * channels];
        right = all[i] == pixels[i / channels];
    }
    return right;
}

static void check_encoding(enum plotmill_encoding encoding)
{
    struct plotmill_request request = request_for(COUNT);
    const size_t bound = plotmill_renderer_bound(renderer, encoding);
    uint64_t sizes[COUNT];
    uint8_t *out = malloc(COUNT * bound), *at = out;
    cr_assert(out);
    request.encoding = encoding;
    request.out = out;
    request.out_size = COUNT * bound;
    request.sizes = encoding == PLOTMILL_PIXELS ? NULL : sizes;
    ok(plotmill_render(renderer, &request));
    for (int k = 0; k < COUNT; k++) {
        const size_t size = encoding == PLOTMILL_PIXELS ? bound : (size_t)sizes[k];
        cr_assert(size && size <= bound);
        cr_assert(decodes(encoding, &renderer->format, at, size, drawn[k]), "encoding %d, image %d", (int)encoding, k);
        at += size;
    }
    expect_images(COUNT);
    free(out);
}

Test(api_encodings, encodings_decode_to_the_pixels)
{
    static const struct {
        const char *dtype, *layout, *channels;
    } formats[] = {{"u8", "NHW", "1"},  {"u8", "NCHW", "3"},  {"u8", "NHWC", "3"},
                   {"f32", "NHW", "1"}, {"f16", "NHWC", "3"}, {"bits", "NHW", "1"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        ok(plotmill_options_set(options, "layout", NULL));
        ok(plotmill_options_set(options, "channels", NULL));
        ok(plotmill_options_set(options, "dtype", formats[i].dtype));
        ok(plotmill_options_set(options, "layout", formats[i].layout));
        ok(plotmill_options_set(options, "channels", formats[i].channels));
        open_renderer();
        if (!i)
            draw_alone(NULL, COUNT);
        check_encoding(PLOTMILL_PIXELS);
        if (HAVE_ZLIB)
            check_encoding(PLOTMILL_ZLIB);
        if (HAVE_PNG && !i)
            check_encoding(PLOTMILL_PNG);
        if (i) {
            struct plotmill_request request = request_for(1);
            request.encoding = PLOTMILL_PNG;
            cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
        }
        plotmill_renderer_destroy(renderer);
        plotmill_source_destroy(source);
        renderer = NULL;
        source = NULL;
    }
}

Test(api_encodings, jpeg_files_hold_nearly_the_pixels)
{
    if (!HAVE_JPEG)
        cr_skip_test("built without libjpeg-turbo");
    open_renderer();
    struct plotmill_request request = request_for(COUNT);
    const size_t bound = plotmill_renderer_bound(renderer, PLOTMILL_JPEG);
    uint64_t sizes[COUNT];
    uint8_t *out = malloc(COUNT * bound), *at = out;
    cr_assert(out);
    draw_alone(NULL, COUNT);
    request.encoding = PLOTMILL_JPEG;
    request.out = out;
    request.out_size = COUNT * bound;
    request.sizes = sizes;
    ok(plotmill_render(renderer, &request));
    for (int k = 0; k < COUNT; k++) {
        const struct encoded file = {"image", at, (size_t)sizes[k]};
        struct plotmill_error error;
        struct image_size found;
        double sum = 0;
        cr_assert_eq(decode_jpeg(&file, &found, NULL, &error), PLOTMILL_OK, "%s", error.message);
        cr_assert_eq(decode_jpeg(&file, &found, drawn[k], &error), PLOTMILL_OK, "%s", error.message);
        for (int i = 0; i < PIXELS; i++)
            sum += fabs((double)drawn[k][i] - expected[k][i]);
        cr_assert(sum / PIXELS < 8, "image %d differs by %g per pixel", k, sum / PIXELS);
        at += sizes[k];
    }
    free(out);
}

/* Whatever the window, the size, the width or the starts are, a handle builds each program once. */
