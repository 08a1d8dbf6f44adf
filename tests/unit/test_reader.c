/* Readers refuse damaged data sets and other files with the reason. This file tests NPY. */
#include "sink_fixture.h"

TestSuite(reader, .init = enter_folder, .fini = leave_folder);

Test(reader, refuses_other_files)
{
    assert_refused("nothing.h5", "no such file or folder");
    write_file("empty", "", 0);
    assert_refused(
        "empty", "is empty, expected an HDF5 file with /images, another file made by plotmill (.h5, .hdf5, .npy, .npz, "
                 ".dat, .tar), or a folder of PNG or JPEG files");
    write_file("text.h5", "open,high,low,close\n", 20);
    assert_refused("text.h5", "has an unknown format");
    write_file("a.png", "\x89PNG\r\n\x1a\n", 8);
    assert_refused("a.png", "is a single png file");
}

Test(reader, ranges_are_checked)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[3 * IMAGE_BYTES], expected[IMAGE_BYTES];
    make_output("a.npy", NULL, true, false, 3);
    assert_ok(reader_open(&reader, "a.npy", &error), &error);
    assert_fails(reader_read(&reader, 2, 2, pixels, NULL, NULL, &error), PLOTMILL_BAD_INPUT, &error, "there are 3");
    cr_assert_eq(reader_read(&reader, 4, 0, pixels, NULL, NULL, &error), PLOTMILL_BAD_INPUT);
    cr_assert_eq(reader_read(&reader, 1, UINT64_MAX, pixels, NULL, NULL, &error), PLOTMILL_BAD_INPUT);
    assert_ok(reader_read(&reader, 3, 0, pixels, NULL, NULL, &error), &error);
    assert_ok(reader_read(&reader, 2, 1, pixels, NULL, NULL, &error), &error);
    fill_images(expected, 2, 1, IMAGE_BYTES);
    cr_assert(!memcmp(pixels, expected, IMAGE_BYTES));
    reader_close(&reader);
}

/* Writes an NPY file of version 1 or 2 with `header` as it is and `pixels` bytes, each of value 7. */
static void make_npy(const char *path, int version, const char *header, size_t pixels)
{
    size_t length = strlen(header), at = version == 1 ? 10 : 12;
    uint8_t *bytes = calloc(at + length + pixels, 1);
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (uint8_t)version;
    bytes[8] = (uint8_t)length;
    bytes[9] = (uint8_t)(length >> 8);
    memcpy(bytes + at, header, length);
    memset(bytes + at + length, 7, pixels);
    write_file(path, bytes, at + length + pixels);
    free(bytes);
}

static void check_npy(int version, const char *header, uint64_t images, uint32_t width, uint32_t height)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[64] = {0};
    make_npy("a.npy", version, header, 24);
    assert_ok(reader_open(&reader, "a.npy", &error), &error);
    cr_assert_eq(reader.info.images, images);
    cr_assert_eq(reader.info.width, width);
    cr_assert_eq(reader.info.height, height);
    cr_assert_eq(reader.info.background, -1);
    cr_assert_eq(reader.info.foreground, -1);
    cr_assert_str_eq(reader.info.format, "npy");
    assert_ok(reader_read(&reader, 0, images, pixels, NULL, NULL, &error), &error);
    for (size_t i = 0; i < (size_t)images * width * height; i++)
        cr_assert_eq(pixels[i], 7);
    reader_close(&reader);
}

Test(reader, npy_from_elsewhere)
{
    check_npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }\n", 2, 4, 3);
    check_npy(2, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }\n", 2, 4, 3);
    check_npy(3, "{\"shape\":(1,4,6),\"descr\":\"<u1\",\"fortran_order\":False}", 1, 6, 4);
    check_npy(1, "{'fortran_order': False, 'shape': (24L, 1L, 1L), 'descr': '>u1', }   \n", 24, 1, 1);
    check_npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3, 4), }\n", 0, 4, 3);
}

static void check_bad_npy(const char *header, const char *piece)
{
    make_npy("a.npy", 1, header, 24);
    assert_refused("a.npy", piece);
}

Test(reader, npy_of_something_else)
{
    check_bad_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3, 4), }", "dtype '<f8', expected '|u1'");
    check_bad_npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3, 4), }", "dtype '|i1'");
    check_bad_npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", "Fortran order, expected C order");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4), }", "shape (6, 4), expected images");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (24,), }", "shape (24,)");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "shape ()");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3, 4), }", "shape (1, 2, 3, 4)");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3, 4, 1), }", "shape (1, 2, 3, 4, ...)");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4, }", "malformed NPY header");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 4294967295, 4294967295), }", "shape (2, 42");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 0, 4), }", "shape (2, 0, 4)");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 99999999999), }", "shape (2, 3, 99");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, }", "malformed NPY header");
    check_bad_npy("{'descr", "malformed NPY header");
    check_bad_npy("'descr':", "malformed NPY header");
    check_bad_npy("", "malformed NPY header");
    make_npy("a.npy", 9, "{}", 24);
    assert_refused("a.npy", "found NPY version 9.");
}

Test(reader, npy_with_missing_pixels)
{
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 3, 4), }",
                  "truncated: 96 bytes hold 2 whole images of 4x3, expected 3");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (999999999999999999, 2147483648, 268435456), }",
                  "truncated");
    check_bad_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 5, 5), }", "truncated");
}

Test(reader, npy_truncated_anywhere)
{
    size_t size;
    make_output("whole.npy", NULL, true, false, 1);
    uint8_t *bytes = read_file("whole.npy", &size);
    for (size_t cut = 1; cut < size; cut++) {
        struct plotmill_error error = {0};
        struct reader reader;
        write_file("cut.npy", bytes, cut);
        cr_assert_eq(reader_open(&reader, "cut.npy", &error), PLOTMILL_BAD_INPUT, "cut at %zu", cut);
    }
    free(bytes);
}

/* More than one block of the hash, and blocks that don't divide the data set. */
Test(reader, hash_in_blocks)
{
    enum { SIDE = 1000, COUNT = 41 };
    struct plotmill_error error = {0};
    struct reader reader;
    char header[128];
    size_t size;
    uint64_t hash = 0, sum = 0;
    snprintf(header, sizeof header, "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d), }", COUNT, SIDE,
             SIDE);
    make_npy("a.npy", 1, header, (size_t)COUNT * SIDE * SIDE);
    uint8_t *bytes = read_file("a.npy", &size);
    for (size_t i = 10 + strlen(header); i < size; i++)
        bytes[i] = (uint8_t)(i * i >> 7);
    write_file("a.npy", bytes, size);
    for (uint64_t i = 0; i < COUNT; i++)
        sum += hash_fold(hash_image(bytes + 10 + strlen(header) + (size_t)i * SIDE * SIDE, SIDE * SIDE), i);
    assert_ok(reader_open(&reader, "a.npy", &error), &error);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_finish(sum, COUNT, SIDE, SIDE));
    reader_close(&reader);
    free(bytes);
}
