#include "render/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"

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
    ARG_FIELDS,
    ARG_FIELD,
    ARG_PANELS,
    ARG_PANEL,
    ARG_LEAD,
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
    ARG_ABOVE,
    ARG_BELOW,
    ARG_SPAN_SIZE,
    ARG_SPANS_AT,
    ARG_COLUMNS,
    /* only with antialiasing */
    ARG_SHADED,
    ARG_SHADED_AT,
    ARG_KEEP,
    /* 8 bits */
    ARG_BACKGROUND,
    ARG_FOREGROUND,
    ARG_COUNT
};

/* The kernels, and their arguments in order. Buffers that a chart does not need are left out. */
static const struct {
    const char *name;
    uint8_t arguments[24];
} kernels[STAGE_COUNT] = {
    [STAGE_MINMAX] = {"minmax",
                      {BUF_SAMPLES, BUF_EXTENTS, BUF_STARTS, BUF_ROWS_BEFORE, BUF_PANELS, BUF_ENTRIES, ARG_WINDOW,
                       ARG_PART_SIZE, ARG_PARTS, ARG_IMAGES, ARG_FIELDS}},
    [STAGE_SCALE] = {"scale", {BUF_EXTENTS, BUF_SCALES, BUF_RANGES, BUF_PANELS, ARG_PARTS, ARG_IMAGES}},
    [STAGE_NORMALIZE] = {"normalize_samples",
                         {BUF_SAMPLES, BUF_SCALES, BUF_HEIGHTS, BUF_STARTS, BUF_ROWS_BEFORE, BUF_PANELS, ARG_WINDOW,
                          ARG_SHARE, ARG_FIELDS, ARG_FIELD, ARG_PANELS, ARG_PANEL, ARG_LEAD, ARG_TOP, ARG_RISE}},
    [STAGE_FILL_GAPS] = {"fill_gaps",
                         {BUF_HEIGHTS, BUF_NEIGHBOURS, BUF_X, BUF_STARTS, ARG_WINDOW, ARG_SHARE, ARG_FIELDS,
                          ARG_FIELD}},
    [STAGE_EDGES] = {"measure_edges",
                     {BUF_HEIGHTS, BUF_X, BUF_STEP_INVERSE, BUF_EDGE_COEFFS, BUF_RADII, ARG_WINDOW, ARG_SHARE}},
    [STAGE_STEEP] = {"find_steep",
                     {BUF_HEIGHTS, BUF_X, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_RADII, BUF_REACHES, ARG_WINDOW, ARG_BEGIN,
                      ARG_END, ARG_GROUPS, ARG_SHARE, ARG_SHADED, ARG_SHADED_AT, ARG_COLUMNS}},
    [STAGE_RASTERIZE] = {"rasterize",
                         {BUF_HEIGHTS,  BUF_X,      BUF_EDGE_COEFFS, BUF_FIRSTS, BUF_SUBSAMPLING, BUF_SPANS,
                          BUF_EDGES,    BUF_AREAS,  BUF_RADII,       ARG_WINDOW, ARG_BEGIN,       ARG_END,
                          ARG_GROUPS,   ARG_SHARE,  ARG_PITCH,       ARG_ABOVE,  ARG_BELOW,       ARG_SPAN_SIZE,
                          ARG_SPANS_AT, ARG_SHADED, ARG_SHADED_AT,   ARG_KEEP}},
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
    const struct stroke *stroke = s->stroke_count ? &s->strokes[s->stroke] : NULL;
    switch (stage) {
    case STAGE_NORMALIZE:
    case STAGE_EDGES:
        return stroke;
    case STAGE_FILL_GAPS:
        return stroke && s->model->layers[stroke->layer].missing == MISSING_BRIDGE &&
               (!s->series || s->series->neighbours);
    case STAGE_STEEP:
        return stroke && s->model->antialias;
    case STAGE_RASTERIZE:
        return stroke && !s->paints;
    case STAGE_STAMP:
        return s->single && !s->paints;
    case STAGE_BLEND:
        return s->single && s->model->antialias && !s->paints;
    case STAGE_PAINT:
        return s->paints;
    default:
        return stage < STAGE_FILL;
    }
}

/* Whether `paint` draws these charts, whose spans are then not available. The number of vertices in reach is determined
 * only where it may be small enough. */
static bool paints(const struct launch_config *config, const struct chart *model, uint64_t window,
                   const struct renderer_options *how)
{
    struct plotmill_error ignored;
    struct line_layout layout = {0};
    struct line_reach reach = {0};
    bool result = how->payload == PAYLOAD_PIXELS && config->paint && !how->no_paint &&
                  window / model->width <= PAINT_REACH && (uint64_t)model->width * model->height <= PAINT_PIXELS &&
                  !line_layout_of(&layout, model, 0, window, &ignored) &&
                  !line_reach_init(&reach, &layout, how->widest > 0 ? line_radius(how->widest) : layout.radius,
                                   config->lanes, &ignored) &&
                  reach.reach <= PAINT_REACH;
    line_reach_finish(&reach);
    line_layout_finish(&layout);
    return result;
}

static void plan_tables(struct stages *s)
{
    const struct chart *model = s->model;
    struct buffers *b = &s->buffers;
    uint64_t entries = 0;
    for (uint32_t i = 0; i < model->panel_count; i++)
        entries += model->panels[i].scale_count;
    b->need[BUF_PANELS] = (struct buffer_need){"tables", .first = model->panel_count * sizeof(struct panel_scale)};
    b->need[BUF_ENTRIES] = (struct buffer_need){"tables", .first = MAX(entries, 1) * sizeof(struct scale_entry)};
    if (!s->single)
        b->need[BUF_LAYERS] = (struct buffer_need){"tables", .first = s->layers.span_count * sizeof(struct span_layer)};
}

/* What the stages of a batch read and write. */
static void plan_batch(struct stages *s, const struct renderer_options *how)
{
    const struct chart *model = s->model;
    const uint64_t panels = model->panel_count, row = (uint64_t)model->field_count * 8,
                   shaded = s->layers.shaded_columns;
    struct buffers *b = &s->buffers;
    buffers_need(b, BUF_STARTS, "starts", PLACE_DEVICE, 8);
    buffers_need(b, BUF_ROWS_BEFORE, "rows before", PLACE_DEVICE, 4);
    if (how->stride)
        b->need[BUF_SAMPLES] = (struct buffer_need){"samples", .first = s->window * row, .further = how->stride * row};
    if (how->stride && chart_has_missing(model, MISSING_BRIDGE))
        b->need[BUF_NEIGHBOURS] =
            (struct buffer_need){"neighbours", .first = s->window * row, .further = how->stride * row};
    buffers_need(b, BUF_EXTENTS, "extents", PLACE_DEVICE, panels * s->parts * 16);
    buffers_need(b, BUF_SCALES, "scales", PLACE_DEVICE, panels * SCALE_WORDS * 8);
    buffers_need(b, BUF_RANGES, "ranges", PLACE_DOWNLOADED, panels * 16);
    if (s->stroke_count) {
        buffers_need(b, BUF_HEIGHTS, "heights", PLACE_DEVICE, (uint64_t)s->window * 4);
        buffers_need(b, BUF_EDGE_COEFFS, "edge coefficients", PLACE_DEVICE, (uint64_t)s->window * 16);
    }
    if (s->shaded)
        buffers_need(b, BUF_SUBSAMPLING, "subsampling", PLACE_DEVICE, shaded);
    if (!s->paints)
        buffers_need(b, BUF_SPANS, "spans", PLACE_DEVICE, (uint64_t)s->layers.span_size * 2);
    if (s->shaded && !s->paints) {
        buffers_need(b, BUF_EDGES, "edges", PLACE_DEVICE, shaded * EDGE_INTS * 4);
        buffers_need(b, BUF_AREAS, "areas", PLACE_DEVICE, shaded * COLUMN_AREAS * 2);
    }
    if (!how->no_pixels)
        buffers_need(b, BUF_PIXELS, "pixels", PLACE_DOWNLOADED,
                     (uint64_t)model->width * model->height * model->channels);
}

enum plotmill_status stages_plan(struct stages *s, const struct device_info *device, struct item_limits items,
                                 const struct chart *model, uint64_t window, const struct renderer_options *how,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    s->model = model;
    s->window = (uint32_t)window;
    s->single = chart_single_line(model);
    s->shaded = chart_is_shaded(model);
    s->config = launch_config_choose(how->launch, device, items, model->width, s->shaded, s->window);
    s->parts = (uint32_t)((window + s->config.part_size - 1) / s->config.part_size);
    s->paints = s->single && paints(&s->config, model, window, how);
    TRY(layer_table_init(&s->layers, model, s->config.lanes, error));
    TRY_ALLOCATE(error, s->strokes, model->layer_count, sizeof *s->strokes);
    for (uint32_t i = 0; i < model->layer_count; i++)
        if (layer_is_stroke(&model->layers[i]))
            stroke_plan(&s->strokes[s->stroke_count++], model, i, &s->config, window, s->shaded);
    plan_tables(s);
    plan_batch(s, how);
done:
    return status;
}

void stages_add_needs(const struct stages *s, bool discrete, struct memory_needs *needs)
{
    buffers_add_needs(&s->buffers, discrete, needs);
    for (uint32_t i = 0; i < s->stroke_count; i++)
        buffers_add_needs(&s->strokes[i].buffers, discrete, needs);
}

static uint64_t double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return value == 0 ? 0 : bits;
}

/* The tables of the chart. Waits. */
static enum plotmill_status write_tables(struct stages *s, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *model = s->model;
    struct panel_scale *panels = NULL;
    struct scale_entry *entries = NULL;
    uint32_t count = 0;
    TRY_ALLOCATE(error, panels, model->panel_count, sizeof *panels);
    TRY_ALLOCATE(error, entries, s->buffers.need[BUF_ENTRIES].first / sizeof *entries, sizeof *entries);
    for (uint32_t i = 0; i < model->panel_count; i++) {
        const struct chart_panel *panel = &model->panels[i];
        panels[i] = (struct panel_scale){.lo = double_bits(panel->lo),
                                         .hi = double_bits(panel->hi),
                                         .range = panel->range == RANGE_FIXED  ? Y_FIXED
                                                  : panel->range == RANGE_ZERO ? Y_ZERO
                                                                               : Y_MINMAX,
                                         .clip = panel->clip,
                                         .first = count,
                                         .count = panel->scale_count};
        for (uint32_t k = 0; k < panel->scale_count; k++)
            entries[count++] = (struct scale_entry){
                .field = panel->scale[k].field, .lead = panel->scale[k].lead, .absolute = panel->scale[k].absolute};
    }
    TRY(buffers_write_table(&s->buffers, BUF_PANELS, panels, error));
    TRY(buffers_write_table(&s->buffers, BUF_ENTRIES, entries, error));
    if (!s->single)
        TRY(buffers_write_table(&s->buffers, BUF_LAYERS, s->layers.spans, error));
done:
    free(panels);
    free(entries);
    return status;
}

/* Queues rows_before; NULL: enough, for the whole batch. */
static enum plotmill_status set_rows_before(struct stages *s, uint64_t images, const uint32_t *rows_before,
                                            struct plotmill_error *error)
{
    if (!rows_before && s->rows_set)
        return PLOTMILL_OK;
    images = rows_before ? images : s->batch;
    for (uint64_t k = 0; k < images; k++)
        s->rows_before[k] = rows_before ? rows_before[k] : UINT32_MAX;
    s->rows_set = !rows_before;
    return buffer_write_later(s->buffers.at[BUF_ROWS_BEFORE], s->rows_before, (size_t)images * sizeof *s->rows_before,
                              error);
}

enum plotmill_status stages_place(struct stages *s, uint64_t images, const uint64_t *starts,
                                  const uint32_t *rows_before, const double *line_widths, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (s->single)
        TRY(stroke_set_widths(s->strokes, &s->config, images, s->batch, line_widths, error));
    TRY(set_rows_before(s, images, rows_before, error));
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
    *s = (struct stages){.compute = compute, .batch = how->batch, .stride = how->stride};
    TRY(stages_plan(s, compute_device(compute), compute_item_limits(compute), model, window, how, error));
    launch_config_defines(&s->config, s->shaded, defines, sizeof defines);
    TRY(program_build(&s->program, compute, defines, error));
    for (uint32_t k = 0; k < s->stroke_count; k++)
        TRY(stroke_init(&s->strokes[k], compute, model, &s->config, window, s->batch, error));
    for (int i = 0; i < STAGE_COUNT; i++)
        for (s->stroke = 0; s->stroke == 0 || s->stroke < s->stroke_count; s->stroke++)
            if (!s->kernel[i] && (i == STAGE_FILL || stages_need(s, (enum stage)i)))
                TRY(kernel_create(&s->kernel[i], compute, s->program, kernel_name((enum stage)i, s->config.pixels),
                                  error));
    s->stroke = 0;
    TRY_ALLOCATE(error, s->starts, s->batch, sizeof *s->starts);
    TRY_ALLOCATE(error, s->rows_before, s->batch, sizeof *s->rows_before);
    TRY(buffers_create(&s->buffers, compute, s->batch, error));
    TRY(stages_place(s, s->batch, NULL, NULL, NULL, error));
    TRY(write_tables(s, error)); /* waits, also for stages_place */
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
    for (uint32_t k = 0; k < s->stroke_count; k++)
        stroke_finish(&s->strokes[k]);
    free(s->strokes);
    layer_table_finish(&s->layers);
    free(s->starts);
    free(s->rows_before);
    *s = (struct stages){0};
}

enum plotmill_status stages_upload(struct stages *s, const double *samples, uint64_t images,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *const *buffer = s->buffers.at;
    const uint32_t fields = s->model->field_count;
    const size_t rows = (size_t)((images - 1) * s->stride + s->window), count = rows * fields;
    uint32_t *neighbours = NULL;
    TRY(buffer_write(buffer[BUF_SAMPLES], 0, samples, count * sizeof *samples, error));
    if (buffer[BUF_NEIGHBOURS] && samples_any_missing(samples, count)) { /* only missing samples have theirs read */
        TRY_ALLOCATE(error, neighbours, count, 2 * sizeof *neighbours);
        samples_find_neighbours(samples, rows, fields, neighbours);
        TRY(buffer_write(buffer[BUF_NEIGHBOURS], 0, neighbours, count * 2 * sizeof *neighbours, error));
    }
done:
    free(neighbours);
    return status;
}

struct buffer *stages_buffer(const struct stages *s, enum buffer_id id)
{
    if (s->series && (id == BUF_SAMPLES || id == BUF_NEIGHBOURS))
        return id == BUF_SAMPLES ? s->series->samples : s->series->neighbours;
    if (s->pixels && id == BUF_PIXELS)
        return s->pixels;
    return s->stroke_count && s->strokes[s->stroke].buffers.at[id] ? s->strokes[s->stroke].buffers.at[id]
                                                                   : s->buffers.at[id];
}

/* The values of the stages of strokes. */
static void stroke_values(const struct stages *s, uint32_t end, uint64_t values[ARG_COUNT])
{
    const struct stroke *stroke = &s->strokes[s->stroke];
    const struct chart_layer *layer = &s->model->layers[stroke->layer];
    const struct span_layer *spans = &s->layers.spans[s->layers.first[stroke->layer]];
    values[ARG_FIELD] = layer->field[FIELD_Y];
    values[ARG_PANEL] = layer->panel;
    values[ARG_LEAD] = layer->lead;
    values[ARG_TOP] = (uint32_t)stroke->layout.top;
    values[ARG_RISE] = stroke->layout.rise;
    values[ARG_GROUPS] = stroke->groups;
    values[ARG_PITCH] = stroke->pitch;
    values[ARG_ABOVE] = spans->above;
    values[ARG_BELOW] = spans->below;
    values[ARG_SPANS_AT] = spans->spans;
    values[ARG_SHADED_AT] = spans->columns;
    values[ARG_COLUMNS] = stroke->steep_columns;
    values[ARG_KEEP] = end < stroke->reach || s->keep_edges;
}

static void set_arguments(struct stages *s, enum stage stage, const struct shared_launch *launch, uint64_t images,
                          uint32_t begin, uint32_t end)
{
    const struct chart *model = s->model;
    struct kernel *kernel = s->kernel[stage];
    uint64_t values[ARG_COUNT] = {
        [ARG_WINDOW] = s->window,
        [ARG_PART_SIZE] = s->config.part_size,
        [ARG_PARTS] = s->parts,
        [ARG_IMAGES] = images,
        [ARG_FIELDS] = model->field_count,
        [ARG_PANELS] = model->panel_count,
        [ARG_BEGIN] = begin,
        [ARG_END] = end,
        [ARG_SHARE] = launch->share,
        [ARG_ROW_SHARE] = launch->row_share,
        [ARG_WIDTH] = model->width,
        [ARG_HEIGHT] = model->height,
        [ARG_SPAN_SIZE] = s->layers.span_size,
        [ARG_SHADED] = s->layers.shaded_columns,
        [ARG_BACKGROUND] = model->background.red,
        [ARG_FOREGROUND] = model->layers->ink.red,
    };
    if (s->stroke_count)
        stroke_values(s, end, values);
    kernel_begin(kernel);
    for (const uint8_t *argument = kernels[stage].arguments; *argument != BUF_NONE; argument++) {
        if (*argument >= ARG_BACKGROUND)
            kernel_u8(kernel, (uint8_t)values[*argument]);
        else if (*argument >= ARG_SHADED && !s->shaded)
            continue;
        else if (*argument >= ARG_WINDOW)
            kernel_u32(kernel, (uint32_t)values[*argument]);
        else if (stages_buffer(s, (enum buffer_id) * argument))
            kernel_buffer(kernel, stages_buffer(s, (enum buffer_id) * argument));
    }
}

static struct shared_launch launch_of(const struct stages *s, enum stage stage, uint64_t images)
{
    const struct launch_config *config = &s->config;
    const struct chart *model = s->model;
    const struct stroke *stroke = s->strokes ? &s->strokes[s->stroke] : NULL;
    const size_t limit = kernel_work_group_limit(s->kernel[stage]), n = (size_t)images, batch = (size_t)s->batch;
    struct shared_launch shared = {.share = 1, .row_share = 1};
    switch (stage) {
    case STAGE_MINMAX:
        shared.launch = launch_images(config, limit, s->parts, n);
        shared.launch.global[2] = model->panel_count;
        break;
    case STAGE_SCALE:
        shared.launch = launch_images(config, limit, model->panel_count, n);
        break;
    case STAGE_NORMALIZE:
    case STAGE_FILL_GAPS:
    case STAGE_EDGES:
        return launch_shares(config, limit, SAMPLES_LEAST, s->window, 1, n, batch);
    case STAGE_STEEP:
        return launch_shares(config, limit, 1, (stroke->groups - 1) / stroke->steep_columns + 1, 1, n, batch);
    case STAGE_RASTERIZE:
        return launch_shares(config, limit, 1, stroke->groups, 1, n, batch);
    case STAGE_BLEND:
        shared = launch_shares(config, limit, 1, model->width, 1, n, batch);
        shared.launch.global[1] = (model->height - 1) / ROWS_PER_ITEM + 1;
        break;
    case STAGE_PAINT:
        shared.launch = (struct launch){{1, 1, n}, {1, 1, 1}};
        break;
    default:
        return launch_shares(config, limit, 1, model->width / config->pixels, model->height, n, batch);
    }
    return shared;
}

enum plotmill_status stages_run(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct shared_launch shared = launch_of(s, stage, images);
    const uint32_t reach = s->stroke_count ? s->strokes[s->stroke].reach : 1;
    const bool split = stage == STAGE_STEEP || stage == STAGE_RASTERIZE;
    const uint32_t vertices = split ? s->config.vertices : reach; /* per launch */
    for (uint32_t begin = 0; begin < reach && !status; begin += vertices) {
        set_arguments(s, stage, &shared, images, begin, reach - begin > vertices ? begin + vertices : reach);
        status = kernel_run(s->kernel[stage], &shared.launch, error);
    }
    return status;
}

static bool is_of_strokes(int stage)
{
    return stage >= STAGE_NORMALIZE && stage <= STAGE_RASTERIZE;
}

enum plotmill_status stages_run_all(struct stages *s, enum stage from, enum stage to, uint64_t images,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int stage = (int)from; stage < (int)to;) {
        int end = stage + 1;
        while (is_of_strokes(stage) && is_of_strokes(end) && end < (int)to)
            end++;
        for (s->stroke = 0; s->stroke == 0 || (is_of_strokes(stage) && s->stroke < s->stroke_count); s->stroke++)
            for (int at = stage; at < end; at++)
                if (stages_need(s, (enum stage)at))
                    TRY(stages_run(s, (enum stage)at, images, error));
        stage = end;
    }
done:
    s->stroke = 0;
    return status;
}
