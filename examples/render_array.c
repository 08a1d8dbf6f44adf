/* Renders an array in memory to pixels in memory, and shows one image as text.
 *
 *     cc render_array.c $(pkg-config --cflags --libs plotmill) -lm -o render_array && ./render_array */
#include <math.h>
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 300, WINDOW = 60, STRIDE = 24, IMAGES = (SAMPLES - WINDOW) / STRIDE + 1, WIDTH = 72, HEIGHT = 20 };

static void print_image(const uint8_t *pixels)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++)
            putchar(pixels[y * WIDTH + x] ? '.' : '#');
        putchar('\n');
    }
}

int main(void)
{
    static double samples[SAMPLES], y_range[IMAGES][2];
    static uint8_t pixels[IMAGES][HEIGHT * WIDTH];
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = sin(0.1 * i) + 0.3 * sin(0.37 * i);

    struct plotmill_chart_options chart;
    plotmill_chart_options_init(&chart);
    chart.width = WIDTH;
    chart.height = HEIGHT;
    chart.line_width = 1.5;

    plotmill *pm = plotmill_create();
    plotmill_renderer *renderer = NULL;
    if (!pm)
        return EXIT_FAILURE;
    enum plotmill_status status = plotmill_renderer_create(pm, NULL, WINDOW, &chart, &renderer);
    if (status == PLOTMILL_OK)
        status = plotmill_renderer_run(renderer, samples, STRIDE, IMAGES, pixels[0], y_range[0]);
    if (status == PLOTMILL_OK) {
        printf("%d images; the last one spans %.3f to %.3f:\n", IMAGES, y_range[IMAGES - 1][0], y_range[IMAGES - 1][1]);
        print_image(pixels[IMAGES - 1]);
    } else
        fprintf(stderr, "render_array: %s\n", plotmill_message(pm));
    plotmill_renderer_destroy(renderer);
    plotmill_destroy(pm);
    return status == PLOTMILL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
