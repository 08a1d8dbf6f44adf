/* Calls of a renderer: progress and cancellation, descriptions, refusals. */
#include "renderer_fixture.h"

TestSuite(api_render_calls, .init = begin, .fini = end);

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

Test(api_render_calls, progress_and_cancellation)
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

Test(api_render_calls, describes_what_it_draws)
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

Test(api_render_calls, refusals)
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
