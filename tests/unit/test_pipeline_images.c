/* A custom sink receives each image of api_draw once, in every format that it can request. */
#include "job_fixture.h"
#include "plotmill_config.h"
#include "pocl_pair.h"

Test(pipeline_images, batches_of_one)
{
    struct fixture f;
    fixture_init(&f, 60, 0);
    f.job.batch = 1;
    assert_job(&f);
    cr_assert_eq(f.writes, 41);
}

Test(pipeline_images, a_single_image)
{
    for (uint64_t batch = 0; batch < 2; batch++) {
        struct fixture f;
        fixture_init(&f, 20, 0);
        f.job.batch = batch;
        assert_job(&f);
        cr_assert_eq(f.writes, 1);
        cr_assert_eq(f.summary.in_flight, 1);
    }
}

Test(pipeline_images, many_tiny_ones)
{
    for (int safe = 0; safe < 2; safe++) {
        struct fixture f;
        fixture_init(&f, 50001, 0);
        f.ops.thread_safe = safe;
        f.job.window = 2;
        f.job.batch = safe ? 37 : 0;
        f.job.line.width = 4;
        f.job.line.height = 3;
        assert_job(&f);
    }
}

/* Windows that overlap, touch, or leave samples out; batches that pass their last samples to the next one, on another
 * worker. */
Test(pipeline_images, windows)
{
    static const uint64_t strides[] = {1, 7, 19, 20, 21, 50, 400};
    static const uint64_t batches[] = {1, 3, 8, 64};
    for (int i = 0; i < 7 * 4; i++) {
        struct fixture f;
        fixture_init(&f, 1200, 0);
        f.job.stride = strides[i / 4];
        f.job.batch = batches[i % 4];
        f.ops.ordered = i % 2;
        f.ops.thread_safe = i % 3 == 1;
        f.write_seconds = i % 4 ? 0.0005 : 0;
        assert_job(&f);
        cr_assert_eq(f.summary.images, 1180 / strides[i / 4] + 1);
    }
}

Test(pipeline_images, ready_sequences)
{
    static const uint64_t strides[] = {1, 3, 200};
    for (int i = 0; i < 3; i++) {
        struct fixture f;
        fixture_init(&f, 1500, 15);
        f.job.stride = strides[i];
        assert_job(&f);
        cr_assert_eq(f.summary.images, 99 / strides[i] + 1);
    }
}

static void check_format(enum payload payload, struct pixel_format format, uint32_t group, int safe)
{
    struct fixture f;
    fixture_init(&f, 20 + 121, 0); /* 122 images: the last group has two */
    f.ops.payload = payload;
    f.ops.pixels = format;
    f.ops.images_per_stream = group;
    f.ops.thread_safe = safe;
    f.job.line.antialias = format.dtype != DTYPE_BITS;
    f.job.line.background = 240;
    f.job.line.foreground = 20;
    f.job.batch = 10; /* no multiple of a group */
    assert_job(&f);
}

static const struct pixel_format formats[] = {
    {DTYPE_U8, LAYOUT_NHW, 1},   {DTYPE_U8, LAYOUT_NCHW, 3}, {DTYPE_U8, LAYOUT_NHWC, 3},
    {DTYPE_F32, LAYOUT_NCHW, 3}, {DTYPE_F16, LAYOUT_NHW, 1}, {DTYPE_BITS, LAYOUT_NHW, 1},
};
#define FORMATS (sizeof formats / sizeof *formats)

Test(pipeline_images, pixels_of_every_dtype)
{
    for (size_t i = 0; i < 2 * FORMATS; i++)
        check_format(PAYLOAD_PIXELS, formats[i / 2], 0, i % 2);
}

#if HAVE_ZLIB
Test(pipeline_images, zlib_streams_of_every_dtype)
{
    for (size_t i = 0; i < 2 * FORMATS; i++)
        check_format(PAYLOAD_ZLIB, formats[i / 2], 0, i % 2);
}

Test(pipeline_images, zlib_streams_of_several_images)
{
    for (size_t i = 0; i < 2 * FORMATS; i++)
        check_format(PAYLOAD_ZLIB, formats[i / 2], i % 2 ? 4 : 7, i % 2);
}

Test(pipeline_images, streams_larger_than_the_data_set)
{
    check_format(PAYLOAD_ZLIB, formats[0], 200, 0);
}
#endif

Test(pipeline_images, png_streams)
{
    for (int safe = 0; safe < 2; safe++)
        check_format(PAYLOAD_PNG, formats[0], 0, safe);
}

Test(pipeline_images, two_devices)
{
    setenv("POCL_DEVICES", "pthread basic", 1);
    unsetenv("PLOTMILL_DEVICE");
    for (int writing = 0; writing < 3; writing++) {
        struct fixture f;
        fixture_init(&f, 619, 0);
        if (!two_from_pocl(f.pm))
            cr_skip_test("pocl: not installed");
        f.job.device = "0,1";
        f.ops.ordered = writing == 1;
        f.ops.thread_safe = writing == 2;
        f.ops.payload = writing ? PAYLOAD_PNG : PAYLOAD_PIXELS;
        f.expect_reads = 4; /* one device has three batches under way at most, so that the other has its share */
        cr_assert_eq(fixture_run(&f), PLOTMILL_OK, "%s", plotmill_message(f.pm));
        assert_images(&f);
        cr_assert_eq(f.summary.devices, 2);
        cr_assert_eq(f.summary.shares[0].images + f.summary.shares[1].images, 600);
        cr_assert(f.summary.shares[0].images && f.summary.shares[1].images, "one device did all");
        fixture_finish_all(&f);
    }
}

Test(pipeline_images, the_hash_of_two_devices_is_that_of_one)
{
    static const char *const which[] = {"0", "1", "0,1", "1,0"};
    uint64_t hash = 0;
    setenv("POCL_DEVICES", "pthread basic", 1);
    unsetenv("PLOTMILL_DEVICE");
    for (int i = 0; i < 4; i++) {
        struct fixture f;
        fixture_init(&f, 619, 0);
        if (!two_from_pocl(f.pm))
            cr_skip_test("pocl: not installed");
        f.job.device = which[i];
        cr_assert_eq(api_source_from_array(f.pm, f.samples, f.shape, &f.source), PLOTMILL_OK);
        cr_assert_eq(api_sink_open(f.pm, "hash:", NULL, &f.sink), PLOTMILL_OK);
        cr_assert_eq(api_job_run(f.pm, f.source, f.sink, &f.job, &f.summary), PLOTMILL_OK, "%s",
                     plotmill_message(f.pm));
        cr_assert(f.summary.has_hash && (!i || f.summary.hash == hash), "another hash on %s", which[i]);
        hash = f.summary.hash;
        fixture_finish_all(&f);
    }
}
