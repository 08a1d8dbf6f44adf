/* Arrays read back as uint8 (images, height, width, channels), whatever their dtype and layout; damaged ones are
 * refused. */
#include "array_fixture.h"

#define CHANNELS_MAX 3

TestSuite(reader_arrays, .init = enter_folder, .fini = leave_folder);

/* The grey images of the fixture, as many equal channels as are stored. Returns the bytes of an image. */
static size_t fill_channels(const struct pixel_format *format, uint8_t *pixels, uint64_t first, uint64_t count)
{
    uint8_t grey[IMAGES * IMAGE_BYTES];
    const size_t channels = pixel_format_channels(format);
    fill_formatted(format, grey, first, count);
    for (size_t i = 0; i < (size_t)count * IMAGE_BYTES * channels; i++)
        pixels[i] = grey[i / channels];
    return IMAGE_BYTES * channels;
}

static uint64_t hash_of(const struct pixel_format *format)
{
    uint8_t pixels[IMAGES * IMAGE_BYTES * CHANNELS_MAX];
    const size_t bytes = fill_channels(format, pixels, 0, IMAGES);
    return hash_of_channels(hash_finish(hash_images(pixels, bytes, 0, IMAGES), IMAGES, WIDTH, HEIGHT),
                            format->channels);
}

static void check_range(struct reader *reader, const struct pixel_format *format, uint64_t first, uint64_t count)
{
    struct plotmill_error error = {0};
    uint8_t pixels[IMAGES * IMAGE_BYTES * CHANNELS_MAX], expected[IMAGES * IMAGE_BYTES * CHANNELS_MAX];
    assert_ok(reader_read(reader, first, count, pixels, NULL, NULL, &error), &error);
    const size_t bytes = fill_channels(format, expected, first, count);
    cr_assert(!memcmp(pixels, expected, (size_t)count * bytes));
}

static void check_reader(const char *path, const struct pixel_format *format, bool described)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint64_t hash = 0;
    assert_ok(reader_open(&reader, path, &error), &error);
    cr_assert_eq(reader.info.images, IMAGES);
    cr_assert(reader.info.width == WIDTH && reader.info.height == HEIGHT);
    cr_assert_eq(reader.info.background, described ? 250 : -1);
    cr_assert_eq(reader.info.foreground, described ? 5 : -1);
    cr_assert_str_eq(reader.info.spec, described ? SPEC : "");
    cr_assert_str_eq(reader.info.producer, described ? version_text() : "");
    cr_assert_eq(reader.info.stored.dtype, format->dtype);
    cr_assert_eq(reader.info.stored.channels, format->channels ? format->channels : 1);
    cr_assert_eq(reader.info.channels, reader.info.stored.channels);
    cr_assert_eq(reader.info.stored.layout, pixel_format_layout(format));
    check_range(&reader, format, 0, IMAGES);
    check_range(&reader, format, 3, 5);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_of(format), "%s", path);
    reader_close(&reader);
}

Test(reader_arrays, npy)
{
    for (size_t f = 0; f < FORMATS; f++) {
        make_array("a.npy", &array_formats[f], true, true, 0, IMAGES);
        check_reader("a.npy", &array_formats[f], array_formats[f].dtype == DTYPE_BITS);
    }
}

Test(reader_arrays, raw)
{
    for (size_t f = 0; f < FORMATS; f++) {
        make_array("a.dat", &array_formats[f], true, true, 0, IMAGES);
        check_reader("a.dat", &array_formats[f], true);
    }
}

#if HAVE_HDF5
Test(reader_arrays, hdf5)
{
    for (size_t f = 0; f < FORMATS; f++)
        for (uint32_t chunk = 0; chunk <= 4; chunk += 4)
            for (int compressed = 0; compressed < 2; compressed++) {
                make_array("a.h5", &array_formats[f], compressed, true, chunk, IMAGES);
                check_reader("a.h5", &array_formats[f], true);
            }
}
#endif

static void check_bad_numbers(const char *path, const char *piece)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[IMAGES * IMAGE_BYTES * CHANNELS_MAX];
    assert_ok(reader_open(&reader, path, &error), &error);
    assert_fails(reader_read(&reader, 0, IMAGES, pixels, NULL, NULL, &error), PLOTMILL_BAD_INPUT, &error, piece);
    cr_assert_eq(strncmp(error.message, path, strlen(path)), 0, "%s", error.message);
    assert_ok(reader_read(&reader, 0, 1, pixels, NULL, NULL, &error), &error);
    reader_close(&reader);
}

/* Changes one byte of image 7. */
static void damage(const char *path, size_t header, const struct pixel_format *format, uint8_t value)
{
    size_t size, image_bytes = (size_t)pixel_format_image_bytes(format, WIDTH, HEIGHT);
    uint8_t *bytes = read_file(path, &size);
    bytes[header + 8 * image_bytes - 1] = value;
    write_file(path, bytes, size);
    free(bytes);
}

Test(reader_arrays, numbers_that_are_not_pixels)
{
    const struct pixel_format f32 = {.dtype = DTYPE_F32}, bits = {.dtype = DTYPE_BITS};
    const struct pixel_format f16 = {DTYPE_F16, LAYOUT_NHWC, 3};
    make_array("a.npy", &f32, true, false, 0, IMAGES);
    damage("a.npy", 128, &f32, 0x70);
    check_bad_numbers("a.npy", "image 7 holds numbers that are not pixels, expected 0 to 255, each divided by 255");
    make_array("b.npy", &f16, true, false, 0, IMAGES);
    damage("b.npy", 128, &f16, 0x70);
    check_bad_numbers("b.npy", "image 7 holds numbers that are not pixels, expected 0 to 255, each divided by 255");
    make_array("d.dat", &bits, true, false, 0, IMAGES);
    damage("d.dat", 0, &bits, 1);
    check_bad_numbers("d.dat", "image 7 holds numbers that are not pixels, expected rows padded with 0");
}

/* As a machine of the other byte order writes it. */
Test(reader_arrays, other_byte_order)
{
    struct pixel_format formats[] = {{.dtype = DTYPE_F32}, {.dtype = DTYPE_F16}};
    for (int f = 0; f < 2; f++) {
        size_t size, number = f ? 2 : 4;
        make_array("a.npy", &formats[f], true, true, 0, IMAGES);
        uint8_t *bytes = read_file("a.npy", &size);
        char *descr = strpbrk((char *)bytes + 10, "<>");
        *descr = *descr == '<' ? '>' : '<';
        for (size_t at = 128; at < size; at += number)
            for (size_t i = 0; i < number / 2; i++) {
                uint8_t byte = bytes[at + i];
                bytes[at + i] = bytes[at + number - 1 - i];
                bytes[at + number - 1 - i] = byte;
            }
        write_file("a.npy", bytes, size);
        check_reader("a.npy", &formats[f], false);
        free(bytes);
    }
}

Test(reader_arrays, raw_without_its_sidecar)
{
    make_array("a.dat", &array_formats[0], true, false, 0, IMAGES);
    cr_assert(os_remove_file("a.dat.json"));
    assert_refused("a.dat", "numbers without a header, expected plotmill's a.dat.json beside the file");
    write_file("a.dat.json", "{}", 2);
    assert_refused("a.dat", "expected plotmill's a.dat.json beside the file");
}

/* The extension does not matter if the sidecar is there. */
Test(reader_arrays, raw_by_another_name)
{
    struct plotmill_error error = {0};
    struct sink_options options = array_options(&array_formats[6], true, false, 0);
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    options.format = "raw";
    assert_ok(sink_create(&sink, "images.bin", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(write_formatted(&sink, 0, IMAGES, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    check_reader("images.bin", &array_formats[6], true);
}

static void check_description(const char *members, const char *piece)
{
    char text[600];
    int size = snprintf(text, sizeof text, "{\"plotmill_version\": \"0\", \"format\": \"raw\"%s}", members);
    write_file("b.dat.json", text, (size_t)size);
    assert_refused("b.dat", piece);
}

Test(reader_arrays, incomplete_sidecars)
{
    write_file("b.dat", "1234", 4);
    check_description("", "b.dat.json: expected \"dtype\" to be");
    check_description(", \"dtype\": \"u16\"", "expected \"dtype\" to be \"u8\", \"f32\", \"f16\" or \"bits\"");
    check_description(", \"dtype\": \"u8\"", "expected \"layout\" to be");
    check_description(", \"dtype\": \"u8\", \"layout\": \"NHW\"", "expected \"byte_order\" to be");
#define START ", \"dtype\": \"%s\", \"layout\": \"NHW\", \"byte_order\": \"little\", \"width\": %s, \"shape\": %s"
    const struct {
        const char *dtype, *width, *shape, *piece;
    } cases[] = {{"u8", "2", "7", "expected \"shape\", an array of 3 or 4 numbers"},
                 {"u8", "2", "[]", "expected \"shape\""},
                 {"u8", "2", "[1, 2, 2, 2, 2]", "expected \"shape\""},
                 {"u8", "2", "[1, -2, 2]", "expected \"shape\""},
                 {"u8", "\"2\"", "[1, 2, 2]", "and \"width\""},
                 {"u8", "2", "[1, 2, 2, 1]", "do not fit each other"},
                 {"u8", "2", "[1, 0, 2]", "do not fit each other"},
                 {"bits", "2", "[1, 2, 1]", "do not fit each other"},
                 {"u8", "2", "[2, 2, 2]", "truncated: 4 bytes hold 1 whole images of 2x2, expected 2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char members[300];
        snprintf(members, sizeof members, START, cases[i].dtype, cases[i].width, cases[i].shape);
        check_description(members, cases[i].piece);
    }
}

/* A sidecar of another array is refused; a sidecar of another program is ignored. */
Test(reader_arrays, sidecar_of_another_array)
{
    const struct pixel_format bits = {.dtype = DTYPE_BITS}, f32 = {.dtype = DTYPE_F32};
    size_t size;
    make_array("a.npy", &bits, true, false, 0, IMAGES);
    make_array("b.npy", &f32, true, false, 0, IMAGES);
    uint8_t *side = read_file("a.npy.json", &size);
    write_file("b.npy.json", side, size);
    assert_refused("b.npy", "b.npy.json: describes another dtype or shape than b.npy has");
    write_file("b.npy.json", "{\"mine\": 1}", 11);
    check_reader("b.npy", &f32, false);
    free(side);
}

/* By its shape alone it would have three channels of 37x3, not 3 rows of 37 columns. */
Test(reader_arrays, ambiguous_npy)
{
    struct plotmill_error error = {0};
    struct pixel_format nhwc = {DTYPE_U8, LAYOUT_NHWC, 3};
    struct sink_options options = array_options(&nhwc, true, false, 0);
    struct dataset_info info = dataset(1);
    uint8_t pixels[WIDTH * 3], back[WIDTH * 9], stored[WIDTH * 9];
    struct image_batch batch = {.count = 1, .data = stored};
    struct sink sink = {0};
    struct reader reader;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)i;
    pixel_format_store(&nhwc, &(struct pixel_shape){WIDTH, 3, 250, 5}, pixels, 1, stored);
    info.height = 3;
    assert_ok(sink_create(&sink, "a.npy", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(sink.ops->write(sink.self, &batch, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    assert_ok(reader_open(&reader, "a.npy", &error), &error);
    cr_assert(reader.info.width == WIDTH && reader.info.height == 3);
    assert_ok(reader_read(&reader, 0, 1, back, NULL, NULL, &error), &error);
    for (size_t i = 0; i < sizeof back; i++)
        cr_assert_eq(back[i], pixels[i / 3]);
    reader_close(&reader);
}

/* One of several files. */
Test(reader_arrays, first_image_of_many)
{
    static const char *const paths[] = {
        "a.dat",
        "b.npy",
#if HAVE_HDF5
        "c.h5"
#endif
    };
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
        struct plotmill_error error = {0};
        struct pixel_format bits = {.dtype = DTYPE_BITS};
        struct sink_options options = array_options(&bits, true, false, 0);
        struct dataset_info info = dataset(IMAGES);
        struct sink sink = {0};
        struct reader reader;
        info.first = UINT64_C(5000000000);
        assert_ok(sink_create(&sink, paths[p], &options, NULL, &error), &error);
        assert_ok(sink.ops->open(sink.self, &info, &error), &error);
        assert_ok(write_formatted(&sink, 0, IMAGES, &error), &error);
        assert_ok(sink.ops->finish(sink.self, &error), &error);
        sink_close(&sink);
        assert_ok(reader_open(&reader, paths[p], &error), &error);
        cr_assert_eq(reader.info.first, info.first, "%s", paths[p]);
        check_range(&reader, &bits, 0, IMAGES);
        reader_close(&reader);
    }
}
