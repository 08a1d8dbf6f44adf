#include "render/footprint.h"

#include "cl/shared.h"
#include "render/encoder.h"
#include "render/stages.h"

void footprint_add_shared(struct memory_needs *footprint, uint64_t bytes)
{
    footprint->first += bytes;
}

void footprint_add(struct memory_needs *footprint, uint64_t bytes)
{
    footprint->first += bytes;
    footprint->further += bytes;
    footprint->largest = footprint->largest > bytes ? footprint->largest : bytes;
}

void footprint_add_download(struct memory_needs *footprint, uint64_t bytes, int discrete)
{
    footprint_add(footprint, bytes);
    footprint->host += discrete ? bytes : 0;
}

uint64_t memory_needs_bytes(const struct memory_needs *footprint, uint64_t batch)
{
    return footprint->first + (batch - 1) * footprint->further;
}

/* Whether it will be painted. More vertices than columns have room for need no layout to be told. */
static bool paints(const struct launch_config *shape, const struct plotmill_chart_options *options, uint64_t window,
                   enum plotmill_payload payload)
{
    struct plotmill_error ignored;
    struct chart chart = {0};
    struct chart_reach reach = {0};
    uint32_t least = (uint32_t)(window / options->width);
    bool painted = stages_paint(shape, options, least, payload) && !chart_init(&chart, options, window, &ignored) &&
                   !chart_reach_init(&reach, &chart, shape->lanes, &ignored) &&
                   stages_paint(shape, options, reach.reach, payload);
    chart_reach_finish(&reach);
    chart_finish(&chart);
    return painted;
}

/* Samples from one window to the next: the first image has a whole window of them. */
static void add_samples(struct memory_needs *f, const struct plotmill_chart_options *chart, uint64_t window,
                        uint64_t stride)
{
    const uint64_t bytes = chart->missing == PLOTMILL_MISSING_BRIDGE ? 16 : 8; /* with neighbours */
    f->first += window * bytes;
    f->further += stride * bytes;
}

static void add_stages(struct memory_needs *f, const struct plotmill_device *device,
                       const struct plotmill_chart_options *chart, uint64_t window, const struct renderer_options *how)
{
    const struct item_limits any = {SIZE_MAX, SIZE_MAX};
    const struct launch_config shape = launch_config_choose(how->shape, device, any, chart, (uint32_t)window);
    const uint64_t groups = (chart->width + shape.lanes - 1) / shape.lanes, pitch = groups * shape.lanes;
    const bool painted = paints(&shape, chart, window, how->payload);
    add_samples(f, chart, window, how->stride);
    footprint_add(f, (window + shape.part_size - 1) / shape.part_size * 16); /* extents */
    footprint_add(f, 32);                                                    /* scales */
    footprint_add_download(f, 16, device->discrete);                         /* ranges */
    footprint_add(f, window * 4);                                            /* heights */
    footprint_add(f, window * 16);                                           /* edge_coeffs */
    if (chart->antialias)
        footprint_add(f, pitch); /* subsampling */
    if (!painted)
        footprint_add(f, pitch * 2 * (chart->antialias ? 4 : 2)); /* spans */
    if (chart->antialias && !painted) {
        footprint_add(f, pitch * EDGE_INTS * 4);    /* edges */
        footprint_add(f, pitch * COLUMN_AREAS * 2); /* areas */
    }
    footprint_add_download(f, (uint64_t)chart->width * chart->height, device->discrete); /* pixels */
    footprint_add_shared(f, window * 8 + groups * 4);                                    /* x, step_inverse, firsts */
}

struct memory_needs renderer_memory_needs(const struct plotmill_device *device,
                                          const struct plotmill_chart_options *chart, uint64_t window,
                                          const struct renderer_options *how)
{
    struct memory_needs f = {0};
    const struct encoder_use use = encoder_use_of(how);
    add_stages(&f, device, chart, window, how);
    if (how->payload != PLOTMILL_PAYLOAD_PIXELS)
        encoder_footprint(&f, device, chart, &use);
    return f;
}
