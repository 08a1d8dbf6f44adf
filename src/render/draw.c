#include "render/draw.h"

#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "render/compose.h"

/* Images for which one work-item each keeps a CPU busy. */
#define IMAGES_ENOUGH 8

struct drawing {
    struct stages *stages;
    bool by_rows; /* draw_rows, else draw_pixels */
    struct kernel *kernel;
};

void draw_plan(struct buffers *b, const struct chart *chart, const struct launch_config *config,
               const struct renderer_options *how)
{
    const uint64_t layers = compose_layers(chart);
    b->need[BUF_INKS] = (struct buffer_need){"tables", .first = layers * 2 * 4};
    if (config->long_items || how->payload != PAYLOAD_PIXELS)
        buffers_need(b, BUF_SCRATCH, "scratch of layers", PLACE_DEVICE, compose_scratch(chart));
}

static enum plotmill_status write_tables(struct drawing *d, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffers *buffers = &d->stages->buffers;
    const uint32_t value_mask = compose_bytes(d->stages->model) == 3 ? 0xffffff : 0xff;
    uint32_t *inks = NULL;
    TRY_ALLOCATE(error, inks, d->stages->layers.span_count, 2 * sizeof *inks);
    for (uint32_t i = 0; i < d->stages->layers.span_count; i++)
        for (int k = 0; k < 2; k++)
            inks[2 * i + k] = d->stages->layers.spans[i].inks[k] & value_mask;
    TRY(buffers_write_table(buffers, BUF_INKS, inks, error));
done:
    free(inks);
    return status;
}

enum plotmill_status draw_create(struct drawing **drawing, struct stages *stages, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct drawing *d = NULL;
    *drawing = NULL;
    TRY_ALLOCATE(error, d, 1, sizeof *d);
    d->stages = stages;
    d->by_rows = stages->config.long_items && stages->batch >= IMAGES_ENOUGH;
    TRY(write_tables(d, error));
    TRY(kernel_create(&d->kernel, stages->compute, stages->program, d->by_rows ? "draw_rows" : "draw_pixels", error));
    *drawing = d;
    d = NULL;
done:
    draw_destroy(d);
    return status;
}

void draw_destroy(struct drawing *d)
{
    if (!d)
        return;
    kernel_destroy(d->kernel);
    free(d);
}

static struct launch launch_of(const struct drawing *d, uint64_t images)
{
    const struct chart *chart = d->stages->model;
    struct launch_config config = d->stages->config;
    if (d->by_rows)
        return (struct launch){{1, 1, (size_t)images}, {1, 1, 1}};
    config.long_items = false;
    return launch_grid(&config, kernel_work_group_limit(d->kernel), chart->width,
                       (chart->height + DRAW_ROWS - 1) / DRAW_ROWS, (size_t)images);
}

/* Draws to the channels from `offset` on. */
static enum plotmill_status draw_layers(struct drawing *d, const struct painting *painting, uint32_t offset,
                                        uint64_t images, struct plotmill_error *error)
{
    struct stages *s = d->stages;
    struct kernel *k = d->kernel;
    kernel_begin(k);
    compose_arguments(k, s, painting);
    if (d->by_rows)
        kernel_buffer(k, s->buffers.at[BUF_SCRATCH]);
    kernel_buffer(k, s->pixels ? s->pixels : s->buffers.at[BUF_PIXELS]);
    kernel_u32(k, s->model->channels);
    kernel_u32(k, offset);
    if (d->by_rows)
        kernel_u32(k, compose_room(s->model));
    const struct launch launch = launch_of(d, images);
    return kernel_run(k, &launch, error);
}

enum plotmill_status draw_run(struct drawing *d, uint64_t images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = d->stages->model;
    const struct buffers *buffers = &d->stages->buffers;
    struct painting painting = {
        .table = buffers->at[BUF_LAYERS],
        .inks = buffers->at[BUF_INKS],
        .end = d->stages->layers.span_count,
        .bytes = compose_bytes(chart),
    };
    if (!chart->per_layer) {
        painting.background = painting.bytes == 3 ? ink_bytes(chart->background) : chart->background.red;
        return draw_layers(d, &painting, 0, images, error);
    }
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        painting.first = d->stages->layers.first[i];
        painting.end = d->stages->layers.first[i + 1];
        TRY(draw_layers(d, &painting, i, images, error));
    }
done:
    return status;
}
