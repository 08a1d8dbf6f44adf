#include "render/stages.h"

#include <math.h>
#include <stdlib.h>

#include "base/try.h"
#include "cl/shared.h"

/* A work-item of `find_steep` looks at so many columns unless they have more vertices than these. */
#define STEEP_COLUMNS 16
#define STEEP_VERTICES 4096

/* What `paint` is for: few samples a column, and images of which a cache holds two. */
#define PAINT_REACH 32
#define PAINT_PIXELS ((uint64_t)1 << 22)

const char *const stage_kernel[STAGE_COUNT] = {
    [STAGE_MINMAX] = "minmax",       [STAGE_SCALE] = "scale",         [STAGE_NORMALIZE] = "normalize_samples",
    [STAGE_FILL_GAPS] = "fill_gaps", [STAGE_EDGES] = "measure_edges", [STAGE_STEEP] = "find_steep",
    [STAGE_RASTERIZE] = "rasterize", [STAGE_STAMP] = "stamp",         [STAGE_BLEND] = "blend",
    [STAGE_PAINT] = "paint",         [STAGE_FILL] = "fill",
};

static uint32_t span_planes(const struct plotmill_chart_options *options)
{
    return options->antialias ? 4 : 2;
}

bool stages_need(const struct stages *stages, enum stage stage)
{
    if (stage == STAGE_FILL_GAPS)
        return stages->chart.options.missing == PLOTMILL_MISSING_BRIDGE;
    if (stage == STAGE_PAINT)
        return stages->paints;
    if (stage == STAGE_STEEP)
        return stages->chart.options.antialias != 0;
    if (stage == STAGE_BLEND)
        return stages->chart.options.antialias && !stages->paints;
    if (stage == STAGE_RASTERIZE || stage == STAGE_STAMP)
        return !stages->paints;
    return stage < STAGE_FILL;
}

static enum plotmill_status build(struct stages *s, struct plotmill_error *error)
{
    char defines[256];
    launch_config_defines(&s->shape, &s->chart.options, defines, sizeof defines);
    return program_build(&s->program, s->compute, defines, error);
}

bool stages_paint(const struct launch_config *shape, const struct plotmill_chart_options *options, uint32_t reach,
                  enum plotmill_payload payload)
{
    return payload == PLOTMILL_PAYLOAD_PIXELS && shape->paint && reach <= PAINT_REACH &&
           (uint64_t)options->width * options->height <= PAINT_PIXELS;
}

static enum plotmill_status create_kernels(struct stages *s, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int i = 0; i < STAGE_COUNT; i++)
        if (i == STAGE_FILL || stages_need(s, (enum stage)i))
            TRY(kernel_create(&s->kernel[i], s->compute, s->program, stage_kernel[i], error));
done:
    return status;
}

static enum plotmill_status create_table(struct stages *s, struct buffer **buffer, const void *data, size_t size,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = buffer_create(buffer, s->compute, size, BUFFER_PLAIN, error);
    return status ? status : buffer_write(*buffer, 0, data, size, error);
}

/* Columns whose vertices one work-item of `find_steep` can look at, all its loops being short (see cl/rasterize.cl).
 */
static uint32_t steep_columns(const struct chart_reach *reach)
{
    for (uint32_t g = 0; g + STEEP_COLUMNS - 1 < reach->groups; g++)
        if (reach->firsts[g + STEEP_COLUMNS - 1] - reach->firsts[g] > STEEP_VERTICES)
            return 1;
    return STEEP_COLUMNS;
}

static enum plotmill_status create_tables(struct stages *s, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_reach reach = {0};
    TRY(chart_reach_init(&reach, &s->chart, s->shape.lanes, error));
    s->groups = reach.groups;
    s->reach = reach.reach;
    s->pitch = reach.groups * s->shape.lanes;
    s->steep_columns = steep_columns(&reach);
    TRY(create_table(s, &s->x, s->chart.x, s->chart.window * sizeof *s->chart.x, error));
    TRY(create_table(s, &s->step_inverse, s->chart.step_inverse, s->chart.window * sizeof *s->chart.step_inverse,
                     error));
    TRY(create_table(s, &s->firsts, reach.firsts, reach.groups * sizeof *reach.firsts, error));
done:
    chart_reach_finish(&reach);
    return status;
}

static enum plotmill_status create_buffers(struct stages *s, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_chart_options *o = &s->chart.options;
    size_t batch = (size_t)s->batch, window = s->chart.window, pitch = s->pitch;
    struct compute *c = s->compute;
    TRY(buffer_create(&s->samples, c, ((batch - 1) * s->stride + window) * 8, BUFFER_PLAIN, error));
    if (o->missing == PLOTMILL_MISSING_BRIDGE)
        TRY(buffer_create(&s->neighbours, c, ((batch - 1) * s->stride + window) * 8, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->extents, c, batch * s->parts * 16, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->scales, c, batch * 32, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->ranges, c, batch * 16, BUFFER_DOWNLOAD, error));
    TRY(buffer_create(&s->heights, c, batch * window * 4, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->edge_coeffs, c, batch * window * 16, BUFFER_PLAIN, error));
    if (o->antialias)
        TRY(buffer_create(&s->subsampling, c, batch * pitch, BUFFER_PLAIN, error));
    if (!s->paints)
        TRY(buffer_create(&s->spans, c, batch * span_planes(o) * pitch * 2, BUFFER_PLAIN, error));
    if (o->antialias && !s->paints) {
        TRY(buffer_create(&s->edges, c, batch * pitch * EDGE_INTS * 4, BUFFER_PLAIN, error));
        TRY(buffer_create(&s->areas, c, batch * pitch * COLUMN_AREAS * 2, BUFFER_PLAIN, error));
    }
    TRY(buffer_create(&s->pixels, c, batch * o->width * o->height, BUFFER_DOWNLOAD, error));
done:
    return status;
}

enum plotmill_status stages_init(struct stages *stages, struct compute *compute,
                                 const struct plotmill_chart_options *options, uint64_t window,
                                 const struct renderer_options *how, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *stages = (struct stages){.compute = compute, .batch = how->batch, .stride = how->stride};
    TRY(chart_init(&stages->chart, options, window, error));
    stages->shape = launch_config_choose(how->shape, compute_device(compute), compute_item_limits(compute), options,
                                         stages->chart.window);
    stages->parts = (stages->chart.window + stages->shape.part_size - 1) / stages->shape.part_size;
    TRY(build(stages, error));
    TRY(create_tables(stages, error));
    stages->paints = stages_paint(&stages->shape, options, stages->reach, how->payload);
    TRY(create_kernels(stages, error));
    TRY(create_buffers(stages, error));
done:
    if (status)
        stages_finish(stages);
    return status;
}

void stages_finish(struct stages *s)
{
    struct buffer *buffers[] = {s->x,           s->step_inverse, s->firsts, s->samples, s->neighbours,
                                s->extents,     s->scales,       s->ranges, s->heights, s->edge_coeffs,
                                s->subsampling, s->spans,        s->edges,  s->areas,   s->pixels};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_destroy(buffers[i]);
    for (int i = 0; i < STAGE_COUNT; i++)
        kernel_destroy(s->kernel[i]);
    chart_finish(&s->chart);
    *s = (struct stages){0};
}

static bool any_missing(const double *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(samples[i]))
            return true;
    return false;
}

/* The last present sample before each one and the next after it: uint32 (count, 2), UINT32_MAX where there is none. */
static void find_neighbours(const double *samples, size_t count, uint32_t *neighbours)
{
    uint32_t before = UINT32_MAX, after = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        neighbours[2 * i] = before;
        if (isfinite(samples[i]))
            before = (uint32_t)i;
    }
    for (size_t i = count; i-- > 0;) {
        neighbours[2 * i + 1] = after;
        if (isfinite(samples[i]))
            after = (uint32_t)i;
    }
}

enum plotmill_status stages_upload(struct stages *s, const double *samples, uint64_t images,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = (size_t)((images - 1) * s->stride + s->chart.window);
    uint32_t *neighbours = NULL;
    TRY(buffer_write(s->samples, 0, samples, count * sizeof *samples, error));
    if (s->neighbours && any_missing(samples, count)) { /* only missing samples have theirs looked up */
        TRY_ALLOCATE(error, neighbours, count, 2 * sizeof *neighbours);
        find_neighbours(samples, count, neighbours);
        TRY(buffer_write(s->neighbours, 0, neighbours, count * 2 * sizeof *neighbours, error));
    }
done:
    free(neighbours);
    return status;
}
