/* The sink that a path and a format select. */
#include "sink_fixture.h"

TestSuite(sink_choice, .init = enter_folder, .fini = leave_folder);

enum expected { NPY, RAW, OUTPUT, HDF5, PNG, NOTHING, HASH };

/* Sinks of one kind share their functions, npy and raw are of one. */
static void create_directly(struct sink *sink, enum expected expected)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(NULL, true, false);
    sink_constructor *const constructors[] = {
        [NPY] = sink_create_npy, [RAW] = sink_create_raw,      [HDF5] = sink_create_hdf5,
        [PNG] = sink_create_png, [NOTHING] = sink_create_null, [HASH] = sink_create_hash};
    if (expected == OUTPUT)
        assert_ok(sink_create_raw(sink, "-", &options, &error), &error);
    else
        assert_ok(constructors[expected](sink, "x", &options, &error), &error);
}

/* raw has a sidecar. */
static int files_when_open(struct sink *sink)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(1);
    assert_ok(sink->ops->open(sink->self, &info, &error), &error);
    int files = entries(".");
    sink->ops->abort(sink->self);
    return files;
}

static void check_choice(const char *path, const char *format, enum expected expected)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(format, true, false);
    struct sink sink = {0}, other = {0};
    assert_ok(sink_create(&sink, path, &options, NULL, &error), &error);
    create_directly(&other, expected);
    cr_assert(sink.ops->open == other.ops->open, "%s as %s", path, format ? format : "it says");
    cr_assert_eq(files_when_open(&sink), files_when_open(&other), "%s as %s", path, format ? format : "it says");
    sink_close(&sink);
    sink_close(&other);
    cr_assert_null(sink.ops);
}

Test(sink_choice, paths_and_formats)
{
    check_choice("a.npy", NULL, NPY);
    check_choice("./.a.b.NPY", NULL, NPY);
    check_choice("a.dat", NULL, RAW);
    check_choice("a.npy", "raw", RAW);
    check_choice("-", "raw", OUTPUT);
    check_choice("null:", NULL, NOTHING);
    check_choice("hash:", NULL, HASH);
    check_choice("a.npy", "hash", HASH);
    check_choice("whatever", "null", NOTHING);
    check_choice("noextension", "npy", NPY);
    check_choice("a.h5", "npy", NPY);
#if HAVE_HDF5
    check_choice("a.h5", NULL, HDF5);
    check_choice("a.HDF5", NULL, HDF5);
    check_choice("a.npy", "hdf5", HDF5);
    check_choice("a.dat", "h5", HDF5);
#endif
#if HAVE_PNG
    check_choice("folder/", "png", PNG);
    check_choice("folder", "PNG", PNG);
    check_choice("run.2024", "png", PNG);
#endif
}

static void check_refusal(const char *path, const char *format, const char *piece)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(format, true, false);
    struct sink sink = {0};
    assert_fails(sink_create(&sink, path, &options, NULL, &error), PLOTMILL_BAD_INPUT, &error, piece);
    cr_assert_null(sink.ops);
}

Test(sink_choice, refusals)
{
    check_refusal("a.xyz", NULL,
                  "a.xyz: unknown extension \".xyz\", expected one of: .h5, .hdf5, .npy, .npz, .dat, .tar, a folder");
    check_refusal("folder/", NULL, "a folder needs the option format, png");
    check_refusal("some.dir/name", NULL, "a folder needs the option format, png");
    check_refusal(".h5", NULL, "a folder needs the option format, png");
    check_refusal("..", NULL, "a folder needs the option format, png");
    check_refusal("", NULL, "a folder needs the option format, png");
    check_refusal("", "npy", "name is empty");
    check_refusal("a.npy", "tiff",
                  "unknown format \"tiff\", expected one of: hdf5, npy, npz, raw, jkx, tar, png, jpeg, ");
    check_refusal("a.npy", "", "unknown format \"\"");
    check_refusal("a.h5", "png", "format png makes a folder");
    check_refusal("folder/", "npy", "makes a file");
    check_refusal("folder/", "hdf5", "makes a file");
    check_refusal("folder/", "raw", "makes a file");
    check_refusal("-", NULL, "standard output needs the option format, raw");
    check_refusal("-", "npy", "standard output takes the format raw, not npy");
}

Test(sink_choice, choices_are_those_of_the_table)
{
    char text[200] = "";
    for (size_t i = 0; formats_choices[i]; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s, ", formats_choices[i]);
    cr_assert_str_eq(strcat(text, "null, hash"), format_names(FORMAT_OUTPUT, ", ").text);
}

#if !HAVE_HDF5
Test(sink_choice, hdf5_is_missing)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(NULL, true, false);
    struct sink sink = {0};
    struct reader reader;
    assert_fails(sink_create(&sink, "a.h5", &options, NULL, &error), PLOTMILL_UNSUPPORTED, &error,
                 "cannot write hdf5: HDF5 is missing");
    write_file("b.h5", "\x89HDF\r\n\x1a\n", 8);
    assert_fails(reader_open(&reader, "b.h5", &error), PLOTMILL_UNSUPPORTED, &error,
                 "cannot read hdf5: HDF5 is missing");
}
#endif

#if !HAVE_STB
Test(sink_choice, stb_is_missing)
{
    struct plotmill_error error = {0};
    uint8_t pixel = 0;
    assert_fails(sheet_write("s.png", &pixel, 1, 1, 1, 1, 0, 0, &error), PLOTMILL_UNSUPPORTED, &error,
                 "stb is missing");
}
#endif

#if !HAVE_PNG
Test(sink_choice, png_is_missing)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options("png", true, false);
    struct sink sink = {0};
    struct reader reader;
    assert_fails(sink_create(&sink, "a", &options, NULL, &error), PLOTMILL_UNSUPPORTED, &error,
                 "cannot write png: libpng is missing");
    cr_assert(os_make_folder("b"));
    write_file("b/1.png", "\x89PNG", 4);
    assert_fails(reader_open(&reader, "b", &error), PLOTMILL_UNSUPPORTED, &error, "cannot read png: libpng is missing");
}
#endif

static void refuse_options(const char *path, const char *format, struct sink_options options, const char *piece)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    options.format = format;
    assert_fails(sink_create(&sink, path, &options, NULL, &error), PLOTMILL_BAD_INPUT, &error, piece);
    cr_assert_null(sink.ops);
}

/* None is silently ignored. */
Test(sink_choice, options_that_do_not_apply)
{
    struct sink_options f32 = {.pixels = {.dtype = DTYPE_F32}};
    struct sink_options three = {.pixels = {.layout = LAYOUT_NHWC, .channels = 3}};
    struct sink_options bad = {.pixels = {.channels = 2}, .drawn = 1}, chunks = {.chunk_images = 4};
    struct sink_options layers = {.drawn = 5}, copies = {.pixels = {.channels = 3}, .drawn = 1};
    refuse_options("folder", "png", f32, "dtype: applies to hdf5, npy and raw, not to png");
    refuse_options("null:", NULL, three, "layout: applies to hdf5, npy and raw, not to null");
    refuse_options("a.npy", NULL, bad, "channels 2: the chart has 1 channel, expected 1 or 3");
    refuse_options("a.tar", NULL, layers, "format tar: images have 5 channels, expected 1 or 3");
    refuse_options("folder", "png", layers, "format png: images have 5 channels, expected 1 or 3");
    refuse_options("folder", "jpeg", layers, "format jpeg: images have 5 channels, expected 1 or 3");
    refuse_options("folder", "png", copies, "channels: applies to hdf5, npy, raw, null and hash, not to png");
    refuse_options("a.npy", NULL, chunks, "chunk-images: applies to hdf5, not to npy");
    refuse_options("-", "raw", (struct sink_options){.images_per_file = 5}, "not to standard output");
    refuse_options("a.npy", NULL, (struct sink_options){.quality = 5}, "quality: applies to jpeg, not to npy");
}
