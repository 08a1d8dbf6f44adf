/* PNG folders: plotmill's own and others', whole and damaged. */
#include "sink_fixture.h"

#if HAVE_PNG

#include <png.h>

#include "base/output.h"

TestSuite(reader_png, .init = enter_folder, .fini = leave_folder);

static void make_png(const char *path, uint32_t width, uint32_t height, int depth, int color, int interlace,
                     uint8_t first)
{
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    uint8_t row[4096];
    cr_assert(file && info && (size_t)width * 8 <= sizeof row);
    cr_assert_eq(setjmp(png_jmpbuf(png)), 0);
    png_init_io(png, file);
    png_set_IHDR(png, info, width, height, depth, color, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < height; y++) {
            for (size_t x = 0; x < sizeof row; x++)
                row[x] = (uint8_t)(first + y * 16 + x);
            png_write_row(png, row);
        }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}

static void make_gray(const char *path, uint8_t first)
{
    make_png(path, 9, 7, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, first);
}

static void check_unreadable(const char *path, uint64_t images, const char *piece)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t *pixels = malloc((size_t)images * IMAGE_BYTES);
    int64_t *starts = malloc((size_t)images * sizeof *starts);
    assert_ok(reader_open(&reader, path, &error), &error);
    assert_fails(reader_read(&reader, 0, images, pixels, starts, NULL, &error), PLOTMILL_BAD_INPUT, &error, piece);
    reader_close(&reader);
    free(pixels);
    free(starts);
}

Test(reader_png, folders_from_elsewhere_in_natural_order)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[4 * 63];
    int64_t starts[4];
    double ranges[8];
    cr_assert(os_make_folder("a"));
    make_gray("a/img10.PNG", 40);
    make_gray("a/img9.png", 30);
    make_gray("a/img010b.png", 50);
    make_png("a/img1.png", 9, 7, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7, 10);
    write_file("a/.hidden", "x", 1);
    assert_ok(reader_open(&reader, "a//", &error), &error);
    cr_assert_eq(reader.info.images, 4);
    cr_assert_eq(reader.info.width, 9);
    cr_assert_eq(reader.info.height, 7);
    cr_assert_eq(reader.info.background, -1);
    cr_assert_eq(reader.info.foreground, -1);
    cr_assert_str_eq(reader.info.spec, "");
    assert_ok(reader_read(&reader, 0, 4, pixels, starts, ranges, &error), &error);
    const uint8_t firsts[] = {10, 30, 40, 50};
    for (int i = 0; i < 4; i++) {
        cr_assert(starts[i] == -1 && isnan(ranges[2 * i]) && isnan(ranges[2 * i + 1]));
        for (int y = 0; y < 7; y++)
            for (int x = 0; x < 9; x++)
                cr_assert_eq(pixels[i * 63 + y * 9 + x], (uint8_t)(firsts[i] + y * 16 + x), "image %d", i);
    }
    reader_close(&reader);
}

Test(reader_png, folders_of_something_else)
{
    cr_assert(os_make_folder("a"));
    assert_refused("a", "a: holds no PNG or JPEG file");
    make_gray("a/1.png", 0);
    write_file("a/notes.txt", "x", 1);
    assert_refused("a", "a: holds \"notes.txt\", expected only PNG or JPEG files, or a folder made by plotmill");
    cr_assert(os_remove_file("a/notes.txt"));
    make_png("a/1.png", 9, 7, 8, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE, 0);
    assert_refused("a", "a/1.png: has 4 channels of 8 bits, expected 8-bit grayscale, 8-bit RGB, or a palette");
    make_png("a/1.png", 9, 7, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, 0);
    assert_refused("a", "a/1.png: has 1 channel of 16 bits, expected 8-bit grayscale");
    make_png("a/1.png", 9, 7, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, 0);
    assert_refused("a", "a/1.png: has 1 channel of 1 bits");
    write_file("a/1.png", "GIF89a", 6);
    assert_refused("a", "a/1.png: cannot be read as PNG");
    cr_assert(os_remove_file("a/1.png"));
    cr_assert(os_make_folder("a/1.png"));
    assert_refused("a", "a/1.png: cannot be");
}

/* Palettes of every depth, interlaced or not, as libpng writes them. */
Test(reader_png, palettes)
{
    struct plotmill_error error = {0};
    const png_color colours[256] = {{1, 2, 3}, {40, 50, 60}, {7, 8, 9}, {250, 0, 5}};
    cr_assert(os_make_folder("a"));
    for (int bits = 1; bits <= 8; bits *= 2)
        for (int interlace = PNG_INTERLACE_NONE; interlace <= PNG_INTERLACE_ADAM7; interlace++) {
            FILE *file = fopen("a/1.png", "wb");
            png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
            png_infop info = png_create_info_struct(png);
            uint8_t rows[7][9], pixels[7 * 9 * 3];
            struct reader reader;
            cr_assert_eq(setjmp(png_jmpbuf(png)), 0);
            png_init_io(png, file);
            png_set_IHDR(png, info, 9, 7, bits, PNG_COLOR_TYPE_PALETTE, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
                         PNG_FILTER_TYPE_DEFAULT);
            png_set_PLTE(png, info, colours, 1 << bits);
            png_write_info(png, info);
            png_set_packing(png);
            for (int i = 0; i < 63; i++)
                rows[i / 9][i % 9] = (uint8_t)(i * i % (bits == 1 ? 2 : 4));
            for (int passes = png_set_interlace_handling(png); passes > 0; passes--)
                for (int y = 0; y < 7; y++)
                    png_write_row(png, rows[y]);
            png_write_end(png, NULL);
            png_destroy_write_struct(&png, &info);
            fclose(file);
            assert_ok(reader_open(&reader, "a", &error), &error);
            cr_assert(reader.info.channels == 3 && reader.info.width == 9 && reader.info.height == 7);
            assert_ok(reader_read(&reader, 0, 1, pixels, NULL, NULL, &error), &error);
            for (int i = 0; i < 63; i++) {
                const png_color wanted = colours[rows[i / 9][i % 9]];
                cr_assert(pixels[3 * i] == wanted.red && pixels[3 * i + 1] == wanted.green &&
                              pixels[3 * i + 2] == wanted.blue,
                          "%d bits, pixel %d", bits, i);
            }
            reader_close(&reader);
        }
}

Test(reader_png, images_unlike_the_first)
{
    cr_assert(os_make_folder("a"));
    make_gray("a/1.png", 0);
    make_png("a/2.png", 9, 8, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, 0);
    check_unreadable("a", 2, "a/2.png: has 9x8 pixels, expected 9x7 like the others");
    make_png("a/2.png", 9, 7, 8, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_INTERLACE_NONE, 0);
    check_unreadable("a", 2, "a/2.png: has 2 channels of 8 bits");
}

Test(reader_png, truncated_anywhere)
{
    size_t size;
    make_output("a", "png", true, false, 2);
    uint8_t *bytes = read_file("a/00000001.png", &size);
    for (size_t cut = 0; cut < size; cut++) {
        write_file("a/00000001.png", bytes, cut);
        check_unreadable("a", 2, "a/00000001.png: cannot be read as PNG");
    }
    free(bytes);
}

Test(reader_png, damaged_anywhere)
{
    size_t size;
    make_output("a", "png", true, false, 2);
    uint8_t *bytes = read_file("a/00000001.png", &size);
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 0x10;
        write_file("a/00000001.png", bytes, size);
        bytes[at] ^= 0x10;
        check_unreadable("a", 2, "a/00000001.png: ");
    }
    free(bytes);
}

Test(reader_png, foreign_files_in_a_plotmill_folder)
{
    struct plotmill_error error = {0};
    struct reader reader;
    make_output("a", "png", true, false, 3);
    cr_assert(os_exists("a/00000000.png") && os_exists("a/00000002.png") && os_exists("a/index.csv"));
    cr_assert_eq(entries("a"), 5);
    make_gray("a/sheet.png", 0);
    make_gray("a/1.png.png", 0);
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert_eq(reader.info.images, 3);
    reader_close(&reader);
    cr_assert(os_remove_file("a/00000001.png"));
    assert_refused("a", "a: holds 2 images, expected 3 by its plotmill.json");
}

/* Looks for the image in an unfinished folder. */
static bool find_image(void *user, const char *entry)
{
    char path[300];
    snprintf(path, sizeof path, "%s/000000042.png", entry);
    if (!strncmp(entry, "a.", 2) && output_is_temporary(entry + 1))
        *(bool *)user |= os_exists(path);
    return true;
}

Test(reader_png, names_grow_beyond_eight_digits)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options("png", true, false);
    struct dataset_info info = dataset(100000001);
    struct sink sink = {0};
    bool found = false;
    assert_ok(sink_create(&sink, "a", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(write_range(&sink, 42, 1, &error), &error);
    cr_assert(os_list_folder(".", find_image, &found) && found, "no a.partial-*/000000042.png");
    sink.ops->abort(sink.self);
    sink_close(&sink);
}

Test(reader_png, wrong_metadata_and_indices)
{
    make_output("a", "png", true, false, 3);
    const char other[] = "{\"images\": 3, \"width\": 37, \"height\": 24}";
    write_file("a/plotmill.json", other, strlen(other));
    assert_refused("a", "the first image has 37x23 pixels, expected 37x24 by plotmill.json");
    const char *const marks[] = {"", "[]", "{\"images\": 3", "{\"images\" 3}", "{} x", "{\"a\": \"\\", "{\"a\": {,}}"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        write_file("a/plotmill.json", marks[i], strlen(marks[i]));
        assert_refused("a", "a/plotmill.json: malformed, expected one JSON object");
    }
    struct plotmill_error error = {0};
    struct reader reader;
    const char odd[] = "{\"background\": 256, \"foreground\": 77}";
    write_file("a/plotmill.json", odd, strlen(odd));
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert_eq(reader.info.background, -1);
    cr_assert_eq(reader.info.foreground, 77);
    reader_close(&reader);
    write_file("a/plotmill.json", "{}", 2);
    const char head[] = "index,file,window_start,y_lo,y_hi\n";
    const char *const lines[] = {"",
                                 "0,0.png,5,1,2\n",
                                 "0,0.png,5,1,2\n2,0.png,5,1,2\n",
                                 "0,0.png,x,1,2\n",
                                 "0,0.png,5,1\n",
                                 "0,0.png,5,1,2,3\n",
                                 "0\n"};
    const char *const pieces[] = {"ends after 0 images, expected 3",
                                  "ends after 1 images, expected 3",
                                  "line 3: found \"2,0.png,5,1,2\"",
                                  "line 2: found",
                                  "line 2: found",
                                  "line 2: found",
                                  "line 2: found \"0\""};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s", head, lines[i]);
        write_file("a/index.csv", text, strlen(text));
        check_unreadable("a", 3, pieces[i]);
    }
    write_file("a/index.csv", "price\n1\n", 8);
    check_unreadable("a", 3,
                     "a/index.csv, line 1: found \"price\", expected the columns index, window_start and y_lo to y_hi");
}

static void check_spec(const char *spec)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options("png", true, true);
    struct dataset_info info = dataset(1);
    struct reader reader;
    struct sink sink = {0};
    info.spec = spec;
    assert_ok(sink_create(&sink, "a", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(write_range(&sink, 0, 1, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert_str_eq(reader.info.spec, spec ? spec : "");
    reader_close(&reader);
}

Test(reader_png, any_spec_is_read_back)
{
    check_spec("{\"a\": [1, -2.5e3, {\"b\": null}], \"spec\": {\"x\": \"}\\\"\"}, \"c\": true, \"d\": false}");
    check_spec("{ }");
    check_spec("");
    check_spec(NULL);
    check_spec("not JSON: \"quotes\", back\\slash, \ttab, \x01, caf\xc3\xa9");
    check_spec("{\"broken\": ");
    check_spec("[1, 2]");
}

/* The target of a link in a replaced folder is kept. */
Test(reader_png, links_are_not_followed_when_a_folder_is_replaced)
{
    make_output("a", "png", true, false, 3);
    cr_assert(os_make_folder("precious"));
    write_file("precious/thesis", "x", 1);
    cr_assert_eq(symlink("../precious", "a/link"), 0);
    cr_assert_eq(symlink("nowhere", "a/dangling"), 0);
    make_output("a", "png", true, true, 2);
    cr_assert(os_exists("precious/thesis"));
    cr_assert_eq(entries("."), 2);
    cr_assert_eq(entries("a"), 4);
}

Test(reader_png, other_folders_are_never_replaced)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options("png", true, true);
    struct sink sink = {0};
    cr_assert(os_make_folder("mine"));
    write_file("mine/thesis", "x", 1);
    assert_fails(sink_create(&sink, "mine", &options, NULL, &error), PLOTMILL_BAD_INPUT, &error,
                 "not a folder that plotmill made");
    write_file("file", "x", 1);
    assert_fails(sink_create(&sink, "file", &options, NULL, &error), PLOTMILL_BAD_INPUT, &error, "is a file");
    assert_fails(sink_create_npy(&sink, "mine", &options, &error), PLOTMILL_BAD_INPUT, &error, "is a folder");
    cr_assert(os_exists("mine/thesis"));
}

#endif
