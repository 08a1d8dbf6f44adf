#include "layer_images.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    cr_assert_not_null(memory);
    return memory;
}

static uint32_t random_value(const struct layer_images *l, struct rig_rng *rng)
{
    static const uint8_t common[] = {0, 255, 2, 1, 254, 128};
    uint32_t value = 0;
    if (l->values)
        return rig_below(rng, l->values);
    for (uint32_t i = 0; i < l->bytes; i++)
        value |= (uint32_t)(rig_below(rng, 2) ? common[rig_below(rng, 6)] : rig_below(rng, 256)) << 8 * i;
    return value;
}

/* Half of the panels are the whole image in one direction. */
static void random_side(uint32_t size, uint32_t *from, uint32_t *to, struct rig_rng *rng)
{
    *from = rig_below(rng, 2) ? 0 : rig_below(rng, size);
    *to = *from || rig_below(rng, 2) ? *from + 1 + rig_below(rng, size - *from) : size;
}

static void make_layer(struct layer_images *l, uint32_t number, struct rig_rng *rng)
{
    struct span_layer *layer = &l->layers[number];
    const bool shaded = l->antialias && rig_below(rng, 2);
    random_side(l->width, &layer->left, &layer->right, rng);
    random_side(l->height, &layer->above, &layer->below, rng);
    layer->pitch = layer->right - layer->left + rig_below(rng, 3);
    layer->spans = l->span_size;
    layer->columns = shaded ? l->shaded_columns : NOT_SHADED;
    layer->two_inks = !shaded && rig_below(rng, 2);
    layer->inks[0] = layer->inks[1] = 0x5a5a5a; /* not read: the kernels have a table of values */
    l->span_size += (shaded ? 4 : 2) * layer->pitch;
    l->shaded_columns += shaded ? layer->pitch : 0;
    l->inks[2 * number] = random_value(l, rng);
    l->inks[2 * number + 1] = rig_below(rng, 4) ? random_value(l, rng) : l->background;
}

/* The layer in its panel. */
static struct span_image panel_of(const struct layer_images *l, size_t image, uint32_t number)
{
    const struct span_layer *layer = &l->layers[number];
    struct span_image s = {.width = layer->right - layer->left,
                           .height = layer->below - layer->above,
                           .pitch = layer->pitch,
                           .spans = l->spans + image * l->span_size + layer->spans};
    const size_t column = image * l->shaded_columns + layer->columns;
    if (layer->columns != NOT_SHADED) {
        s.subsampling = l->subsampling + column;
        s.edges = l->edges + column * EDGE_INTS;
        s.areas = l->areas + column * COLUMN_AREAS;
    }
    return s;
}

/* Moves the spans down to the panel's place, and turns some that have a second ink upside down. */
static void place_spans(const struct layer_images *l, const struct span_image *s, const struct span_layer *layer,
                        struct rig_rng *rng)
{
    for (uint32_t x = 0; x < s->width; x++) {
        uint16_t *span = s->spans + x;
        const bool turn = layer->two_inks && span[0] < span[s->pitch] && rig_below(rng, 2);
        const uint16_t begin = (uint16_t)(span[0] + layer->above), end = (uint16_t)(span[s->pitch] + layer->above);
        const bool empty = !s->subsampling && span[0] >= span[s->pitch];
        span[0] = empty ? (uint16_t)(layer->two_inks ? 0 : l->height) : turn ? end : begin;
        span[s->pitch] = empty ? 0 : turn ? begin : end;
        if (!s->subsampling)
            continue;
        span[2 * s->pitch] = (uint16_t)(span[2 * s->pitch] + layer->above);
        span[3 * s->pitch] = (uint16_t)(span[3 * s->pitch] + layer->above);
        for (size_t i = 0; i < EDGE_INTS; i++)
            s->edges[x * EDGE_INTS + i] += s->edges[x * EDGE_INTS + i] == NO_EDGE ? 0 : (int32_t)layer->above * 256;
    }
}

void layer_images_make(struct layer_images *l, struct rig_rng *rng)
{
    l->layers = allocate(l->count, sizeof *l->layers);
    l->inks = allocate(l->count, 2 * sizeof *l->inks);
    l->span_size = l->shaded_columns = 0;
    for (uint32_t i = 0; i < l->count; i++)
        make_layer(l, i, rng);
    layer_images_fill(l, 3, rng);
}

void layer_images_fill(struct layer_images *l, uint32_t partial, struct rig_rng *rng)
{
    const size_t shaded = (size_t)l->images * l->shaded_columns;
    l->spans = allocate((size_t)l->images * l->span_size, sizeof *l->spans);
    l->subsampling = allocate(shaded, sizeof *l->subsampling);
    l->edges = allocate(shaded, EDGE_INTS * sizeof *l->edges);
    l->areas = allocate(shaded, COLUMN_AREAS * sizeof *l->areas);
    for (size_t image = 0; image < l->images; image++)
        for (uint32_t i = 0; i < l->count; i++) {
            const struct span_image s = panel_of(l, image, i);
            const uint32_t pattern = rig_below(rng, 2 * SPAN_PATTERNS);
            span_fill(&s, pattern < SPAN_PATTERNS ? (enum span_pattern)pattern : SPAN_RANDOM, partial, rng);
            place_spans(l, &s, &l->layers[i], rng);
        }
}

void layer_images_free(struct layer_images *l)
{
    free(l->layers);
    free(l->inks);
    free(l->spans);
    free(l->subsampling);
    free(l->edges);
    free(l->areas);
}

uint32_t layer_images_room(const struct layer_images *l)
{
    uint32_t room = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        const struct span_layer *layer = &l->layers[i];
        const uint32_t rows = layer->columns == NOT_SHADED ? 2 : layer->below - layer->above + 2;
        room += rows * (layer->right - layer->left);
    }
    return room;
}

/* Moves each byte of a pixel towards the ink, by area/whole, rounded half up. */
static void shade(const struct layer_images *l, uint8_t *pixel, uint32_t ink, int64_t area, int64_t whole)
{
    for (uint32_t i = 0; i < l->bytes; i++) {
        const int64_t to = ink >> 8 * i & 0xff;
        pixel[i] = (uint8_t)((2 * (pixel[i] * (whole - area) + to * area) + whole) / (2 * whole));
    }
}

static void paint_layer(const struct layer_images *l, size_t image, uint32_t number, uint8_t *pixels)
{
    const struct span_layer *layer = &l->layers[number];
    const struct span_image s = panel_of(l, image, number);
    for (uint32_t x = 0; x < s.width; x++)
        for (uint32_t y = 0; y < l->height; y++) {
            const uint32_t a = s.spans[x], b = s.spans[s.pitch + x], row = l->flip ? l->height - 1 - y : y;
            uint8_t *pixel = pixels + ((size_t)row * l->width + layer->left + x) * l->bytes;
            int64_t area = y >= a && y < b, whole = 1;
            if (layer->columns != NOT_SHADED)
                area = span_coverage(&s, x, y, &whole);
            shade(l, pixel, l->inks[2 * number], area, whole);
            if (layer->two_inks && y >= b && y < a)
                shade(l, pixel, l->inks[2 * number + 1], 1, 1);
        }
}

void layer_images_paint(const struct layer_images *l, size_t image, uint32_t first, uint32_t end, uint8_t *pixels)
{
    for (size_t i = 0; i < (size_t)l->width * l->height * l->bytes; i++)
        pixels[i] = (uint8_t)(l->background >> 8 * (i % l->bytes));
    for (uint32_t layer = first; layer < end; layer++)
        paint_layer(l, image, layer, pixels);
}

void layer_images_spoil(const struct layer_images *l, struct rig_rng *rng)
{
    for (size_t image = 0; image < l->images; image++)
        for (uint32_t i = 0; i < l->count; i++) {
            const struct span_image s = panel_of(l, image, i);
            span_spoil(&s, rng);
        }
}
