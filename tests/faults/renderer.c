/* A renderer's life, for renderer.py: opened, loaded, used for two encodings, and loaded and used again. A step that
 * fails is reported on standard error and tried once more with the same handles. Prints a hash of all images; exits
 * with 1 if a step fails twice. */
#include <stdio.h>
#include <stdlib.h>

#include "api/engine.h"
#include "base/hash.h"

enum { WINDOW = 20, SAMPLES = 400, COUNT = 48, WIDTH = 24, HEIGHT = 16 };

static plotmill *pm;
static plotmill_source *source;
static plotmill_renderer *renderer;
static uint64_t starts[COUNT], sizes[COUNT];
static double widths[COUNT], ranges[COUNT][2];
static struct job_options job;
static uint64_t hash;

static enum plotmill_status create(void)
{
    return api_renderer_open(pm, &job, &renderer);
}

static enum plotmill_status load(void)
{
    return plotmill_renderer_load(renderer, source);
}

static enum plotmill_status render(enum plotmill_encoding encoding)
{
    const size_t bound = plotmill_renderer_bound(renderer, encoding);
    uint8_t *out = calloc(COUNT, bound);
    const struct plotmill_request request = {
        .size = sizeof request,
        .count = COUNT,
        .starts = starts,
        .line_widths = widths,
        .encoding = encoding,
        .out = out,
        .out_size = COUNT * bound,
        .sizes = sizes,
        .y_range = ranges[0],
    };
    enum plotmill_status status = out ? plotmill_render(renderer, &request) : PLOTMILL_NO_MEMORY;
    size_t used = COUNT * bound;
    if (encoding != PLOTMILL_PIXELS) {
        used = 0;
        for (int k = 0; k < COUNT; k++)
            used += (size_t)sizes[k];
    }
    if (!status)
        hash = hash * 31 + hash_image(out, used) * 31 + hash_image((const uint8_t *)ranges, sizeof ranges);
    free(out);
    return status;
}

static enum plotmill_status render_pixels(void)
{
    return render(PLOTMILL_PIXELS);
}

static enum plotmill_status render_streams(void)
{
    return render(PLOTMILL_ZLIB);
}

static void run(const char *name, enum plotmill_status (*step)(void))
{
    for (int i = 0; i < 2; i++) {
        if (!step())
            return;
        fprintf(stderr, "%s failed: %s\n", name, plotmill_message(pm));
    }
    exit(1);
}

int main(void)
{
    static double series[SAMPLES];
    uint32_t state = 4;
    double value = 0;
    for (int i = 0; i < SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        series[i] = value += (double)(state >> 8) / (1 << 23) - 1;
    }
    for (int k = 0; k < COUNT; k++) {
        starts[k] = (uint64_t)(k * 7919) % (SAMPLES - WINDOW + 1);
        widths[k] = 1 + k % 5;
    }
    job_options_init(&job);
    job.window = WINDOW;
    job.batch = 16;
    job.line.width = WIDTH;
    job.line.height = HEIGHT;
    job.line.antialias = 1;
    pm = plotmill_create();
    if (!pm || api_source_from_array(pm, series, (struct source_shape){.samples = SAMPLES}, &source))
        return 2;
    run("create", create);
    run("load", load);
    run("render pixels", render_pixels);
    run("render streams", render_streams);
    run("load again", load);
    run("render streams again", render_streams);
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_destroy(pm);
    printf("%016llx\n", (unsigned long long)hash);
    return 0;
}
