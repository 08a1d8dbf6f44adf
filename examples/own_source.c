/* A source of one's own: codes of a sensor become samples when a job reads them. The output is read back by index.
 *
 *     cc -std=c99 own_source.c $(pkg-config --cflags --libs plotmill) -lm -o own_source */
#include <math.h>
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <stdlib.h>

enum { CODES = 4000, SATURATED = 4095, WIDTH = 120, HEIGHT = 80, READ = 2 };

struct recording {
    uint16_t codes[CODES]; /* 12 bits */
    double volts_per_code;
};

/* NaN is a missing sample: the line has a gap. */
static enum plotmill_status read_codes(void *self, uint64_t first, uint64_t count, double *out,
                                       struct plotmill_error *error)
{
    const struct recording *recording = self;
    if (recording->volts_per_code <= 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "the recording is not calibrated");
    for (uint64_t i = 0; i < count; i++) {
        unsigned code = recording->codes[first + i];
        out[i] = code == SATURATED ? NAN : (code - 2048.0) * recording->volts_per_code;
    }
    return PLOTMILL_OK;
}

static const struct plotmill_source_ops recording_ops = {.size = sizeof recording_ops, .read = read_codes};

/* Writes codes.h5. */
static int write_images(plotmill *pm, struct recording *recording)
{
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    int failed = plotmill_options_create(pm, &options) || plotmill_options_set(options, "window", "400") ||
                 plotmill_options_set(options, "stride", "100") || plotmill_options_set(options, "size", "120x80") ||
                 plotmill_options_set(options, "output", "codes.h5") ||
                 plotmill_options_set(options, "force", "true") ||
                 plotmill_source_create(pm, &recording_ops, recording, CODES, 0, &source) ||
                 plotmill_run(pm, options, source, NULL, NULL, NULL, NULL);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    return failed;
}

static int read_images(plotmill *pm, const uint64_t *indices, uint8_t *pixels, int64_t *window_start)
{
    plotmill_reader *reader = NULL;
    int failed = plotmill_reader_open(pm, "codes.h5", &reader) ||
                 plotmill_reader_read(reader, indices, READ, pixels, window_start, NULL);
    plotmill_reader_destroy(reader);
    return failed;
}

int main(void)
{
    static struct recording recording = {.volts_per_code = 0.0012};
    static uint8_t pixels[READ][HEIGHT * WIDTH];
    const uint64_t indices[READ] = {36, 3};
    int64_t window_start[READ];
    for (int i = 0; i < CODES; i++)
        recording.codes[i] = (uint16_t)(i % 700 < 30 ? SATURATED : 2048 + i % 250 * 7);

    plotmill *pm = plotmill_create();
    int failed = write_images(pm, &recording) || read_images(pm, indices, pixels[0], window_start);
    if (failed)
        fprintf(stderr, "own_source: %s\n", plotmill_message(pm));
    for (int k = 0; !failed && k < READ; k++) {
        int ink = 0;
        for (int i = 0; i < HEIGHT * WIDTH; i++)
            ink += pixels[k][i] == 0;
        printf("image %lu begins at code %ld and has %d pixels of ink\n", (unsigned long)indices[k],
               (long)window_start[k], ink);
    }
    plotmill_destroy(pm);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
