/* Stages of a renderer: their kernels, arguments and launches. */
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"
#include "render/marks.h"
#include "render/stages.h"

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
    ARG_LAYER,
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
    [STAGE_MARKS] = {"marks",
                     {BUF_SAMPLES, BUF_STARTS, BUF_ROWS_BEFORE, BUF_RANGES, BUF_PANELS, BUF_MARKS, BUF_SPANS, ARG_LAYER,
                      ARG_WINDOW, ARG_FIELDS, ARG_PANELS, ARG_SPAN_SIZE, ARG_SHARE}},
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

const char *stage_kernel_name(enum stage stage, uint32_t pixels)
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
    case STAGE_MARKS:
        return s->pixel_marks;
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

struct buffer *stages_buffer(const struct stages *s, enum buffer_id id)
{
    if (s->series && (id == BUF_SAMPLES || id == BUF_NEIGHBOURS))
        return id == BUF_SAMPLES ? s->series->samples : s->series->neighbours;
    if (s->pixels && id == BUF_PIXELS)
        return s->pixels;
    return s->stroke_count && s->strokes[s->stroke].buffers.at[id] ? s->strokes[s->stroke].buffers.at[id]
                                                                   : s->buffers.at[id];
}

static struct kernel *kernel_of(const struct stages *s, enum stage stage)
{
    return stage == STAGE_MARKS ? s->mark[s->model->layers[s->layer].mark] : s->kernel[stage];
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
    struct kernel *kernel = kernel_of(s, stage);
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
        [ARG_LAYER] = s->layer,
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
    const size_t limit = kernel_work_group_limit(kernel_of(s, stage)), n = (size_t)images, batch = (size_t)s->batch;
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
    case STAGE_MARKS:
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

static enum plotmill_status run_stage(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct shared_launch shared = launch_of(s, stage, images);
    const bool split = stage == STAGE_STEEP || stage == STAGE_RASTERIZE;
    const uint32_t reach = split || stage == STAGE_PAINT ? s->strokes[s->stroke].reach : 1;
    const uint32_t vertices = split ? s->config.vertices : reach; /* per launch */
    for (uint32_t begin = 0; begin < reach && !status; begin += vertices) {
        set_arguments(s, stage, &shared, images, begin, reach - begin > vertices ? begin + vertices : reach);
        status = kernel_run(kernel_of(s, stage), &shared.launch, error);
    }
    return status;
}

enum plotmill_status stages_run(struct stages *s, enum stage stage, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (stage != STAGE_MARKS)
        return run_stage(s, stage, images, error);
    for (s->layer = 0; s->layer < s->model->layer_count && !status; s->layer++)
        if (pixel_mark_of(&s->model->layers[s->layer]))
            status = run_stage(s, stage, images, error);
    s->layer = 0;
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
