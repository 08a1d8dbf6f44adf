/* What the tests of renderers share: a handle, a series, a renderer, and images of jobs to compare with. */
#ifndef UNIT_RENDERER_FIXTURE_H
#define UNIT_RENDERER_FIXTURE_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "api/engine.h"
#include "api/renderer.h"
#include "base/json.h"
#include "base/os.h"
#include "chart/pixel_format.h"
#include "device/internal.h"
#include "formats/folder.h"
#include "plotmill_config.h"

enum { WINDOW = 60, SAMPLES = 3000, WIDTH = 50, HEIGHT = 30, PIXELS = WIDTH * HEIGHT, COUNT = 300 };

static plotmill *pm;
static plotmill_options *options;
static plotmill_renderer *renderer;
static plotmill_source *source;
static double series[SAMPLES];
static uint64_t starts[COUNT];
static uint8_t expected[COUNT][PIXELS], drawn[COUNT][PIXELS];
static double ranges[COUNT][2];

static inline void ok(enum plotmill_status status)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s", plotmill_message(pm));
}

static inline uint32_t next_random(void)
{
    static uint32_t state = 9;
    return (state = state * 1664525u + 1013904223u) >> 8;
}

static inline void begin(void)
{
    char text[40];
    double value = 0;
    pm = plotmill_create();
    ok(plotmill_options_create(pm, &options));
    snprintf(text, sizeof text, "%dx%d", WIDTH, HEIGHT);
    ok(plotmill_options_set(options, "size", text));
    snprintf(text, sizeof text, "%d", WINDOW);
    ok(plotmill_options_set(options, "window", text));
    for (int i = 0; i < SAMPLES; i++)
        series[i] = value += (double)next_random() / (1 << 23) - 1;
    for (int k = 0; k < COUNT; k++)
        starts[k] = next_random() % (SAMPLES - WINDOW + 1);
}

static inline void end(void)
{
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
}

static inline void open_renderer(void)
{
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(api_source_from_array(pm, series, (struct source_shape){SAMPLES, 0}, &source));
    ok(plotmill_renderer_load(renderer, source));
}

static inline struct plotmill_request request_for(uint64_t count)
{
    return (struct plotmill_request){.size = sizeof(struct plotmill_request),
                                     .count = count,
                                     .starts = starts,
                                     .out = drawn,
                                     .out_size = sizeof drawn,
                                     .y_range = ranges[0]};
}

/* Each image alone, by an engine of its own, from a copy of its samples. */
static inline void draw_alone(const double *line_widths, uint64_t count)
{
    struct job_options job = renderer->job;
    job.stride = 1;
    job.batch = 0;
    job.window = renderer->resident.window;
    for (uint64_t k = 0; k < count; k++) {
        double *copy = malloc(job.window * sizeof *copy);
        cr_assert(copy);
        memcpy(copy, series + starts[k] * renderer->resident.windows.unit, job.window * sizeof *copy);
        if (line_widths)
            job.line.line_width = line_widths[k];
        ok(api_draw(pm, &job, copy, 1, expected[k], NULL));
        free(copy);
    }
}

static inline void expect_images(uint64_t count)
{
    for (uint64_t k = 0; k < count; k++)
        cr_assert(!memcmp(drawn[k], expected[k], PIXELS), "image %llu has other pixels", (unsigned long long)k);
}

static inline void check_shuffled(void)
{
    struct plotmill_request request = request_for(COUNT);
    memset(drawn, 7, sizeof drawn);
    ok(plotmill_render(renderer, &request));
    draw_alone(NULL, COUNT);
    expect_images(COUNT);
    for (int k = 0; k < COUNT; k++) {
        double lo = INFINITY, hi = -INFINITY;
        for (uint64_t i = starts[k]; i < starts[k] + WINDOW; i++) {
            lo = fmin(lo, isfinite(series[i]) ? series[i] : lo);
            hi = fmax(hi, isfinite(series[i]) ? series[i] : hi);
        }
        cr_assert(ranges[k][0] == lo && ranges[k][1] == hi, "image %d: range %g to %g", k, ranges[k][0], ranges[k][1]);
    }
}

static inline void expect_refusal(const struct plotmill_request *request, const char *message)
{
    cr_assert_eq(plotmill_render(renderer, request), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), message);
}

#endif
