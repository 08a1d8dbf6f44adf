#include "render/strokes.h"

#include <math.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "cl/shared.h"

/* A work-item of `find_steep` examines STEEP_COLUMNS columns, or one where these have more than STEEP_VERTICES vertices
 * or the driver ends long loops. */
#define STEEP_COLUMNS 16
#define STEEP_VERTICES 4096

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
static enum plotmill_status set_widest(struct stroke *s, const struct launch_config *config, float radius,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    s->radius = 0;
    line_reach_finish(&s->table);
    TRY(line_reach_init(&s->table, &s->layout, radius, config->lanes, error));
    s->reach = s->table.reach;
    s->steep_columns = steep_columns(&s->table, config);
    TRY(buffers_write_table(&s->buffers, BUF_FIRSTS, s->table.firsts, error));
    s->radius = radius;
done:
    return status;
}

enum plotmill_status stroke_set_widths(struct stroke *s, const struct launch_config *config, uint64_t images,
                                       uint64_t batch, const double *line_widths, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *const *buffer = s->buffers.at;
    float radius = 0;
    if (!line_widths && s->radii_set)
        return PLOTMILL_OK;
    images = line_widths ? images : batch;
    for (uint64_t k = 0; k < images; k++) {
        s->radii[k] = line_widths ? line_radius(line_widths[k]) : s->layout.radius;
        radius = fmaxf(radius, s->radii[k]);
    }
    if (radius != s->radius)
        TRY(set_widest(s, config, radius, error));
    s->reach = s->table.reach;
    for (uint64_t k = 0; k < images && buffer[BUF_REACHES]; k++) {
        uint32_t needed = s->table.reach;
        if (k && s->radii[k] == s->radii[k - 1])
            s->reaches[k] = s->reaches[k - 1];
        else
            s->reaches[k] = s->radii[k] == radius ? s->table.reach
                                                  : line_reach_narrower(&s->table, &s->layout, s->radii[k], &needed);
        s->reach = MAX(s->reach, needed);
    }
    TRY(buffer_write_later(buffer[BUF_RADII], s->radii, (size_t)images * sizeof *s->radii, error));
    if (buffer[BUF_REACHES])
        TRY(buffer_write_later(buffer[BUF_REACHES], s->reaches, (size_t)images * sizeof *s->reaches, error));
    s->radii_set = !line_widths;
done:
    return status;
}

void stroke_plan(struct stroke *s, const struct chart *chart, uint32_t layer, const struct launch_config *config,
                 uint64_t window, bool antialias)
{
    const uint32_t columns = chart->panels[chart->layers[layer].panel].width;
    struct buffers *b = &s->buffers;
    s->layer = layer;
    s->groups = (columns + config->lanes - 1) / config->lanes;
    s->pitch = s->groups * config->lanes;
    b->need[BUF_X] = b->need[BUF_STEP_INVERSE] = (struct buffer_need){"tables", .first = window * 4};
    b->need[BUF_FIRSTS] = (struct buffer_need){"tables", .first = (uint64_t)s->groups * 4};
    buffers_need(b, BUF_RADII, "radii", PLACE_DEVICE, 4);
    if (antialias)
        buffers_need(b, BUF_REACHES, "reaches", PLACE_DEVICE, 4);
}

enum plotmill_status stroke_init(struct stroke *s, struct compute *compute, const struct chart *chart,
                                 const struct launch_config *config, uint64_t window, uint64_t batch,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(line_layout_of(&s->layout, chart, s->layer, window, error));
    TRY_ALLOCATE(error, s->radii, batch, sizeof *s->radii);
    TRY_ALLOCATE(error, s->reaches, batch, sizeof *s->reaches);
    TRY(buffers_create(&s->buffers, compute, batch, error));
    TRY(stroke_set_widths(s, config, batch, batch, NULL, error));
    TRY(buffers_write_table(&s->buffers, BUF_X, s->layout.x, error)); /* waits, also for the widths */
    TRY(buffers_write_table(&s->buffers, BUF_STEP_INVERSE, s->layout.step_inverse, error));
done:
    return status;
}

void stroke_finish(struct stroke *s)
{
    buffers_destroy(&s->buffers);
    line_reach_finish(&s->table);
    line_layout_finish(&s->layout);
    free(s->radii);
    free(s->reaches);
    *s = (struct stroke){0};
}
