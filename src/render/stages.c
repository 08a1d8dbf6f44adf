#include "render/stages.h"

#include <math.h>
#include <string.h>

#include "base/try.h"

const char *const stage_kernel[STAGE_COUNT] = {
    [STAGE_EXTENT] = "extent",
    [STAGE_SCALE] = "scale",
    [STAGE_NORMALIZE] = "normalize_samples",
    [STAGE_BRIDGE] = "bridge",
    [STAGE_INTERPOLATE] = "interpolate",
    [STAGE_STAMP] = "stamp",
    [STAGE_BLEND] = "blend",
    [STAGE_FILL] = "fill",
};

static uint32_t span_planes(const struct plotmill_chart_options *options)
{
    return options->antialias ? 5 : 2;
}

bool stages_need(const struct stages *stages, enum stage stage)
{
    if (stage == STAGE_BRIDGE)
        return stages->chart.options.missing == PLOTMILL_MISSING_BRIDGE;
    if (stage == STAGE_BLEND)
        return stages->chart.options.antialias != 0;
    return stage < STAGE_FILL;
}

static enum plotmill_status create_kernels(struct stages *s, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char defines[256];
    shape_defines(&s->shape, &s->chart.options, defines, sizeof defines);
    TRY(program_build(&s->program, s->compute, defines, error));
    for (int i = 0; i < STAGE_COUNT; i++)
        if (i == STAGE_FILL || stages_need(s, (enum stage)i))
            TRY(kernel_create(&s->kernel[i], s->program, stage_kernel[i], error));
done:
    return status;
}

static enum plotmill_status create_table(struct stages *s, struct buffer **buffer, const void *data, size_t size,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = buffer_create(buffer, s->compute, size, BUFFER_PLAIN, error);
    return status ? status : buffer_write(*buffer, 0, data, size, error);
}

static enum plotmill_status create_tables(struct stages *s, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_reach reach = {0};
    TRY(chart_reach_init(&reach, &s->chart, s->shape.lanes, error));
    s->groups = reach.groups;
    s->reach = reach.reach;
    s->pitch = reach.groups * s->shape.lanes;
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
    TRY(buffer_create(&s->extents, c, batch * s->parts * 16, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->scales, c, batch * 32, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->ranges, c, batch * 16, BUFFER_DOWNLOAD, error));
    TRY(buffer_create(&s->heights, c, batch * window * 4, BUFFER_PLAIN, error));
    TRY(buffer_create(&s->spans, c, batch * span_planes(o) * pitch * 2, BUFFER_PLAIN, error));
    if (o->antialias)
        TRY(buffer_create(&s->edges, c, batch * pitch * CHART_EDGE_BYTES, BUFFER_PLAIN, error));
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
    stages->shape = shape_choose(how->shape, compute_device(compute), options, stages->chart.window);
    stages->parts = (stages->chart.window + stages->shape.part_size - 1) / stages->shape.part_size;
    TRY(create_kernels(stages, error));
    TRY(create_tables(stages, error));
    TRY(create_buffers(stages, error));
done:
    if (status)
        stages_finish(stages);
    return status;
}

void stages_finish(struct stages *s)
{
    struct buffer *buffers[] = {s->x,      s->step_inverse, s->firsts, s->samples, s->extents, s->scales,
                                s->ranges, s->heights,      s->spans,  s->edges,   s->pixels};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_destroy(buffers[i]);
    for (int i = 0; i < STAGE_COUNT; i++)
        kernel_destroy(s->kernel[i]);
    chart_finish(&s->chart);
    *s = (struct stages){0};
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value == 0 ? 0 : bits;
}

static void set_measure_arguments(struct stages *s, enum stage stage, uint32_t images)
{
    struct kernel *k = s->kernel[stage];
    const struct plotmill_chart_options *o = &s->chart.options;
    if (stage == STAGE_EXTENT) {
        kernel_buffer(k, s->samples);
        kernel_buffer(k, s->extents);
        kernel_u32(k, s->chart.window);
        kernel_u64(k, s->stride);
        kernel_u32(k, s->shape.part_size);
        kernel_u32(k, s->parts);
        kernel_u32(k, images);
    } else {
        kernel_buffer(k, s->extents);
        kernel_buffer(k, s->scales);
        kernel_buffer(k, s->ranges);
        kernel_u32(k, s->parts);
        kernel_u32(k, images);
        kernel_u32(k, !isnan(o->range_lo));
        kernel_u64(k, double_bits(o->range_lo));
        kernel_u64(k, double_bits(o->range_hi));
    }
}

static void set_height_arguments(struct stages *s, enum stage stage, uint32_t images)
{
    struct kernel *k = s->kernel[stage];
    if (stage == STAGE_NORMALIZE) {
        kernel_buffer(k, s->samples);
        kernel_buffer(k, s->scales);
        kernel_buffer(k, s->heights);
        kernel_u32(k, s->chart.window);
        kernel_u64(k, s->stride);
        kernel_i32(k, s->chart.top);
        kernel_u32(k, s->chart.rise);
    } else {
        kernel_buffer(k, s->heights);
        kernel_buffer(k, s->x);
        kernel_u32(k, s->chart.window);
        kernel_u32(k, images);
    }
}

static void set_interpolate_arguments(struct stages *s)
{
    struct kernel *k = s->kernel[STAGE_INTERPOLATE];
    kernel_buffer(k, s->heights);
    kernel_buffer(k, s->x);
    kernel_buffer(k, s->step_inverse);
    kernel_buffer(k, s->firsts);
    kernel_buffer(k, s->spans);
    if (s->chart.options.antialias)
        kernel_buffer(k, s->edges);
    kernel_u32(k, s->chart.window);
    kernel_u32(k, s->reach);
    kernel_f32(k, s->chart.radius);
    kernel_u32(k, s->groups);
    kernel_u32(k, s->pitch);
    kernel_u32(k, s->chart.options.height);
}

static void set_pixel_arguments(struct stages *s, enum stage stage)
{
    struct kernel *k = s->kernel[stage];
    const struct plotmill_chart_options *o = &s->chart.options;
    if (stage != STAGE_FILL)
        kernel_buffer(k, s->spans);
    if (stage == STAGE_BLEND)
        kernel_buffer(k, s->edges);
    kernel_buffer(k, s->pixels);
    kernel_u32(k, o->width);
    kernel_u32(k, o->height);
    if (stage != STAGE_FILL)
        kernel_u32(k, s->pitch);
    kernel_u8(k, (uint8_t)o->background);
    if (stage != STAGE_FILL)
        kernel_u8(k, (uint8_t)o->foreground);
}

enum plotmill_status stages_run(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    struct kernel *kernel = s->kernel[stage];
    const struct shape *shape = &s->shape;
    const struct plotmill_chart_options *o = &s->chart.options;
    size_t limit = kernel_work_group_limit(kernel), n = (size_t)images;
    struct launch launch;
    kernel_begin(kernel);
    switch (stage) {
    case STAGE_EXTENT:
    case STAGE_SCALE:
        set_measure_arguments(s, stage, (uint32_t)images);
        launch = shape_launch_images(limit, stage == STAGE_EXTENT ? s->parts : 1, n, (size_t)s->batch);
        break;
    case STAGE_NORMALIZE:
        set_height_arguments(s, stage, (uint32_t)images);
        launch = shape_launch(shape, limit, shape->guard_samples, s->chart.window, 1, n);
        break;
    case STAGE_BRIDGE:
        set_height_arguments(s, stage, (uint32_t)images);
        launch = shape_launch_images(limit, 1, n, (size_t)s->batch);
        break;
    case STAGE_INTERPOLATE:
        set_interpolate_arguments(s);
        launch = shape_launch(shape, limit, shape->guard_groups, s->groups, 1, n);
        break;
    case STAGE_BLEND:
        set_pixel_arguments(s, stage);
        launch = shape_launch(shape, limit, shape->guard_columns, o->width, 1, n);
        break;
    default:
        set_pixel_arguments(s, stage);
        launch = shape_launch(shape, limit, shape->guard_pixels, o->width / shape->pixels, o->height, n);
    }
    return kernel_run(kernel, &launch, error);
}
