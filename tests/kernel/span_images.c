#include "span_images.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "rig_areas.h"
#include "streams.h"

struct range {
    uint32_t begin, end;
};

static struct range one(uint32_t y)
{
    return (struct range){y, y + 1};
}

static struct range random_range(struct rig_rng *rng, uint32_t height)
{
    uint32_t a = rig_below(rng, height + 1), b = rig_below(rng, height + 1);
    return a < b ? (struct range){a, b} : (struct range){b, a};
}

/* The rows of column x. chosen_x, chosen_y: a random column and row of the image; before: the column before. */
static struct range column_range(const struct span_image *image, enum span_pattern pattern, uint32_t x,
                                 uint32_t chosen_x, uint32_t chosen_y, struct range before, struct rig_rng *rng)
{
    uint32_t w = image->width, h = image->height, y = rig_below(rng, h);
    const struct range none = {h, 0}, full = {0, h};
    switch (pattern) {
    case SPAN_EQUAL:
        return (struct range){y, y};
    case SPAN_FULL:
        return full;
    case SPAN_PIXEL_FIRST:
        return x == 0 ? one(0) : none;
    case SPAN_PIXEL_LAST:
        return x == w - 1 ? one(h - 1) : none;
    case SPAN_PIXEL_CENTRE:
        return x == w / 2 ? one(h / 2) : none;
    case SPAN_COLUMN:
        return x == chosen_x ? full : none;
    case SPAN_ROW:
        return one(chosen_y);
    case SPAN_TEETH:
        return x % 2 ? none : full;
    case SPAN_DIAGONAL:
        return one(x % h);
    case SPAN_ENDS:
        return one(x % 2 ? h - 1 : 0);
    case SPAN_STEPS:
        return (struct range){x % h, x % h + 1 + x / h % (h - x % h)};
    case SPAN_WALK: {
        uint32_t drop = rig_below(rng, 5), begin = x ? before.begin + drop : chosen_y;
        begin = begin < 2 ? 0 : begin - 2 < h ? begin - 2 : h - 1;
        return (struct range){begin, begin + 3 < h ? begin + 3 : h};
    }
    case SPAN_RANDOM:
    case SPAN_NOISE:
        return rig_below(rng, 9) ? random_range(rng, h) : none;
    default:
        return none;
    }
}

static void random_edges(int32_t *edges, uint32_t height, struct rig_rng *rng)
{
    for (int k = 0; k < STEEP_SUBSAMPLES; k++, edges += 2 * SUBCOLUMNS)
        for (int i = 0; i < SUBCOLUMNS; i++) {
            int32_t a = (int32_t)rig_below(rng, height * 256 + 1) - 128;
            int32_t b = (int32_t)rig_below(rng, height * 256 + 1) - 128;
            bool missing = !rig_below(rng, 8);
            edges[i] = missing ? 1 << 25 : a < b ? a : b;
            edges[SUBCOLUMNS + i] = missing ? 1 << 25 : a < b ? b : a;
        }
}

/* Adds partly covered rows around the wholly covered ones, as `rasterize` stores them. */
static void soften(const struct span_image *image, uint32_t x, struct range solid, bool noise, uint32_t partial,
                   struct rig_rng *rng)
{
    uint16_t *span = image->spans + x;
    uint32_t h = image->height;
    struct range outer = {h, 0};
    if (solid.begin <= solid.end) {
        uint32_t up = rig_below(rng, partial + 1), down = rig_below(rng, partial + 1);
        outer.begin = noise || up > solid.begin ? 0 : solid.begin - up;
        outer.end = noise || down > h - solid.end ? h : solid.end + down;
    }
    if (noise || solid.begin >= solid.end)
        solid = (struct range){outer.end, outer.end};
    span[0] = (uint16_t)solid.begin;
    span[image->pitch] = (uint16_t)solid.end;
    span[2 * image->pitch] = (uint16_t)outer.begin;
    span[3 * image->pitch] = (uint16_t)outer.end;
    image->subsampling[x] = rig_below(rng, 3) ? 1 : STEEP_SUBSAMPLES;
    random_edges(image->edges + (size_t)x * EDGE_INTS, h, rng);
}

static struct area_layer layer_of(const struct span_image *image)
{
    return (struct area_layer){image->spans, image->subsampling, image->edges,
                               image->areas, image->pitch,       image->width};
}

void span_fill(const struct span_image *image, enum span_pattern pattern, uint32_t partial, struct rig_rng *rng)
{
    uint32_t chosen_x = rig_below(rng, image->width), chosen_y = rig_below(rng, image->height);
    struct range range = {0, 0};
    for (uint32_t x = 0; x < image->width; x++) {
        range = column_range(image, pattern, x, chosen_x, chosen_y, range, rng);
        if (image->subsampling) {
            soften(image, x, range, pattern == SPAN_NOISE, partial, rng);
        } else {
            image->spans[x] = (uint16_t)range.begin;
            image->spans[image->pitch + x] = (uint16_t)range.end;
        }
    }
    if (image->subsampling) {
        struct area_layer layer = layer_of(image);
        areas_fill(&layer);
    }
}

void span_spoil(const struct span_image *image, struct rig_rng *rng)
{
    if (image->subsampling) {
        struct area_layer layer = layer_of(image);
        areas_spoil_edges(&layer, rng);
    }
}

int64_t span_coverage(const struct span_image *image, uint32_t x, uint32_t y, int64_t *whole)
{
    const uint16_t *span = image->spans + x;
    int64_t area = 0;
    *whole = 1;
    if (y >= span[0] && y < span[image->pitch])
        return 1;
    if (!image->subsampling || y < span[2 * image->pitch] || y >= span[3 * image->pitch])
        return 0;
    const int32_t *edges = image->edges + (size_t)x * EDGE_INTS;
    *whole = (int64_t)256 * SUBCOLUMNS * image->subsampling[x];
    for (int k = 0; k < image->subsampling[x]; k++, edges += 2 * SUBCOLUMNS)
        for (int i = 0; i < SUBCOLUMNS; i++) {
            int64_t top = (int64_t)y * 256 - 128, bottom = top + 256;
            top = edges[i] > top ? edges[i] : top;
            bottom = edges[SUBCOLUMNS + i] < bottom ? edges[SUBCOLUMNS + i] : bottom;
            area += bottom > top ? bottom - top : 0;
        }
    return area;
}

void span_paint(const struct span_image *image, uint8_t ink, uint8_t *pixels)
{
    for (uint32_t x = 0; x < image->width; x++)
        for (uint32_t y = 0; y < image->height; y++) {
            uint8_t *pixel = pixels + (size_t)y * image->width + x;
            int64_t whole, area = span_coverage(image, x, y, &whole);
            *pixel = (uint8_t)((2 * (*pixel * (whole - area) + ink * area) + whole) / (2 * whole)); /* half up */
        }
}

bool span_loops_may_end(const struct rig *rig)
{
    const struct chart_options *o = &rig->stages.strokes->layout.options;
    return strstr(compute_device(rig->compute)->name, "llvmpipe") && (uint64_t)o->width * o->height > 1000;
}

bool stream_is(const struct image_stream *stream, bool png, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    uLongf found = (uLongf)(width + png) * height;
    uLong used = (uLong)stream->size;
    uint8_t *bytes = malloc(found);
    bool ends = bytes && uncompress2(bytes, &found, stream->data, &used) == Z_OK && used == stream->size;
    free(bytes);
    return ends && stream_holds(stream, png, pixels, width, height);
}
