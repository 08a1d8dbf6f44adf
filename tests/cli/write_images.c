/* Writes images that a test made to a sink, through the last stage of a job, as if a chart of `layers` layers had been
 * drawn. Standard input holds a header of ten uint32: images, width, height, channels (0: one per layer, as many as
 * layers), panels, fields, window, layers, antialias, images per batch; then the inks of the background and of the
 * layers, three bytes each; then the pixels, uint8 (images, height, width, channels), y_range, float64 (images, panels,
 * 2), and the samples, float64 (images, window, fields).
 *
 *   write_images PATH FORMAT DTYPE LAYOUT COMPRESS CHUNK_IMAGES IMAGES_PER_FILE STORE_SEQUENCES
 *
 * The enums are numbers; FORMAT may be "". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/sink.h"
#include "job/output_stage.h"

struct header {
    uint32_t images, width, height, channels, panels, fields, window, layers, antialias, batch;
};

static void *take(size_t count, size_t size)
{
    void *values = malloc(count * size + 1);
    if (!values || fread(values, size, count, stdin) != count) {
        fprintf(stderr, "write_images: standard input is too short\n");
        exit(2);
    }
    return values;
}

static enum plotmill_status write_all(const struct job *job, const struct header *h, const uint8_t *pixels,
                                      struct plotmill_error *error)
{
    const size_t image_bytes = (size_t)h->width * h->height * job->chart->channels;
    double *y_range = take((size_t)h->images * h->panels * 2, sizeof *y_range);
    double *samples = take((size_t)h->images * h->window * h->fields, sizeof *samples);
    int64_t *starts = malloc(h->images * sizeof *starts);
    struct output_stage output;
    struct work_queue queue;
    enum plotmill_status status = output_stage_init(&output, job, error);
    queue_init(&queue, NULL, 0);
    for (uint32_t i = 0; i < h->images; i++)
        starts[i] = 10 * (int64_t)i;
    for (uint32_t first = 0; first < h->images && !status && queue.state == QUEUE_RUNNING; first += h->batch) {
        const struct image_batch batch = {
            .first = first,
            .count = h->images - first < h->batch ? h->images - first : h->batch,
            .data = pixels + first * image_bytes,
            .window_start = starts + first,
            .y_range = y_range + (size_t)first * h->panels * 2,
            .samples = samples + (size_t)first * h->window * h->fields,
            .sample_stride = h->window,
            .fields = h->fields,
            .window = h->window,
        };
        output_stage_write(&output, &batch, &queue);
    }
    if (!status && queue.state != QUEUE_RUNNING) {
        status = queue.status;
        *error = queue.error;
    }
    queue_finish(&queue);
    output_stage_finish(&output);
    free(starts);
    free(samples);
    free(y_range);
    return status;
}

static struct sink_options sink_options_of(char **argv, uint32_t channels)
{
    return (struct sink_options){
        .format = *argv[2] ? argv[2] : NULL,
        .pixels = {.dtype = (enum pixel_dtype)atoi(argv[3]), .layout = (enum pixel_layout)atoi(argv[4])},
        .compress = (enum compress)atoi(argv[5]),
        .chunk_images = (uint32_t)atoi(argv[6]),
        .images_per_file = (uint64_t)atoi(argv[7]),
        .store_sequences = atoi(argv[8]),
        .drawn = channels};
}

/* The names of the fields as a JSON array. */
static void name_fields(char *text, size_t size, uint32_t fields)
{
    size_t used = (size_t)snprintf(text, size, "[\"open\"");
    for (uint32_t i = 1; i < fields; i++)
        used += (size_t)snprintf(text + used, size - used, ", \"ma(close,%u)\"", (unsigned)i);
    snprintf(text + used, size - used, "]");
}

static enum plotmill_status run(const struct header *h, const struct chart *chart, char **argv,
                                struct plotmill_error *error)
{
    char fields[200];
    const struct sink_options options = sink_options_of(argv, chart->channels);
    struct sink sink;
    enum plotmill_status status = sink_create(&sink, argv[1], &options, NULL, error);
    if (status)
        return status;
    name_fields(fields, sizeof fields, h->fields);
    struct source source = {.shape = {.fields = h->fields}, .about = {.fields = fields}};
    struct job_options job_options = {.jobs = 2};
    struct job job = {.source = &source,
                      .sink = &sink,
                      .options = &job_options,
                      .windows = {.images = h->images, .window = h->window},
                      .chart = chart,
                      .spec = "{}",
                      .no_device_streams = true};
    chart_png_form(chart, &job.png);
    const struct dataset_info info = job_dataset_info(&job);
    uint8_t *pixels = take((size_t)h->images * h->width * h->height * chart->channels, 1);
    uint64_t hash;
    status = sink.ops->open(sink.self, &info, error);
    if (!status) {
        status = write_all(&job, h, pixels, error);
        if (!status)
            status = sink.ops->finish(sink.self, error);
        if (status)
            sink.ops->abort(sink.self);
    }
    if (!status && sink.ops->hash && sink.ops->hash(sink.self, &hash))
        printf("%016llx\n", (unsigned long long)hash);
    free(pixels);
    sink_close(&sink);
    return status;
}

int main(int argc, char **argv)
{
    struct plotmill_error error = {0};
    struct header *h = take(1, sizeof *h);
    struct ink *inks = take(1 + (size_t)h->layers, sizeof *inks);
    struct chart_panel *panels = calloc(h->panels, sizeof *panels);
    struct chart_layer *layers = calloc(h->layers, sizeof *layers);
    if (argc != 9 || !panels || !layers)
        return 2;
    for (uint32_t i = 0; i < h->layers; i++)
        layers[i] = (struct chart_layer){.ink = inks[1 + i], .down = inks[1 + i]};
    const struct chart chart = {.width = h->width,
                                .height = h->height,
                                .channels = h->channels ? h->channels : h->layers,
                                .per_layer = !h->channels,
                                .background = inks[0],
                                .antialias = h->antialias,
                                .panels = panels,
                                .panel_count = h->panels,
                                .layers = layers,
                                .layer_count = h->layers};
    const enum plotmill_status status = run(h, &chart, argv, &error);
    if (status)
        fprintf(stderr, "write_images: %s\n", error.message);
    free(layers);
    free(panels);
    free(inks);
    free(h);
    return status != PLOTMILL_OK;
}
