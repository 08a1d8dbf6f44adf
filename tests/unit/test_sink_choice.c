/* Which sink a path and a format mean. */
#include "sink_fixture.h"

TestSuite(sink_choice, .init = enter_folder, .fini = leave_folder);

enum expected { NPY, HDF5, PNG, NOTHING, HASH };

/* The operations tell the sinks apart. */
static const struct plotmill_sink_ops *ops_of(enum expected expected)
{
    struct plotmill_error error = {0};
    struct plotmill_sink_options options = sink_options(NULL, true, false);
    struct sink sink = {0};
    switch (expected) {
    case NPY:
        assert_ok(sink_create_npy(&sink, "x", &options, &error), &error);
        break;
    case HDF5:
        assert_ok(sink_create_hdf5(&sink, "x", &options, &error), &error);
        break;
    case PNG:
        assert_ok(sink_create_png(&sink, "x", &options, &error), &error);
        break;
    case NOTHING:
        assert_ok(sink_create_null(&sink, &error), &error);
        break;
    case HASH:
        assert_ok(sink_create_hash(&sink, &error), &error);
        break;
    }
    const struct plotmill_sink_ops *ops = sink.ops;
    sink_close(&sink);
    return ops;
}

static void check_choice(const char *path, const char *format, enum expected expected)
{
    struct plotmill_error error = {0};
    struct plotmill_sink_options options = sink_options(format, true, false);
    struct sink sink = {0};
    assert_ok(sink_create(&sink, path, &options, &error), &error);
    cr_assert_eq(sink.ops, ops_of(expected), "%s as %s", path, format ? format : "it says");
    sink_close(&sink);
    cr_assert_null(sink.ops);
}

Test(sink_choice, paths_and_formats)
{
    check_choice("a.npy", NULL, NPY);
    check_choice("./.a.b.NPY", NULL, NPY);
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
    struct plotmill_sink_options options = sink_options(format, true, false);
    struct sink sink = {0};
    assert_fails(sink_create(&sink, path, &options, &error), PLOTMILL_BAD_INPUT, &error, piece);
    cr_assert_null(sink.ops);
}

Test(sink_choice, refusals)
{
    check_refusal("a.xyz", NULL, "a.xyz: unknown extension \".xyz\", expected one of: .h5, .hdf5, .npy, a folder");
    check_refusal("folder/", NULL, "a folder needs --format png");
    check_refusal("some.dir/name", NULL, "a folder needs --format png");
    check_refusal(".h5", NULL, "a folder needs --format png");
    check_refusal("..", NULL, "a folder needs --format png");
    check_refusal("", NULL, "a folder needs --format png");
    check_refusal("", "npy", "name is empty");
    check_refusal("a.npy", "tiff", "unknown format \"tiff\", expected one of: hdf5, npy, png, null, hash");
    check_refusal("a.npy", "", "unknown format \"\"");
    check_refusal("a.h5", "png", "format png makes a folder");
    check_refusal("folder/", "npy", "makes a file");
    check_refusal("folder/", "hdf5", "makes a file");
}

#if !HAVE_HDF5
Test(sink_choice, hdf5_is_missing)
{
    struct plotmill_error error = {0};
    struct plotmill_sink_options options = sink_options(NULL, true, false);
    struct sink sink = {0};
    struct reader reader;
    assert_fails(sink_create(&sink, "a.h5", &options, &error), PLOTMILL_UNSUPPORTED, &error, "cannot write HDF5");
    write_file("b.h5", "\x89HDF\r\n\x1a\n", 8);
    assert_fails(reader_open(&reader, "b.h5", &error), PLOTMILL_UNSUPPORTED, &error, "cannot read HDF5");
}
#endif

#if !HAVE_PNG
Test(sink_choice, png_is_missing)
{
    struct plotmill_error error = {0};
    struct plotmill_sink_options options = sink_options("png", true, false);
    struct sink sink = {0};
    struct reader reader;
    uint8_t pixel = 0;
    assert_fails(sink_create(&sink, "a", &options, &error), PLOTMILL_UNSUPPORTED, &error, "cannot write PNG");
    assert_fails(sheet_write("s.png", &pixel, 1, 1, 1, 0, 0, &error), PLOTMILL_UNSUPPORTED, &error, "cannot write PNG");
    cr_assert(os_make_folder("b"));
    write_file("b/1.png", "\x89PNG", 4);
    assert_fails(reader_open(&reader, "b", &error), PLOTMILL_UNSUPPORTED, &error, "cannot read PNG");
}
#endif
