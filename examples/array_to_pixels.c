/* An array in memory to pixels in memory; the last image is shown as text.
 *
 *     cc -std=c99 array_to_pixels.c $(pkg-config --cflags --libs plotmill) -lm -o array_to_pixels */
#include <math.h>
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 300, WINDOW = 60, STRIDE = 24, IMAGES = (SAMPLES - WINDOW) / STRIDE + 1, WIDTH = 72, HEIGHT = 20 };

static double samples[SAMPLES];
static uint8_t pixels[IMAGES][HEIGHT][WIDTH];
static double y_range[IMAGES][2];

/* Every status but PLOTMILL_OK, which is 0, is a failure: the chain of calls ends there. */
static int render(plotmill *pm)
{
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    plotmill_renderer *renderer = NULL;
    struct plotmill_array array = {.size = sizeof array, .data = samples, .axes = "T", .shape = {SAMPLES}};
    struct plotmill_request request = {.size = sizeof request,
                                       .count = IMAGES,
                                       .encoding = PLOTMILL_PIXELS,
                                       .out = pixels,
                                       .out_size = sizeof pixels,
                                       .y_range = y_range[0]};

    int failed = plotmill_options_create(pm, &options) || plotmill_options_set(options, "size", "72x20") ||
                 plotmill_options_set(options, "line-width", "1.5") || plotmill_options_set(options, "window", "60") ||
                 plotmill_options_set(options, "stride", "24") ||
                 plotmill_source_from_array(pm, &array, options, &source) ||
                 plotmill_renderer_create(pm, options, &renderer) || plotmill_renderer_load(renderer, source) ||
                 plotmill_render(renderer, &request);

    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    return failed;
}

int main(void)
{
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = sin(0.1 * i) + 0.3 * sin(0.37 * i);
    plotmill *pm = plotmill_create();
    int failed = render(pm);
    if (failed)
        fprintf(stderr, "array_to_pixels: %s\n", plotmill_message(pm));
    plotmill_destroy(pm);
    if (failed)
        return EXIT_FAILURE;

    printf("%d images; the last one shows %.3f to %.3f:\n", IMAGES, y_range[IMAGES - 1][0], y_range[IMAGES - 1][1]);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++)
            putchar(pixels[IMAGES - 1][y][x] ? '.' : '#');
        putchar('\n');
    }
    return EXIT_SUCCESS;
}
