/* Runs a job with a custom sink, which counts the ink of every image instead of storing it.
 *
 *     cc own_sink.c $(pkg-config --cflags --libs plotmill) -o own_sink
 *     ./own_sink                         # a built-in series
 *     ./own_sink prices.csv close 100    # windows of 100 closes */
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

struct ink_counter {
    size_t image_bytes;
    int foreground;
    uint64_t images;
    uint64_t ink; /* pixels */
};

static enum plotmill_status open_counter(void *self, const struct plotmill_dataset_info *info,
                                         struct plotmill_error *error)
{
    struct ink_counter *counter = self;
    if (info->background == info->foreground)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "ink cannot be told from background: both are %d",
                                  info->background);
    counter->image_bytes = (size_t)info->width * info->height;
    counter->foreground = info->foreground;
    return PLOTMILL_OK;
}

static enum plotmill_status count_ink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct ink_counter *counter = self;
    const uint8_t *pixels = batch->data;
    (void)error;
    for (size_t i = 0; i < batch->count * counter->image_bytes; i++)
        counter->ink += pixels[i] == counter->foreground;
    counter->images += batch->count;
    return PLOTMILL_OK;
}

static enum plotmill_status finish_counter(void *self, struct plotmill_error *error)
{
    const struct ink_counter *counter = self;
    (void)error;
    printf("%llu images, %.1f pixels of ink each\n", (unsigned long long)counter->images,
           (double)counter->ink / (double)counter->images);
    return PLOTMILL_OK;
}

static void abort_counter(void *self)
{
    (void)self; /* this sink stores nothing */
}

static const struct plotmill_sink_ops counter_ops = {
    .payload = PLOTMILL_PAYLOAD_PIXELS,
    .open = open_counter,
    .write = count_ink,
    .finish = finish_counter,
    .abort = abort_counter,
};

/* Opens FILE with COLUMN and WINDOW from the command line, or a built-in sawtooth. */
static enum plotmill_status open_source(plotmill *pm, char **argv, plotmill_source **source)
{
    static double sawtooth[1000];
    struct plotmill_source_options options;
    if (!argv) {
        for (int i = 0; i < 1000; i++)
            sawtooth[i] = i % 50;
        return plotmill_source_from_array(pm, sawtooth, (struct plotmill_source_shape){1000, 0}, source);
    }
    plotmill_source_options_init(&options);
    options.column = argv[2];
    return plotmill_source_open(pm, (const char *const *)&argv[1], 1, &options, source);
}

static enum plotmill_status run(plotmill *pm, char **argv)
{
    struct ink_counter counter = {0};
    plotmill_source *source = NULL;
    plotmill_sink *sink = NULL;
    struct plotmill_job_options job;
    plotmill_job_options_init(&job);
    job.window = argv ? strtoull(argv[3], NULL, 10) : 100;
    enum plotmill_status status = open_source(pm, argv, &source);
    if (status == PLOTMILL_OK)
        status = plotmill_sink_create(pm, &counter_ops, &counter, &sink);
    if (status == PLOTMILL_OK)
        status = plotmill_job_run(pm, source, sink, &job, NULL);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 1 && argc != 4) {
        fprintf(stderr, "usage: own_sink [FILE COLUMN WINDOW]\n");
        return 2;
    }
    plotmill *pm = plotmill_create();
    if (!pm)
        return EXIT_FAILURE;
    enum plotmill_status status = run(pm, argc == 4 ? argv : NULL);
    if (status != PLOTMILL_OK)
        fprintf(stderr, "own_sink: %s\n", plotmill_message(pm));
    plotmill_destroy(pm);
    return status == PLOTMILL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
