/* One data set in several files. */
#include "sink_fixture.h"

TestSuite(sink_split, .init = enter_folder, .fini = leave_folder);

static enum plotmill_status create_split(struct sink *sink, const char *path, uint64_t per_file, uint32_t chunk,
                                         bool force, struct plotmill_error *error)
{
    struct sink_options options = sink_options(NULL, true, force);
    options.images_per_file = per_file;
    options.chunk_images = chunk;
    return sink_create(sink, path, &options, NULL, error);
}

static void write_split(const char *path, uint64_t per_file, uint64_t step, bool force)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    assert_ok(create_split(&sink, path, per_file, 0, force, &error), &error);
    cr_assert_eq(sink.ops->ordered, 1);
    cr_assert_eq(sink.ops->thread_safe, 0);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    for (uint64_t first = 0; first < IMAGES; first += step)
        assert_ok(write_range(&sink, first, IMAGES - first < step ? IMAGES - first : step, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
}

static void check_file(const char *path, uint64_t first, uint64_t images, bool labels)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[IMAGES * IMAGE_BYTES], expected[IMAGES * IMAGE_BYTES];
    int64_t starts[IMAGES];
    assert_ok(reader_open(&reader, path, &error), &error);
    cr_assert_eq(reader.info.images, images, "%s", path);
    assert_ok(reader_read(&reader, 0, images, pixels, starts, NULL, &error), &error);
    fill_images(expected, first, images, IMAGE_BYTES);
    cr_assert(!memcmp(pixels, expected, (size_t)images * IMAGE_BYTES), "%s", path);
    for (uint64_t i = 0; labels && i < images; i++)
        cr_assert_eq(starts[i], start_of(first + i), "%s", path);
    reader_close(&reader);
}

/* Batches that end where files do, span two, and span several. */
static void check_split(const char *extension, bool labels, bool is_virtual)
{
    const uint64_t steps[] = {1, 3, 4, IMAGES};
    char path[64];
    for (size_t s = 0; s < 4; s++) {
        snprintf(path, sizeof path, "./a.b%s", extension);
        write_split(path, 4, steps[s], true);
        cr_assert_eq(entries("."), is_virtual ? 4 : 3);
        for (uint64_t file = 0; file < 3; file++) {
            snprintf(path, sizeof path, "a.b-0000%d%s", (int)file, extension);
            check_file(path, 4 * file, file < 2 ? 4 : 3, labels);
        }
        snprintf(path, sizeof path, "a.b%s", extension);
        if (is_virtual)
            check_file(path, 0, IMAGES, labels);
    }
}

Test(sink_split, npy)
{
    check_split(".npy", false, false);
}

#if HAVE_HDF5
Test(sink_split, hdf5)
{
    check_split(".h5", true, true);
}

Test(sink_split, files_of_whole_chunks)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    assert_fails(create_split(&sink, "a.h5", 6, 4, false, &error), PLOTMILL_BAD_INPUT, &error,
                 "images-per-file: found 6, expected a multiple of chunk-images, 4");
    assert_ok(create_split(&sink, "a.h5", 8, 4, false, &error), &error);
    sink_close(&sink);
}
#endif

#if HAVE_PNG && HAVE_ARCHIVE
Test(sink_split, tar)
{
    check_split(".tar", true, false);
    struct plotmill_error error = {0};
    struct reader reader;
    assert_ok(reader_open(&reader, "a.b-00002.tar", &error), &error);
    cr_assert_eq(reader.info.first, 8, "keys go on");
    reader_close(&reader);
}
#endif

Test(sink_split, existing_files_are_refused_before_the_first_image)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    write_file("a-00002.npy", "mine", 4);
    assert_ok(create_split(&sink, "a.npy", 4, 0, false, &error), &error);
    assert_fails(sink.ops->open(sink.self, &info, &error), PLOTMILL_BAD_INPUT, &error, "a-00002.npy: exists already");
    sink_close(&sink);
    cr_assert(os_rename("a-00002.npy", "a-00003.npy"));
    assert_ok(create_split(&sink, "a.npy", 4, 0, true, &error), &error);
    assert_fails(sink.ops->open(sink.self, &info, &error), PLOTMILL_BAD_INPUT, &error,
                 "a-00003.npy: exists, but this data set has 3 files");
    sink_close(&sink);
    cr_assert_eq(entries("."), 1);
}

/* Finished files stay, the unfinished one is removed. */
Test(sink_split, abort_keeps_complete_files)
{
    for (int way = 0; way < 2; way++) {
        struct plotmill_error error = {0};
        struct dataset_info info = dataset(IMAGES);
        struct sink sink = {0};
        assert_ok(create_split(&sink, "a.npy", 4, 0, true, &error), &error);
        assert_ok(sink.ops->open(sink.self, &info, &error), &error);
        assert_ok(write_range(&sink, 0, 6, &error), &error);
        if (way) {
            assert_fails(sink.ops->finish(sink.self, &error), PLOTMILL_IO_FAILED, &error,
                         "a.npy: 6 images were written, expected 11");
            sink.ops->abort(sink.self);
        }
        sink_close(&sink);
        cr_assert_eq(entries("."), 1);
        check_file("a-00000.npy", 0, 4, false);
    }
}

Test(sink_split, batches_out_of_order_are_refused)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    assert_ok(create_split(&sink, "a.npy", 4, 0, false, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_fails(write_range(&sink, 4, 1, &error), PLOTMILL_BAD_INPUT, &error, "got image 4, expected 0");
    sink.ops->abort(sink.self);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}
