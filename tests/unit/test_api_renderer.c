/* Renderers of the public API: every window, width and encoding gives the image that a job or the image alone gives. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "api/engine.h"
#include "api/renderer.h"
#include "base/json.h"
#include "base/os.h"
#include "chart/pixel_format.h"
#include "device/internal.h"
#include "formats/folder.h"
#include "plotmill_config.h"

enum { WINDOW = 60, SAMPLES = 3000, WIDTH = 50, HEIGHT = 30, PIXELS = WIDTH * HEIGHT, COUNT = 300 };

static plotmill *pm;
static plotmill_options *options;
static plotmill_renderer *renderer;
static plotmill_source *source;
static double series[SAMPLES];
static uint64_t starts[COUNT];
static uint8_t expected[COUNT][PIXELS], drawn[COUNT][PIXELS];
static double ranges[COUNT][2];

static void ok(enum plotmill_status status)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s", plotmill_message(pm));
}

static uint32_t next_random(void)
{
    static uint32_t state = 9;
    return (state = state * 1664525u + 1013904223u) >> 8;
}

static void begin(void)
{
    char text[40];
    double value = 0;
    pm = plotmill_create();
    ok(plotmill_options_create(pm, &options));
    snprintf(text, sizeof text, "%dx%d", WIDTH, HEIGHT);
    ok(plotmill_options_set(options, "size", text));
    snprintf(text, sizeof text, "%d", WINDOW);
    ok(plotmill_options_set(options, "window", text));
    for (int i = 0; i < SAMPLES; i++)
        series[i] = value += (double)next_random() / (1 << 23) - 1;
    for (int k = 0; k < COUNT; k++)
        starts[k] = next_random() % (SAMPLES - WINDOW + 1);
}

static void end(void)
{
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
}

TestSuite(api_renderer, .init = begin, .fini = end);

static void open_renderer(void)
{
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(api_source_from_array(pm, series, (struct source_shape){SAMPLES, 0}, &source));
    ok(plotmill_renderer_load(renderer, source));
}

static struct plotmill_request request_for(uint64_t count)
{
    return (struct plotmill_request){.size = sizeof(struct plotmill_request),
                                     .count = count,
                                     .starts = starts,
                                     .out = drawn,
                                     .out_size = sizeof drawn,
                                     .y_range = ranges[0]};
}

/* Each image alone, by an engine of its own, from a copy of its samples. */
static void draw_alone(const double *line_widths, uint64_t count)
{
    struct job_options job = renderer->job;
    job.stride = 1;
    job.batch = 0;
    job.window = renderer->resident.window;
    for (uint64_t k = 0; k < count; k++) {
        double *copy = malloc(job.window * sizeof *copy);
        cr_assert(copy);
        memcpy(copy, series + starts[k] * renderer->resident.windows.unit, job.window * sizeof *copy);
        if (line_widths)
            job.line.line_width = line_widths[k];
        ok(api_draw(pm, &job, copy, 1, expected[k], NULL));
        free(copy);
    }
}

static void expect_images(uint64_t count)
{
    for (uint64_t k = 0; k < count; k++)
        cr_assert(!memcmp(drawn[k], expected[k], PIXELS), "image %llu has other pixels", (unsigned long long)k);
}

static void check_shuffled(void)
{
    struct plotmill_request request = request_for(COUNT);
    memset(drawn, 7, sizeof drawn);
    ok(plotmill_render(renderer, &request));
    draw_alone(NULL, COUNT);
    expect_images(COUNT);
    for (int k = 0; k < COUNT; k++) {
        double lo = INFINITY, hi = -INFINITY;
        for (uint64_t i = starts[k]; i < starts[k] + WINDOW; i++) {
            lo = fmin(lo, isfinite(series[i]) ? series[i] : lo);
            hi = fmax(hi, isfinite(series[i]) ? series[i] : hi);
        }
        cr_assert(ranges[k][0] == lo && ranges[k][1] == hi, "image %d: range %g to %g", k, ranges[k][0], ranges[k][1]);
    }
}

Test(api_renderer, shuffled_windows)
{
    for (int antialias = 0; antialias < 2; antialias++) {
        ok(plotmill_options_set(options, "antialias", antialias ? "true" : "false"));
        open_renderer();
        check_shuffled();
        plotmill_renderer_destroy(renderer);
        plotmill_source_destroy(source);
        renderer = NULL;
        source = NULL;
    }
}

/* The same images as a job over the same windows, in batches that do not divide them. */
Test(api_renderer, windows_in_order_are_those_of_a_job)
{
    struct job_options job;
    plotmill_sink *sink = NULL;
    plotmill_reader *reader = NULL;
    struct plotmill_request request = request_for(COUNT);
    char path[100];
    snprintf(path, sizeof path, "/tmp/plotmill-renderer-%llu.npy", (unsigned long long)os_process_id());
    ok(plotmill_options_set(options, "stride", "7"));
    ok(plotmill_options_set(options, "batch", "64"));
    open_renderer();
    request.starts = NULL;
    request.first = 3;
    ok(plotmill_render(renderer, &request));
    job = renderer->job;
    job.batch = 50;
    ok(api_sink_open(pm, path, NULL, &sink));
    ok(api_job_run(pm, source, sink, &job, NULL));
    plotmill_sink_destroy(sink);
    ok(plotmill_reader_open(pm, path, &reader));
    ok(api_reader_read(reader, 3, COUNT, expected[0], NULL, NULL));
    plotmill_reader_destroy(reader);
    remove(path);
    expect_images(COUNT);
}

Test(api_renderer, gaps_and_bridges_at_any_start)
{
    static const char *const modes[] = {"gap", "bridge"};
    for (int i = 0; i < SAMPLES; i++)
        if (next_random() % 5 == 0 || (i > 500 && i < 500 + WINDOW + 20))
            series[i] = NAN;
    for (int k = 0; k < COUNT; k += 9)
        starts[k] = 470 + (uint64_t)k / 9; /* windows with hardly a sample */
    for (int mode = 0; mode < 2; mode++) {
        struct plotmill_request request = request_for(COUNT);
        ok(plotmill_options_set(options, "missing", modes[mode]));
        open_renderer();
        ok(plotmill_render(renderer, &request));
        draw_alone(NULL, COUNT);
        expect_images(COUNT);
        plotmill_renderer_destroy(renderer);
        plotmill_source_destroy(source);
        renderer = NULL;
        source = NULL;
    }
}

Test(api_renderer, a_missing_sample_is_named)
{
    struct plotmill_request request = request_for(1);
    series[1234] = series[1235] = NAN;
    ok(plotmill_options_set(options, "missing", "error"));
    open_renderer();
    starts[0] = 1236;
    ok(plotmill_render(renderer, &request));
    starts[0] = 1200;
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "sample 1234 is missing: expected a number (the option missing is error)");
    starts[0] = 1235;
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "sample 1235 is missing"));
    starts[0] = 1235 - WINDOW;
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
    starts[0] = 1234 - WINDOW;
    ok(plotmill_render(renderer, &request));
}

static void check_widths(double least, double most)
{
    static double widths[COUNT];
    struct plotmill_request request = request_for(COUNT);
    for (int k = 0; k < COUNT; k++)
        widths[k] = k % 3 ? least + (most - least) * (next_random() % 1000) / 1000 : most;
    request.line_widths = widths;
    ok(plotmill_render(renderer, &request));
    draw_alone(widths, COUNT);
    expect_images(COUNT);
}

/* Antialiased charts are painted where few samples are in reach of a column, else drawn through spans. */
Test(api_renderer, a_width_per_image, .timeout = 300)
{
    for (int antialias = 0; antialias < 2; antialias++) {
        struct plotmill_request request = request_for(COUNT);
        ok(plotmill_options_set(options, "antialias", antialias ? "true" : "false"));
        open_renderer();
        check_widths(0.5, 3);
        check_widths(2, 64);
        check_widths(1, 9);
        ok(plotmill_render(renderer, &request)); /* the option's width again */
        draw_alone(NULL, COUNT);
        expect_images(COUNT);
        plotmill_renderer_destroy(renderer);
        plotmill_source_destroy(source);
        renderer = NULL;
        source = NULL;
    }
}

/* A series that does not fit the device stays on the host. */
Test(api_renderer, a_series_on_the_host)
{
    open_renderer();
    cr_assert(renderer->resident.series.samples);
    series_destroy(&renderer->resident.series);
    check_shuffled();
    check_widths(1, 5);
}

static enum plotmill_status read_rows(void *self, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    (void)error;
    memcpy(out, (double *)self + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

/* Also a source without an array, which may be destroyed after loading. */
Test(api_renderer, ready_sequences)
{
    static const struct source_ops ops = {.read = read_rows};
    struct plotmill_request request = request_for(40);
    ok(plotmill_options_set(options, "window", NULL));
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(api_source_create(pm, &ops, series, (struct source_shape){SAMPLES, 75}, &source));
    ok(plotmill_renderer_load(renderer, source));
    plotmill_source_destroy(source);
    source = NULL;
    for (int k = 0; k < COUNT; k++)
        starts[k] = next_random() % (SAMPLES / 75);
    ok(plotmill_render(renderer, &request));
    draw_alone(NULL, 40);
    expect_images(40);
    starts[1] = SAMPLES / 75;
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "starts[1]: found 40, expected at most 39: the source has 40 ready sequences");
}

/* The pixels of an encoded image. */
static bool decodes(enum plotmill_encoding encoding, const struct pixel_format *format, const uint8_t *data,
                    size_t size, uint8_t pixels[PIXELS])
{
    static const struct pixel_shape shape = {WIDTH, HEIGHT, 255, 0};
    static uint8_t numbers[PIXELS * 12];
    uLongf count = sizeof numbers;
    struct image_size found;
    struct plotmill_error ignored;
    const struct encoded file = {"image", data, size};
    if (encoding == PLOTMILL_PNG)
        return !decode_png(&file, &found, NULL, &ignored) && found.width == WIDTH && found.height == HEIGHT &&
               found.channels == 1 && !decode_png(&file, &found, pixels, &ignored);
    if (encoding == PLOTMILL_ZLIB) {
        if (uncompress(numbers, &count, data, size) != Z_OK || count != pixel_format_image_bytes(format, WIDTH, HEIGHT))
            return false;
        data = numbers;
    }
    uint8_t all[3 * PIXELS];
    const uint32_t channels = pixel_format_channels(format);
    bool right = pixel_format_restore(format, &shape, data, 1, all);
    for (size_t i = 0; i < PIXELS * channels && right; i++) {
        pixels[i / channels] = all[i / channels * channels];
        right = all[i] == pixels[i / channels];
    }
    return right;
}

static void check_encoding(enum plotmill_encoding encoding)
{
    struct plotmill_request request = request_for(COUNT);
    const size_t bound = plotmill_renderer_bound(renderer, encoding);
    uint64_t sizes[COUNT];
    uint8_t *out = malloc(COUNT * bound), *at = out;
    cr_assert(out);
    request.encoding = encoding;
    request.out = out;
    request.out_size = COUNT * bound;
    request.sizes = encoding == PLOTMILL_PIXELS ? NULL : sizes;
    ok(plotmill_render(renderer, &request));
    for (int k = 0; k < COUNT; k++) {
        const size_t size = encoding == PLOTMILL_PIXELS ? bound : (size_t)sizes[k];
        cr_assert(size && size <= bound);
        cr_assert(decodes(encoding, &renderer->format, at, size, drawn[k]), "encoding %d, image %d", (int)encoding, k);
        at += size;
    }
    expect_images(COUNT);
    free(out);
}

Test(api_renderer, encodings_decode_to_the_pixels)
{
    static const struct {
        const char *dtype, *layout, *channels;
    } formats[] = {{"u8", "NHW", "1"},  {"u8", "NCHW", "3"},  {"u8", "NHWC", "3"},
                   {"f32", "NHW", "1"}, {"f16", "NHWC", "3"}, {"bits", "NHW", "1"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        ok(plotmill_options_set(options, "layout", NULL));
        ok(plotmill_options_set(options, "channels", NULL));
        ok(plotmill_options_set(options, "dtype", formats[i].dtype));
        ok(plotmill_options_set(options, "layout", formats[i].layout));
        ok(plotmill_options_set(options, "channels", formats[i].channels));
        open_renderer();
        if (!i)
            draw_alone(NULL, COUNT);
        check_encoding(PLOTMILL_PIXELS);
        if (HAVE_ZLIB)
            check_encoding(PLOTMILL_ZLIB);
        if (HAVE_PNG && !i)
            check_encoding(PLOTMILL_PNG);
        if (i) {
            struct plotmill_request request = request_for(1);
            request.encoding = PLOTMILL_PNG;
            cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
        }
        plotmill_renderer_destroy(renderer);
        plotmill_source_destroy(source);
        renderer = NULL;
        source = NULL;
    }
}

Test(api_renderer, jpeg_files_hold_nearly_the_pixels)
{
    if (!HAVE_JPEG)
        cr_skip_test("built without libjpeg-turbo");
    open_renderer();
    struct plotmill_request request = request_for(COUNT);
    const size_t bound = plotmill_renderer_bound(renderer, PLOTMILL_JPEG);
    uint64_t sizes[COUNT];
    uint8_t *out = malloc(COUNT * bound), *at = out;
    cr_assert(out);
    draw_alone(NULL, COUNT);
    request.encoding = PLOTMILL_JPEG;
    request.out = out;
    request.out_size = COUNT * bound;
    request.sizes = sizes;
    ok(plotmill_render(renderer, &request));
    for (int k = 0; k < COUNT; k++) {
        const struct encoded file = {"image", at, (size_t)sizes[k]};
        struct plotmill_error error;
        struct image_size found;
        double sum = 0;
        cr_assert_eq(decode_jpeg(&file, &found, NULL, &error), PLOTMILL_OK, "%s", error.message);
        cr_assert_eq(decode_jpeg(&file, &found, drawn[k], &error), PLOTMILL_OK, "%s", error.message);
        for (int i = 0; i < PIXELS; i++)
            sum += fabs((double)drawn[k][i] - expected[k][i]);
        cr_assert(sum / PIXELS < 8, "image %d differs by %g per pixel", k, sum / PIXELS);
        at += sizes[k];
    }
    free(out);
}

/* Whatever the window, the size, the width or the starts are, a handle builds each program once. */
Test(api_renderer, no_program_is_built_again)
{
    static const char *const sizes[] = {"50x30", "224x224", "97x3", "801x499", "64x64"};
    static const char *const windows[] = {"60", "100", "37", "2000", "2"};
    static uint8_t pixels[4 * 801 * 499];
    for (int antialias = 0; antialias < 2; antialias++) {
        ok(plotmill_options_set(options, "antialias", antialias ? "true" : "false"));
        for (int i = 0; i < 5; i++) {
            struct plotmill_request request = request_for(4);
            const double widths[] = {1, 2, 30, 5};
            ok(plotmill_options_set(options, "size", sizes[i]));
            ok(plotmill_options_set(options, "window", windows[i]));
            open_renderer();
            for (int k = 0; k < 4; k++)
                starts[k] = next_random() % 1000;
            request.out = pixels;
            request.out_size = sizeof pixels;
            ok(plotmill_render(renderer, &request));
            request.line_widths = widths;
            ok(plotmill_render(renderer, &request));
            const unsigned found = compute_programs(renderer->device->compute);
            cr_assert_eq(found, (unsigned)antialias + 1, "%u programs after size %s", found, sizes[i]);
            plotmill_renderer_destroy(renderer);
            plotmill_source_destroy(source);
            renderer = NULL;
            source = NULL;
        }
    }
}

struct watch {
    int calls, cancel_at;
    enum plotmill_status nested;
    uint64_t done;
};

static int watch_progress(void *user, const struct plotmill_progress *progress)
{
    struct watch *watch = user;
    struct plotmill_request request = request_for(1);
    watch->nested = plotmill_render(renderer, &request);
    watch->done = progress->done;
    return ++watch->calls == watch->cancel_at;
}

Test(api_renderer, progress_and_cancellation)
{
    struct watch watch = {.cancel_at = 3};
    struct plotmill_request request = request_for(COUNT);
    ok(plotmill_options_set(options, "batch", "20"));
    open_renderer();
    draw_alone(NULL, COUNT);
    request.progress = watch_progress;
    request.progress_user = &watch;
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_CANCELLED);
    cr_assert(watch.calls == 3 && watch.done == 60 && watch.nested == PLOTMILL_BUSY);
    watch = (struct watch){0};
    ok(plotmill_render(renderer, &request));
    cr_assert(watch.calls == 15 && watch.done == COUNT && watch.nested == PLOTMILL_BUSY);
    expect_images(COUNT);
}

static void expect_description(const char *description)
{
    const char *text = NULL;
    ok(plotmill_renderer_describe(renderer, &text));
    const char *from = strstr(text, "  \"window\"");
    cr_assert(from && json_is_object(text));
    cr_assert_str_eq(from, description);
}

Test(api_renderer, describes_what_it_draws)
{
    ok(plotmill_options_set(options, "window", NULL));
    ok(plotmill_options_set(options, "dtype", "bits"));
    ok(plotmill_renderer_create(pm, options, &renderer));
    expect_description("  \"window\": 0,\n  \"images\": 0,\n  \"width\": 50,\n  \"height\": 30,\n"
                       "  \"panels\": 1,\n  \"dtype\": \"bits\",\n  \"layout\": \"NHW\",\n"
                       "  \"channels\": 1,\n  \"shape\": [30, 7]\n}\n");
    plotmill_renderer_destroy(renderer);
    ok(plotmill_options_set(options, "window", "60"));
    ok(plotmill_options_set(options, "dtype", "f16"));
    ok(plotmill_options_set(options, "layout", "NCHW"));
    ok(plotmill_options_set(options, "channels", "3"));
    ok(plotmill_options_set(options, "stride", "100"));
    open_renderer();
    expect_description("  \"window\": 60,\n  \"images\": 30,\n  \"width\": 50,\n  \"height\": 30,\n"
                       "  \"panels\": 1,\n  \"dtype\": \"f16\",\n  \"layout\": \"NCHW\",\n"
                       "  \"channels\": 3,\n  \"shape\": [3, 30, 50]\n}\n");
}

static void expect_refusal(const struct plotmill_request *request, const char *message)
{
    cr_assert_eq(plotmill_render(renderer, request), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), message);
}

Test(api_renderer, refusals)
{
    struct plotmill_request good = request_for(4), bad = good;
    const double widths[] = {1, 2, 3, 65};
    starts[3] = SAMPLES - WINDOW + 1;
    cr_assert_eq(plotmill_renderer_create(NULL, options, &renderer), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_renderer_create(pm, options, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_render(NULL, &good), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_renderer_load(NULL, source), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_renderer_bound(NULL, PLOTMILL_PIXELS), 0);
    ok(plotmill_renderer_create(pm, options, &renderer));
    cr_assert_eq(plotmill_renderer_load(renderer, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_render(renderer, NULL), PLOTMILL_BAD_INPUT);
    expect_refusal(&good, "no series: call plotmill_renderer_load first");
    ok(api_source_from_array(pm, series, (struct source_shape){SAMPLES, 0}, &source));
    ok(plotmill_renderer_load(renderer, source));
    expect_refusal(&good, "starts[3]: found 2941, expected at most 2940: the source has 3000 samples");
    starts[3] = UINT64_MAX;
    cr_assert_eq(plotmill_render(renderer, &good), PLOTMILL_BAD_INPUT);
    starts[3] = SAMPLES - WINDOW;
    ok(plotmill_render(renderer, &good));
    bad.out_size = 4 * PIXELS - 1;
    expect_refusal(&bad, "out_size: found 5999, expected at least 6000 bytes: 4 images of 1500 bytes");
    bad = good;
    bad.count = UINT64_MAX;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    bad = good;
    bad.out = NULL;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    bad = good;
    bad.encoding = PLOTMILL_ZLIB;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    bad.encoding = (enum plotmill_encoding)9;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_renderer_bound(renderer, (enum plotmill_encoding)9), 0);
    bad = good;
    bad.line_widths = widths;
    expect_refusal(&bad, "line_widths[3]: found 65, expected 0.5 to 64 px");
    bad = good;
    bad.starts = NULL;
    bad.first = SAMPLES - WINDOW - 2;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    bad.first = UINT64_MAX;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    bad = good;
    bad.size = 3;
    cr_assert_eq(plotmill_render(renderer, &bad), PLOTMILL_BAD_INPUT);
    bad = good;
    bad.count = 0;
    bad.out = NULL;
    ok(plotmill_render(renderer, &bad));
}

/* Loading again replaces the series; a source that is too short is refused, and then there is none. */
Test(api_renderer, loads_again)
{
    struct plotmill_request request = request_for(20);
    plotmill_source *other = NULL;
    static double second[SAMPLES];
    open_renderer();
    ok(plotmill_render(renderer, &request));
    for (int i = 0; i < SAMPLES; i++)
        second[i] = series[SAMPLES - 1 - i];
    ok(api_source_from_array(pm, second, (struct source_shape){SAMPLES, 0}, &other));
    ok(plotmill_renderer_load(renderer, other));
    ok(plotmill_render(renderer, &request));
    memcpy(series, second, sizeof series);
    draw_alone(NULL, 20);
    expect_images(20);
    plotmill_source_destroy(other);
    ok(api_source_from_array(pm, second, (struct source_shape){WINDOW - 1, 0}, &other));
    cr_assert_eq(plotmill_renderer_load(renderer, other), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
    plotmill_source_destroy(other);
}

/* Windows do not cross groups, in any order of starts and in order. */
Test(api_renderer, groups)
{
    static uint32_t groups[SAMPLES];
    struct plotmill_request request = request_for(1);
    const struct plotmill_array array = {
        .size = sizeof array, .data = series, .axes = "T", .shape = {SAMPLES}, .groups = groups};
    for (int i = 0; i < SAMPLES; i++)
        groups[i] = i < 1000 ? 5 : 6;
    ok(plotmill_source_from_array(pm, &array, options, &source));
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(plotmill_renderer_load(renderer, source));
    plotmill_source_destroy(source); /* the array stays */
    source = NULL;
    starts[0] = 1000 - WINDOW;
    ok(plotmill_render(renderer, &request));
    draw_alone(NULL, 1);
    expect_images(1);
    starts[0]++;
    expect_refusal(&request, "starts[0]: found 941, whose window of 60 samples is not inside one group, or not inside "
                             "from and to");
    request.starts = NULL;
    request.first = 1000 - WINDOW + 1; /* the first image of the second group */
    ok(plotmill_render(renderer, &request));
    starts[0] = 1000;
    draw_alone(NULL, 1);
    expect_images(1);
    request.first = SAMPLES - 2 * (WINDOW - 1);
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
}

static void locate_sample(void *self, uint64_t sample, char *text, size_t size)
{
    (void)self;
    snprintf(text, size, "row %llu", (unsigned long long)(2 * sample));
}

/* The source is gone when the image is asked for. */
Test(api_renderer, the_place_of_a_missing_sample_outlives_the_source)
{
    static const struct plotmill_source_ops ops = {.size = sizeof ops, .read = read_rows, .locate = locate_sample};
    struct plotmill_request request = request_for(1);
    series[70] = INFINITY;
    ok(plotmill_options_set(options, "missing", "error"));
    ok(plotmill_source_create(pm, &ops, series, SAMPLES, 0, &source));
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(plotmill_renderer_load(renderer, source));
    plotmill_source_destroy(source);
    source = NULL;
    starts[0] = 30;
    expect_refusal(&request, "row 140: sample 70 is missing: expected a number (the option missing is error)");
}

/* Renderers of one handle share its device, and serve their calls in any order. */
Test(api_renderer, two_renderers_of_a_handle)
{
    struct plotmill_request request = request_for(COUNT);
    plotmill_renderer *first;
    open_renderer();
    first = renderer;
    ok(plotmill_options_set(options, "antialias", "true"));
    ok(plotmill_renderer_create(pm, options, &renderer));
    ok(plotmill_renderer_load(renderer, source));
    cr_assert_eq(first->device, renderer->device);
    for (int i = 0; i < 4; i++) {
        plotmill_renderer *other = renderer;
        renderer = first;
        first = other;
        ok(plotmill_render(renderer, &request));
        draw_alone(NULL, COUNT);
        expect_images(COUNT);
    }
    plotmill_renderer_destroy(first);
    ok(plotmill_render(renderer, &request));
    expect_images(COUNT);
}

Test(api_renderer, what_belongs_to_another_handle)
{
    struct plotmill_array array = {.size = sizeof array, .data = series, .axes = "T", .shape = {SAMPLES}};
    plotmill *other = plotmill_create();
    plotmill_renderer *made = NULL;
    cr_assert_eq(plotmill_renderer_create(other, options, &made), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(other), "options belongs to another handle"), "%s", plotmill_message(other));
    cr_assert_null(made);
    ok(plotmill_renderer_create(pm, options, &renderer));
    cr_assert_eq(plotmill_source_from_array(other, &array, NULL, &source), PLOTMILL_OK);
    cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "source belongs to another handle"), "%s", plotmill_message(pm));
    plotmill_source_destroy(source);
    source = NULL;
    plotmill_destroy(other);
}
