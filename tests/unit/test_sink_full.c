/* A disk that fills up at any moment: a clear failure, no partial output, and the process continues. */
#include "full_disk.h"

TestSuite(sink_full, .init = enter_folder, .fini = leave_folder);

static enum plotmill_status try_output(const char *path, const char *format, bool compressed, uint64_t images,
                                       struct plotmill_error *error)
{
    struct sink_options options = sink_options(format, compressed, false);
    struct dataset_info info = dataset(images);
    struct sink sink = {0};
    assert_ok(sink_create(&sink, path, &options, NULL, error), error);
    enum plotmill_status status = sink.ops->open(sink.self, &info, error);
    if (!status) {
        for (uint64_t first = 0; first < images && !status; first += 10)
            status = write_range(&sink, first, images - first < 10 ? images - first : 10, error);
        if (!status)
            status = sink.ops->finish(sink.self, error);
        if (status)
            sink.ops->abort(sink.self);
    }
    sink_close(&sink);
    return status;
}

/* Tries limits from zero to the size of the file, including its last bytes. */
static void check_limits(const char *path, const char *format, bool compressed, uint64_t images)
{
    struct plotmill_error error = {0};
    assert_ok(try_output(path, format, compressed, images, &error), &error);
    uint64_t size = os_file_size(path);
    cr_assert(os_remove_tree(path) || os_remove_file(path));
    for (int i = 0; i < 40; i++) {
        uint64_t limit = i < 8 ? size - 1 - (uint64_t)i * 7 : size * (uint64_t)(i - 8) / 32;
        limit_files((rlim_t)limit);
        enum plotmill_status status = try_output(path, format, compressed, images, &error);
        limit_files(RLIM_INFINITY);
        assert_disk_was_full(path, limit, status, &error);
    }
    assert_ok(try_output(path, format, compressed, images, &error), &error);
}

Test(sink_full, npy)
{
    check_limits("a.npy", NULL, true, 95);
}

#if HAVE_HDF5
Test(sink_full, hdf5)
{
    check_limits("a.h5", NULL, true, 95);
}

Test(sink_full, hdf5_without_compression)
{
    check_limits("a.h5", NULL, false, 95);
}
#endif

#if HAVE_PNG
Test(sink_full, png)
{
    struct plotmill_error error = {0};
    const rlim_t limits[] = {0, 8, 40, 200};
    for (int i = 0; i < 4; i++) {
        limit_files(limits[i]);
        enum plotmill_status status = try_output("folder", "png", true, 95, &error);
        limit_files(RLIM_INFINITY);
        assert_fails(status, PLOTMILL_IO_FAILED, &error, "folder/00000000.png: cannot be written: File too large");
        cr_assert_eq(entries("."), 0);
    }
}

#if HAVE_JPEG
Test(sink_full, jpeg)
{
    struct plotmill_error error = {0};
    const rlim_t limits[] = {0, 20, 400};
    for (int i = 0; i < 3; i++) {
        limit_files(limits[i]);
        enum plotmill_status status = try_output("folder", "jpeg", true, 95, &error);
        limit_files(RLIM_INFINITY);
        assert_fails(status, PLOTMILL_IO_FAILED, &error, "folder/00000000.jpg: cannot be written: File too large");
        cr_assert_eq(entries("."), 0);
    }
}
#endif

#if HAVE_ARCHIVE
Test(sink_full, tar)
{
    check_limits("a.tar", NULL, true, 95);
}
#endif

/* The images fit, the index does not. */
Test(sink_full, png_index)
{
    struct plotmill_error error = {0};
    assert_ok(try_output("folder", "png", true, 2000, &error), &error);
    uint64_t size = os_file_size("folder/index.csv");
    cr_assert(size > 2000 * 24, "the records must not be what fails");
    cr_assert(os_remove_tree("folder"));
    limit_files((rlim_t)(size - 1));
    enum plotmill_status status = try_output("folder", "png", true, 2000, &error);
    limit_files(RLIM_INFINITY);
    assert_fails(status, PLOTMILL_IO_FAILED, &error, "folder/index.csv: cannot be written");
    cr_assert_eq(entries("."), 0);
}

Test(sink_full, sheet)
{
    struct plotmill_error error = {0};
    uint8_t pixels[IMAGE_BYTES];
    fill_images(pixels, 0, 1, IMAGE_BYTES);
    write_file("sheet.png", "old", 3);
    limit_files(100);
    enum plotmill_status status = sheet_write("sheet.png", pixels, 1, WIDTH, HEIGHT, 1, 0, 0, &error);
    limit_files(RLIM_INFINITY);
    assert_fails(status, PLOTMILL_IO_FAILED, &error, "sheet.png: cannot be written: File too large");
    cr_assert_eq(entries("."), 1);
    cr_assert_eq(os_file_size("sheet.png"), 3);
}
#endif
