/* A program with every struct of the public headers that may grow. Built against headers without their last members,
 * and run with a library that has one more option, it must print the same. */
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 300, WINDOW = 30, IMAGES = SAMPLES - WINDOW + 1, WIDTH = 48, HEIGHT = 32, PIXELS = WIDTH * HEIGHT };

static plotmill *pm;
static double series[SAMPLES];

/* FNV-1a, in any order of the images: their hashes are added. */
static uint64_t hash_of(const void *data, size_t size, uint64_t index)
{
    const unsigned char *bytes = data;
    uint64_t hash = 14695981039346656037u ^ index;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

static void need(int right, const char *what)
{
    if (!right) {
        printf("%s: %s\n", what, plotmill_message(pm));
        exit(1);
    }
}
#define NEED(call) need((call) == PLOTMILL_OK, #call)

static enum plotmill_status read_series(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error)
{
    (void)error;
    memcpy(out, (const double *)self + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

struct images {
    uint64_t images, hash;
};

static enum plotmill_status take_open(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error)
{
    (void)self, (void)error;
    printf("%llu images of %ux%u: %s\n", (unsigned long long)dataset->images, (unsigned)dataset->width,
           (unsigned)dataset->height, dataset->spec);
    return PLOTMILL_OK;
}

static enum plotmill_status take_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct images *images = self;
    (void)error;
    for (uint64_t i = 0; i < batch->count; i++)
        images->hash += hash_of(batch->images[i].data, batch->images[i].size, (uint64_t)batch->window_start[i]);
    images->images += batch->count;
    return PLOTMILL_OK;
}

static enum plotmill_status take_finish(void *self, struct plotmill_error *error)
{
    (void)self, (void)error;
    return PLOTMILL_OK;
}

static void take_abort(void *self)
{
    (void)self;
}

static int on_progress(void *user, const struct plotmill_progress *progress)
{
    *(uint64_t *)user = progress->done;
    return 0;
}

static plotmill_options *make_options(void)
{
    static const char document[] = "{\"window\": 30, \"size\": \"48x32\", \"line-width\": 1.5}";
    plotmill_options *options = NULL;
    NEED(plotmill_options_create(pm, &options));
    NEED(plotmill_options_parse(options, document, sizeof document - 1, "document"));
    NEED(plotmill_options_set(options, "antialias", "true"));
    printf("line-width %s, antialias %s, stride %s\n", plotmill_options_get(options, "line-width"),
           plotmill_options_get(options, "antialias"), plotmill_options_get(options, "stride"));
    return options;
}

static void run(const plotmill_options *options)
{
    struct plotmill_source_ops source_ops = {.size = sizeof source_ops, .read = read_series};
    struct plotmill_sink_ops sink_ops = {.size = sizeof sink_ops,
                                         .encoding = PLOTMILL_PIXELS,
                                         .open = take_open,
                                         .write = take_write,
                                         .finish = take_finish,
                                         .abort = take_abort};
    struct images images = {0, 0};
    uint64_t done = 0;
    plotmill_source *source = NULL;
    plotmill_sink *sink = NULL;
    NEED(plotmill_source_create(pm, &source_ops, series, SAMPLES, 0, &source));
    NEED(plotmill_sink_create(pm, &sink_ops, &images, &sink));
    NEED(plotmill_run(pm, options, source, sink, on_progress, &done, NULL));
    printf("run: %llu of %llu images, %016llx\n", (unsigned long long)done, (unsigned long long)images.images,
           (unsigned long long)images.hash);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
}

static void render(const plotmill_options *options)
{
    const struct plotmill_array array = {
        .size = sizeof array, .data = series, .type = PLOTMILL_FLOAT64, .axes = "T", .shape = {SAMPLES}};
    uint8_t *pixels = malloc((size_t)IMAGES * PIXELS);
    uint64_t hash = 0;
    struct plotmill_request request = {.size = sizeof request,
                                       .count = IMAGES,
                                       .encoding = PLOTMILL_PIXELS,
                                       .out = pixels,
                                       .out_size = (size_t)IMAGES * PIXELS};
    plotmill_source *source = NULL;
    plotmill_renderer *renderer = NULL;
    need(pixels != NULL, "malloc");
    NEED(plotmill_source_from_array(pm, &array, options, &source));
    NEED(plotmill_renderer_create(pm, options, &renderer));
    NEED(plotmill_renderer_load(renderer, source));
    NEED(plotmill_render(renderer, &request));
    for (uint64_t i = 0; i < IMAGES; i++)
        hash += hash_of(pixels + i * PIXELS, PIXELS, i);
    printf("render: %016llx\n", (unsigned long long)hash);
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    free(pixels);
}

int main(int argc, char **argv)
{
    uint32_t state = 3;
    for (int i = 0; i < SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        series[i] = (double)(state >> 16);
    }
    pm = plotmill_create();
    need(pm != NULL, "plotmill_create");
    plotmill_options *options = make_options();
    if (argc > 1) /* an option that these headers know nothing of */
        need(plotmill_options_set(options, argv[1], "3") == PLOTMILL_OK &&
                 !strcmp(plotmill_options_get(options, argv[1]), "3") && strstr(plotmill_options_describe(), argv[1]),
             argv[1]);
    run(options);
    render(options);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return 0;
}
