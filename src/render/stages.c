#include "render/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "cl/shared.h"

/* A work-item of `find_steep` examines STEEP_COLUMNS columns, or one where these have more than STEEP_VERTICES vertices
 * or the driver ends long loops. */
#define STEEP_COLUMNS 16
#define STEEP_VERTICES 4096

/* `paint` is faster for few vertices per column, and images of which a cache holds two. */
#define PAINT_REACH 32
#define PAINT_PIXELS ((uint64_t)1 << 22)

/* Arguments of kernels that are numbers, by type. */
enum argument {
    /* 32 bits */
    ARG_WINDOW = BUF_COUNT,
    ARG_PART_SIZE,
    ARG_PARTS,
    ARG_IMAGES,
    ARG_FIXED_RANGE,
    ARG_TOP,
    ARG_RISE,
    ARG_BEGIN,
    ARG_END,
    ARG_GROUPS,
    ARG_PITCH,
    ARG_WIDTH,
    ARG_HEIGHT,
    ARG_COLUMNS,
    ARG_KEEP, /* only with antialiasing */
    /* 64 bits */
    ARG_STRIDE,
    ARG_LO,
    ARG_HI,
    /* 8 bits */
    ARG_BACKGROUND,
    ARG_FOREGROUND,
    /* float */
    ARG_RADIUS,
    ARG_COUNT
};

/* The kernels, and their arguments in order. Buffers that a chart does not need are left out. */
static const struct {
    const char *name;
    uint8_t arguments[18];
} kernels[STAGE_COUNT] = {
    [STAGE_MINMAX] = {"minmax",
                      {BUF_SAMPLES, BUF_EXTENTS, ARG_WINDOW, ARG_STRIDE, ARG_PART_SIZE, ARG_PARTS, ARG_IMAGES}},
    [STAGE_SCALE] = {"scale",
                     {BUF_EXTENTS, BUF_SCALES, BUF_RANGES, ARG_PARTS, ARG_IMAGES, ARG_FIXED_RANGE, ARG_LO, ARG_HI}},
    [STAGE_NORMALIZE] = {"normalize_samples",
                         {BUF_SAMPLES, BUF_SCALES, BUF_HEIGHTS, ARG_WINDOW, ARG_STRIDE, ARG_TOP, ARG_RISE}},
    [STAGE_FILL_GAPS] = {"fill_gaps", {BUF_HEIGHTS, BUF_NEIGHBOURS, BUF_X, ARG_WINDOW, ARG_STRIDE}},
    [STAGE_EDGES] = {"measure_edges", {BUF_HEIGHTS, BUF_X, BUF_STEP_INVERSE, BUF_EDGE_COEFFS, ARG_WINDOW, ARG_RADIUS}},
    [STAGE_STEEP] = {"find_steep",
                     {BUF_HEIGHTS, BUF_X, BUF_FIRSTS, BUF_SUBSAMPLING, ARG_WINDOW, ARG_BEGIN, ARG_END, ARG_RADIUS,
                      ARG_GROUPS, ARG_PITCH, ARG_COLUMNS}},
    [STAGE_RASTERIZE] = {"rasterize",
                         {BUF_HEIGHTS, BUF_X, BUF_EDGE_COEFFS, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_SPANS, BUF_EDGES,
                          BUF_AREAS, ARG_WINDOW, ARG_BEGIN, ARG_END, ARG_RADIUS, ARG_GROUPS, ARG_PITCH, ARG_HEIGHT,
                          ARG_KEEP}},
    [STAGE_STAMP] = {"stamp",
                     {BUF_SPANS, BUF_PIXELS, ARG_WIDTH, ARG_HEIGHT, ARG_PITCH, ARG_BACKGROUND, ARG_FOREGROUND}},
    [STAGE_BLEND] = {"blend",
                     {BUF_SUBSAMPLING, BUF_SPANS, BUF_EDGES, BUF_AREAS, BUF_PIXELS, ARG_WIDTH, ARG_HEIGHT, ARG_PITCH,
                      ARG_BACKGROUND, ARG_FOREGROUND}},
    [STAGE_PAINT] = {"paint",
                     {BUF_HEIGHTS, BUF_X, BUF_EDGE_COEFFS, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_PIXELS, ARG_WINDOW, ARG_END,
                      ARG_RADIUS, ARG_PITCH, ARG_WIDTH, ARG_HEIGHT, ARG_BACKGROUND, ARG_FOREGROUND}},
    [STAGE_FILL] = {"fill", {BUF_PIXELS, ARG_WIDTH, ARG_HEIGHT, ARG_BACKGROUND}},
};

const char *stage_name(enum stage stage)
{
    return kernels[stage].name;
}

bool stages_need(const struct stages *s, enum stage stage)
{
    switch (stage) {
    case STAGE_FILL_GAPS:
        return s->chart.options.missing == MISSING_BRIDGE;
    case STAGE_STEEP:
        return s->chart.options.antialias != 0;
    case STAGE_RASTERIZE:
    case STAGE_STAMP:
        return !s->paints;
    case STAGE_BLEND:
        return s->chart.options.antialias && !s->paints;
    case STAGE_PAINT:
        return s->paints;
    default:
        return stage < STAGE_FILL;
    }
}

/* Whether `paint` draws these charts, whose spans are then not available. The number of vertices in reach is determined
 * only where it may be small enough. */
static bool paints(const struct launch_config *config, const struct chart_options *options, uint64_t window,
                   enum payload payload)
{
    struct plotmill_error ignored;
    struct chart chart = {0};
    struct chart_reach reach = {0};
    bool result = payload == PAYLOAD_PIXELS && config->paint && window / options->width <= PAINT_REACH &&
                  (uint64_t)options->width * options->height <= PAINT_PIXELS &&
                  !chart_init(&chart, options, window, &ignored) &&
                  !chart_reach_init(&reach, &chart, config->lanes, &ignored) && reach.reach <= PAINT_REACH;
    chart_reach_finish(&reach);
    chart_finish(&chart);
    return result;
}

void stages_plan(struct stages *s, const struct device_info *device, struct item_limits items,
                 const struct chart_options *options, uint64_t window, const struct renderer_options *how)
{
    struct buffers *b = &s->buffers;
    s->config = launch_config_choose(how->launch, device, items, options, (uint32_t)window);
    s->parts = (uint32_t)((window + s->config.part_size - 1) / s->config.part_size);
    s->groups = (options->width + s->config.lanes - 1) / s->config.lanes;
    s->pitch = s->groups * s->config.lanes;
    s->paints = paints(&s->config, options, window, how->payload);

    b->need[BUF_X] = b->need[BUF_STEP_INVERSE] = (struct buffer_need){"tables", .first = window * 4};
    b->need[BUF_FIRSTS] = (struct buffer_need){"tables", .first = (uint64_t)s->groups * 4};
    b->need[BUF_SAMPLES] = (struct buffer_need){"samples", .first = window * 8, .further = how->stride * 8};
    if (options->missing == MISSING_BRIDGE)
        b->need[BUF_NEIGHBOURS] = (struct buffer_need){"neighbours", .first = window * 8, .further = how->stride * 8};
    buffers_need(b, BUF_EXTENTS, "extents", PLACE_DEVICE, (uint64_t)s->parts * 16);
    buffers_need(b, BUF_SCALES, "scales", PLACE_DEVICE, SCALE_WORDS * 8);
    buffers_need(b, BUF_RANGES, "ranges", PLACE_DOWNLOADED, 16);
    buffers_need(b, BUF_HEIGHTS, "heights", PLACE_DEVICE, window * 4);
    buffers_need(b, BUF_EDGE_COEFFS, "edge coefficients", PLACE_DEVICE, window * 16);
    if (options->antialias)
        buffers_need(b, BUF_SUBSAMPLING, "subsampling", PLACE_DEVICE, s->pitch);
    if (!s->paints)
        buffers_need(b, BUF_SPANS, "spans", PLACE_DEVICE, (uint64_t)s->pitch * SPAN_PLANES(options->antialias) * 2);
    if (options->antialias && !s->paints) {
        buffers_need(b, BUF_EDGES, "edges", PLACE_DEVICE, (uint64_t)s->pitch * EDGE_INTS * 4);
        buffers_need(b, BUF_AREAS, "areas", PLACE_DEVICE, (uint64_t)s->pitch * COLUMN_AREAS * 2);
    }
    buffers_need(b, BUF_PIXELS, "pixels", PLACE_DOWNLOADED, (uint64_t)options->width * options->height);
}

/* How many columns one work-item of `find_steep` can examine. */
static uint32_t steep_columns(const struct chart_reach *reach, const struct launch_config *config)
{
    if (!config->long_loops)
        return 1;
    for (uint32_t g = 0; g + STEEP_COLUMNS - 1 < reach->groups; g++)
        if (reach->firsts[g + STEEP_COLUMNS - 1] - reach->firsts[g] > STEEP_VERTICES)
            return 1;
    return STEEP_COLUMNS;
}

enum plotmill_status stages_init(struct stages *s, struct compute *compute, const struct chart_options *options,
                                 uint64_t window, const struct renderer_options *how, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_reach reach = {0};
    char defines[256];
    *s = (struct stages){.compute = compute, .batch = how->batch, .stride = how->stride};
    TRY(chart_init(&s->chart, options, window, error));
    stages_plan(s, compute_device(compute), compute_item_limits(compute), options, window, how);
    TRY(chart_reach_init(&reach, &s->chart, s->config.lanes, error));
    s->reach = reach.reach;
    s->steep_columns = steep_columns(&reach, &s->config);
    launch_config_defines(&s->config, options, defines, sizeof defines);
    TRY(program_build(&s->program, compute, defines, error));
    for (int i = 0; i < STAGE_COUNT; i++)
        if (i == STAGE_FILL || stages_need(s, (enum stage)i))
            TRY(kernel_create(&s->kernel[i], compute, s->program, kernels[i].name, error));
    TRY(buffers_create(&s->buffers, compute, s->batch, error));
    TRY(buffers_write_table(&s->buffers, BUF_X, s->chart.x, error));
    TRY(buffers_write_table(&s->buffers, BUF_STEP_INVERSE, s->chart.step_inverse, error));
    TRY(buffers_write_table(&s->buffers, BUF_FIRSTS, reach.firsts, error));
done:
    chart_reach_finish(&reach);
    if (status)
        stages_finish(s);
    return status;
}

void stages_finish(struct stages *s)
{
    buffers_destroy(&s->buffers);
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
    struct buffer *const *buffer = s->buffers.at;
    size_t count = (size_t)((images - 1) * s->stride + s->chart.window);
    uint32_t *neighbours = NULL;
    TRY(buffer_write(buffer[BUF_SAMPLES], 0, samples, count * sizeof *samples, error));
    if (buffer[BUF_NEIGHBOURS] && any_missing(samples, count)) { /* only missing samples have theirs looked up */
        TRY_ALLOCATE(error, neighbours, count, 2 * sizeof *neighbours);
        find_neighbours(samples, count, neighbours);
        TRY(buffer_write(buffer[BUF_NEIGHBOURS], 0, neighbours, count * 2 * sizeof *neighbours, error));
    }
done:
    free(neighbours);
    return status;
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value == 0 ? 0 : bits;
}

static void set_arguments(struct stages *s, enum stage stage, uint64_t images, uint32_t begin, uint32_t end)
{
    const struct chart_options *o = &s->chart.options;
    struct kernel *kernel = s->kernel[stage];
    const uint64_t values[ARG_COUNT] = {
        [ARG_WINDOW] = s->chart.window,
        [ARG_PART_SIZE] = s->config.part_size,
        [ARG_PARTS] = s->parts,
        [ARG_IMAGES] = images,
        [ARG_FIXED_RANGE] = !isnan(o->range_lo),
        [ARG_TOP] = (uint32_t)s->chart.top,
        [ARG_RISE] = s->chart.rise,
        [ARG_BEGIN] = begin,
        [ARG_END] = end,
        [ARG_GROUPS] = s->groups,
        [ARG_PITCH] = s->pitch,
        [ARG_WIDTH] = o->width,
        [ARG_HEIGHT] = o->height,
        [ARG_COLUMNS] = s->steep_columns,
        [ARG_KEEP] = end < s->reach || s->keep_edges,
        [ARG_STRIDE] = s->stride,
        [ARG_LO] = double_bits(o->range_lo),
        [ARG_HI] = double_bits(o->range_hi),
        [ARG_BACKGROUND] = (uint64_t)o->background,
        [ARG_FOREGROUND] = (uint64_t)o->foreground,
    };
    kernel_begin(kernel);
    for (const uint8_t *argument = kernels[stage].arguments; *argument != BUF_NONE; argument++) {
        if (*argument >= ARG_RADIUS)
            kernel_f32(kernel, s->chart.radius);
        else if (*argument >= ARG_BACKGROUND)
            kernel_u8(kernel, (uint8_t)values[*argument]);
        else if (*argument >= ARG_STRIDE)
            kernel_u64(kernel, values[*argument]);
        else if (*argument == ARG_KEEP && !o->antialias)
            continue;
        else if (*argument >= ARG_WINDOW)
            kernel_u32(kernel, (uint32_t)values[*argument]);
        else if (s->buffers.at[*argument])
            kernel_buffer(kernel, s->buffers.at[*argument]);
    }
}

enum plotmill_status stages_run(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct launch_config *config = &s->config;
    const struct chart_options *o = &s->chart.options;
    size_t limit = kernel_work_group_limit(s->kernel[stage]), n = (size_t)images;
    uint32_t vertices = s->reach; /* per launch */
    struct launch launch;
    switch (stage) {
    case STAGE_MINMAX:
    case STAGE_SCALE:
        launch = launch_images(limit, stage == STAGE_MINMAX ? s->parts : 1, n, (size_t)s->batch);
        break;
    case STAGE_NORMALIZE:
    case STAGE_FILL_GAPS:
    case STAGE_EDGES:
        launch = launch_grid(config, limit, config->guard_samples, s->chart.window, 1, n);
        break;
    case STAGE_STEEP: /* the kernel always has a guard */
        launch = launch_grid(config, limit, true, (s->groups - 1) / s->steep_columns + 1, 1, n);
        vertices = config->vertices;
        break;
    case STAGE_RASTERIZE:
        launch = launch_grid(config, limit, config->guard_groups, s->groups, 1, n);
        vertices = config->vertices;
        break;
    case STAGE_BLEND:
        launch = launch_grid(config, limit, config->guard_pixels, o->width, (o->height - 1) / ROWS_PER_ITEM + 1, n);
        break;
    case STAGE_PAINT:
        launch = (struct launch){{1, 1, n}, {1, 1, 1}};
        break;
    default:
        launch = launch_grid(config, limit, config->guard_pixels, o->width / config->pixels, o->height, n);
    }
    for (uint32_t begin = 0; begin < s->reach && !status; begin += vertices) {
        set_arguments(s, stage, images, begin, s->reach - begin > vertices ? begin + vertices : s->reach);
        status = kernel_run(s->kernel[stage], &launch, error);
    }
    return status;
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
