/* Several images in one stream: the encoder's joined streams decode to the pixels of all of them in order. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "render/encoder.h"
#include "span_images.h"

struct join_case {
    uint32_t width, height;
    bool antialias;
    uint32_t per_stream, copies;
    uint32_t batch, images;
    uint32_t noise; /* every noise-th image has more events than fit; 0: none */
};

static const struct join_case join_cases[] = {
    {40, 30, false, 4, 1, 8, 8, 0},
    /* The last stream is completed by one image, by all but one, or by more than the batch. */
    {40, 30, false, 4, 1, 8, 7, 0},
    {41, 30, true, 4, 1, 9, 5, 0},
    {16, 16, false, 7, 1, 3, 3, 0},
    {16, 16, true, 100, 1, 3, 2, 0},
    {61, 37, false, 1, 3, 5, 4, 0},
    {61, 37, true, 1, 3, 5, 5, 0},
    {17, 31, true, 3, 3, 7, 4, 0},
    {17, 31, false, 5, 3, 3, 2, 0},
    {1, 1, false, 3, 1, 4, 4, 0},
    {1, 1, true, 2, 3, 4, 3, 0},
    {1, 97, true, 3, 1, 5, 5, 0},
    {1, 997, false, 2, 3, 3, 3, 0},
    {2, 1, false, 1000, 2, 2, 1, 0},
    /* The host makes some images: single ones, all of a stream, all of the batch. */
    {30, 200, true, 4, 1, 6, 6, 2},
    {30, 200, true, 2, 3, 7, 7, 3},
    {30, 200, true, 1, 3, 6, 6, 2},
    {30, 200, true, 3, 2, 4, 4, 1},
    {1, 400, true, 3, 3, 5, 4, 2},
    {800, 200, true, 2, 1, 3, 3, 2},
    /* Rows as long as deflate's window, and longer ones, which the host compresses. */
    {32767, 3, false, 3, 1, 4, 4, 0},
    {32768, 3, false, 3, 2, 4, 4, 0},
    {32768, 2, true, 2, 1, 3, 3, 0},
    {32769, 3, false, 3, 2, 4, 4, 0},
    {32769, 2, true, 2, 3, 3, 3, 0},
    {32769, 2, true, 5, 1, 3, 3, 0},
    {65535, 2, false, 2, 1, 3, 3, 0},
};

#define JOIN_CASES (sizeof join_cases / sizeof *join_cases)

static const uint8_t inks[][2] = {{255, 0}, {0, 255}, {7, 200}, {128, 127}};

static void expect_ok(const struct rig *rig, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status != PLOTMILL_OK)
        cr_assert_fail("%s: %s", rig->text, error->message);
}

static bool is_noise(const struct join_case *c, uint64_t image)
{
    return c->noise && image % c->noise == 0;
}

static uint64_t host_images(const struct join_case *c, uint64_t images)
{
    return c->width > 32768 ? images : c->noise ? (images + c->noise - 1) / c->noise : 0;
}

/* Fills images of all patterns, some of which only the host can encode; returns their pixels, then a blank image. */
static uint8_t *fill_images(struct rig *rig, const struct join_case *c, struct rig_rng *rng)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    size_t size = (size_t)c->width * c->height, pitch = rig->stages.strokes->pitch;
    uint8_t *pixels = malloc((c->batch + 1) * size);
    cr_assert_not_null(pixels);
    memset(pixels, o->background, (c->batch + 1) * size);
    for (size_t i = 0; i < c->batch; i++) {
        struct span_image s = {c->width, c->height, pitch, NULL, NULL, NULL, NULL};
        s.spans = (uint16_t *)rig->host[BUF_SPANS] + i * (c->antialias ? 4 : 2) * pitch;
        if (c->antialias) {
            s.subsampling = (uint8_t *)rig->host[BUF_SUBSAMPLING] + i * pitch;
            s.edges = (int32_t *)rig->host[BUF_EDGES] + i * pitch * EDGE_INTS;
            s.areas = (uint16_t *)rig->host[BUF_AREAS] + i * pitch * COLUMN_AREAS;
        }
        enum span_pattern pattern = rig_below(rng, 2) ? SPAN_WALK : (enum span_pattern)rig_below(rng, SPAN_NOISE);
        span_fill(&s, is_noise(c, i) ? SPAN_NOISE : pattern, 3, rng);
        span_paint(&s, (uint8_t)o->foreground, pixels + i * size);
        span_spoil(&s, rng);
    }
    rig_run(rig, STAGE_STAMP, c->images); /* uploads the spans */
    return pixels;
}

/* Whether a stream decodes to the images from `first` on, each `copies` times, and ends at its stated size. */
static bool joins(const struct image_stream *stream, const struct join_case *c, const uint8_t *pixels, uint64_t first,
                  uint64_t images)
{
    size_t size = (size_t)c->width * c->height, all = size * c->per_stream * c->copies;
    uint8_t *found = malloc(all + 1), *next = found;
    uLongf got = (uLongf)all + 1; /* one more than expected, to detect longer output */
    uLong used = (uLong)stream->size;
    cr_assert_not_null(found);
    bool holds = uncompress2(found, &got, stream->data, &used) == Z_OK && got == all && used == stream->size;
    for (uint64_t i = first; holds && i < first + c->per_stream; i++)
        for (uint32_t copy = 0; holds && copy < c->copies; copy++, next += size)
            holds = !memcmp(next, pixels + (i < images ? i : c->batch) * size, size);
    free(found);
    return holds;
}

static void expect_joined(struct rig *rig, struct encoder *encoder, const struct join_case *c, const uint8_t *pixels,
                          uint64_t images)
{
    static struct plotmill_error error;
    const struct image_stream *streams = NULL;
    uint64_t wrong = 0, before = encoder_host_images(encoder), expected = host_images(c, images), made;
    char where[80] = "";
    expect_ok(rig, encoder_run(encoder, images, &error), &error);
    expect_ok(rig, encoder_view(encoder, images, &streams, &error), &error);
    for (uint64_t first = 0; first < images; first += c->per_stream)
        if (!joins(&streams[first / c->per_stream], c, pixels, first, images) && !wrong++)
            snprintf(where, sizeof where, "the one that begins with image %" PRIu64 " of %" PRIu64, first, images);
    expect_ok(rig, encoder_unview(encoder, &error), &error);
    rig_expect_none(rig, wrong, "streams", where);
    made = encoder_host_images(encoder) - before;
    if (span_loops_may_end(rig) ? made < expected : made != expected)
        cr_assert_fail("%s: the host made %" PRIu64 " images, expected %" PRIu64, rig->text, made, expected);
}

static void run_case(struct rig *rig, const struct join_case *c, unsigned number)
{
    static struct plotmill_error error;
    const uint8_t *ink = inks[number % (sizeof inks / sizeof *inks)];
    struct chart_options options;
    struct rig_rng rng = {number};
    struct renderer_options how = {.payload = PAYLOAD_ZLIB, .images_per_stream = c->per_stream, .copies = c->copies};
    struct encoder *encoder = NULL;
    chart_options_init(&options);
    options.width = c->width;
    options.height = c->height;
    options.antialias = c->antialias;
    options.background = ink[0];
    options.foreground = ink[1];
    if (!rig_begin(rig, &options, 2, c->batch, 1))
        return;
    uint8_t *pixels = fill_images(rig, c, &rng);
    expect_ok(rig, encoder_create(&encoder, &rig->stages, &how, &error), &error);
    /* One encoder makes many batches, the last of which is often smaller. */
    expect_joined(rig, encoder, c, pixels, c->images);
    expect_joined(rig, encoder, c, pixels, c->images);
    expect_joined(rig, encoder, c, pixels, (c->images + 1) / 2);
    encoder_destroy(encoder);
    free(pixels);
    rig_end(rig);
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    rig_open(&rig, variant);
    for (unsigned i = 0; i < JOIN_CASES; i++)
        run_case(&rig, &join_cases[i], i);
    rig_close(&rig);
}

Test(join, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(join, gpu)
{
    check_variant(&rig_variants[2]);
}
