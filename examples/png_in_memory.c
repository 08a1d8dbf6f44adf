/* Images as the bytes of PNG files in memory, as a web service sends them; the first is also written to a file.
 *
 *     cc -std=c99 png_in_memory.c $(pkg-config --cflags --libs plotmill) -lm -o png_in_memory */
#include <math.h>
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEQUENCES = 3, SAMPLES = 200 };

/* Renders `count` ready sequences. *bytes receives one PNG file after another, sizes[k] bytes each; free it. */
static int render(plotmill *pm, const double *samples, uint64_t count, unsigned char **bytes, uint64_t *sizes)
{
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    plotmill_renderer *renderer = NULL;
    struct plotmill_array array = {.size = sizeof array, .data = samples, .axes = "NT", .shape = {count, SAMPLES}};
    struct plotmill_request request = {
        .size = sizeof request, .count = count, .encoding = PLOTMILL_PNG, .sizes = sizes};
    int failed = plotmill_options_create(pm, &options) || plotmill_options_set(options, "size", "400x200") ||
                 plotmill_options_set(options, "antialias", "true") || plotmill_options_set(options, "margin", "8") ||
                 plotmill_source_from_array(pm, &array, options, &source) ||
                 plotmill_renderer_create(pm, options, &renderer) || plotmill_renderer_load(renderer, source);
    if (!failed) {
        request.out_size = count * plotmill_renderer_bound(renderer, PLOTMILL_PNG);
        request.out = *bytes = malloc(request.out_size);
        failed = !request.out || plotmill_render(renderer, &request);
    }
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    return failed;
}

static int write_file(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    int failed = !file || fwrite(bytes, 1, size, file) != size;
    failed = (file && fclose(file)) || failed;
    if (failed)
        perror(path);
    return failed;
}

int main(void)
{
    static double samples[SEQUENCES][SAMPLES];
    uint64_t sizes[SEQUENCES];
    unsigned char *bytes = NULL;
    for (int k = 0; k < SEQUENCES; k++)
        for (int i = 0; i < SAMPLES; i++)
            samples[k][i] = sin(0.05 * (k + 1) * i) * exp(-0.01 * i);

    plotmill *pm = plotmill_create();
    int failed = render(pm, samples[0], SEQUENCES, &bytes, sizes);
    if (failed)
        fprintf(stderr, "png_in_memory: %s\n", *plotmill_message(pm) ? plotmill_message(pm) : "out of memory");
    for (int k = 0; !failed && k < SEQUENCES; k++)
        printf("image %d: a PNG file of %lu bytes\n", k, (unsigned long)sizes[k]);
    failed = failed || write_file("wave.png", bytes, (size_t)sizes[0]);
    free(bytes);
    plotmill_destroy(pm);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
