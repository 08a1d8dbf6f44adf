#include <math.h>
#include <string.h>

#include "base/try.h"
#include "cl/shared.h"
#include "render/stages.h"

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
    if (stage == STAGE_MINMAX) {
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

static void set_height_arguments(struct stages *s, enum stage stage)
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
    } else if (stage == STAGE_EDGES) {
        kernel_buffer(k, s->heights);
        kernel_buffer(k, s->x);
        kernel_buffer(k, s->step_inverse);
        kernel_buffer(k, s->edge_coeffs);
        kernel_u32(k, s->chart.window);
        kernel_f32(k, s->chart.radius);
    } else {
        kernel_buffer(k, s->heights);
        kernel_buffer(k, s->neighbours);
        kernel_buffer(k, s->x);
        kernel_u32(k, s->chart.window);
        kernel_u64(k, s->stride);
    }
}

static void set_stroke_arguments(struct stages *s, enum stage stage, uint32_t begin, uint32_t end)
{
    struct kernel *k = s->kernel[stage];
    kernel_buffer(k, s->heights);
    kernel_buffer(k, s->x);
    if (stage == STAGE_RASTERIZE)
        kernel_buffer(k, s->edge_coeffs);
    kernel_buffer(k, s->firsts);
    if (s->chart.options.antialias)
        kernel_buffer(k, s->subsampling);
    if (stage == STAGE_RASTERIZE)
        kernel_buffer(k, s->spans);
    if (stage == STAGE_RASTERIZE && s->chart.options.antialias) {
        kernel_buffer(k, s->edges);
        kernel_buffer(k, s->areas);
    }
    kernel_u32(k, s->chart.window);
    kernel_u32(k, begin);
    kernel_u32(k, end);
    kernel_f32(k, s->chart.radius);
    kernel_u32(k, s->groups);
    kernel_u32(k, s->pitch);
    if (stage == STAGE_RASTERIZE)
        kernel_u32(k, s->chart.options.height);
    if (stage == STAGE_RASTERIZE && s->chart.options.antialias)
        kernel_u32(k, end < s->reach || s->keep_edges);
    if (stage == STAGE_STEEP)
        kernel_u32(k, s->steep_columns);
}

static void set_paint_arguments(struct stages *s)
{
    struct kernel *k = s->kernel[STAGE_PAINT];
    const struct plotmill_chart_options *o = &s->chart.options;
    kernel_buffer(k, s->heights);
    kernel_buffer(k, s->x);
    kernel_buffer(k, s->edge_coeffs);
    kernel_buffer(k, s->firsts);
    kernel_buffer(k, s->subsampling);
    kernel_buffer(k, s->pixels);
    kernel_u32(k, s->chart.window);
    kernel_u32(k, s->reach);
    kernel_f32(k, s->chart.radius);
    kernel_u32(k, s->pitch);
    kernel_u32(k, o->width);
    kernel_u32(k, o->height);
    kernel_u8(k, (uint8_t)o->background);
    kernel_u8(k, (uint8_t)o->foreground);
}

static void set_pixel_arguments(struct stages *s, enum stage stage)
{
    struct kernel *k = s->kernel[stage];
    const struct plotmill_chart_options *o = &s->chart.options;
    if (stage == STAGE_BLEND)
        kernel_buffer(k, s->subsampling);
    if (stage != STAGE_FILL)
        kernel_buffer(k, s->spans);
    if (stage == STAGE_BLEND) {
        kernel_buffer(k, s->edges);
        kernel_buffer(k, s->areas);
    }
    kernel_buffer(k, s->pixels);
    kernel_u32(k, o->width);
    kernel_u32(k, o->height);
    if (stage != STAGE_FILL)
        kernel_u32(k, s->pitch);
    kernel_u8(k, (uint8_t)o->background);
    if (stage != STAGE_FILL)
        kernel_u8(k, (uint8_t)o->foreground);
}

static enum plotmill_status run_stroke(struct stages *s, enum stage stage, const struct launch *launch,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint32_t begin = 0; begin < s->reach && !status; begin += VERTICES_PER_LAUNCH) {
        uint32_t end = s->reach - begin > VERTICES_PER_LAUNCH ? begin + VERTICES_PER_LAUNCH : s->reach;
        kernel_begin(s->kernel[stage]);
        set_stroke_arguments(s, stage, begin, end);
        status = kernel_run(s->kernel[stage], launch, error);
    }
    return status;
}

enum plotmill_status stages_run(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    struct kernel *kernel = s->kernel[stage];
    const struct launch_config *shape = &s->shape;
    const struct plotmill_chart_options *o = &s->chart.options;
    size_t limit = kernel_work_group_limit(kernel), n = (size_t)images;
    struct launch launch;
    kernel_begin(kernel);
    switch (stage) {
    case STAGE_MINMAX:
    case STAGE_SCALE:
        set_measure_arguments(s, stage, (uint32_t)images);
        launch = launch_images(limit, stage == STAGE_MINMAX ? s->parts : 1, n, (size_t)s->batch);
        break;
    case STAGE_NORMALIZE:
    case STAGE_FILL_GAPS:
    case STAGE_EDGES:
        set_height_arguments(s, stage);
        launch = launch_grid(shape, limit, shape->guard_samples, s->chart.window, 1, n);
        break;
    case STAGE_STEEP: /* always guarded */
        launch = launch_grid(shape, limit, true, (s->groups - 1) / s->steep_columns + 1, 1, n);
        return run_stroke(s, stage, &launch, error);
    case STAGE_RASTERIZE:
        launch = launch_grid(shape, limit, shape->guard_groups, s->groups, 1, n);
        return run_stroke(s, stage, &launch, error);
    case STAGE_BLEND:
        set_pixel_arguments(s, stage);
        launch = launch_grid(shape, limit, shape->guard_pixels, o->width, (o->height - 1) / ROWS_PER_ITEM + 1, n);
        break;
    case STAGE_PAINT:
        set_paint_arguments(s);
        launch = (struct launch){{1, 1, n}, {1, 1, 1}};
        break;
    default:
        set_pixel_arguments(s, stage);
        launch = launch_grid(shape, limit, shape->guard_pixels, o->width / shape->pixels, o->height, n);
    }
    return kernel_run(kernel, &launch, error);
}

enum plotmill_status stages_run_all(struct stages *s, enum stage from, enum stage to, uint64_t images,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int stage = (int)from; stage < (int)to; stage++)
        if (stages_need(s, (enum stage)stage))
            TRY(stages_run(s, (enum stage)stage, images, error));
done:
    return status;
}
