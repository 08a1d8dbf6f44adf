/* The kernel `deflate` alone: stacks of layers in grey and colour, joined streams, parts, slots and room of any size.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "layer_images.h"
#include "render/code.h"

#define CANARY 0xa5
#define PARTS 2 /* the launch makes the second one */
#define FIRST_INK 5
#define FIRST_CODE 3

enum { SPANS, SETS, EDGES, AREAS, LAYERS, INKS, CODE, SCRATCH, STREAMS, LENGTHS, ADLERS, BUFFERS };

struct stack {
    struct rig rig;
    struct layer_images l;
    bool png, joined;
    uint32_t pack;         /* PNG: 2^pack pixels per byte */
    uint32_t first, end;   /* the layers that are painted */
    uint32_t slot, room;   /* words, events */
    void *host[BUFFERS];   /* inputs, then outputs */
    size_t size[BUFFERS];  /* bytes; of outputs, for one image more than there are */
    size_t image[BUFFERS]; /* bytes that each image may write; 0: input */
    uint8_t *bytes;        /* the images as the streams contain them */
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

static const char *name_of(const struct stack *s)
{
    static char name[300];
    snprintf(name, sizeof name, "%s, %u layers of %u bytes, painted %u..%u%s, %s, 2^%u pixels per byte%s", s->rig.text,
             (unsigned)s->l.count, (unsigned)s->l.bytes, (unsigned)s->first, (unsigned)s->end,
             s->l.flip ? ", upside down" : "", s->png ? "PNG" : "rows", (unsigned)s->pack, s->joined ? ", joined" : "");
    return name;
}

static size_t row_bytes(const struct stack *s)
{
    return (((size_t)s->l.width * s->l.bytes + (1u << s->pack) - 1) >> s->pack) + s->png;
}

static size_t stream_bytes(const struct stack *s)
{
    return row_bytes(s) * s->l.height;
}

/* The bytes of one image: PNG: packed pixels, the filter's number, and differences of rows. */
static void arrange(const struct stack *s, const uint8_t *pixels, uint8_t *out)
{
    const size_t row = row_bytes(s), wide = (size_t)s->l.width * s->l.bytes, per = (size_t)1 << s->pack;
    memset(out, 0, stream_bytes(s));
    for (size_t y = 0; y < s->l.height; y++)
        for (size_t i = 0; i < wide; i++)
            out[y * row + s->png + i / per] |= (uint8_t)(pixels[y * wide + i] << (per - 1 - i % per) * (8 / per));
    for (size_t y = s->l.height; s->png && y--;) {
        out[y * row] = PNG_FILTER_UP;
        for (size_t i = 1; y && i < row; i++)
            out[y * row + i] = (uint8_t)(out[y * row + i] - out[(y - 1) * row + i]);
    }
}

static void paint(struct stack *s)
{
    uint8_t *pixels = allocate((size_t)s->l.width * s->l.height * s->l.bytes);
    for (size_t i = 0; i < s->l.images; i++) {
        layer_images_paint(&s->l, i, s->first, s->end, pixels);
        arrange(s, pixels, s->bytes + i * stream_bytes(s));
    }
    free(pixels);
}

static void make_code(struct stack *s)
{
    const struct code_use use = {
        .png = s->png,
        .shaded = s->l.antialias,
        .joined = s->joined,
        .bytes = s->l.bytes,
        .pack = s->pack,
        .width = s->l.width,
        .background = s->l.background,
        .inks = s->l.inks,
        .count = 2 * (size_t)s->l.count,
    };
    code_make(&use, (uint32_t *)s->host[CODE] + FIRST_CODE);
}

static void copy_in(struct stack *s, int buffer, const void *data, size_t size, size_t offset)
{
    s->size[buffer] = offset + size + 4; /* buffers are not empty */
    s->host[buffer] = allocate(s->size[buffer]);
    memcpy((char *)s->host[buffer] + offset, data, size);
}

/* False: the case exceeds $PLOTMILL_TEST_WORK. room 0: enough. */
static bool begin(struct stack *s, struct rig_rng *rng)
{
    struct layer_images *l = &s->l;
    struct chart_options options;
    chart_options_init(&options);
    options.width = l->width;
    options.height = l->height;
    options.antialias = l->antialias;
    if (!rig_begin(&s->rig, &options, 2, l->images, 1))
        return false;
    layer_images_make(l, rng);
    s->room = s->room ? s->room : layer_images_room(l);
    s->bytes = allocate(l->images * stream_bytes(s));
    paint(s);
    layer_images_spoil(l, rng);
    const size_t shaded = (size_t)l->images * l->shaded_columns;
    memset(s->size, 0, sizeof s->size);
    memset(s->host, 0, sizeof s->host);
    copy_in(s, SPANS, l->spans, (size_t)l->images * l->span_size * 2, 0);
    copy_in(s, LAYERS, l->layers, l->count * sizeof *l->layers, 0);
    copy_in(s, INKS, l->inks, l->count * 2 * sizeof *l->inks, FIRST_INK * sizeof *l->inks);
    if (l->antialias) {
        copy_in(s, SETS, l->subsampling, shaded, 0);
        copy_in(s, EDGES, l->edges, shaded * EDGE_INTS * 4, 0);
        copy_in(s, AREAS, l->areas, shaded * COLUMN_AREAS * 2, 0);
    }
    s->size[CODE] = (FIRST_CODE + CODE_WORDS) * 4;
    s->image[SCRATCH] = SCRATCH_WORDS((size_t)l->width, l->height, l->bytes, s->end - s->first, s->room) * 4;
    s->image[STREAMS] = (size_t)PARTS * s->slot * 4;
    s->image[LENGTHS] = s->image[ADLERS] = PARTS * 4;
    for (int b = SCRATCH; b < BUFFERS; b++)
        s->size[b] = (l->images + 1) * s->image[b];
    for (int b = CODE; b < BUFFERS; b++)
        s->host[b] = allocate(s->size[b]);
    make_code(s);
    return true;
}

static void end(struct stack *s)
{
    for (int b = 0; b < BUFFERS; b++)
        free(s->host[b]);
    free(s->bytes);
    layer_images_free(&s->l);
    rig_end(&s->rig);
}

static uint32_t blank_sum(const struct stack *s)
{
    const size_t pixels = (size_t)s->l.width * s->l.height * s->l.bytes;
    uint8_t *blank = allocate(pixels), *bytes = allocate(stream_bytes(s));
    for (size_t i = 0; i < pixels; i++)
        blank[i] = (uint8_t)(s->l.background >> 8 * (i % s->l.bytes));
    arrange(s, blank, bytes);
    const uLong sum = adler32(1, bytes, (uInt)stream_bytes(s));
    free(blank);
    free(bytes);
    return (uint32_t)sum;
}

static enum plotmill_status launch(struct stack *s, struct kernel *k, struct buffer **buffers,
                                   struct plotmill_error *error)
{
    const uint32_t blank = blank_sum(s);
    kernel_begin(k);
    for (int b = SPANS; b <= INKS; b++)
        if (buffers[b])
            kernel_buffer(k, buffers[b]);
    kernel_u32(k, s->first);
    kernel_u32(k, s->end);
    kernel_u32(k, s->l.width);
    kernel_u32(k, s->l.height);
    kernel_u32(k, s->l.span_size);
    if (s->l.antialias)
        kernel_u32(k, s->l.shaded_columns);
    kernel_u32(k, s->l.flip);
    kernel_u32(k, s->l.background);
    kernel_u32(k, s->l.bytes);
    for (int b = CODE; b < BUFFERS; b++)
        kernel_buffer(k, buffers[b]);
    kernel_u32(k, s->png);
    kernel_u32(k, s->pack);
    kernel_u32(k, s->joined);
    kernel_u32(k, s->slot);
    kernel_u32(k, s->room);
    kernel_u32(k, PARTS);
    kernel_u32(k, PARTS - 1);
    kernel_u32(k, FIRST_INK);
    kernel_u32(k, FIRST_CODE);
    kernel_u32(k, blank & 0xffff);
    kernel_u32(k, blank >> 16);
    kernel_u32(k, s->l.images);
    struct launch work = launch_streams(&s->rig.stages.config, kernel_work_group_limit(k), s->l.images);
    return kernel_run(k, &work, error);
}

/* Runs the kernel; its outputs are then in host[]. Inputs and canaries behind the images must not change. */
static void encode(struct stack *s)
{
    static struct plotmill_error error;
    struct buffer *buffers[BUFFERS] = {NULL};
    struct kernel *kernel = NULL;
    expect_ok(s, kernel_create(&kernel, s->rig.stages.compute, rig_layered_program(&s->rig), "deflate", &error),
              &error);
    for (int b = 0; b < BUFFERS; b++) {
        if (!s->size[b])
            continue;
        expect_ok(s, buffer_create(&buffers[b], s->rig.compute, s->size[b], BUFFER_DOWNLOAD, &error), &error);
        expect_ok(s, buffer_write(buffers[b], 0, s->host[b], s->size[b], &error), &error);
    }
    expect_ok(s, launch(s, kernel, buffers, &error), &error);
    for (int b = 0; b < BUFFERS; b++) {
        const void *found = NULL;
        size_t within = s->l.images * s->image[b];
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

static uint32_t length_of(const struct stack *s, size_t image)
{
    return ((uint32_t *)s->host[LENGTHS])[image * PARTS + PARTS - 1];
}

static uint32_t adler_of(const struct stack *s, size_t image)
{
    return ((uint32_t *)s->host[ADLERS])[image * PARTS + PARTS - 1];
}

static const uint8_t *slot_of(const struct stack *s, size_t image)
{
    return (uint8_t *)s->host[STREAMS] + (image * PARTS + PARTS - 1) * (size_t)s->slot * 4;
}

/* Whether a stream decodes to these bytes, and ends at its stated size. */
static bool decodes_to(const uint8_t *stream, size_t size, const uint8_t *bytes, size_t count)
{
    uint8_t *found = allocate(count + 1);
    uLongf got = (uLongf)count + 1; /* one more than expected, to detect longer output */
    uLong used = (uLong)size;
    const bool holds =
        uncompress2(found, &got, stream, &used) == Z_OK && got == count && used == size && !memcmp(found, bytes, count);
    free(found);
    return holds;
}

/* Checks one stream: complete, in its slot, followed by canaries; the other part is unchanged. False: the driver ended
 * the loops early. */
static bool expect_stream(const struct stack *s, size_t i)
{
    const uint32_t length = length_of(s, i);
    const uint8_t *bytes = s->bytes + i * stream_bytes(s), *slot = slot_of(s, i);
    const size_t slot_bytes = (size_t)s->slot * 4;
    if (length == UINT32_MAX && span_loops_may_end(&s->rig))
        return false;
    cr_assert_leq(length, slot_bytes, "%s: stream %zu needs %u bytes", name_of(s), i, (unsigned)length);
    for (size_t at = ((size_t)length + 3) / 4 * 4; at < slot_bytes; at++)
        cr_assert_eq(slot[at], CANARY, "%s: byte %zu of stream %zu, beyond its %u", name_of(s), at, i,
                     (unsigned)length);
    for (size_t at = 1; at <= slot_bytes; at++)
        cr_assert_eq(slot[-(ptrdiff_t)at], CANARY, "%s: the part before stream %zu is written", name_of(s), i);
    cr_assert_eq(adler_of(s, i), (uint32_t)adler32(1, bytes, (uInt)stream_bytes(s)), "%s: Adler-32 of stream %zu",
                 name_of(s), i);
    cr_assert(s->joined || decodes_to(slot, length, bytes, stream_bytes(s)), "%s: stream %zu", name_of(s), i);
    return true;
}

/* All streams together make one stream. */
static void expect_joined(const struct stack *s)
{
    const size_t count = s->l.images * stream_bytes(s);
    size_t used = 2;
    uint8_t *stream = allocate(s->size[STREAMS] + 8);
    uLong sum = 1;
    stream[0] = 0x78;
    stream[1] = 1;
    for (size_t i = 0; i < s->l.images; i++) {
        memcpy(stream + used, slot_of(s, i), length_of(s, i));
        used += length_of(s, i);
        sum = adler32_combine(sum, adler_of(s, i), (z_off_t)stream_bytes(s));
    }
    stream[used++] = 3;
    stream[used++] = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
        stream[used++] = (uint8_t)(sum >> shift);
    cr_assert(decodes_to(stream, used, s->bytes, count), "%s: all streams joined", name_of(s));
    free(stream);
}

static void expect_encoded(struct stack *s, struct rig_rng *rng)
{
    if (!begin(s, rng))
        return;
    bool all = true;
    encode(s);
    for (size_t i = 0; i < s->l.images; i++)
        all = expect_stream(s, i) && all;
    if (s->joined && all)
        expect_joined(s);
    end(s);
}

/* Kinds: rows, PNG, and PNG of packed pixels, each in grey; rows and PNG in colour. */
static void set_kind(struct stack *s, unsigned kind, struct rig_rng *rng)
{
    static const struct {
        bool png;
        uint32_t bytes, pack;
    } kinds[] = {{false, 1, 0}, {true, 1, 0}, {true, 1, 1}, {true, 1, 2}, {true, 1, 3}, {false, 3, 0}, {true, 3, 0}};
    const uint32_t backgrounds[] = {0xffffff, 0, 0x020202, 0xff8001, (uint32_t)rig_next(rng) & 0xffffff};
    s->png = kinds[kind % 7].png;
    s->pack = s->l.antialias ? 0 : kinds[kind % 7].pack;
    s->l.bytes = kinds[kind % 7].bytes;
    s->joined = rig_below(rng, 3) == 0;
    s->l.flip = rig_below(rng, 2);
    s->l.values = s->pack ? 1u << (8 >> s->pack) : 0;
    s->l.background = s->pack ? 0 : backgrounds[rig_below(rng, 5)] & (s->l.bytes == 3 ? 0xffffff : 0xff);
}

static void check_stacks(const struct rig_variant *variant, bool antialias)
{
    static const uint32_t sizes[][2] = {{1, 1},   {1, 9},   {9, 1},   {2, 2},    {3, 40},   {16, 16},
                                        {17, 31}, {61, 37}, {260, 5}, {261, 70}, {300, 120}};
    static const uint32_t counts[] = {1, 2, 3, 5, 9};
    struct stack s = {.l = {.antialias = antialias}};
    struct rig_rng rng = {antialias};
    rig_open(&s.rig, variant);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (unsigned kind = 0; kind < 21; kind++) {
            s.l.width = sizes[size][0];
            s.l.height = sizes[size][1];
            s.l.images = 5;
            s.l.count = counts[rig_below(&rng, 5)];
            s.first = rig_below(&rng, 3) ? 0 : rig_below(&rng, s.l.count);
            s.end = rig_below(&rng, 3) ? s.l.count : s.first + rig_below(&rng, s.l.count - s.first) + 1;
            set_kind(&s, kind, &rng);
            s.slot = 500 + 2 * s.l.width * s.l.height * s.l.bytes;
            s.room = 0;
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

/* More layers than fit any fixed array. */
Test(deflate_stack, many)
{
    struct stack s = {.l = {.width = 67, .height = 31, .images = 2}};
    struct rig_rng rng = {1};
    rig_open(&s.rig, &rig_variants[0]);
    for (unsigned kind = 0; kind < 7; kind++) {
        s.l.antialias = kind % 2;
        s.l.count = kind == 3 ? 1024 : 64 + kind;
        s.end = s.l.count;
        set_kind(&s, kind, &rng);
        s.slot = 20000;
        s.room = 0;
        expect_encoded(&s, &rng);
    }
    rig_close(&s.rig);
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
    for (size_t i = 0; i < s->l.images; i++) {
        const uint32_t length = length_of(s, i);
        if (length <= (size_t)slot * 4)
            expect_stream(s, i);
        cr_assert(length == lengths[i] || (length == UINT32_MAX && room < layer_images_room(&s->l)),
                  "%s: slot %u, room %u: length %u of stream %zu, expected %u", name_of(s), (unsigned)slot,
                  (unsigned)room, (unsigned)length, i, (unsigned)lengths[i]);
    }
    end(s);
}

Test(deflate_stack, limits)
{
    enum { ENOUGH = 5000 };
    struct stack s = {.l = {.count = 3, .images = 5, .width = 37, .height = 23, .background = 255}, .end = 3};
    uint32_t lengths[5];
    rig_open(&s.rig, &rig_variants[0]);
    for (unsigned seed = 0; seed < 4; seed++) {
        struct rig_rng rng = {seed};
        s.png = seed % 2;
        s.l.bytes = seed < 2 ? 1 : 3;
        s.slot = ENOUGH;
        s.room = 0;
        if (!begin(&s, &rng))
            continue;
        encode(&s);
        for (size_t i = 0; i < s.l.images; i++) {
            expect_stream(&s, i);
            lengths[i] = length_of(&s, i);
        }
        const uint32_t room = s.room;
        end(&s);
        for (uint32_t i = 0; i < 5; i++)
            for (uint32_t slot = lengths[i] / 4; slot <= lengths[i] / 4 + 2; slot++)
                check_limits(&s, slot, room, lengths, seed);
        for (uint32_t slot = 1; slot < 40; slot += 13)
            check_limits(&s, slot, room, lengths, seed);
        for (uint32_t less = 1; less < room; less += 11)
            check_limits(&s, ENOUGH, less, lengths, seed);
    }
    rig_close(&s.rig);
}
