/* Charts of several layers in every form: pixels, and streams that decode to them: interleaved, in planes, with a
 * channel per layer, PNG in grey, with a palette and in truecolour, several images in one stream; made by the device
 * and by the host. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "layer_images.h"
#include "render/draw.h"
#include "render/encoder.h"

#define LAYERS_MAX 7
#define BATCH 9

enum channels { GREY, COLOUR, PER_LAYER };

struct forms {
    struct rig rig;
    struct chart chart;
    struct chart_panel panels[3];
    struct chart_layer layers[LAYERS_MAX];
    struct scale_field scale;
    uint64_t images;
    struct layer_images l;
    uint8_t *pixels; /* (images + 1, height, width, channels), as drawn; the last one blank */
    uint64_t by_host, by_device;
    unsigned palettes[9]; /* by bits: PNG images with a palette */
};

static void expect_ok(const struct forms *f, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status != PLOTMILL_OK)
        cr_assert_fail("%s: %s", f->rig.text, error->message);
}

static struct ink random_ink(const struct forms *f, unsigned colours, struct rig_rng *rng)
{
    static const struct ink inks[] = {{255, 255, 255}, {0, 0, 0},       {0x26, 0xa6, 0x9a}, {0xef, 0x53, 0x50},
                                      {136, 136, 136}, {0, 128, 255},   {2, 2, 2},          {255, 0, 0},
                                      {1, 2, 3},       {254, 255, 253}, {77, 77, 77},       {0, 255, 0}};
    struct ink ink = inks[rig_below(rng, colours)];
    if (f->chart.channels == 1)
        ink.green = ink.blue = ink.red;
    return ink;
}

static void random_panel(struct forms *f, struct chart_panel *panel, struct rig_rng *rng)
{
    const uint32_t w = f->chart.width, h = f->chart.height, x = rig_below(rng, 2) ? 0 : rig_below(rng, w - 1),
                   y = rig_below(rng, 2) ? 0 : rig_below(rng, h - 1);
    *panel = (struct chart_panel){.x = x,
                                  .y = y,
                                  .width = 2 + rig_below(rng, w - x - 1),
                                  .height = 1 + rig_below(rng, h - y),
                                  .band = true,
                                  .scale = &f->scale,
                                  .scale_count = 1,
                                  .lo = NAN,
                                  .hi = NAN};
    panel->pitch = panel->width / 2;
}

/* A random chart of `count` layers. Layers are grouped by panel. */
static void random_chart(struct forms *f, enum channels channels, uint32_t count, bool antialias, struct rig_rng *rng)
{
    static const enum mark marks[] = {MARK_LINE, MARK_CANDLE, MARK_COLUMN, MARK_BAR};
    static const unsigned colours[] = {2, 4, 8, 12};
    static char *fields[] = {"open", "high", "low", "close"};
    const unsigned inks = colours[rig_below(rng, 4)];
    f->chart = (struct chart){.width = f->l.width,
                              .height = f->l.height,
                              .channels = channels == GREY     ? 1
                                          : channels == COLOUR ? 3
                                                               : count,
                              .per_layer = channels == PER_LAYER,
                              .antialias = antialias,
                              .flip = rig_below(rng, 2),
                              .fields = fields,
                              .field_count = 4,
                              .panels = f->panels,
                              .panel_count = 1 + rig_below(rng, 3),
                              .layers = f->layers,
                              .layer_count = count};
    f->chart.background = random_ink(f, inks, rng);
    for (uint32_t i = 0; i < f->chart.panel_count; i++)
        random_panel(f, &f->panels[i], rng);
    for (uint32_t i = 0; i < count; i++) {
        struct chart_layer *layer = &f->layers[i];
        *layer = (struct chart_layer){.mark = marks[rig_below(rng, 4)],
                                      .panel = i * f->chart.panel_count / count,
                                      .field = {0, 1, 2, 3},
                                      .ink = random_ink(f, inks, rng),
                                      .down = random_ink(f, inks, rng),
                                      .width = 1.5,
                                      .body = 1,
                                      .wick = 1};
        if (layer->mark == MARK_BAR && f->panels[layer->panel].pitch < 3)
            layer->mark = MARK_CANDLE;
        if (layer->mark == MARK_LINE && rig_below(rng, 4) == 0)
            layer->shape = SHAPE_PIXEL;
        if (layer->mark == MARK_LINE || layer->mark == MARK_COLUMN)
            layer->down = layer->ink;
        if (layer_is_stroke(layer))
            f->panels[layer->panel].band = false, f->panels[layer->panel].pitch = 0;
    }
    for (uint32_t i = 0; i < count; i++) /* a panel with strokes has no bars */
        if (!f->panels[f->layers[i].panel].band && !layer_is_stroke(&f->layers[i])) {
            f->layers[i].mark = MARK_LINE;
            f->layers[i].shape = SHAPE_STROKE;
            f->layers[i].down = f->layers[i].ink;
        }
}

/* The pixels as drawn, from the spans. */
static void paint(struct forms *f)
{
    const struct layer_table *table = &f->rig.stages.layers;
    const size_t count = (size_t)f->chart.width * f->chart.height, channels = f->chart.channels;
    f->pixels = calloc((f->images + 1) * count, channels);
    uint8_t *plane = malloc(count);
    cr_assert(f->pixels && plane);
    for (size_t i = 0; i < f->images; i++) {
        uint8_t *pixels = f->pixels + i * count * channels;
        if (!f->chart.per_layer)
            layer_images_paint(&f->l, i, 0, table->span_count, pixels);
        for (uint32_t k = 0; k < channels && f->chart.per_layer; k++) {
            layer_images_paint(&f->l, i, table->first[k], table->first[k + 1], plane);
            for (size_t at = 0; at < count; at++)
                pixels[at * channels + k] = plane[at];
        }
    }
    for (size_t at = 0; at < count * channels; at++)
        f->pixels[f->images * count * channels + at] = (uint8_t)(f->l.background >> 8 * (at % f->l.bytes));
    free(plane);
}

static void upload(struct forms *f, enum buffer_id id, const void *data, size_t size)
{
    static struct plotmill_error error;
    if (size)
        expect_ok(f, buffer_write(f->rig.stages.buffers.at[id], 0, data, size, &error), &error);
}

/* False: the case exceeds $PLOTMILL_TEST_WORK. */
static bool begin(struct forms *f, const struct renderer_options *how, uint32_t partial, struct rig_rng *rng)
{
    static struct plotmill_error error;
    struct stages *s = &f->rig.stages;
    struct layer_images *l = &f->l;
    if (BATCH * (uint64_t)l->width * l->height > f->rig.work_limit) {
        f->rig.skipped++;
        return false;
    }
    f->rig.cases++;
    snprintf(f->rig.text, sizeof f->rig.text, "%s, %ux%u, %u layers, %u channels%s%s%s", f->rig.variant->name,
             (unsigned)l->width, (unsigned)l->height, (unsigned)f->chart.layer_count, (unsigned)f->chart.channels,
             f->chart.per_layer ? ", one per layer" : "", f->chart.antialias ? ", antialiased" : "",
             f->chart.flip ? ", upside down" : "");
    expect_ok(f, stages_init(s, f->rig.compute, &f->chart, 2, how, &error), &error);
    l->bytes = f->chart.channels == 3 && !f->chart.per_layer ? 3 : 1;
    l->background = f->chart.per_layer ? 0 : ink_bytes(f->chart.background) & (l->bytes == 3 ? 0xffffff : 0xff);
    l->flip = f->chart.flip;
    l->antialias = s->shaded;
    l->images = (uint32_t)f->images;
    l->layers = s->layers.spans;
    l->count = s->layers.span_count;
    l->span_size = s->layers.span_size;
    l->shaded_columns = s->layers.shaded_columns;
    l->inks = calloc(l->count, 2 * sizeof *l->inks);
    cr_assert_not_null(l->inks);
    for (uint32_t i = 0; i < 2 * l->count; i++)
        l->inks[i] = l->layers[i / 2].inks[i % 2] & (l->bytes == 3 ? 0xffffff : 0xff);
    layer_images_fill(l, partial, rng);
    paint(f);
    layer_images_spoil(l, rng);
    upload(f, BUF_SPANS, l->spans, f->images * l->span_size * 2);
    if (l->antialias) {
        upload(f, BUF_SUBSAMPLING, l->subsampling, f->images * l->shaded_columns);
        upload(f, BUF_EDGES, l->edges, f->images * l->shaded_columns * EDGE_INTS * 4);
        upload(f, BUF_AREAS, l->areas, f->images * l->shaded_columns * COLUMN_AREAS * 2);
    }
    return true;
}

static void end(struct forms *f)
{
    f->l.layers = NULL; /* they belong to the stages */
    layer_images_free(&f->l);
    free(f->pixels);
    stages_finish(&f->rig.stages);
}

static void expect_drawn(struct forms *f)
{
    static struct plotmill_error error;
    struct stages *s = &f->rig.stages;
    const size_t size = f->images * f->chart.width * f->chart.height * f->chart.channels;
    struct drawing *drawing = NULL;
    const void *found = NULL;
    expect_ok(f, draw_create(&drawing, s, &error), &error);
    expect_ok(f, draw_run(drawing, f->images, &error), &error);
    expect_ok(f, buffer_view(s->buffers.at[BUF_PIXELS], size, &found, &error), &error);
    cr_assert(!memcmp(found, f->pixels, size), "%s: pixels", f->rig.text);
    expect_ok(f, buffer_unview(s->buffers.at[BUF_PIXELS], &error), &error);
    draw_destroy(drawing);
}

/* The pixel of a PNG image, whose rows are unfiltered. */
static bool png_pixel_is(const struct png_form *form, const uint8_t *row, uint32_t x, const uint8_t *pixel)
{
    const uint32_t per = 8 / form->bits, shift = (per - 1 - x % per) * form->bits;
    if (!form->colours)
        return !memcmp(row + (size_t)x * form->channels, pixel, form->channels);
    const uint32_t number = row[x / per] >> shift & ((1u << form->bits) - 1);
    return number < form->colours && !memcmp(&form->palette[number], pixel, 3);
}

static bool png_holds(const struct forms *f, const struct image_stream *stream, const uint8_t *pixels)
{
    struct png_form form;
    chart_png_form(&f->chart, &form);
    const uint32_t width = f->chart.width, height = f->chart.height;
    const size_t row = 1 + ((size_t)width * form.channels * form.bits + 7) / 8;
    uLongf found = (uLongf)(row * height) + 1; /* one more than expected, to detect longer output */
    uLong used = (uLong)stream->size;
    uint8_t *bytes = malloc(found);
    cr_assert_not_null(bytes);
    bool holds =
        uncompress2(bytes, &found, stream->data, &used) == Z_OK && found == row * height && used == stream->size;
    for (uint32_t y = 0; holds && y < height; y++) {
        holds = bytes[y * row] == 2;
        for (size_t i = 1; y && i < row; i++)
            bytes[y * row + i] = (uint8_t)(bytes[y * row + i] + bytes[(y - 1) * row + i]);
        for (uint32_t x = 0; holds && x < width; x++)
            holds = png_pixel_is(&form, bytes + y * row + 1, x, pixels + ((size_t)y * width + x) * f->chart.channels);
    }
    free(bytes);
    return holds;
}

/* The images of a stream, each channel a plane or all of them interleaved. */
static bool rows_hold(const struct forms *f, const struct renderer_options *how, const struct image_stream *stream,
                      uint64_t first)
{
    const size_t count = (size_t)f->chart.width * f->chart.height, channels = f->chart.channels;
    const uint64_t images = how->images_per_stream;
    uLongf found = (uLongf)(images * how->copies * count * channels) + 1;
    uLong used = (uLong)stream->size;
    uint8_t *bytes = malloc(found);
    cr_assert_not_null(bytes);
    bool holds = uncompress2(bytes, &found, stream->data, &used) == Z_OK &&
                 found == images * how->copies * count * channels && used == stream->size;
    for (size_t at = 0; holds && at < found; at++) {
        const size_t image = at / (count * channels * how->copies), inside = at % (count * channels);
        const size_t pixel = how->planes ? inside % count : inside / channels,
                     channel = how->planes ? inside / count : inside % channels;
        const uint64_t number = first + image < f->images ? first + image : f->images;
        holds = bytes[at] == f->pixels[(number * count + pixel) * channels + channel];
    }
    free(bytes);
    return holds;
}

static void expect_streams(struct forms *f, const struct renderer_options *how)
{
    static struct plotmill_error error;
    const struct pixel_format format = {.layout = how->planes             ? LAYOUT_NCHW
                                                  : f->chart.channels > 1 ? LAYOUT_NHWC
                                                                          : LAYOUT_NHW};
    const bool png = how->payload == PAYLOAD_PNG;
    const size_t size = (size_t)f->chart.width * f->chart.height * f->chart.channels;
    struct encoder *encoder = NULL;
    const struct image_stream *streams = NULL;
    expect_ok(f, encoder_create(&encoder, &f->rig.stages, how, &error), &error);
    for (int run = 0; run < 2; run++) {
        expect_ok(f, encoder_run(encoder, f->images, &error), &error);
        expect_ok(f, encoder_view(encoder, f->images, &streams, &error), &error);
        for (uint64_t i = 0; i < f->images; i += how->images_per_stream) {
            const struct image_stream *stream = &streams[i / how->images_per_stream];
            cr_assert(png ? png_holds(f, stream, f->pixels + i * size) : rows_hold(f, how, stream, i),
                      "%s, %s%s, %u images per stream, %u copies: stream of image %" PRIu64, f->rig.text,
                      png ? "PNG" : "rows", how->planes ? ", planes" : "", (unsigned)how->images_per_stream,
                      (unsigned)how->copies, i);
            const uint64_t bound = encoder_stream_bound(&f->chart, (size + f->chart.height) * how->copies, 1);
            cr_assert(stream->size <= bound * how->images_per_stream * (how->planes ? f->chart.channels : 1));
        }
        expect_ok(f, encoder_unview(encoder, &error), &error);
    }
    const uint64_t host = encoder_host_images(encoder);
    f->by_host += host;
    f->by_device += 2 * f->images - host;
    cr_assert(png || encoder_takes(&f->chart, &format) || host == 2 * f->images, "%s: the device made streams",
              f->rig.text);
    encoder_destroy(encoder);
}

static void check_chart(struct forms *f, const struct renderer_options *how, uint32_t partial, struct rig_rng *rng)
{
    struct png_form form;
    if (!begin(f, how, partial, rng))
        return;
    chart_png_form(&f->chart, &form);
    f->palettes[form.colours ? form.bits : 0] += how->payload == PAYLOAD_PNG;
    if (!f->rig.stages.single)
        expect_drawn(f);
    expect_streams(f, how);
    end(f);
}

static void check_variant(const struct rig_variant *variant)
{
    static const uint32_t sizes[][2] = {{4, 3}, {8, 17}, {61, 37}, {300, 40}};
    struct forms f = {0};
    struct rig_rng rng = {3};
    rig_open(&f.rig, variant);
    for (unsigned number = 0; number < 240; number++) {
        const enum channels channels = number % 3;
        const uint32_t count = 1 + rig_below(&rng, LAYERS_MAX);
        struct renderer_options how = {.batch = BATCH, .stride = 2, .launch = variant->launch, .copies = 1};
        f.l = (struct layer_images){.width = sizes[number / 3 % 4][0], .height = sizes[number / 3 % 4][1]};
        f.images = BATCH - rig_below(&rng, 3);
        random_chart(&f, channels, count, rig_below(&rng, 2), &rng);
        const bool png = rig_below(&rng, 2) && (f.chart.channels == 1 || f.chart.channels == 3);
        how.payload = png ? PAYLOAD_PNG : PAYLOAD_ZLIB;
        how.images_per_stream = png || rig_below(&rng, 2) ? 1 : 1 + rig_below(&rng, 4);
        how.planes = !png && f.chart.channels > 1 && rig_below(&rng, 2);
        how.copies = !png && f.chart.channels == 1 && rig_below(&rng, 3) == 0 ? 3 : 1;
        check_chart(&f, &how, rig_below(&rng, 4) ? 3 : 80, &rng);
    }
    cr_assert(f.by_device > f.by_host && f.by_host, "%" PRIu64 " streams by the device, %" PRIu64 " by the host",
              f.by_device, f.by_host);
    for (int bits = 1; bits <= 4; bits *= 2)
        cr_assert(f.palettes[bits], "no palette of %d bits", bits);
    rig_close(&f.rig);
}

Test(forms, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(forms, gpu)
{
    check_variant(&rig_variants[2]);
}
