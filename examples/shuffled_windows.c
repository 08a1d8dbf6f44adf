/* A series stays on the device; a training loop takes batches of its windows, shuffled, into a buffer of its own.
 *
 *     cc -std=c99 shuffled_windows.c $(pkg-config --cflags --libs plotmill) -o shuffled_windows */
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 100, WINDOWS = 4096, SAMPLES = WINDOWS + WINDOW - 1, BATCH = 256, SIDE = 64, EPOCHS = 2 };

static double series[SAMPLES];
static uint64_t starts[WINDOWS];
static uint8_t images[BATCH * SIDE * SIDE];

/* A linear congruential generator: the same numbers on every machine. */
static uint32_t random_number(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 32);
}

static void shuffle(void)
{
    for (uint32_t i = WINDOWS - 1; i > 0; i--) {
        uint32_t j = random_number() % (i + 1);
        uint64_t start = starts[i];
        starts[i] = starts[j];
        starts[j] = start;
    }
}

static int train(plotmill_renderer *renderer)
{
    struct plotmill_request request = {
        .size = sizeof request, .count = BATCH, .out = images, .out_size = sizeof images};
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        unsigned long ink = 0;
        shuffle();
        for (int first = 0; first < WINDOWS; first += BATCH) {
            request.starts = &starts[first];
            if (plotmill_render(renderer, &request))
                return 1;
            for (size_t i = 0; i < sizeof images; i++) /* stands for a training step */
                ink += images[i] == 0;
        }
        printf("epoch %d: %lu pixels of ink; the last batch began with window %lu\n", epoch, ink,
               (unsigned long)request.starts[0]);
    }
    return 0;
}

int main(void)
{
    for (int i = 1; i < SAMPLES; i++)
        series[i] = series[i - 1] + (double)(random_number() % 2001) - 1000;
    for (int i = 0; i < WINDOWS; i++)
        starts[i] = (uint64_t)i;

    plotmill *pm = plotmill_create();
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    plotmill_renderer *renderer = NULL;
    struct plotmill_array array = {.size = sizeof array, .data = series, .axes = "T", .shape = {SAMPLES}};
    int failed = plotmill_options_create(pm, &options) || plotmill_options_set(options, "window", "100") ||
                 plotmill_options_set(options, "size", "64x64") || plotmill_options_set(options, "line-width", "1.5") ||
                 plotmill_source_from_array(pm, &array, options, &source) ||
                 plotmill_renderer_create(pm, options, &renderer) || plotmill_renderer_load(renderer, source) ||
                 train(renderer);
    if (failed)
        fprintf(stderr, "shuffled_windows: %s\n", plotmill_message(pm));
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
