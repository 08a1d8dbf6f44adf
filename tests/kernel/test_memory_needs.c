/* Memory needs: what is planned equals what is allocated, byte for byte. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "render/renderer.h"
#include "rig.h"

/* Charts that are painted on a CPU (few samples per column, small enough for a cache) and others, with and without
 * bridged gaps, and with rows beyond deflate's window. */
static const struct needs_case {
    uint32_t width, height, window;
    uint64_t stride, batch;
    int bridge;
} needs_cases[] = {
    {800, 500, 100, 1, 7, 0}, {61, 40, 20, 20, 1, 1},    {40, 30, 9000, 3, 3, 0},
    {5000, 20, 50, 50, 2, 1}, {2049, 2049, 50, 7, 2, 0}, {40000, 3, 20, 4, 2, 0},
    {1, 1, 2, 1, 5, 0},       {64, 48, 30, 100, 3, 0},   {16, 16, 64 * 16, 1, 9, 0},
};
#define CASES (sizeof needs_cases / sizeof *needs_cases)

static const struct use {
    const char *name;
    enum payload payload;
    uint32_t images_per_stream, copies;
    bool planes;
} uses[] = {
    {"pixels", PAYLOAD_PIXELS, 1, 1, false},
    {"streams", PAYLOAD_ZLIB, 1, 1, false},
    {"streams of four images, three copies", PAYLOAD_ZLIB, 4, 3, false},
    {"PNG", PAYLOAD_PNG, 1, 1, false},
    {"streams of planes", PAYLOAD_ZLIB, 1, 1, true}, /* of charts of several layers */
};
#define USES (sizeof uses / sizeof *uses)

struct sums {
    uint64_t device, host; /* bytes */
    bool edges;            /* there is a buffer `edges`, which charts that are painted do not need */
};

static struct sums sum_buffers(const struct renderer *renderer)
{
    struct sums sums = {0};
    struct trace *trace = trace_create(0);
    cr_assert_not_null(trace);
    renderer_memory(renderer, trace);
    const struct trace_buffer *buffers = trace->buffers;
    for (size_t i = 0; i < trace->buffer_count; i++) {
        *(buffers[i].on_device ? &sums.device : &sums.host) += buffers[i].bytes;
        sums.edges |= !strcmp(buffers[i].name, "edges");
    }
    trace_destroy(trace);
    return sums;
}

/* Returns whether the chart was painted. */
static bool expect_planned(struct rig *rig, const struct chart *drawn, const struct needs_case *c,
                           const struct use *use)
{
    static struct plotmill_error error;
    struct renderer *renderer = NULL;
    const struct renderer_options how = {.batch = c->batch,
                                         .stride = c->stride,
                                         .launch = rig->variant->launch,
                                         .payload = use->payload,
                                         .planes = use->planes,
                                         .images_per_stream = use->images_per_stream,
                                         .copies = use->copies};
    const struct memory_needs f = renderer_memory_needs(compute_device(rig->compute), drawn, c->window, &how);
    cr_assert_eq(renderer_create(&renderer, rig->compute, drawn, c->window, &how, &error), PLOTMILL_OK, "%s",
                 error.message);
    const struct sums found = sum_buffers(renderer);
    renderer_destroy(renderer);
    char text[160];
    snprintf(text, sizeof text, "%s, %ux%ux%u%s, window %u, %s", rig->variant->name, (unsigned)c->width,
             (unsigned)c->height, (unsigned)drawn->channels, drawn->antialias ? " antialiased" : "",
             (unsigned)c->window, use->name);
    cr_assert_eq(memory_needs_bytes(&f, c->batch), found.device, "%s: planned %llu bytes, allocated %llu", text,
                 (unsigned long long)memory_needs_bytes(&f, c->batch), (unsigned long long)found.device);
    cr_assert_eq(c->batch * f.host, found.host, "%s: planned %llu bytes on the host, allocated %llu", text,
                 (unsigned long long)(c->batch * f.host), (unsigned long long)found.host);
    cr_assert(f.largest * c->batch <= found.device && f.largest >= (uint64_t)c->width * c->height, "%s: largest", text);
    return drawn->antialias && !found.edges;
}

static void check_variant(const struct rig_variant *variant)
{
    struct rig rig;
    unsigned painted = 0, kept = 0;
    rig_open(&rig, variant);
    for (size_t i = 0; i < CASES; i++)
        for (int antialias = 0; antialias < 2; antialias++)
            for (size_t u = 0; u < USES && !uses[u].planes; u++) {
                const struct needs_case *c = &needs_cases[i];
                struct chart_options chart;
                struct line_chart line;
                chart_options_init(&chart);
                chart.width = c->width;
                chart.height = c->height;
                chart.antialias = antialias;
                chart.missing = c->bridge ? MISSING_BRIDGE : MISSING_GAP;
                bool paints = expect_planned(&rig, line_chart(&line, &chart), c, &uses[u]);
                painted += paints;
                kept += antialias && !paints && !u;
            }
    rig.cases = painted + kept;
    rig_close(&rig);
    cr_assert_eq(painted > 0, variant->launch == LAUNCH_CPU, "%s: %u charts painted", variant->name, painted);
    cr_assert(kept > 0, "%s: all charts painted", variant->name);
}

/* Two strokes and columns, in grey, in colour, and with a channel per layer. */
static void check_layers(const struct rig_variant *variant)
{
    struct rig rig;
    struct scale_field scale[] = {{.field = 0}, {.field = 1}};
    struct chart_panel panels[] = {{.scale = scale, .scale_count = 2, .lo = NAN, .hi = NAN},
                                   {.band = true, .pitch = 1, .scale = scale, .scale_count = 1, .lo = NAN, .hi = NAN}};
    struct chart_layer layers[] = {{.mark = MARK_LINE, .width = 2, .missing = MISSING_BRIDGE},
                                   {.mark = MARK_LINE, .field = {1}, .width = 1, .ink = {255, 0, 0}},
                                   {.mark = MARK_COLUMN, .panel = 1, .body = 1, .ink = {9, 9, 9}}};
    char *fields[] = {"a", "b"};
    rig_open(&rig, variant);
    for (unsigned kind = 0; kind < 6; kind++)
        for (size_t u = 0; u < USES; u++) {
            static const struct needs_case c = {120, 75, 100, 1, 7, 0};
            const struct chart chart = {.width = c.width,
                                        .height = c.height,
                                        .channels = kind < 2 ? 1 : 3,
                                        .per_layer = kind >= 4,
                                        .background = {255, 255, 255},
                                        .antialias = kind % 2,
                                        .fields = fields,
                                        .field_count = 2,
                                        .panels = panels,
                                        .panel_count = 2,
                                        .layers = layers,
                                        .layer_count = 3};
            panels[0].width = panels[1].width = c.width;
            panels[0].height = panels[1].height = c.height;
            if (uses[u].copies > 1 && chart.channels > 1)
                continue;
            expect_planned(&rig, &chart, &c, &uses[u]);
            rig.cases++;
        }
    rig_close(&rig);
}

Test(memory_needs, layers_cpu)
{
    check_layers(&rig_variants[0]);
}

Test(memory_needs, layers_gpu)
{
    check_layers(&rig_variants[2]);
}

Test(memory_needs, cpu)
{
    check_variant(&rig_variants[0]);
}

Test(memory_needs, cpu_small_groups)
{
    check_variant(&rig_variants[1]);
}

Test(memory_needs, gpu)
{
    check_variant(&rig_variants[2]);
}
