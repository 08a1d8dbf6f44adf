/* The kernel `deflate` alone: stacks of layers, joined streams, slots and room of any size. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "render/code.h"
#include "span_images.h"

#define CANARY 0xa5
#define LAYERS_MAX 3

enum { SPANS, SETS, EDGES, AREAS, INKS, CODE, SCRATCH, STREAMS, LENGTHS, ADLERS, BUFFERS };

struct stack {
    struct rig rig;
    bool png, joined, antialias;
    uint32_t layers, images, width, height;
    uint8_t inks[LAYERS_MAX], background;
    uint32_t slot, room;   /* words, events */
    void *host[BUFFERS];   /* inputs, then outputs */
    size_t size[BUFFERS];  /* bytes, for one image more than there are */
    size_t image[BUFFERS]; /* bytes that each image may write; 0: input */
    uint8_t *pixels;       /* (images, height, width) */
    uint8_t *bytes;        /* the pixels as the streams contain them */
};

static void expect_ok(const struct stack *s, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status != PLOTMILL_OK)
        cr_assert_fail("%s: %s", s->rig.text, error->message);
}

static void *allocate(size_t size)
{
    void *bytes = malloc(size);
    cr_assert_not_null(bytes);
    memset(bytes, CANARY, size);
    return bytes;
}

static struct span_image layer_of(const struct stack *s, size_t image, uint32_t layer)
{
    size_t pitch = s->rig.stages.strokes->pitch, at = image * s->layers + layer;
    struct span_image l = {.width = s->width, .height = s->height, .pitch = pitch};
    l.spans = (uint16_t *)s->host[SPANS] + at * (s->antialias ? 4 : 2) * pitch;
    if (s->antialias) {
        l.subsampling = (uint8_t *)s->host[SETS] + at * pitch;
        l.edges = (int32_t *)s->host[EDGES] + at * pitch * EDGE_INTS;
        l.areas = (uint16_t *)s->host[AREAS] + at * pitch * COLUMN_AREAS;
    }
    return l;
}

static size_t stream_bytes(const struct stack *s)
{
    return ((size_t)s->width + s->png) * s->height;
}

static void paint(struct stack *s)
{
    size_t size = (size_t)s->width * s->height;
    memset(s->pixels, s->background, s->images * size);
    for (size_t i = 0; i < s->images; i++) {
        uint8_t *pixels = s->pixels + i * size, *out = s->bytes + i * stream_bytes(s);
        for (uint32_t layer = 0; layer < s->layers; layer++) {
            struct span_image l = layer_of(s, i, layer);
            span_paint(&l, s->inks[layer], pixels);
        }
        for (size_t y = 0; y < s->height; y++) {
            if (s->png)
                *out++ = 2;
            for (size_t x = 0; x < s->width; x++, pixels++)
                *out++ = (uint8_t)(*pixels - (s->png && y ? pixels[-(ptrdiff_t)s->width] : 0));
        }
    }
}

static void make_code(struct stack *s)
{
    struct code_use use = {s->png, s->antialias, s->width, s->background, s->inks, s->layers, s->joined};
    code_make(&use, s->host[CODE]);
}

/* False: the case exceeds $PLOTMILL_TEST_WORK. */
static bool begin(struct stack *s, struct rig_rng *rng)
{
    struct chart_options options;
    chart_options_init(&options);
    options.width = s->width;
    options.height = s->height;
    options.antialias = s->antialias;
    if (!rig_begin(&s->rig, &options, 2, s->images, 1))
        return false;
    size_t pitch = s->rig.stages.strokes->pitch, all = (size_t)s->images * s->layers;
    s->size[SPANS] = all * (s->antialias ? 4 : 2) * pitch * 2;
    s->size[SETS] = s->antialias ? all * pitch : 0;
    s->size[EDGES] = s->antialias ? all * pitch * EDGE_INTS * 4 : 0;
    s->size[AREAS] = s->antialias ? all * pitch * COLUMN_AREAS * 2 : 0;
    s->size[INKS] = LAYERS_MAX;
    s->size[CODE] = CODE_WORDS * 4;
    s->image[SCRATCH] = ((size_t)s->room + 2 * (size_t)s->height + 1 + (s->width + 3) / 4) * 4;
    s->image[STREAMS] = (size_t)s->slot * 4;
    s->image[LENGTHS] = s->image[ADLERS] = 4;
    for (int b = SCRATCH; b < BUFFERS; b++)
        s->size[b] = (s->images + 1) * s->image[b];
    for (int b = 0; b < BUFFERS; b++)
        s->host[b] = s->size[b] ? allocate(s->size[b]) : NULL;
    for (size_t i = 0; i < all; i++) {
        struct span_image l = layer_of(s, i / s->layers, (uint32_t)(i % s->layers));
        uint32_t pattern = rig_below(rng, 2 * SPAN_PATTERNS);
        span_fill(&l, pattern < SPAN_PATTERNS ? (enum span_pattern)pattern : SPAN_RANDOM, 3, rng);
    }
    memcpy(s->host[INKS], s->inks, LAYERS_MAX);
    make_code(s);
    s->pixels = allocate(s->images * (size_t)s->width * s->height);
    s->bytes = allocate(s->images * stream_bytes(s));
    paint(s);
    for (size_t i = 0; i < all; i++) {
        struct span_image l = layer_of(s, i / s->layers, (uint32_t)(i % s->layers));
        span_spoil(&l, rng);
    }
    return true;
}

static void end(struct stack *s)
{
    for (int b = 0; b < BUFFERS; b++)
        free(s->host[b]);
    free(s->pixels);
    free(s->bytes);
    rig_end(&s->rig);
}

static uint32_t blank_sum(const struct stack *s)
{
    uLong sum = 1;
    uint8_t *row = allocate((size_t)s->width + 1), filter = 2;
    memset(row, s->background, s->width);
    for (uint32_t y = 0; y < s->height; y++) {
        if (s->png)
            sum = adler32(sum, &filter, 1);
        sum = adler32(sum, row, s->width);
        if (s->png)
            memset(row, 0, s->width);
    }
    free(row);
    return (uint32_t)sum;
}

static enum plotmill_status launch(struct stack *s, struct kernel *k, struct buffer **buffers,
                                   struct plotmill_error *error)
{
    uint32_t blank = blank_sum(s);
    kernel_begin(k);
    for (int b = 0; b < BUFFERS; b++)
        if (buffers[b])
            kernel_buffer(k, buffers[b]);
    kernel_u32(k, s->layers);
    kernel_u32(k, s->width);
    kernel_u32(k, s->height);
    kernel_u32(k, s->rig.stages.strokes->pitch);
    kernel_u8(k, s->background);
    kernel_u32(k, s->png);
    kernel_u32(k, s->joined);
    kernel_u32(k, s->slot);
    kernel_u32(k, s->room);
    kernel_u32(k, blank & 0xffff);
    kernel_u32(k, blank >> 16);
    kernel_u32(k, s->images);
    struct launch work = launch_streams(&s->rig.stages.config, kernel_work_group_limit(k), s->images);
    return kernel_run(k, &work, error);
}

/* Runs the kernel; its outputs are then in host[]. Inputs and canaries behind the images must not change. */
static void encode(struct stack *s)
{
    static struct plotmill_error error;
    struct buffer *buffers[BUFFERS] = {NULL};
    struct kernel *kernel = NULL;
    expect_ok(s, kernel_create(&kernel, s->rig.stages.compute, s->rig.stages.program, "deflate", &error), &error);
    for (int b = 0; b < BUFFERS; b++) {
        if (!s->size[b])
            continue;
        expect_ok(s, buffer_create(&buffers[b], s->rig.compute, s->size[b], BUFFER_DOWNLOAD, &error), &error);
        expect_ok(s, buffer_write(buffers[b], 0, s->host[b], s->size[b], &error), &error);
    }
    expect_ok(s, launch(s, kernel, buffers, &error), &error);
    for (int b = 0; b < BUFFERS; b++) {
        const void *found = NULL;
        size_t within = s->images * s->image[b];
        if (!s->size[b])
            continue;
        expect_ok(s, buffer_view(buffers[b], s->size[b], &found, &error), &error);
        cr_assert(!memcmp((char *)s->host[b] + within, (const char *)found + within, s->size[b] - within),
                  "%s: argument %d is written where it must not be", s->rig.text, b);
        memcpy(s->host[b], found, s->size[b]);
        expect_ok(s, buffer_unview(buffers[b], &error), &error);
        buffer_destroy(buffers[b]);
    }
    kernel_destroy(kernel);
}

/* Checks one stream: complete, in its slot, followed by canaries. False: the driver ended the loops early. */
static bool expect_stream(const struct stack *s, size_t i)
{
    uint32_t length = ((uint32_t *)s->host[LENGTHS])[i], adler = ((uint32_t *)s->host[ADLERS])[i];
    const uint8_t *bytes = s->bytes + i * stream_bytes(s), *slot = (uint8_t *)s->host[STREAMS] + i * s->image[STREAMS];
    if (length == UINT32_MAX && span_loops_may_end(&s->rig))
        return false;
    cr_assert_leq(length, s->image[STREAMS], "%s: stream %zu needs %u bytes", s->rig.text, i, (unsigned)length);
    for (size_t at = ((size_t)length + 3) / 4 * 4; at < s->image[STREAMS]; at++)
        cr_assert_eq(slot[at], CANARY, "%s: byte %zu of stream %zu, beyond its %u", s->rig.text, at, i,
                     (unsigned)length);
    cr_assert_eq(adler, (uint32_t)adler32(1, bytes, (uInt)stream_bytes(s)), "%s: Adler-32 of stream %zu", s->rig.text,
                 i);
    if (!s->joined) {
        struct image_stream stream = {slot, length};
        cr_assert(stream_is(&stream, s->png, s->pixels + i * (size_t)s->width * s->height, s->width, s->height),
                  "%s, %s, %u layers: stream %zu", s->rig.text, s->png ? "PNG" : "rows", (unsigned)s->layers, i);
    }
    return true;
}

/* All streams together make one stream. */
static void expect_joined(const struct stack *s)
{
    size_t size = s->images * stream_bytes(s), used = 2;
    uint8_t *stream = allocate(s->size[STREAMS] + 8), *found = allocate(size);
    uLong sum = 1, taken;
    uLongf got = (uLongf)size;
    stream[0] = 0x78;
    stream[1] = 1;
    for (size_t i = 0; i < s->images; i++) {
        uint32_t length = ((uint32_t *)s->host[LENGTHS])[i];
        memcpy(stream + used, (uint8_t *)s->host[STREAMS] + i * s->image[STREAMS], length);
        used += length;
        sum = adler32_combine(sum, ((uint32_t *)s->host[ADLERS])[i], (z_off_t)stream_bytes(s));
    }
    stream[used++] = 3;
    stream[used++] = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
        stream[used++] = (uint8_t)(sum >> shift);
    taken = (uLong)used;
    cr_assert_eq(uncompress2(found, &got, stream, &taken), Z_OK, "%s: joined", s->rig.text);
    cr_assert(got == size && taken == used && !memcmp(found, s->bytes, size), "%s: joined, other bytes", s->rig.text);
    free(stream);
    free(found);
}

static void expect_encoded(struct stack *s, struct rig_rng *rng)
{
    if (!begin(s, rng))
        return;
    bool all = true;
    encode(s);
    for (size_t i = 0; i < s->images; i++)
        all = expect_stream(s, i) && all;
    if (s->joined && all)
        expect_joined(s);
    end(s);
}

static void random_inks(struct stack *s, struct rig_rng *rng)
{
    static const uint8_t common[] = {0, 255, 2, 1, 254, 128};
    s->background = common[rig_below(rng, 6)];
    for (int i = 0; i < LAYERS_MAX; i++)
        s->inks[i] = rig_below(rng, 2) ? common[rig_below(rng, 6)] : (uint8_t)rig_next(rng);
}

static void check_stacks(const struct rig_variant *variant, bool antialias)
{
    static const uint32_t sizes[][2] = {{1, 1},   {1, 9},   {9, 1},   {2, 2},    {3, 40},   {16, 16},
                                        {17, 31}, {61, 37}, {260, 5}, {261, 70}, {300, 120}};
    struct stack s = {.antialias = antialias};
    struct rig_rng rng = {antialias};
    rig_open(&s.rig, variant);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (unsigned kind = 0; kind < 12; kind++) {
            s.width = sizes[size][0];
            s.height = sizes[size][1];
            s.png = kind & 1;
            s.joined = kind & 2;
            s.layers = kind / 4 + 1;
            s.images = 7;
            s.slot = 500 + s.width * s.height;
            s.room = (antialias ? s.height + 2 : 2) * s.width * s.layers;
            random_inks(&s, &rng);
            expect_encoded(&s, &rng);
        }
    rig_close(&s.rig);
}

Test(deflate_stack, binary_cpu)
{
    check_stacks(&rig_variants[0], false);
}

Test(deflate_stack, binary_gpu)
{
    check_stacks(&rig_variants[2], false);
}

Test(deflate_stack, antialiased_cpu)
{
    check_stacks(&rig_variants[0], true);
}

Test(deflate_stack, antialiased_gpu)
{
    check_stacks(&rig_variants[2], true);
}

/* Slots and room of any size: what fits is right, the rest is reported, and nothing else is written. */
static void check_limits(struct stack *s, uint32_t slot, uint32_t room, const uint32_t *lengths, unsigned seed)
{
    struct rig_rng rng = {seed};
    s->slot = slot;
    s->room = room;
    if (!begin(s, &rng))
        return;
    encode(s);
    for (size_t i = 0; i < s->images; i++) {
        uint32_t length = ((uint32_t *)s->host[LENGTHS])[i];
        if (length <= s->image[STREAMS])
            expect_stream(s, i);
        cr_assert(length == lengths[i] || (length == UINT32_MAX && room < 2 * s->width * s->layers),
                  "%s: slot %u, room %u: length %u of stream %zu, expected %u", s->rig.text, (unsigned)slot,
                  (unsigned)room, (unsigned)length, i, (unsigned)lengths[i]);
    }
    end(s);
}

Test(deflate_stack, limits)
{
    enum { ENOUGH = 2000 };
    struct stack s = {.layers = 2, .images = 5, .width = 37, .height = 23, .inks = {0, 90, 0}, .background = 255};
    uint32_t lengths[5];
    rig_open(&s.rig, &rig_variants[0]);
    for (unsigned seed = 0; seed < 4; seed++) {
        struct rig_rng rng = {seed};
        s.png = seed % 2;
        s.slot = ENOUGH;
        s.room = 2 * s.width * s.layers;
        if (!begin(&s, &rng))
            continue;
        encode(&s);
        for (size_t i = 0; i < s.images; i++)
            expect_stream(&s, i);
        memcpy(lengths, s.host[LENGTHS], sizeof lengths);
        end(&s);
        for (uint32_t i = 0; i < 5; i++)
            for (uint32_t slot = lengths[i] / 4; slot <= lengths[i] / 4 + 2; slot++)
                check_limits(&s, slot, s.width * 2 * s.layers, lengths, seed);
        for (uint32_t slot = 1; slot < 40; slot += 13)
            check_limits(&s, slot, 2 * s.width * s.layers, lengths, seed);
        for (uint32_t room = 1; room < 2 * s.width * s.layers; room += 11)
            check_limits(&s, ENOUGH, room, lengths, seed);
    }
    rig_close(&s.rig);
}
