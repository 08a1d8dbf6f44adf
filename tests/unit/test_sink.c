/* Every sink: outputs are read back, and appear only when they are complete. */
#include "sink_fixture.h"

TestSuite(sink, .init = enter_folder, .fini = leave_folder);

struct kind {
    const char *path;
    const char *format;
    bool compressed;
    bool labels; /* holds window_start and y_range */
};

static const struct kind kinds[] = {
    {"images.npy", NULL, true, false},
#if HAVE_HDF5
    {"images.h5", NULL, true, true},   {"plain.hdf5", NULL, false, true},
#endif
#if HAVE_PNG
    {"folder", "png", true, true},     {"stored/", "png", false, true},
#endif
#if HAVE_PNG && HAVE_ARCHIVE
    {"images.tar", NULL, true, true},
#endif
};
#define KINDS (sizeof kinds / sizeof *kinds)

static void create(struct sink *sink, const struct kind *kind, bool force)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(kind->format, kind->compressed, force);
    assert_ok(sink_create(sink, kind->path, &options, NULL, &error), &error);
}

static void create_and_open(struct sink *sink, const struct kind *kind, uint64_t images)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(images);
    create(sink, kind, false);
    assert_ok(sink->ops->open(sink->self, &info, &error), &error);
}

static uint64_t expected_hash(uint64_t images)
{
    uint8_t pixels[IMAGE_BYTES];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < images; i++) {
        fill_images(pixels, i, 1, IMAGE_BYTES);
        sum += hash_fold(hash_image(pixels, IMAGE_BYTES), i);
    }
    return hash_finish(sum, images, WIDTH, HEIGHT);
}

static bool same_double(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_images(const struct kind *kind, struct reader *reader, uint64_t first, uint64_t count)
{
    struct plotmill_error error = {0};
    uint8_t pixels[IMAGES * IMAGE_BYTES], expected[IMAGES * IMAGE_BYTES];
    int64_t starts[IMAGES];
    double ranges[2 * IMAGES];
    assert_ok(reader_read(reader, first, count, pixels, starts, ranges, &error), &error);
    fill_images(expected, first, count, IMAGE_BYTES);
    cr_assert(!memcmp(pixels, expected, (size_t)count * IMAGE_BYTES), "%s", kind->path);
    for (uint64_t i = 0; i < count; i++) {
        cr_assert_eq(starts[i], kind->labels ? start_of(first + i) : -1, "%s: %lld", kind->path, (long long)starts[i]);
        for (int end = 0; end < 2; end++)
            cr_assert(same_double(ranges[2 * i + end], kind->labels ? range_of(first + i, end) : (double)NAN), "%s: %a",
                      kind->path, ranges[2 * i + end]);
    }
}

static void check_output(const struct kind *kind, uint64_t images)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint64_t hash = 0;
    assert_ok(reader_open(&reader, kind->path, &error), &error);
    cr_assert_eq(reader.info.images, images);
    cr_assert_eq(reader.info.width, WIDTH);
    cr_assert_eq(reader.info.height, HEIGHT);
    cr_assert_eq(reader.info.background, kind->labels ? 250 : -1);
    cr_assert_eq(reader.info.foreground, kind->labels ? 5 : -1);
    cr_assert_str_eq(reader.info.spec, kind->labels ? SPEC : "");
    cr_assert_str_eq(reader.info.producer, kind->labels ? version_text() : "");
    check_images(kind, &reader, 0, images);
    check_images(kind, &reader, images / 2, images - images / 2);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, expected_hash(images), "%s", kind->path);
    reader_close(&reader);
}

Test(sink, batches_in_any_order_it_takes_read_back)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct sink sink = {0};
        create_and_open(&sink, &kinds[k], IMAGES);
        cr_assert(!os_exists(kinds[k].path), "%s is there too early", kinds[k].path);
        const uint64_t any_firsts[] = {5, 0, 10, 4}, any_counts[] = {5, 4, 1, 1};
        const uint64_t firsts[] = {0, 4, 5, 10}, counts[] = {4, 1, 5, 1};
        for (int i = 0; i < 4; i++)
            assert_ok(sink.ops->ordered ? write_range(&sink, firsts[i], counts[i], &error)
                                        : write_range(&sink, any_firsts[i], any_counts[i], &error),
                      &error);
        cr_assert(!os_exists(kinds[k].path), "%s is there too early", kinds[k].path);
        assert_ok(sink.ops->finish(sink.self, &error), &error);
        sink_close(&sink);
        cr_assert_eq(entries("."), (int)k + 1, "%s leaves more than itself", kinds[k].path);
        check_output(&kinds[k], IMAGES);
    }
}

Test(sink, hash_is_that_of_the_pixels)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(NULL, true, false);
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    uint64_t hash = 0;
    assert_ok(sink_create(&sink, "hash:", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(write_range(&sink, 7, 4, &error), &error);
    assert_ok(write_range(&sink, 0, 7, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    cr_assert_eq(sink.ops->hash(sink.self, &hash), 1);
    cr_assert_eq(hash, expected_hash(IMAGES));
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

Test(sink, abort_and_destroy_leave_nothing)
{
    for (size_t k = 0; k < KINDS; k++)
        for (int way = 0; way < 3; way++) {
            struct plotmill_error error = {0};
            struct sink sink = {0};
            if (way == 0) {
                create(&sink, &kinds[k], false);
                cr_assert_eq(entries("."), 0, "%s: creates before it is opened", kinds[k].path);
            } else {
                create_and_open(&sink, &kinds[k], IMAGES);
                assert_ok(write_range(&sink, sink.ops->ordered ? 0 : 2, 3, &error), &error);
            }
            if (way == 1)
                sink.ops->abort(sink.self);
            sink_close(&sink);
            cr_assert_eq(entries("."), 0, "%s, way %d", kinds[k].path, way);
        }
}

Test(sink, missing_images_give_no_output)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct sink sink = {0};
        create_and_open(&sink, &kinds[k], IMAGES);
        assert_ok(write_range(&sink, 0, IMAGES - 1, &error), &error);
        assert_fails(sink.ops->finish(sink.self, &error), PLOTMILL_IO_FAILED, &error,
                     "10 images were written, expected 11");
        sink.ops->abort(sink.self);
        sink_close(&sink);
        cr_assert_eq(entries("."), 0, "%s", kinds[k].path);
    }
}

Test(sink, batches_outside_the_data_set_are_refused)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct sink sink = {0};
        create_and_open(&sink, &kinds[k], IMAGES);
        cr_assert_eq(write_range(&sink, IMAGES - 1, 2, &error), PLOTMILL_BAD_INPUT);
        cr_assert_eq(write_range(&sink, UINT64_MAX, 2, &error), PLOTMILL_BAD_INPUT);
        sink.ops->abort(sink.self);
        sink_close(&sink);
    }
}

Test(sink, data_sets_without_images_are_refused)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct dataset_info info = dataset(0);
        struct sink sink = {0};
        create(&sink, &kinds[k], false);
        assert_fails(sink.ops->open(sink.self, &info, &error), PLOTMILL_BAD_INPUT, &error, "0 images of 37x23");
        sink_close(&sink);
        cr_assert_eq(entries("."), 0);
    }
}

Test(sink, existing_outputs_are_replaced_only_by_force)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct sink_options options = sink_options(kinds[k].format, true, false);
        struct sink sink = {0};
        make_output(kinds[k].path, kinds[k].format, true, false, 3);
        assert_fails(sink_create(&sink, kinds[k].path, &options, NULL, &error), PLOTMILL_BAD_INPUT, &error,
                     "exists already");
        check_output(&kinds[k], 3);
        make_output(kinds[k].path, kinds[k].format, true, true, 5);
        check_output(&kinds[k], 5);
        cr_assert_eq(entries("."), (int)k + 1);
    }
}

Test(sink, failed_replacement_keeps_the_old_output)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct dataset_info info = dataset(IMAGES);
        struct sink sink = {0};
        make_output(kinds[k].path, kinds[k].format, true, false, 3);
        create(&sink, &kinds[k], true);
        assert_ok(sink.ops->open(sink.self, &info, &error), &error);
        assert_ok(write_range(&sink, 0, 5, &error), &error);
        sink.ops->abort(sink.self);
        sink_close(&sink);
        check_output(&kinds[k], 3);
    }
}

Test(sink, outputs_that_appear_meanwhile_are_kept)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct sink sink = {0};
        char path[64];
        create_and_open(&sink, &kinds[k], 1);
        assert_ok(write_range(&sink, 0, 1, &error), &error);
        snprintf(path, sizeof path, "%.*s", (int)strcspn(kinds[k].path, "/"), kinds[k].path);
        write_file(path, "mine", 4);
        assert_fails(sink.ops->finish(sink.self, &error), PLOTMILL_BAD_INPUT, &error, "exists already");
        sink.ops->abort(sink.self);
        sink_close(&sink);
        cr_assert_eq(os_file_size(path), 4);
        cr_assert_eq(entries("."), (int)k + 1, "%s", kinds[k].path);
    }
}

Test(sink, missing_parents_are_reported_at_once)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct sink_options options = sink_options(kinds[k].format, true, false);
        struct sink sink = {0};
        char path[64];
        snprintf(path, sizeof path, "nowhere/%s", kinds[k].path);
        assert_fails(sink_create(&sink, path, &options, NULL, &error), PLOTMILL_BAD_INPUT, &error,
                     "no such folder: nowhere");
    }
}

Test(sink, two_sinks_with_one_path_do_not_interfere)
{
    for (size_t k = 0; k < KINDS; k++) {
        struct plotmill_error error = {0};
        struct dataset_info info = dataset(IMAGES), small = dataset(2);
        struct sink first = {0}, second = {0};
        create(&first, &kinds[k], true);
        create(&second, &kinds[k], true);
        assert_ok(first.ops->open(first.self, &info, &error), &error);
        assert_ok(second.ops->open(second.self, &small, &error), &error);
        assert_ok(write_range(&first, 0, IMAGES, &error), &error);
        assert_ok(write_range(&second, 0, 1, &error), &error);
        assert_ok(first.ops->finish(first.self, &error), &error);
        check_output(&kinds[k], IMAGES);
        assert_ok(write_range(&second, 1, 1, &error), &error);
        assert_ok(second.ops->finish(second.self, &error), &error);
        check_output(&kinds[k], 2);
        sink_close(&first);
        sink_close(&second);
        cr_assert_eq(entries("."), (int)k + 1);
    }
}
