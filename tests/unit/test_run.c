/* Jobs of the public API: sinks of callbacks in every encoding, and what a job reports and refuses. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "api/engine.h"
#include "api/run.h"
#include "chart/pixel_format.h"
#include "formats/folder.h"
#include "formats/image_files.h"
#include "formats/jpeg.h"
#include "plotmill_config.h"

enum { WINDOW = 20, IMAGES = 101, SAMPLES = IMAGES + WINDOW - 1, WIDTH = 40, HEIGHT = 24, PIXELS = WIDTH * HEIGHT };

static plotmill *pm;
static double series[SAMPLES];
static uint8_t expected[IMAGES][PIXELS];
static double expected_range[IMAGES][2];
static struct settings settings;
static plotmill_source *source;

static void begin(void)
{
    uint32_t state = 5;
    pm = plotmill_create();
    for (int i = 0; i < SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        series[i] = (double)(state >> 16) / 65536;
    }
    settings = (struct settings){.format = ""};
    job_options_init(&settings.job);
    sink_options_init(&settings.sink);
    settings.job.window = WINDOW;
    settings.job.batch = 16;
    settings.job.line.width = WIDTH;
    settings.job.line.height = HEIGHT;
    cr_assert_eq(api_draw(pm, &settings.job, series, IMAGES, expected[0], expected_range[0]), PLOTMILL_OK);
    cr_assert_eq(api_source_from_array(pm, series, (struct source_shape){SAMPLES, 0}, &source), PLOTMILL_OK);
}

static void end(void)
{
    plotmill_source_destroy(source);
    plotmill_destroy(pm);
}

TestSuite(run, .init = begin, .fini = end);

/* What a sink received. Written by other threads than the test's, which asserts afterwards. */
struct received {
    enum plotmill_encoding encoding;
    struct pixel_format format;
    int quality;
    uint64_t fail_at; /* the write of this image fails; UINT64_MAX: none */
    unsigned opens, writes, finishes, aborts, destroys, wrong, out_of_order;
    uint64_t next;
    unsigned seen[IMAGES];
};

static enum plotmill_status take_open(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error)
{
    struct received *r = self;
    (void)error;
    r->opens++;
    r->wrong += dataset->size != sizeof *dataset || dataset->images != IMAGES || dataset->width != WIDTH ||
                dataset->height != HEIGHT || !strstr(dataset->spec, "\"window\":20") || strcmp(dataset->input, "");
    return PLOTMILL_OK;
}

static bool is_right(const struct received *r, const struct plotmill_image *image, const uint8_t *pixels)
{
    const struct pixel_shape shape = {WIDTH, HEIGHT, 255, 0};
    const size_t bytes = (size_t)pixel_format_image_bytes(&r->format, WIDTH, HEIGHT);
    uint8_t stored[4 * PIXELS], found[4 * PIXELS];
    uLongf length = sizeof found;
    const struct encoded file = {"an image", image->data, image->size};
    struct plotmill_error ignored;
#if HAVE_JPEG
    if (r->encoding == PLOTMILL_JPEG) {
        struct jpeg_encoder *encoder = jpeg_encoder_create(WIDTH, HEIGHT, 1, r->quality);
        const uint8_t *file_bytes;
        size_t size;
        const bool right = !jpeg_encode(encoder, pixels, &file_bytes, &size) && size == image->size &&
                           !memcmp(image->data, file_bytes, size);
        jpeg_encoder_destroy(encoder);
        return right;
    }
#endif
    if (r->encoding == PLOTMILL_PNG)
        return !decode_image(&file, &(struct image_size){WIDTH, HEIGHT, 1}, found, &ignored) &&
               !memcmp(found, pixels, PIXELS);
    pixel_format_store(&r->format, &shape, pixels, 1, stored);
    if (r->encoding == PLOTMILL_PIXELS)
        return image->size == bytes && !memcmp(image->data, stored, bytes);
    return uncompress(found, &length, image->data, (uLong)image->size) == Z_OK && length == bytes &&
           !memcmp(found, stored, bytes);
}

static enum plotmill_status take_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct received *r = self;
    r->writes++;
    r->wrong += batch->size != sizeof *batch;
    r->out_of_order += batch->first != r->next;
    r->next = batch->first + batch->count;
    if (r->fail_at - batch->first < batch->count)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "the disk of the test is full");
    for (uint64_t k = 0; k < batch->count; k++) {
        const uint64_t i = batch->first + k;
        r->seen[i]++;
        r->wrong += !is_right(r, &batch->images[k], expected[i]) || batch->window_start[k] != (int64_t)i ||
                    memcmp(&batch->y_range[2 * k], expected_range[i], sizeof expected_range[i]) != 0;
    }
    return PLOTMILL_OK;
}

static enum plotmill_status take_finish(void *self, struct plotmill_error *error)
{
    (void)error;
    ((struct received *)self)->finishes++;
    return PLOTMILL_OK;
}

static void take_abort(void *self)
{
    ((struct received *)self)->aborts++;
}

static void take_destroy(void *self)
{
    ((struct received *)self)->destroys++;
}

static struct plotmill_sink_ops ops_for(enum plotmill_encoding encoding, int ordered)
{
    return (struct plotmill_sink_ops){.size = sizeof(struct plotmill_sink_ops),
                                      .encoding = encoding,
                                      .ordered = ordered,
                                      .open = take_open,
                                      .write = take_write,
                                      .finish = take_finish,
                                      .abort = take_abort,
                                      .destroy = take_destroy};
}

/* Runs the job into a sink of callbacks, which is destroyed. */
static enum plotmill_status run_into(struct received *r, int ordered, struct run_result *result)
{
    const struct plotmill_sink_ops ops = ops_for(r->encoding, ordered);
    plotmill_sink *sink = NULL;
    cr_assert_eq(plotmill_sink_create(pm, &ops, r, &sink), PLOTMILL_OK, "%s", plotmill_message(pm));
    const struct run_request request = {.settings = &settings, .source = source, .sink = sink};
    enum plotmill_status status = run_job(pm, &request, result);
    plotmill_sink_destroy(sink);
    return status;
}

static void check_complete(const struct received *r, int ordered)
{
    cr_assert(r->opens == 1 && r->finishes == 1 && !r->aborts && r->destroys == 1, "%u %u %u %u", r->opens, r->finishes,
              r->aborts, r->destroys);
    cr_assert_eq(r->wrong, 0, "encoding %d: %u calls or images are wrong", (int)r->encoding, r->wrong);
    cr_assert(!ordered || !r->out_of_order);
    for (int i = 0; i < IMAGES; i++)
        cr_assert_eq(r->seen[i], 1, "image %d came %u times", i, r->seen[i]);
}

Test(run, sinks_of_callbacks_in_every_encoding)
{
    for (int encoding = PLOTMILL_PIXELS; encoding <= PLOTMILL_JPEG; encoding++)
        for (int ordered = 0; ordered < 2; ordered++) {
            struct received r = {
                .encoding = encoding, .fail_at = UINT64_MAX, .quality = encoding == PLOTMILL_JPEG ? 70 : 0};
            struct run_result result;
            settings.sink.quality = r.quality;
            cr_assert_eq(run_into(&r, ordered, &result), PLOTMILL_OK, "%s", plotmill_message(pm));
            check_complete(&r, ordered);
            cr_assert(result.end == RUN_RENDERED && result.summary.images == IMAGES);
            run_result_free(&result);
        }
}

Test(run, pixels_and_streams_as_the_options_say)
{
    const struct pixel_format formats[] = {
        {DTYPE_F32, LAYOUT_NHW, 1}, {DTYPE_U8, LAYOUT_NHWC, 3}, {DTYPE_BITS, LAYOUT_NHW, 1}};
    for (int encoding = PLOTMILL_PIXELS; encoding <= PLOTMILL_ZLIB; encoding++)
        for (int i = 0; i < 3; i++) {
            struct received r = {.encoding = encoding, .format = formats[i], .fail_at = UINT64_MAX};
            struct run_result result;
            settings.sink.pixels = formats[i];
            cr_assert_eq(run_into(&r, 1, &result), PLOTMILL_OK, "%s", plotmill_message(pm));
            check_complete(&r, 1);
            run_result_free(&result);
        }
}

static void check_refused(struct received *r, const char *words)
{
    struct run_result result;
    cr_assert_eq(run_into(r, 0, &result), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), words), "'%s' lacks '%s'", plotmill_message(pm), words);
    cr_assert(r->opens == 0 && r->destroys == 1);
    run_result_free(&result);
}

Test(run, options_that_do_not_apply_to_a_sink_are_refused)
{
    struct received png = {.encoding = PLOTMILL_PNG}, zlib = {.encoding = PLOTMILL_ZLIB}, again = {0};
    settings.sink.pixels.dtype = DTYPE_F32;
    check_refused(&png, "dtype f32");
    settings.sink.pixels.dtype = DTYPE_U8;
    settings.sink.quality = 50;
    check_refused(&zlib, "quality 50");
    settings.sink.quality = 0;
    settings.skip_existing = true;
    check_refused(&again, "skip-existing");
}

Test(run, a_sink_that_fails_is_aborted_and_the_handles_stay_usable)
{
    struct received broken = {.fail_at = 50}, whole = {.fail_at = UINT64_MAX};
    struct run_result result;
    cr_assert_eq(run_into(&broken, 1, &result), PLOTMILL_IO_FAILED);
    cr_assert_str_eq(plotmill_message(pm), "the disk of the test is full");
    cr_assert(broken.opens == 1 && broken.aborts == 1 && !broken.finishes && broken.destroys == 1);
    run_result_free(&result);
    cr_assert_eq(run_into(&whole, 1, &result), PLOTMILL_OK);
    check_complete(&whole, 1);
    run_result_free(&result);
}

Test(run, a_sink_needs_write_alone)
{
    struct received r = {.fail_at = UINT64_MAX};
    struct plotmill_sink_ops ops = {.size = sizeof ops, .write = take_write};
    plotmill_sink *sink = NULL;
    struct run_result result;
    for (int fails = 0; fails < 2; fails++) {
        cr_assert_eq(plotmill_sink_create(pm, &ops, &r, &sink), PLOTMILL_OK, "%s", plotmill_message(pm));
        const struct run_request request = {.settings = &settings, .source = source, .sink = sink};
        r.fail_at = fails ? 50 : UINT64_MAX;
        cr_assert_eq(run_job(pm, &request, &result), fails ? PLOTMILL_IO_FAILED : PLOTMILL_OK, "%s",
                     plotmill_message(pm));
        run_result_free(&result);
        plotmill_sink_destroy(sink);
    }
    cr_assert_eq(r.wrong, 0);
    ops.write = NULL;
    cr_assert_eq(plotmill_sink_create(pm, &ops, &r, &sink), PLOTMILL_BAD_INPUT);
    cr_assert(!sink && strstr(plotmill_message(pm), "write is NULL"), "%s", plotmill_message(pm));
}

Test(run, a_sink_takes_one_job)
{
    struct received r = {.fail_at = UINT64_MAX};
    const struct plotmill_sink_ops ops = ops_for(PLOTMILL_PIXELS, 0);
    plotmill_sink *sink = NULL;
    struct run_result result;
    cr_assert_eq(plotmill_sink_create(pm, &ops, &r, &sink), PLOTMILL_OK);
    const struct run_request request = {.settings = &settings, .source = source, .sink = sink};
    settings.job.window = SAMPLES + 1;
    cr_assert_eq(run_job(pm, &request, &result), PLOTMILL_BAD_INPUT, "a job that fails before it opens the sink..");
    run_result_free(&result);
    settings.job.window = WINDOW;
    cr_assert_eq(run_job(pm, &request, &result), PLOTMILL_OK, "..does not count: %s", plotmill_message(pm));
    run_result_free(&result);
    cr_assert_eq(run_job(pm, &request, &result), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "has taken a job already"), "%s", plotmill_message(pm));
    run_result_free(&result);
    cr_assert(r.opens == 1 && r.finishes == 1);
    plotmill_sink_destroy(sink);
}

Test(run, what_belongs_to_another_handle_is_refused)
{
    const char *const words[] = {"options belongs", "source belongs", "sink belongs"};
    struct plotmill_sink_ops ops = ops_for(PLOTMILL_PIXELS, 0);
    struct received r = {0};
    plotmill *other = plotmill_create();
    plotmill_options *options = NULL;
    plotmill_sink *sink = NULL;
    cr_assert_eq(plotmill_options_create(pm, &options), PLOTMILL_OK);
    cr_assert_eq(plotmill_sink_create(pm, &ops, &r, &sink), PLOTMILL_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(plotmill_run(other, i == 0 ? options : NULL, i == 1 ? source : NULL, i == 2 ? sink : NULL, NULL,
                                  NULL, NULL),
                     PLOTMILL_BAD_INPUT);
        cr_assert(strstr(plotmill_message(other), words[i]), "%s", plotmill_message(other));
    }
    plotmill_sink_destroy(sink);
    plotmill_options_destroy(options);
    plotmill_destroy(other);
}

Test(run, missing_inputs_and_outputs_are_named)
{
    const char *input = "a.npy";
    struct run_result result;
    struct run_request request = {.settings = &settings};
    cr_assert_eq(run_job(pm, &request, &result), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "input: not set"), "%s", plotmill_message(pm));
    settings.inputs = &input;
    settings.input_count = 1;
    cr_assert_eq(run_job(pm, &request, &result), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "output: not set"), "%s", plotmill_message(pm));
    settings.output = "./a.npy";
    cr_assert_eq(run_job(pm, &request, &result), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "is one of the inputs"), "%s", plotmill_message(pm));
}

Test(run, a_struct_of_another_size)
{
    struct {
        struct plotmill_sink_ops known;
        void *newer;
    } ops = {.known = ops_for(PLOTMILL_PIXELS, 0)};
    struct received r = {.fail_at = UINT64_MAX};
    plotmill_sink *sink = NULL;
    /* Older: without destroy. */
    ops.known.size = offsetof(struct plotmill_sink_ops, destroy);
    cr_assert_eq(plotmill_sink_create(pm, &ops.known, &r, &sink), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_sink_destroy(sink);
    cr_assert_eq(r.destroys, 0);
    /* Newer: with a member that is not used, and used. */
    ops.known.size = sizeof ops;
    cr_assert_eq(plotmill_sink_create(pm, &ops.known, &r, &sink), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_sink_destroy(sink);
    cr_assert_eq(r.destroys, 1);
    ops.newer = &ops;
    cr_assert_eq(plotmill_sink_create(pm, &ops.known, &r, &sink), PLOTMILL_UNSUPPORTED);
    cr_assert(!sink && strstr(plotmill_message(pm), "install a newer one"), "%s", plotmill_message(pm));
    /* Never set. */
    const size_t sizes[] = {0, 8, offsetof(struct plotmill_sink_ops, destroy) - 1, (size_t)-1};
    for (int i = 0; i < 4; i++) {
        ops.known.size = sizes[i];
        cr_assert_eq(plotmill_sink_create(pm, &ops.known, &r, &sink), PLOTMILL_BAD_INPUT);
        cr_assert(strstr(plotmill_message(pm), "expected sizeof(struct plotmill_sink_ops)"), "%s",
                  plotmill_message(pm));
    }
}
