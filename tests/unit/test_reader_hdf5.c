/* What the HDF5 sink stores, checked through the HDF5 library, and files that are foreign or damaged. */
#include "sink_fixture.h"

#if HAVE_HDF5

#include <hdf5.h>

/* HDF5 leaks its own memory on damaged metadata. Objects that plotmill leaves open are counted instead. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

TestSuite(reader_hdf5, .init = enter_folder, .fini = leave_folder);

static void check_text(hid_t object, const char *name, const char *expected)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    char *text = NULL;
    cr_assert(H5Tis_variable_str(type) > 0);
    cr_assert_eq(H5Tget_cset(type), H5T_CSET_UTF8);
    cr_assert(H5Aread(attribute, type, &text) >= 0);
    cr_assert_str_eq(text, expected);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
}

static void check_number(hid_t object, const char *name, int expected)
{
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    int number = -1;
    cr_assert(H5Aread(attribute, H5T_NATIVE_INT, &number) >= 0);
    cr_assert_eq(number, expected, "%s: %d", name, number);
    H5Aclose(attribute);
}

static void check_dataset(hid_t file, const char *name, hid_t expected_type, int rank, const hsize_t *expected)
{
    hsize_t shape[3] = {0};
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(dataset), space = H5Dget_space(dataset);
    cr_assert(H5Tequal(type, expected_type) > 0, "%s", name);
    cr_assert_eq(H5Sget_simple_extent_ndims(space), rank);
    H5Sget_simple_extent_dims(space, shape, NULL);
    cr_assert(!memcmp(shape, expected, (size_t)rank * sizeof *shape), "%s", name);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
}

static void check_layout(const char *path, int filters)
{
    hsize_t shape[3] = {IMAGES, HEIGHT, WIDTH}, pair[2] = {IMAGES, 2}, chunk[3] = {0};
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    check_dataset(file, "images", H5T_STD_U8LE, 3, shape);
    check_dataset(file, "window_start", H5T_STD_I64LE, 1, shape);
    check_dataset(file, "y_range", H5T_IEEE_F64LE, 2, pair);
    hid_t images = H5Dopen2(file, "images", H5P_DEFAULT), properties = H5Dget_create_plist(images);
    cr_assert_eq(H5Pget_chunk(properties, 3, chunk), 3);
    cr_assert(chunk[0] == 1 && chunk[1] == HEIGHT && chunk[2] == WIDTH);
    cr_assert_eq(H5Pget_nfilters(properties), filters);
    if (filters) {
        unsigned flags, settings;
        size_t none = 0;
        cr_assert_eq(H5Pget_filter2(properties, 0, &flags, &none, NULL, 0, NULL, &settings), H5Z_FILTER_DEFLATE);
    }
    check_text(images, "plotmill_version", version_text());
    check_text(images, "spec", SPEC);
    check_text(images, "layout", "NHW");
    check_number(images, "background", 250);
    check_number(images, "foreground", 5);
    H5Pclose(properties);
    H5Dclose(images);
    cr_assert(H5Fclose(file) >= 0);
}

Test(reader_hdf5, layout_and_attributes)
{
    make_output("a.h5", NULL, true, false, IMAGES);
    check_layout("a.h5", 1);
    make_output("b.h5", NULL, false, false, IMAGES);
    check_layout("b.h5", 0);
}

/* A dataset that HDF5 fills: every byte is 9. */
static hid_t make_dataset(hid_t file, const char *name, hid_t type, int rank, const hsize_t *shape)
{
    uint8_t nine = 9;
    hid_t space = H5Screate_simple(rank, shape, NULL), properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_fill_value(properties, H5T_NATIVE_UINT8, &nine);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    cr_assert(dataset >= 0);
    H5Pclose(properties);
    H5Sclose(space);
    return dataset;
}

static void make_file(const char *path, const char *name, hid_t type, int rank, const hsize_t *shape)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(make_dataset(file, name, type, rank, shape));
    cr_assert(H5Fclose(file) >= 0);
}

Test(reader_hdf5, files_without_attributes)
{
    struct plotmill_error error = {0};
    const hsize_t shape[3] = {4, 3, 2};
    struct reader reader;
    uint8_t pixels[24] = {0};
    int64_t start = 0;
    double range[2] = {0};
    make_file("a.h5", "images", H5T_STD_U8BE, 3, shape);
    assert_ok(reader_open(&reader, "a.h5", &error), &error);
    cr_assert_eq(reader.info.images, 4);
    cr_assert_eq(reader.info.height, 3);
    cr_assert_eq(reader.info.width, 2);
    cr_assert_eq(reader.info.background, -1);
    cr_assert_eq(reader.info.foreground, -1);
    cr_assert_str_eq(reader.info.spec, "");
    cr_assert_str_eq(reader.info.producer, "");
    assert_ok(reader_read(&reader, 0, 4, pixels, NULL, NULL, &error), &error);
    for (int i = 0; i < 24; i++)
        cr_assert_eq(pixels[i], 9);
    assert_ok(reader_read(&reader, 3, 1, pixels, &start, range, &error), &error);
    cr_assert(start == -1 && isnan(range[0]) && isnan(range[1]));
    reader_close(&reader);
}

static void add_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR), attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* Strings of fixed length, numbers out of range, and companions with other numbers of rows. */
Test(reader_hdf5, odd_attributes)
{
    struct plotmill_error error = {0};
    const hsize_t shape[3] = {2, 3, 4}, other[2] = {5, 2};
    const int64_t background = 300, foreground = 77;
    struct reader reader;
    int64_t start = 0;
    double range[2] = {0};
    uint8_t pixels[12];
    hid_t file = H5Fcreate("a.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), text = H5Tcopy(H5T_C_S1);
    hid_t images = make_dataset(file, "images", H5T_STD_U8LE, 3, shape);
    H5Tset_size(text, 4);
    H5Tset_strpad(text, H5T_STR_NULLPAD);
    add_attribute(images, "spec", text, "abcd");
    add_attribute(images, "background", H5T_NATIVE_INT64, &background);
    add_attribute(images, "foreground", H5T_NATIVE_INT64, &foreground);
    H5Tclose(text);
    H5Dclose(images);
    H5Dclose(make_dataset(file, "window_start", H5T_STD_I64LE, 1, other));
    H5Dclose(make_dataset(file, "y_range", H5T_STD_I64LE, 2, other));
    H5Fclose(file);
    assert_ok(reader_open(&reader, "a.h5", &error), &error);
    cr_assert_str_eq(reader.info.spec, "abcd");
    cr_assert_eq(reader.info.background, -1);
    cr_assert_eq(reader.info.foreground, 77);
    assert_ok(reader_read(&reader, 1, 1, pixels, &start, range, &error), &error);
    cr_assert(start == -1 && isnan(range[0]));
    reader_close(&reader);
}

Test(reader_hdf5, files_without_images)
{
    const hsize_t shape[4] = {2, 7, 4, 5}, empty[3] = {2, 0, 4};
    make_file("a.h5", "prices", H5T_IEEE_F64LE, 1, shape);
    assert_refused("a.h5", "holds /prices, expected a dataset /images");
    make_file("b.h5", "images", H5T_IEEE_F64LE, 3, shape);
    assert_refused("b.h5", "/images has 3 dimensions and another type, expected uint8, float32 or float16 (N, height");
    make_file("c.h5", "images", H5T_STD_U8LE, 4, shape);
    assert_refused("c.h5", "/images has 4 dimensions, expected uint8, float32 or float16 (N, height, width), or");
    make_file("d.h5", "images", H5T_STD_I8LE, 3, shape);
    assert_refused("d.h5", "another type");
    make_file("e.h5", "images", H5T_STD_U8LE, 3, empty);
    assert_refused("e.h5", "expected uint8, float32 or float16 (N, height, width)");
    hid_t file = H5Fcreate("f.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "images", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    assert_refused("f.h5", "/images cannot be opened as a dataset");
    file = H5Fcreate("g.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_refused("g.h5", "holds nothing, expected a dataset /images");
}

Test(reader_hdf5, truncated_anywhere)
{
    size_t size;
    make_output("whole.h5", NULL, true, false, 3);
    uint8_t *bytes = read_file("whole.h5", &size);
    for (size_t cut = 8; cut < size; cut += cut < 200 ? 1 : 97) {
        write_file("truncated.h5", bytes, cut);
        assert_refused("truncated.h5", "cannot be opened as HDF5");
    }
    free(bytes);
}

/* The message has HDF5's reason, not only that there is one. */
Test(reader_hdf5, damaged_chunk_has_a_reason)
{
    static const char rubbish[] = "not a zlib stream";
    const hsize_t offset[3] = {1};
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[2 * IMAGE_BYTES];
    make_output("a.h5", NULL, true, false, IMAGES);
    hid_t file = H5Fopen("a.h5", H5F_ACC_RDWR, H5P_DEFAULT), images = H5Dopen2(file, "images", H5P_DEFAULT);
    cr_assert(H5Dwrite_chunk(images, H5P_DEFAULT, 0, offset, sizeof rubbish, rubbish) >= 0);
    H5Dclose(images);
    cr_assert(H5Fclose(file) >= 0);
    assert_ok(reader_open(&reader, "a.h5", &error), &error);
    assert_fails(reader_read(&reader, 0, 2, pixels, NULL, NULL, &error), PLOTMILL_BAD_INPUT, &error,
                 "a.h5: cannot be read: ");
    cr_assert(!strstr(error.message, "no reason"), "%s", error.message);
    reader_close(&reader);
}

/* The heap of variable-length strings (the attributes) is left out: libhdf5 1.10.8 itself crashes when it reads a
 * string from a damaged heap (H5HG_read). */
static bool in_string_heap(const uint8_t *bytes, size_t size, size_t at)
{
    for (size_t heap = 0; heap + 4096 <= size; heap++)
        if (!memcmp(bytes + heap, "GCOL", 4))
            return at >= heap && at < heap + 4096;
    return false;
}

/* No other damaged byte may crash the reader, and changed images are reported. */
Test(reader_hdf5, damaged_anywhere)
{
    size_t size;
    int reported = 0;
    make_output("whole.h5", NULL, true, false, 3);
    uint8_t *bytes = read_file("whole.h5", &size);
    for (size_t at = 0; at < size; at += 13) {
        struct plotmill_error error = {0};
        struct reader reader;
        uint8_t pixels[3 * IMAGE_BYTES];
        if (in_string_heap(bytes, size, at))
            continue;
        bytes[at] ^= 0x55;
        write_file("broken.h5", bytes, size);
        bytes[at] ^= 0x55;
        enum plotmill_status status = reader_open(&reader, "broken.h5", &error);
        if (!status && reader.info.images == 3 && reader.info.width == WIDTH && reader.info.height == HEIGHT)
            status = reader_read(&reader, 0, 3, pixels, NULL, NULL, &error);
        reader_close(&reader);
        cr_assert(!status || status == PLOTMILL_BAD_INPUT, "%s", error.message);
        cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0, "something is left open at %zu", at);
        reported += status != PLOTMILL_OK;
    }
    cr_assert_gt(reported, 50);
    free(bytes);
}

/* Programs may still use the interface of HDF5 1.6. */
#ifndef H5_NO_DEPRECATED_SYMBOLS
static herr_t print_nothing(void *data)
{
    (void)data;
    return 0;
}

Test(reader_hdf5, old_error_handler_is_restored)
{
    H5E_auto1_t after;
    int data;
    void *after_data;
    struct plotmill_error error = {0};
    struct reader reader;
    H5Eset_auto1(print_nothing, &data);
    make_output("a.h5", NULL, true, false, 3);
    assert_ok(reader_open(&reader, "a.h5", &error), &error);
    reader_close(&reader);
    write_file("a.h5", "\x89HDF\r\n\x1a\n", 8);
    assert_refused("a.h5", "cannot be opened as HDF5");
    cr_assert(H5Eget_auto1(&after, &after_data) >= 0 && after == print_nothing && after_data == &data);
}
#endif

/* The error handler of the embedding program is restored after every call. */
Test(reader_hdf5, error_handler_is_restored)
{
    H5E_auto2_t before, after;
    void *before_data, *after_data;
    struct plotmill_error error = {0};
    struct reader reader;
    H5Eget_auto2(H5E_DEFAULT, &before, &before_data);
    make_output("a.h5", NULL, true, false, 3);
    assert_ok(reader_open(&reader, "a.h5", &error), &error);
    reader_close(&reader);
    write_file("a.h5", "\x89HDF\r\n\x1a\n", 8);
    assert_refused("a.h5", "cannot be opened as HDF5");
    H5Eget_auto2(H5E_DEFAULT, &after, &after_data);
    cr_assert(before == after && before_data == after_data);
}

#endif
