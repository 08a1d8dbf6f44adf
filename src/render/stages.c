#include "render/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"

/* A work-item of `find_steep` examines STEEP_COLUMNS columns, or one where these have more than STEEP_VERTICES vertices
 * or the driver ends long loops. */
#define STEEP_COLUMNS 16
#define STEEP_VERTICES 4096

/* `paint` is faster for few vertices per column, and images of which a cache holds two. */
#define PAINT_REACH 32
#define PAINT_PIXELS ((uint64_t)1 << 22)

/* Samples that are worth a work-item. */
#define SAMPLES_LEAST 64

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
    ARG_SHARE,
    ARG_ROW_SHARE,
    ARG_GROUPS,
    ARG_PITCH,
    ARG_WIDTH,
    ARG_HEIGHT,
    ARG_COLUMNS,
    ARG_KEEP, /* only with antialiasing */
    /* 64 bits */
    ARG_LO,
    ARG_HI,
    /* 8 bits */
    ARG_BACKGROUND,
    ARG_FOREGROUND,
    ARG_COUNT
};

/* The kernels, and their arguments in order. Buffers that a chart does not need are left out. */
static const struct {
    const char *name;
    uint8_t arguments[18];
} kernels[STAGE_COUNT] = {
    [STAGE_MINMAX] = {"minmax",
                      {BUF_SAMPLES, BUF_EXTENTS, BUF_STARTS, ARG_WINDOW, ARG_PART_SIZE, ARG_PARTS, ARG_IMAGES}},
    [STAGE_SCALE] = {"scale",
                     {BUF_EXTENTS, BUF_SCALES, BUF_RANGES, ARG_PARTS, ARG_IMAGES, ARG_FIXED_RANGE, ARG_LO, ARG_HI}},
    [STAGE_NORMALIZE] = {"normalize_samples",
                         {BUF_SAMPLES, BUF_SCALES, BUF_HEIGHTS, BUF_STARTS, ARG_WINDOW, ARG_SHARE, ARG_TOP, ARG_RISE}},
    [STAGE_FILL_GAPS] = {"fill_gaps", {BUF_HEIGHTS, BUF_NEIGHBOURS, BUF_X, BUF_STARTS, ARG_WINDOW, ARG_SHARE}},
    [STAGE_EDGES] = {"measure_edges",
                     {BUF_HEIGHTS, BUF_X, BUF_STEP_INVERSE, BUF_EDGE_COEFFS, BUF_RADII, ARG_WINDOW, ARG_SHARE}},
    [STAGE_STEEP] = {"find_steep",
                     {BUF_HEIGHTS, BUF_X, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_RADII, BUF_REACHES, ARG_WINDOW, ARG_BEGIN,
                      ARG_END, ARG_GROUPS, ARG_SHARE, ARG_PITCH, ARG_COLUMNS}},
    [STAGE_RASTERIZE] = {"rasterize",
                         {BUF_HEIGHTS, BUF_X, BUF_EDGE_COEFFS, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_SPANS, BUF_EDGES,
                          BUF_AREAS, BUF_RADII, ARG_WINDOW, ARG_BEGIN, ARG_END, ARG_GROUPS, ARG_SHARE, ARG_PITCH,
                          ARG_HEIGHT, ARG_KEEP}},
    [STAGE_STAMP] = {"stamp",
                     {BUF_SPANS, BUF_PIXELS, ARG_WIDTH, ARG_HEIGHT, ARG_SHARE, ARG_ROW_SHARE, ARG_PITCH, ARG_BACKGROUND,
                      ARG_FOREGROUND}},
    [STAGE_BLEND] = {"blend",
                     {BUF_SUBSAMPLING, BUF_SPANS, BUF_EDGES, BUF_AREAS, BUF_PIXELS, ARG_WIDTH, ARG_HEIGHT, ARG_SHARE,
                      ARG_PITCH, ARG_BACKGROUND, ARG_FOREGROUND}},
    [STAGE_PAINT] = {"paint",
                     {BUF_HEIGHTS, BUF_X, BUF_EDGE_COEFFS, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_PIXELS, BUF_RADII,
                      ARG_WINDOW, ARG_END, ARG_PITCH, ARG_WIDTH, ARG_HEIGHT, ARG_BACKGROUND, ARG_FOREGROUND}},
    [STAGE_FILL] = {"fill", {BUF_PIXELS, ARG_WIDTH, ARG_HEIGHT, ARG_SHARE, ARG_ROW_SHARE, ARG_BACKGROUND}},
};

const char *stage_name(enum stage stage)
{
    return kernels[stage].name;
}

/* `stamp` and `fill` are several kernels, by the pixels per store. */
static const char *kernel_name(enum stage stage, uint32_t pixels)
{
    static const char *const stamps[] = {"stamp_4", "stamp_8", "stamp_16"}, *const fills[] = {"fill_4", "fill_8",
                                                                                              "fill_16"};
    if ((stage != STAGE_STAMP && stage != STAGE_FILL) || pixels == 1)
        return kernels[stage].name;
    return (stage == STAGE_STAMP ? stamps : fills)[pixels / 8];
}

bool stages_need(const struct stages *s, enum stage stage)
{
    switch (stage) {
    case STAGE_FILL_GAPS:
        return s->chart.options.missing == MISSING_BRIDGE && (!s->series || s->series->neighbours);
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

/* The radius of the widest stroke. */
static float widest(const struct line_layout *chart, const struct renderer_options *how)
{
    return how->widest > 0 ? line_radius(how->widest) : chart->radius;
}

/* Whether `paint` draws these charts, whose spans are then not available. The number of vertices in reach is determined
 * only where it may be small enough. */
static bool paints(const struct launch_config *config, const struct chart_options *options, uint64_t window,
                   const struct renderer_options *how)
{
    struct plotmill_error ignored;
    struct line_layout chart = {0};
    struct line_reach reach = {0};
    bool result =
        how->payload == PAYLOAD_PIXELS && config->paint && !how->no_paint && window / options->width <= PAINT_REACH &&
        (uint64_t)options->width * options->height <= PAINT_PIXELS &&
        !line_layout_init(&chart, options, window, &ignored) &&
        !line_reach_init(&reach, &chart, widest(&chart, how), config->lanes, &ignored) && reach.reach <= PAINT_REACH;
    line_reach_finish(&reach);
    line_layout_finish(&chart);
    return result;
}

void stages_plan(struct stages *s, const struct device_info *device, struct item_limits items,
                 const struct chart *model, uint64_t window, const struct renderer_options *how)
{
    const struct chart_options line = line_options(model, 0), *options = &line;
    struct buffers *b = &s->buffers;
    s->config = launch_config_choose(how->launch, device, items, model->width, model->antialias, (uint32_t)window);
    s->parts = (uint32_t)((window + s->config.part_size - 1) / s->config.part_size);
    s->groups = (options->width + s->config.lanes - 1) / s->config.lanes;
    s->pitch = s->groups * s->config.lanes;
    s->paints = paints(&s->config, options, window, how);

    b->need[BUF_X] = b->need[BUF_STEP_INVERSE] = (struct buffer_need){"tables", .first = window * 4};
    b->need[BUF_FIRSTS] = (struct buffer_need){"tables", .first = (uint64_t)s->groups * 4};
    buffers_need(b, BUF_STARTS, "starts", PLACE_DEVICE, 8);
    buffers_need(b, BUF_RADII, "radii", PLACE_DEVICE, 4);
    if (options->antialias)
        buffers_need(b, BUF_REACHES, "reaches", PLACE_DEVICE, 4);
    if (how->stride)
        b->need[BUF_SAMPLES] = (struct buffer_need){"samples", .first = window * 8, .further = how->stride * 8};
    if (how->stride && options->missing == MISSING_BRIDGE)
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
    if (!how->no_pixels)
        buffers_need(b, BUF_PIXELS, "pixels", PLACE_DOWNLOADED, (uint64_t)options->width * options->height);
}

/* How many columns one work-item of `find_steep` can examine. */
static uint32_t steep_columns(const struct line_reach *reach, const struct launch_config *config)
{
    if (!config->long_loops)
        return 1;
    for (uint32_t g = 0; g + STEEP_COLUMNS - 1 < reach->groups; g++)
        if (reach->firsts[g + STEEP_COLUMNS - 1] - reach->firsts[g] > STEEP_VERTICES)
            return 1;
    return STEEP_COLUMNS;
}

/* Which vertices each group of columns examines for strokes of this radius or less. */
static enum plotmill_status set_widest(struct stages *s, float radius, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    s->radius = 0;
    line_reach_finish(&s->table);
    TRY(line_reach_init(&s->table, &s->chart, radius, s->config.lanes, error));
    s->reach = s->table.reach;
    s->steep_columns = steep_columns(&s->table, &s->config);
    TRY(buffers_write_table(&s->buffers, BUF_FIRSTS, s->table.firsts, error));
    s->radius = radius;
done:
    return status;
}

/* Fills s->radii and s->reaches, and queues their upload. */
static enum plotmill_status set_radii(struct stages *s, uint64_t images, const double *line_widths,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *const *buffer = s->buffers.at;
    float radius = 0;
    for (uint64_t k = 0; k < images; k++) {
        s->radii[k] = line_widths ? line_radius(line_widths[k]) : s->chart.radius;
        radius = fmaxf(radius, s->radii[k]);
    }
    if (radius != s->radius)
        TRY(set_widest(s, radius, error));
    s->reach = s->table.reach;
    for (uint64_t k = 0; k < images && buffer[BUF_REACHES]; k++) {
        uint32_t needed = s->table.reach;
        if (k && s->radii[k] == s->radii[k - 1])
            s->reaches[k] = s->reaches[k - 1];
        else
            s->reaches[k] = s->radii[k] == radius ? s->table.reach
                                                  : line_reach_narrower(&s->table, &s->chart, s->radii[k], &needed);
        s->reach = MAX(s->reach, needed);
    }
    TRY(buffer_write_later(buffer[BUF_RADII], s->radii, (size_t)images * sizeof *s->radii, error));
    if (buffer[BUF_REACHES])
        TRY(buffer_write_later(buffer[BUF_REACHES], s->reaches, (size_t)images * sizeof *s->reaches, error));
    s->radii_set = !line_widths && images == s->batch;
done:
    return status;
}

enum plotmill_status stages_place(struct stages *s, uint64_t images, const uint64_t *starts, const double *line_widths,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (line_widths || !s->radii_set)
        TRY(set_radii(s, line_widths ? images : s->batch, line_widths, error));
    if (!starts && s->starts_set)
        return PLOTMILL_OK;
    for (uint64_t k = 0; k < (starts ? images : s->batch); k++)
        s->starts[k] = starts ? starts[k] : k * s->stride;
    TRY(buffer_write_later(s->buffers.at[BUF_STARTS], s->starts,
                           (size_t)(starts ? images : s->batch) * sizeof *s->starts, error));
    s->starts_set = !starts;
done:
    return status;
}

enum plotmill_status stages_init(struct stages *s, struct compute *compute, const struct chart *model, uint64_t window,
                                 const struct renderer_options *how, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char defines[256];
    *s = (struct stages){.compute = compute, .model = model, .batch = how->batch, .stride = how->stride};
    const struct chart_options options = line_options(model, 0);
    TRY(line_layout_init(&s->chart, &options, window, error));
    stages_plan(s, compute_device(compute), compute_item_limits(compute), model, window, how);
    launch_config_defines(&s->config, model->antialias, defines, sizeof defines);
    TRY(program_build(&s->program, compute, defines, error));
    for (int i = 0; i < STAGE_COUNT; i++)
        if (i == STAGE_FILL || stages_need(s, (enum stage)i))
            TRY(kernel_create(&s->kernel[i], compute, s->program, kernel_name((enum stage)i, s->config.pixels), error));
    TRY_ALLOCATE(error, s->starts, s->batch, sizeof *s->starts);
    TRY_ALLOCATE(error, s->radii, s->batch, sizeof *s->radii);
    TRY_ALLOCATE(error, s->reaches, s->batch, sizeof *s->reaches);
    TRY(buffers_create(&s->buffers, compute, s->batch, error));
    TRY(stages_place(s, s->batch, NULL, NULL, error));
    TRY(buffers_write_table(&s->buffers, BUF_X, s->chart.x, error)); /* waits, also for stages_place */
    TRY(buffers_write_table(&s->buffers, BUF_STEP_INVERSE, s->chart.step_inverse, error));
done:
    if (status)
        stages_finish(s);
    return status;
}

void stages_finish(struct stages *s)
{
    buffers_destroy(&s->buffers);
    for (int i = 0; i < STAGE_COUNT; i++)
        kernel_destroy(s->kernel[i]);
    line_reach_finish(&s->table);
    line_layout_finish(&s->chart);
    free(s->starts);
    free(s->radii);
    free(s->reaches);
    *s = (struct stages){0};
}

enum plotmill_status stages_upload(struct stages *s, const double *samples, uint64_t images,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *const *buffer = s->buffers.at;
    size_t count = (size_t)((images - 1) * s->stride + s->chart.window);
    uint32_t *neighbours = NULL;
    TRY(buffer_write(buffer[BUF_SAMPLES], 0, samples, count * sizeof *samples, error));
    if (buffer[BUF_NEIGHBOURS] && samples_any_missing(samples, count)) { /* only missing samples have theirs read */
        TRY_ALLOCATE(error, neighbours, count, 2 * sizeof *neighbours);
        samples_find_neighbours(samples, count, neighbours);
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

/* What a stage reads and writes. */
static const struct buffer *buffer_of(const struct stages *s, int id)
{
    if (s->series && (id == BUF_SAMPLES || id == BUF_NEIGHBOURS))
        return id == BUF_SAMPLES ? s->series->samples : s->series->neighbours;
    return s->pixels && id == BUF_PIXELS ? s->pixels : s->buffers.at[id];
}

static void set_arguments(struct stages *s, enum stage stage, const struct shared_launch *launch, uint64_t images,
                          uint32_t begin, uint32_t end)
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
        [ARG_SHARE] = launch->share,
        [ARG_ROW_SHARE] = launch->row_share,
        [ARG_GROUPS] = s->groups,
        [ARG_PITCH] = s->pitch,
        [ARG_WIDTH] = o->width,
        [ARG_HEIGHT] = o->height,
        [ARG_COLUMNS] = s->steep_columns,
        [ARG_KEEP] = end < s->reach || s->keep_edges,
        [ARG_LO] = double_bits(o->range_lo),
        [ARG_HI] = double_bits(o->range_hi),
        [ARG_BACKGROUND] = (uint64_t)o->background,
        [ARG_FOREGROUND] = (uint64_t)o->foreground,
    };
    kernel_begin(kernel);
    for (const uint8_t *argument = kernels[stage].arguments; *argument != BUF_NONE; argument++) {
        if (*argument >= ARG_BACKGROUND)
            kernel_u8(kernel, (uint8_t)values[*argument]);
        else if (*argument >= ARG_LO)
            kernel_u64(kernel, values[*argument]);
        else if (*argument == ARG_KEEP && !o->antialias)
            continue;
        else if (*argument >= ARG_WINDOW)
            kernel_u32(kernel, (uint32_t)values[*argument]);
        else if (buffer_of(s, *argument))
            kernel_buffer(kernel, buffer_of(s, *argument));
    }
}

static struct shared_launch launch_of(const struct stages *s, enum stage stage, uint64_t images)
{
    const struct launch_config *config = &s->config;
    const struct chart_options *o = &s->chart.options;
    const size_t limit = kernel_work_group_limit(s->kernel[stage]), n = (size_t)images, batch = (size_t)s->batch;
    struct shared_launch shared = {.share = 1, .row_share = 1};
    switch (stage) {
    case STAGE_MINMAX:
    case STAGE_SCALE:
        shared.launch = launch_images(config, limit, stage == STAGE_MINMAX ? s->parts : 1, n);
        break;
    case STAGE_NORMALIZE:
    case STAGE_FILL_GAPS:
    case STAGE_EDGES:
        return launch_shares(config, limit, SAMPLES_LEAST, s->chart.window, 1, n, batch);
    case STAGE_STEEP:
        return launch_shares(config, limit, 1, (s->groups - 1) / s->steep_columns + 1, 1, n, batch);
    case STAGE_RASTERIZE:
        return launch_shares(config, limit, 1, s->groups, 1, n, batch);
    case STAGE_BLEND:
        shared = launch_shares(config, limit, 1, o->width, 1, n, batch);
        shared.launch.global[1] = (o->height - 1) / ROWS_PER_ITEM + 1;
        break;
    case STAGE_PAINT:
        shared.launch = (struct launch){{1, 1, n}, {1, 1, 1}};
        break;
    default:
        return launch_shares(config, limit, 1, o->width / config->pixels, o->height, n, batch);
    }
    return shared;
}

enum plotmill_status stages_run(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct shared_launch shared = launch_of(s, stage, images);
    const bool split = stage == STAGE_STEEP || stage == STAGE_RASTERIZE;
    const uint32_t vertices = split ? s->config.vertices : s->reach; /* per launch */
    for (uint32_t begin = 0; begin < s->reach && !status; begin += vertices) {
        set_arguments(s, stage, &shared, images, begin, s->reach - begin > vertices ? begin + vertices : s->reach);
        status = kernel_run(s->kernel[stage], &shared.launch, error);
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
