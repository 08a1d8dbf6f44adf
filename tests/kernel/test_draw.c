/* The kernels `draw_rows` and `draw_pixels`: stacks of layers in grey and colour, room of any size, and one of several
 * interleaved channels. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "layer_images.h"

#define CANARY 0xa5

enum { SPANS, SETS, EDGES, AREAS, LAYERS, INKS, SCRATCH, PIXELS, BUFFERS };

struct canvas {
    struct rig rig;
    struct layer_images l;
    bool by_rows;
    uint32_t first, end;   /* the layers that are painted */
    uint32_t step, offset; /* bytes per pixel of the buffer, and where those of the image begin */
    uint32_t room;         /* events; 0: enough */
    uint64_t direct;       /* cases whose events had no room */
    void *host[BUFFERS];
    size_t size[BUFFERS];
};

static void expect_ok(const struct canvas *c, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status != PLOTMILL_OK)
        cr_assert_fail("%s: %s", c->rig.text, error->message);
}

static void take(struct canvas *c, int buffer, const void *data, size_t size)
{
    c->size[buffer] = size + 4; /* buffers are not empty */
    c->host[buffer] = malloc(c->size[buffer]);
    cr_assert_not_null(c->host[buffer]);
    memset(c->host[buffer], CANARY, c->size[buffer]);
    if (data)
        memcpy(c->host[buffer], data, size);
}

/* False: the case exceeds $PLOTMILL_TEST_WORK. */
static bool begin(struct canvas *c, struct rig_rng *rng)
{
    struct layer_images *l = &c->l;
    struct chart_options options;
    chart_options_init(&options);
    options.width = l->width;
    options.height = l->height;
    options.antialias = l->antialias;
    if (!rig_begin(&c->rig, &options, 2, l->images, 1))
        return false;
    layer_images_make(l, rng);
    c->room = c->room ? c->room : layer_images_room(l);
    c->direct += c->room < layer_images_room(l);
    return true;
}

static void upload(struct canvas *c)
{
    const struct layer_images *l = &c->l;
    const size_t shaded = (size_t)l->images * l->shaded_columns, pixels = (size_t)l->width * l->height * c->step;
    memset(c->host, 0, sizeof c->host);
    memset(c->size, 0, sizeof c->size);
    take(c, SPANS, l->spans, (size_t)l->images * l->span_size * 2);
    take(c, LAYERS, l->layers, l->count * sizeof *l->layers);
    take(c, INKS, l->inks, l->count * 2 * sizeof *l->inks);
    if (l->antialias) {
        take(c, SETS, l->subsampling, shaded);
        take(c, EDGES, l->edges, shaded * EDGE_INTS * 4);
        take(c, AREAS, l->areas, shaded * COLUMN_AREAS * 2);
    }
    if (c->by_rows)
        take(c, SCRATCH, NULL,
             l->images * SCRATCH_WORDS((size_t)l->width, l->height, l->bytes, c->end - c->first, c->room) * 4);
    take(c, PIXELS, NULL, (l->images + 1) * pixels);
}

static enum plotmill_status launch(struct canvas *c, struct kernel *k, struct buffer **buffers,
                                   struct plotmill_error *error)
{
    const struct layer_images *l = &c->l;
    struct launch_config config = c->rig.stages.config;
    config.long_items = false;
    kernel_begin(k);
    for (int b = SPANS; b <= INKS; b++)
        if (buffers[b])
            kernel_buffer(k, buffers[b]);
    kernel_u32(k, c->first);
    kernel_u32(k, c->end);
    kernel_u32(k, l->width);
    kernel_u32(k, l->height);
    kernel_u32(k, l->span_size);
    if (l->antialias)
        kernel_u32(k, l->shaded_columns);
    kernel_u32(k, l->flip);
    kernel_u32(k, l->background);
    kernel_u32(k, l->bytes);
    if (c->by_rows)
        kernel_buffer(k, buffers[SCRATCH]);
    kernel_buffer(k, buffers[PIXELS]);
    kernel_u32(k, c->step);
    kernel_u32(k, c->offset);
    if (c->by_rows)
        kernel_u32(k, c->room);
    struct launch work = {{1, 1, l->images}, {1, 1, 1}};
    if (!c->by_rows)
        work = launch_grid(&config, kernel_work_group_limit(k), l->width, (l->height + DRAW_ROWS - 1) / DRAW_ROWS,
                           l->images);
    return kernel_run(k, &work, error);
}

static void run(struct canvas *c)
{
    static struct plotmill_error error;
    struct buffer *buffers[BUFFERS] = {NULL};
    struct kernel *kernel = NULL;
    const void *found = NULL;
    expect_ok(c,
              kernel_create(&kernel, c->rig.stages.compute, rig_layered_program(&c->rig),
                            c->by_rows ? "draw_rows" : "draw_pixels", &error),
              &error);
    for (int b = 0; b < BUFFERS; b++) {
        if (!c->size[b])
            continue;
        expect_ok(c, buffer_create(&buffers[b], c->rig.compute, c->size[b], BUFFER_DOWNLOAD, &error), &error);
        expect_ok(c, buffer_write(buffers[b], 0, c->host[b], c->size[b], &error), &error);
    }
    expect_ok(c, launch(c, kernel, buffers, &error), &error);
    for (int b = 0; b < BUFFERS; b++) {
        if (!c->size[b])
            continue;
        expect_ok(c, buffer_view(buffers[b], c->size[b], &found, &error), &error);
        if (b == SCRATCH)
            cr_assert(!memcmp((char *)c->host[b] + c->size[b] - 4, (char *)found + c->size[b] - 4, 4),
                      "%s: scratch is written beyond its end", c->rig.text);
        else if (b != PIXELS)
            cr_assert(!memcmp(c->host[b], found, c->size[b]), "%s: argument %d is written", c->rig.text, b);
        memcpy(c->host[b], found, c->size[b]);
        expect_ok(c, buffer_unview(buffers[b], &error), &error);
        buffer_destroy(buffers[b]);
    }
    kernel_destroy(kernel);
}

/* Bytes of other channels and of the image behind the last one keep their canaries. */
static void expect_pixels(struct canvas *c, const uint8_t *expected)
{
    const struct layer_images *l = &c->l;
    const size_t pixels = (size_t)l->width * l->height, all = (l->images + 1) * pixels * c->step;
    const uint8_t *found = c->host[PIXELS];
    for (size_t i = 0; i < all; i++) {
        const size_t pixel = i / c->step, channel = i % c->step;
        const bool drawn = pixel < l->images * pixels && channel >= c->offset && channel < c->offset + l->bytes;
        const uint8_t byte = drawn ? expected[pixel * l->bytes + channel - c->offset] : CANARY;
        if (found[i] != byte)
            cr_assert_fail(
                "%s: %s, %u layers of %u bytes%s, room %u: image %zu, column %zu, row %zu, channel %zu is %d, "
                "expected %d",
                c->rig.text, c->by_rows ? "by rows" : "by pixels", (unsigned)l->count, (unsigned)l->bytes,
                l->flip ? ", upside down" : "", (unsigned)c->room, pixel / pixels, pixel % l->width,
                pixel % pixels / l->width, channel, found[i], byte);
    }
}

/* Draws one stack with both kernels. */
static void check(struct canvas *c, struct rig_rng *rng)
{
    struct layer_images *l = &c->l;
    const size_t size = (size_t)l->width * l->height * l->bytes;
    if (!begin(c, rng))
        return;
    uint8_t *expected = malloc(l->images * size);
    cr_assert_not_null(expected);
    for (size_t i = 0; i < l->images; i++)
        layer_images_paint(l, i, c->first, c->end, expected + i * size);
    layer_images_spoil(l, rng);
    /* The driver of llvmpipe ends long loops, so the renderer has no long work-items there. */
    for (int by_rows = 0; by_rows <= c->rig.stages.config.long_loops; by_rows++) {
        c->by_rows = by_rows;
        upload(c);
        run(c);
        expect_pixels(c, expected);
        for (int b = 0; b < BUFFERS; b++)
            free(c->host[b]);
    }
    free(expected);
    layer_images_free(l);
    rig_end(&c->rig);
}

static void check_variant(const struct rig_variant *variant)
{
    static const uint32_t sizes[][2] = {{1, 1},   {1, 9},   {9, 1},    {2, 2},   {3, 40},
                                        {16, 16}, {17, 31}, {64, 100}, {261, 7}, {300, 120}};
    static const uint32_t counts[] = {1, 2, 3, 5, 9, 64, 70, 1024};
    struct canvas c = {0};
    struct rig_rng rng = {7};
    rig_open(&c.rig, variant);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (unsigned kind = 0; kind < 12; kind++) {
            const bool coloured = kind % 3 == 1, channels = kind % 3 == 2;
            c.l = (struct layer_images){.width = sizes[size][0],
                                        .height = sizes[size][1],
                                        .images = 3,
                                        .bytes = coloured ? 3 : 1,
                                        .antialias = kind % 2,
                                        .flip = rig_below(&rng, 2),
                                        .background = (uint32_t)rig_next(&rng) & (coloured ? 0xffffff : 0xff)};
            c.l.count = counts[rig_below(&rng, size == 5 ? 8 : size < 8 ? 7 : 5)];
            c.first = rig_below(&rng, 3) ? 0 : rig_below(&rng, c.l.count);
            c.end = rig_below(&rng, 3) ? c.l.count : c.first + rig_below(&rng, c.l.count - c.first) + 1;
            c.step = channels ? 1 + rig_below(&rng, 5) : c.l.bytes;
            c.offset = channels ? rig_below(&rng, c.step) : 0;
            c.room = rig_below(&rng, 4) ? 0 : 1 + rig_below(&rng, c.l.width);
            check(&c, &rng);
        }
    cr_assert(c.direct > 0, "events always had room");
    rig_close(&c.rig);
}

Test(draw, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(draw, cpu_small_groups)
{
    check_variant(&rig_variants[1]);
}

Test(draw, gpu)
{
    check_variant(&rig_variants[2]);
}

Test(draw, gpu_groups_of_one)
{
    check_variant(&rig_variants[3]);
}
