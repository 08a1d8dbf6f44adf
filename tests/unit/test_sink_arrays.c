/* Arrays: npy and raw in every dtype and layout, byte by byte, and their sidecars. */
#include "array_fixture.h"

#include <sys/resource.h>

#include "base/json.h"

TestSuite(sink_arrays, .init = enter_folder, .fini = leave_folder);

static const uint64_t firsts[] = {5, 0, 10, 4}, counts[] = {5, 4, 1, 1};

/* All images in the stored form. */
static uint8_t *stored_images(const struct pixel_format *format, uint64_t images, size_t *size)
{
    uint8_t *pixels = malloc((size_t)images * IMAGE_BYTES);
    fill_formatted(format, pixels, 0, images);
    *size = (size_t)(images * pixel_format_image_bytes(format, WIDTH, HEIGHT));
    uint8_t *stored = malloc(*size);
    pixel_format_store(format, &array_shape, pixels, images, stored);
    free(pixels);
    return stored;
}

static void write_any_order(const char *path, const struct pixel_format *format)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    open_array(&sink, path, format, true, false, 0, IMAGES);
    for (int i = 0; i < 4; i++)
        assert_ok(write_formatted(&sink, firsts[i], counts[i], &error), &error);
    cr_assert(!os_exists(path), "%s is there too early", path);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
}

static void check_bytes(const char *path, size_t header, const struct pixel_format *format)
{
    size_t size, expected_size;
    uint8_t *bytes = read_file(path, &size), *expected = stored_images(format, IMAGES, &expected_size);
    cr_assert_eq(size, header + expected_size, "%s", path);
    cr_assert(!memcmp(bytes + header, expected, expected_size), "%s", path);
    free(bytes);
    free(expected);
}

static void check_header(const char *path, const struct pixel_format *format)
{
    char expected[128], shape[64];
    size_t size;
    uint64_t axes[4];
    uint8_t *bytes = read_file(path, &size);
    if (pixel_format_axes(format, IMAGES, WIDTH, HEIGHT, axes) == 3)
        snprintf(shape, sizeof shape, "%d, %d, %d", (int)axes[0], (int)axes[1], (int)axes[2]);
    else
        snprintf(shape, sizeof shape, "%d, %d, %d, %d", (int)axes[0], (int)axes[1], (int)axes[2], (int)axes[3]);
    snprintf(expected, sizeof expected, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
             pixel_dtype_descr(format->dtype), shape);
    cr_assert(!memcmp(bytes, "\x93NUMPY\x01\x00\x76\x00", 10));
    cr_assert(!memcmp(bytes + 10, expected, strlen(expected)), "%s: %.118s", path, bytes + 10);
    cr_assert_eq(strspn((char *)bytes + 10 + strlen(expected), " "), 117 - strlen(expected));
    cr_assert_eq(bytes[127], '\n');
    free(bytes);
}

Test(sink_arrays, npy)
{
    for (size_t f = 0; f < FORMATS; f++) {
        write_any_order("a.npy", &array_formats[f]);
        check_header("a.npy", &array_formats[f]);
        check_bytes("a.npy", 128, &array_formats[f]);
        bool side = array_formats[f].dtype == DTYPE_BITS;
        cr_assert_eq(os_exists("a.npy.json"), side);
        cr_assert_eq(entries("."), side ? 2 : 1);
        cr_assert(os_remove_file("a.npy") && (!side || os_remove_file("a.npy.json")));
    }
}

static void expect_member(const char *object, const char *name, const char *expected)
{
    const char *value = json_member(object, name);
    cr_assert(value, "%s is missing in %s", name, object);
    cr_assert(!strncmp(value, expected, strlen(expected)) && json_value_end(value) == value + strlen(expected),
              "%s: %.60s, expected %s", name, value, expected);
}

static void check_sidecar(const char *path, const char *format_name, const struct pixel_format *format)
{
    char text[80];
    uint64_t axes[4];
    char *object = sidecar_read(path);
    cr_assert(object, "%s", path);
    snprintf(text, sizeof text, "\"%s\"", version_text());
    expect_member(object, "plotmill_version", text);
    snprintf(text, sizeof text, "\"%s\"", format_name);
    expect_member(object, "format", text);
    snprintf(text, sizeof text, "\"%s\"", pixel_dtype_name(format->dtype));
    expect_member(object, "dtype", text);
    snprintf(text, sizeof text, "\"%s\"", pixel_dtype_descr(format->dtype));
    expect_member(object, "numpy_dtype", text);
    expect_member(object, "byte_order", text[1] == '>' ? "\"big\"" : "\"little\"");
    snprintf(text, sizeof text, "\"%s\"", pixel_layout_name(pixel_format_layout(format)));
    expect_member(object, "layout", text);
    int rank = pixel_format_axes(format, IMAGES, WIDTH, HEIGHT, axes), used = 0;
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%d", i ? ", " : "[", (int)axes[i]);
    snprintf(text + used, sizeof text - (size_t)used, "]");
    expect_member(object, "shape", text);
    expect_member(object, "width", "37");
    expect_member(object, "height", "23");
    expect_member(object, "background", "250");
    expect_member(object, "foreground", "5");
    expect_member(object, "spec", SPEC);
    free(object);
}

Test(sink_arrays, raw)
{
    for (size_t f = 0; f < FORMATS; f++) {
        write_any_order("a.dat", &array_formats[f]);
        check_bytes("a.dat", 0, &array_formats[f]);
        check_sidecar("a.dat.json", "raw", &array_formats[f]);
        cr_assert_eq(entries("."), 2);
        cr_assert(os_remove_file("a.dat") && os_remove_file("a.dat.json"));
    }
    struct pixel_format bits = {DTYPE_BITS, LAYOUT_NCHW, 3};
    write_any_order("b.npy", &bits);
    check_sidecar("b.npy.json", "npy", &bits);
}

/* (3, 40, 3): the shape alone means three channels first. */
Test(sink_arrays, ambiguous_npy_has_a_sidecar)
{
    struct plotmill_error error = {0};
    struct pixel_format nhwc = {DTYPE_U8, LAYOUT_NHWC, 3};
    struct sink_options options = array_options(&nhwc, true, false, 0);
    struct dataset_info info = dataset(1);
    uint8_t pixels[WIDTH * 3 * 3] = {0};
    struct image_batch batch = {.count = 1, .data = pixels};
    struct sink sink = {0};
    info.height = 3;
    assert_ok(sink_create(&sink, "a.npy", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(sink.ops->write(sink.self, &batch, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    cr_assert(os_exists("a.npy.json"));
}

static void refuse_existing(const char *path, const struct pixel_format *format, const char *piece)
{
    struct plotmill_error error = {0};
    struct sink_options options = array_options(format, true, false, 0);
    struct sink sink = {0};
    assert_fails(sink_create(&sink, path, &options, NULL, &error), PLOTMILL_BAD_INPUT, &error, piece);
    cr_assert_null(sink.ops);
}

Test(sink_arrays, either_file_of_a_pair_is_refused)
{
    struct pixel_format plain = {0}, bits = {.dtype = DTYPE_BITS};
    write_file("a.dat", "mine", 4);
    refuse_existing("a.dat", &plain, "a.dat: exists already");
    write_file("b.dat.json", "mine", 4);
    refuse_existing("b.dat", &plain, "b.dat.json: exists already");
    write_file("c.npy.json", "mine", 4);
    refuse_existing("c.npy", &bits, "c.npy.json: exists already");
    write_file("d.npy.json", "{\"plotmill_version\": \"0\"}", 25);
    refuse_existing("d.npy", &plain, "d.npy.json: exists already");
    cr_assert_eq(entries("."), 4);
    write_any_order("c.npy", &plain); /* which is not a file of plotmill */
    cr_assert_eq(os_file_size("c.npy.json"), 4);
}

/* Sidecars are written and removed with their arrays. */
Test(sink_arrays, force_replaces_both)
{
    struct pixel_format plain = {0}, bits = {.dtype = DTYPE_BITS}, f32 = {.dtype = DTYPE_F32};
    make_array("a.npy", &bits, true, true, 0, IMAGES);
    cr_assert_eq(entries("."), 2);
    make_array("a.npy", &plain, true, true, 0, IMAGES);
    cr_assert_eq(entries("."), 1);
    check_bytes("a.npy", 128, &plain);
    make_array("a.dat", &plain, true, true, 0, 2);
    make_array("a.dat", &f32, true, true, 0, IMAGES);
    check_bytes("a.dat", 0, &f32);
    check_sidecar("a.dat.json", "raw", &f32);
    cr_assert_eq(entries("."), 3);
}

Test(sink_arrays, failure_keeps_the_old_pair)
{
    struct plotmill_error error = {0};
    struct pixel_format plain = {0}, f16 = {.dtype = DTYPE_F16};
    struct sink sink = {0};
    make_array("a.dat", &plain, true, false, 0, IMAGES);
    open_array(&sink, "a.dat", &f16, true, true, 0, IMAGES);
    assert_ok(write_formatted(&sink, 0, 5, &error), &error);
    cr_assert_eq(sink.ops->finish(sink.self, &error), PLOTMILL_IO_FAILED);
    sink.ops->abort(sink.self);
    sink_close(&sink);
    check_bytes("a.dat", 0, &plain);
    check_sidecar("a.dat.json", "raw", &plain);
    cr_assert_eq(entries("."), 2);
}

/* The array cannot be replaced when the sidecar is already in place: the sidecar is removed again. */
Test(sink_arrays, failed_commit_leaves_neither)
{
    struct plotmill_error error = {0};
    struct pixel_format plain = {0};
    for (int force = 0; force < 2; force++) {
        struct sink sink = {0};
        if (force)
            write_file("a.dat.json", "old", 3);
        open_array(&sink, "a.dat", &plain, true, force, 0, 1);
        assert_ok(write_formatted(&sink, 0, 1, &error), &error);
        cr_assert(os_make_folder("a.dat"));
        assert_fails(sink.ops->finish(sink.self, &error), PLOTMILL_BAD_INPUT, &error, "a.dat: ");
        sink.ops->abort(sink.self);
        sink_close(&sink);
        cr_assert_eq(entries("."), 1 + force);
        cr_assert_eq(os_file_size("a.dat.json"), force ? 3 : 0);
        cr_assert(os_remove_tree("a.dat"));
    }
}

Test(sink_arrays, abort_at_any_time)
{
    struct plotmill_error error = {0};
    for (int way = 0; way < 3; way++) {
        struct sink sink = {0};
        struct pixel_format bits = {.dtype = DTYPE_BITS};
        open_array(&sink, way ? "a.dat" : "a.npy", &bits, true, false, 0, IMAGES);
        cr_assert_eq(entries("."), 2);
        if (way == 2)
            assert_ok(write_formatted(&sink, 2, 3, &error), &error);
        sink.ops->abort(sink.self);
        sink_close(&sink);
        cr_assert_eq(entries("."), 0);
    }
}

Test(sink_arrays, disk_that_fills_up)
{
    for (size_t f = 0; f < FORMATS; f++)
        for (int raw = 0; raw < 2; raw++)
            check_full_disk(raw ? "a.dat" : "a.npy", &array_formats[f], true, 0);
}

/* Standard output in a file of the test's. */
static int redirect_output(const char *path)
{
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    cr_assert(freopen(path, "wb", stdout));
    return before;
}

static void restore_output(int before)
{
    fflush(stdout);
    cr_assert(dup2(before, STDOUT_FILENO) >= 0);
    clearerr(stdout);
}

Test(sink_arrays, standard_output)
{
    for (size_t f = 0; f < FORMATS; f++) {
        struct plotmill_error error = {0};
        struct sink_options options = array_options(&array_formats[f], true, false, 0);
        struct dataset_info info = dataset(IMAGES);
        struct sink sink = {0};
        options.format = "raw";
        int before = redirect_output("captured");
        assert_ok(sink_create(&sink, "-", &options, NULL, &error), &error);
        cr_assert_eq(sink.ops->ordered, 1);
        assert_ok(sink.ops->open(sink.self, &info, &error), &error);
        assert_ok(write_formatted(&sink, 0, 4, &error), &error);
        assert_fails(write_formatted(&sink, 5, 1, &error), PLOTMILL_BAD_INPUT, &error,
                     "found image 5, expected image 4");
        assert_ok(write_formatted(&sink, 4, IMAGES - 4, &error), &error);
        assert_ok(sink.ops->finish(sink.self, &error), &error);
        sink_close(&sink);
        restore_output(before);
        check_bytes("captured", 0, &array_formats[f]);
        cr_assert_eq(entries("."), 1);
    }
}

Test(sink_arrays, standard_output_that_fills_up)
{
    struct plotmill_error error = {0};
    struct pixel_format f32 = {.dtype = DTYPE_F32};
    struct sink_options options = array_options(&f32, true, false, 0);
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    options.format = "raw";
    int before = redirect_output("captured");
    assert_ok(sink_create(&sink, "-", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    limit_files(5000);
    enum plotmill_status status = write_formatted(&sink, 0, IMAGES, &error);
    limit_files(RLIM_INFINITY);
    sink.ops->abort(sink.self);
    sink_close(&sink);
    restore_output(before);
    assert_fails(status, PLOTMILL_IO_FAILED, &error, "standard output: cannot be written: File too large");
}
