/* The encoder: spans of every kind become streams of the pixels that `stamp` and `blend` draw from them. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/encoder.h"
#include "span_images.h"

static const uint8_t inks[][2] = {{255, 0}, {0, 255}, {255, 255}, {0, 0},   {2, 0},    {0, 2},
                                  {2, 2},   {255, 2}, {2, 255},   {7, 200}, {128, 127}};

#define INKS (sizeof inks / sizeof *inks)

static void expect_ok(const struct rig *rig, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status != PLOTMILL_OK)
        cr_assert_fail("%s: %s", rig->text, error->message);
}

static struct span_image image_of(const struct rig *rig, size_t image)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t pitch = rig->stages.strokes->pitch;
    struct span_image s = {.width = o->width, .height = o->height, .pitch = pitch};
    s.spans = (uint16_t *)rig->host[BUF_SPANS] + image * (o->antialias ? 4 : 2) * pitch;
    if (o->antialias) {
        s.subsampling = (uint8_t *)rig->host[BUF_SUBSAMPLING] + image * pitch;
        s.edges = (int32_t *)rig->host[BUF_EDGES] + image * pitch * EDGE_INTS;
        s.areas = (uint16_t *)rig->host[BUF_AREAS] + image * pitch * COLUMN_AREAS;
    }
    return s;
}

static bool begin(struct rig *rig, uint32_t width, uint32_t height, bool antialias, unsigned ink, uint64_t batch)
{
    struct chart_options options;
    chart_options_init(&options);
    options.width = width;
    options.height = height;
    options.antialias = antialias;
    options.background = inks[ink % INKS][0];
    options.foreground = inks[ink % INKS][1];
    return rig_begin(rig, &options, 2, batch, 1);
}

/* Draws the pixels on the device and in the test, and compares them; they are then in host[]. */
static void draw(struct rig *rig, uint64_t images)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t size = (size_t)o->width * o->height;
    struct rig_rng rng = {size};
    uint8_t *painted = malloc(images * size);
    cr_assert_not_null(painted);
    memset(painted, o->background, images * size);
    for (size_t i = 0; i < images; i++) {
        struct span_image s = image_of(rig, i);
        span_paint(&s, (uint8_t)o->foreground, painted + i * size);
        span_spoil(&s, &rng);
    }
    rig_run(rig, STAGE_STAMP, images);
    if (o->antialias)
        rig_run(rig, STAGE_BLEND, images);
    for (size_t i = 0; i < images; i++)
        cr_assert(!memcmp(painted + i * size, (uint8_t *)rig->host[BUF_PIXELS] + i * size, size),
                  "%s: image %zu is painted wrong", rig->text, i);
    free(painted);
}

/* Encodes twice with one encoder; returns how many images the host made in one run. */
static uint64_t expect_streams(struct rig *rig, bool png, uint64_t images)
{
    static struct plotmill_error error;
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    const struct renderer_options how = {.payload = png ? PAYLOAD_PNG : PAYLOAD_ZLIB};
    struct encoder *encoder = NULL;
    uint64_t made[2];
    expect_ok(rig, encoder_create(&encoder, &rig->stages, &how, &error), &error);
    for (int run = 0; run < 2; run++) {
        const struct image_stream *streams = NULL;
        uint64_t wrong = 0, before = encoder_host_images(encoder);
        char where[80] = "";
        expect_ok(rig, encoder_run(encoder, images, &error), &error);
        expect_ok(rig, encoder_view(encoder, images, &streams, &error), &error);
        for (uint64_t i = 0; i < images; i++)
            if (!stream_is(&streams[i], png, (uint8_t *)rig->host[BUF_PIXELS] + i * o->width * o->height, o->width,
                           o->height) &&
                !wrong++)
                snprintf(where, sizeof where, "%s of image %" PRIu64 ", %d on %d", png ? "PNG" : "rows", i,
                         o->foreground, o->background);
        expect_ok(rig, encoder_unview(encoder, &error), &error);
        rig_expect_none(rig, wrong, "streams", where);
        made[run] = encoder_host_images(encoder) - before;
    }
    cr_assert_eq(made[0], made[1]);
    encoder_destroy(encoder);
    return made[0];
}

/* The host must make `expected` streams of a run, the device all others. */
static void expect_made(struct rig *rig, bool png, uint64_t images, uint64_t expected)
{
    uint64_t made = expect_streams(rig, png, images);
    if (span_loops_may_end(rig) ? made < expected : made != expected)
        cr_assert_fail("%s: the host made %" PRIu64 " streams of %s, expected %" PRIu64, rig->text, made,
                       png ? "PNG" : "rows", expected);
}

/* One image of each pattern; the device must be able to encode all of them. */
static void check_patterns(struct rig *rig, uint32_t width, uint32_t height, bool antialias, unsigned ink)
{
    uint64_t batch = SPAN_NOISE, images = ink % 3 ? batch : batch - 1;
    struct rig_rng rng = {(uint64_t)width << 32 | height << 8 | ink};
    if (!begin(rig, width, height, antialias, ink, batch))
        return;
    for (size_t i = 0; i < batch; i++) {
        struct span_image s = image_of(rig, i);
        span_fill(&s, (enum span_pattern)i, 6, &rng);
    }
    draw(rig, images);
    for (int png = 0; png < 2; png++)
        expect_made(rig, png, images, 0);
    rig_end(rig);
}

static void check_sizes(const struct rig_variant *variant, bool antialias)
{
    static const uint32_t widths[] = {1, 2, 3, 15, 16, 17, 257, 258, 259, 260, 261, 262, 523, 800},
                          heights[] = {1, 2, 3, 61, 300};
    struct rig rig;
    unsigned number = 0;
    rig_open(&rig, variant);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (size_t j = 0; j < sizeof heights / sizeof *heights; j++)
            if (!antialias || heights[j] < 300 || widths[i] < 100)
                check_patterns(&rig, widths[i], heights[j], antialias, number++);
    for (unsigned ink = 0; ink < INKS; ink++) {
        check_patterns(&rig, 19, 13, antialias, ink);
        check_patterns(&rig, 7, 300, antialias, ink);
    }
    check_patterns(&rig, 2, 65535, antialias, 0);
    check_patterns(&rig, 1, 65535, antialias, 1);
    rig_close(&rig);
}

Test(deflate, binary_cpu)
{
    check_sizes(&rig_variants[0], false);
}

Test(deflate, binary_gpu)
{
    check_sizes(&rig_variants[2], false);
}

Test(deflate, antialiased_cpu)
{
    check_sizes(&rig_variants[0], true);
}

Test(deflate, antialiased_gpu)
{
    check_sizes(&rig_variants[2], true);
}

/* Single pixels with more partly covered rows around them than a column has areas. */
static void check_tall(struct rig *rig, uint32_t width, uint32_t height, unsigned ink)
{
    static const enum span_pattern patterns[] = {SPAN_PIXEL_FIRST, SPAN_PIXEL_CENTRE, SPAN_PIXEL_LAST};
    uint64_t images = 9;
    struct rig_rng rng = {width + ink};
    if (!begin(rig, width, height, true, ink, images))
        return;
    for (size_t i = 0; i < images; i++) {
        struct span_image s = image_of(rig, i);
        span_fill(&s, patterns[i % 3], 40 + 40 * (uint32_t)i, &rng);
    }
    draw(rig, images);
    for (int png = 0; png < 2; png++)
        expect_made(rig, png, images, 0);
    rig_end(rig);
}

Test(deflate, tall)
{
    struct rig rig;
    for (int variant = 0; variant <= 2; variant += 2) {
        rig_open(&rig, &rig_variants[variant]);
        check_tall(&rig, 2, 100, 1); /* small enough for slow devices */
        check_tall(&rig, 7, 300, 0);
        check_tall(&rig, 19, 200, 10);
        check_tall(&rig, 300, 700, 9);
        rig_close(&rig);
    }
}

static void check_window(struct rig *rig, uint32_t width, uint32_t height, bool antialias, unsigned ink)
{
    static const enum span_pattern patterns[] = {SPAN_RANDOM, SPAN_NONE, SPAN_TEETH, SPAN_PIXEL_LAST, SPAN_WALK};
    uint64_t images = sizeof patterns / sizeof *patterns;
    struct rig_rng rng = {width + ink};
    if (!begin(rig, width, height, antialias, ink, images))
        return;
    for (size_t i = 0; i < images; i++) {
        struct span_image s = image_of(rig, i);
        span_fill(&s, patterns[i], 2, &rng);
    }
    draw(rig, images);
    expect_made(rig, false, images, width > 32768 ? images : 0);
    expect_made(rig, true, images, 0);
    rig_end(rig);
}

/* The device encodes rows up to the size of deflate's window. */
Test(deflate, window)
{
    struct rig rig;
    rig_open(&rig, &rig_variants[0]);
    for (uint32_t width = 32767; width <= 32769; width++)
        for (uint32_t height = 2; height <= 5; height++)
            check_window(&rig, width, height, false, height);
    check_window(&rig, 32768, 4, true, 0);
    check_window(&rig, 32769, 3, true, 1);
    check_window(&rig, 65535, 3, false, 2);
    /* Small enough for slow devices. */
    check_window(&rig, 8, 4, false, 3);
    rig_close(&rig);
}

/* The host makes the images with too many events or too long streams, and no others. */
static void check_overflow(struct rig *rig, uint32_t width, uint32_t height, unsigned ink, uint64_t images)
{
    struct rig_rng rng = {width};
    if (!begin(rig, width, height, true, ink, 6))
        return;
    for (size_t i = 0; i < 6; i++) {
        struct span_image s = image_of(rig, i);
        span_fill(&s, i % 2 ? SPAN_NOISE : SPAN_WALK, 3, &rng);
    }
    draw(rig, images);
    expect_made(rig, false, images, images / 2);
    expect_made(rig, true, images, images / 2);
    rig_end(rig);
}

Test(deflate, overflow)
{
    struct rig rig;
    rig_open(&rig, &rig_variants[0]);
    check_overflow(&rig, 300, 200, 0, 6);
    check_overflow(&rig, 300, 200, 2, 6); /* ink equals background: too many possible events */
    check_overflow(&rig, 16, 400, 1, 5);
    check_overflow(&rig, 4, 200, 3, 6);
    check_overflow(&rig, 4000, 70, 9, 5); /* room for the events, but not for the stream */
    rig_close(&rig);
}
