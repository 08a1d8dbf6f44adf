/* A sink of one's own: a job gives it every image, and it measures how much ink they have.
 *
 *     cc -std=c99 own_sink.c $(pkg-config --cflags --libs plotmill) -o own_sink */
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

struct ink_counter {
    uint64_t ink; /* pixels of the line */
    uint64_t pixels;
};

static enum plotmill_status open_counter(void *self, const struct plotmill_dataset *dataset,
                                         struct plotmill_error *error)
{
    (void)self;
    (void)error;
    printf("%lu images of %ux%u pixels\n", (unsigned long)dataset->images, dataset->width, dataset->height);
    return PLOTMILL_OK;
}

/* Batches come one at a time (thread_safe is 0), in any order (ordered is 0). */
static enum plotmill_status count_ink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct ink_counter *counter = self;
    (void)error;
    for (uint64_t k = 0; k < batch->count; k++) {
        const uint8_t *pixels = batch->images[k].data;
        for (size_t i = 0; i < batch->images[k].size; i++)
            counter->ink += pixels[i] == 0;
        counter->pixels += batch->images[k].size;
    }
    return PLOTMILL_OK;
}

/* A sink that stores something also has finish, and abort for a job that fails or is cancelled. */
static const struct plotmill_sink_ops counter_ops = {
    .size = sizeof counter_ops,
    .encoding = PLOTMILL_PIXELS,
    .open = open_counter,
    .write = count_ink,
};

int main(void)
{
    static double sawtooth[1000];
    for (int i = 0; i < 1000; i++)
        sawtooth[i] = i % 50;

    struct ink_counter counter = {0, 0};
    plotmill *pm = plotmill_create();
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    plotmill_sink *sink = NULL;
    struct plotmill_array array = {.size = sizeof array, .data = sawtooth, .axes = "T", .shape = {1000}};
    int failed = plotmill_options_create(pm, &options) || plotmill_options_set(options, "window", "100") ||
                 plotmill_source_from_array(pm, &array, options, &source) ||
                 plotmill_sink_create(pm, &counter_ops, &counter, &sink) ||
                 plotmill_run(pm, options, source, sink, NULL, NULL, NULL);
    if (failed)
        fprintf(stderr, "own_sink: %s\n", plotmill_message(pm));
    else
        printf("%.3f %% of the pixels are ink\n", 100 * (double)counter.ink / (double)counter.pixels);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
