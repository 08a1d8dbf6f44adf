#include "render/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"
#include "render/draw.h"
#include "render/marks.h"

/* `paint` is faster for few vertices per column, and images of which a cache holds two. */
#define PAINT_REACH 32
#define PAINT_PIXELS ((uint64_t)1 << 22)

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
    if (s->pixel_marks)
        b->need[BUF_MARKS] = (struct buffer_need){"tables", .first = model->layer_count * sizeof(struct mark_layer)};
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
    if (!s->single)
        draw_plan(b, model, &s->config, how);
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
    s->config.layered = !s->single;
    s->config.paint = s->config.paint && s->single;
    s->parts = (uint32_t)((window + s->config.part_size - 1) / s->config.part_size);
    s->paints = s->single && paints(&s->config, model, window, how);
    TRY(marks_check(model, window, error));
    TRY(layer_table_init(&s->layers, model, s->config.lanes, error));
    TRY_ALLOCATE(error, s->strokes, model->layer_count, sizeof *s->strokes);
    for (uint32_t i = 0; i < model->layer_count; i++)
        if (layer_is_stroke(&model->layers[i]))
            stroke_plan(&s->strokes[s->stroke_count++], model, i, &s->config, window, s->shaded);
        else
            s->pixel_marks = true;
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
    if (s->pixel_marks)
        TRY(buffers_write_table(&s->buffers, BUF_MARKS, s->layers.marks, error));
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
            if (!s->kernel[i] && i != STAGE_MARKS && (i == STAGE_FILL || stages_need(s, (enum stage)i)))
                TRY(kernel_create(&s->kernel[i], compute, s->program,
                                  stage_kernel_name((enum stage)i, s->config.pixels), error));
    s->stroke = 0;
    for (uint32_t i = 0; i < model->layer_count; i++) {
        const struct pixel_mark *mark = pixel_mark_of(&model->layers[i]);
        struct kernel **kernel = &s->mark[model->layers[i].mark];
        if (mark && !*kernel)
            TRY(kernel_create(kernel, compute, s->program, mark->kernel, error));
    }
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
    for (int i = 0; i < MARKS; i++)
        kernel_destroy(s->mark[i]);
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
