/* Renderers of the public API: every window, width and encoding gives the image that a job or the image alone gives. */
#include "renderer_fixture.h"

TestSuite(api_renderer, .init = begin, .fini = end);

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

/* Engines are those of a chart and a window, of whatever series; a load that fails frees their memory. */
Test(api_renderer, engines_stay_for_the_next_series)
{
    struct plotmill_request request = request_for(COUNT);
    plotmill_source *other = NULL;
    ok(plotmill_options_set(options, "window", NULL));
    ok(plotmill_options_set(options, "missing", "bridge"));
    ok(plotmill_renderer_create(pm, options, &renderer));
    for (int k = 0; k < COUNT; k++)
        starts[k] = next_random() % (SAMPLES / 75);
    const uint64_t lengths[] = {75, 75, 60, 60, 75};
    const struct renderer *engine = NULL;
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < SAMPLES; k++) /* without gaps, with them, and without them */
            series[k] = next_random() % (i % 2 ? 3 : SAMPLES) ? (double)next_random() : i % 2 ? NAN : 0;
        ok(api_source_from_array(pm, series, (struct source_shape){SAMPLES, lengths[i]}, &source));
        ok(plotmill_renderer_load(renderer, source));
        cr_assert_eq(renderer->engines[0], i % 2 ? engine : NULL, "load %d", i);
        ok(plotmill_render(renderer, &request));
        engine = renderer->engines[0];
        draw_alone(NULL, COUNT);
        expect_images(COUNT);
        plotmill_source_destroy(source);
        source = NULL;
    }
    ok(api_source_from_array(pm, series, (struct source_shape){1, 1}, &other));
    cr_assert_eq(plotmill_renderer_load(renderer, other), PLOTMILL_BAD_INPUT);
    cr_assert_null(renderer->engines[0]);
    plotmill_source_destroy(other);
}

/* Files are drawn with three channels, pixels and streams as copies: whatever came before, each is the same. */
Test(api_renderer, encodings_of_three_channels_in_turn)
{
    enum { FEW = 5, KINDS = 3 };
    static const enum plotmill_encoding kinds[] = {PLOTMILL_PIXELS, HAVE_PNG ? PLOTMILL_PNG : PLOTMILL_PIXELS,
                                                   PLOTMILL_ZLIB};
    uint8_t *out[KINDS] = {NULL};
    size_t bounds[KINDS];
    ok(plotmill_options_set(options, "channels", "3"));
    open_renderer();
    for (int i = 0; i < 4 * KINDS; i++) {
        const int kind = i % 2 ? i / 2 % KINDS : i % KINDS;
        uint64_t sizes[FEW];
        struct plotmill_request request = request_for(FEW);
        const size_t bound = plotmill_renderer_bound(renderer, kinds[kind]);
        uint8_t *found = calloc(FEW, bound);
        request.encoding = kinds[kind];
        request.sizes = sizes;
        request.out = found;
        request.out_size = FEW * bound;
        ok(plotmill_render(renderer, &request));
        if (out[kind]) {
            cr_assert_eq(bound, bounds[kind], "the bound of call %d", i);
            cr_assert(!memcmp(found, out[kind], FEW * bound), "the images of call %d", i);
        }
        free(out[kind]);
        out[kind] = found;
        bounds[kind] = bound;
    }
    for (int kind = 0; kind < KINDS; kind++)
        free(out[kind]);
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
