/* Readers of the public API: images by lists of indices. */
#include "api/engine.h"
#include "sink_fixture.h"

static plotmill *pm;

static void begin(void)
{
    enter_folder();
    pm = plotmill_create();
}

static void end(void)
{
    plotmill_destroy(pm);
    leave_folder();
}

TestSuite(api_reader, .init = begin, .fini = end);

static plotmill_reader *open_reader(const char *path)
{
    plotmill_reader *reader = NULL;
    cr_assert_eq(plotmill_reader_open(pm, path, &reader), PLOTMILL_OK, "%s", plotmill_message(pm));
    return reader;
}

static void check_list(const char *path, bool has_rows)
{
    static const uint64_t indices[] = {7, 3, 4, 5, 5, 10, 0, 1, 4, 5, 9, 10, 10, 8, 2};
    enum { COUNT = sizeof indices / sizeof *indices };
    static uint8_t pixels[COUNT][IMAGE_BYTES], expected[IMAGE_BYTES];
    int64_t starts[COUNT];
    double ranges[COUNT][2];
    plotmill_reader *reader = open_reader(path);
    cr_assert_eq(plotmill_reader_read(reader, indices, COUNT, pixels[0], starts, ranges[0]), PLOTMILL_OK, "%s",
                 plotmill_message(pm));
    for (int i = 0; i < COUNT; i++) {
        fill_images(expected, indices[i], 1, IMAGE_BYTES);
        cr_assert(!memcmp(pixels[i], expected, IMAGE_BYTES), "%s: place %d is not image %d", path, i, (int)indices[i]);
        cr_assert_eq(starts[i], has_rows ? start_of(indices[i]) : -1);
        for (int end_of = 0; end_of < 2; end_of++) {
            const double found = ranges[i][end_of], right = has_rows ? range_of(indices[i], end_of) : (double)NAN;
            cr_assert(found == right || (isnan(found) && isnan(right)), "%s: range of image %d", path, (int)indices[i]);
        }
    }
    static const uint64_t ascending[] = {0, 0, 1, 2, 2, 9, 10};
    cr_assert_eq(plotmill_reader_read(reader, ascending, 7, pixels[0], NULL, NULL), PLOTMILL_OK);
    for (int i = 0; i < 7; i++) {
        fill_images(expected, ascending[i], 1, IMAGE_BYTES);
        cr_assert(!memcmp(pixels[i], expected, IMAGE_BYTES), "%s: ascending place %d", path, i);
    }
    memset(pixels, 0, sizeof pixels);
    cr_assert_eq(plotmill_reader_read(reader, indices + 5, 2, pixels[0], NULL, NULL), PLOTMILL_OK);
    fill_images(expected, 0, 1, IMAGE_BYTES);
    cr_assert(!memcmp(pixels[1], expected, IMAGE_BYTES));
    plotmill_reader_destroy(reader);
}

Test(api_reader, any_list_of_indices)
{
    make_output("a.npy", NULL, true, false, IMAGES);
    check_list("a.npy", false);
    if (HAVE_HDF5) {
        make_output("a.h5", NULL, true, false, IMAGES);
        check_list("a.h5", true);
    }
    if (HAVE_PNG) {
        make_output("pngs", "png", true, false, IMAGES);
        check_list("pngs", true);
    }
}

Test(api_reader, an_index_beyond_the_images)
{
    static uint8_t pixels[2 * IMAGE_BYTES];
    const uint64_t indices[] = {1, IMAGES};
    make_output("a.npy", NULL, true, false, IMAGES);
    plotmill_reader *reader = open_reader("a.npy");
    cr_assert_eq(plotmill_reader_read(reader, indices, 2, pixels, NULL, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "a.npy: indices[1] is 11, expected less than the number of images, 11");
    cr_assert_eq(plotmill_reader_read(reader, indices, 1, pixels, NULL, NULL), PLOTMILL_OK);
    cr_assert_str_eq(plotmill_message(pm), "");
    cr_assert_eq(plotmill_reader_read(reader, NULL, 0, NULL, NULL, NULL), PLOTMILL_OK, "no images: nothing is needed");
    plotmill_reader_destroy(reader);
}

Test(api_reader, a_description)
{
    const char *json = NULL;
    struct plotmill_dataset dataset = {.size = sizeof dataset};
    make_output("a.npy", NULL, true, false, IMAGES);
    plotmill_reader *reader = open_reader("a.npy");
    cr_assert_eq(plotmill_reader_describe(reader, &dataset, &json), PLOTMILL_OK);
    cr_assert(strstr(json, "\"file\": \"a.npy\"") && strstr(json, "\"images\": 11") && strstr(json, "\"width\": 37") &&
                  !strstr(json, "\"hash\""),
              "%s", json);
    cr_assert(dataset.size == sizeof dataset && dataset.images == IMAGES && dataset.width == 37 && dataset.height);
    cr_assert(strstr(json, "\"spec\"") && dataset.spec && dataset.input);
    /* An older program's struct is not written past its end; a newer one's further members become 0. */
    struct {
        struct plotmill_dataset dataset;
        uint64_t further;
    } newer = {{.size = sizeof newer}, 5}, older = {{.size = offsetof(struct plotmill_dataset, spec), .spec = "x"}, 5};
    cr_assert_eq(plotmill_reader_describe(reader, &newer.dataset, NULL), PLOTMILL_OK);
    cr_assert(newer.dataset.size == sizeof dataset && newer.further == 0 && newer.dataset.images == IMAGES);
    cr_assert_eq(plotmill_reader_describe(reader, &older.dataset, NULL), PLOTMILL_OK);
    cr_assert(older.dataset.width == 37 && !strcmp(older.dataset.spec, "x"));
    older.dataset.size = 4;
    cr_assert_eq(plotmill_reader_describe(reader, &older.dataset, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_reader_describe(reader, NULL, NULL), PLOTMILL_BAD_INPUT);
    plotmill_reader_destroy(reader);
    cr_assert_eq(plotmill_reader_open(pm, "b.npy", &reader), PLOTMILL_BAD_INPUT);
    cr_assert(!reader && strstr(plotmill_message(pm), "b.npy"));
}

Test(api_reader, a_sheet)
{
    static uint8_t pixels[IMAGES * IMAGE_BYTES];
    fill_images(pixels, 0, IMAGES, IMAGE_BYTES);
    const enum plotmill_status status = plotmill_sheet_write(pm, "sheet.png", pixels, IMAGES, WIDTH, HEIGHT, 1, 4, 0);
    cr_assert_eq(status, HAVE_STB ? PLOTMILL_OK : PLOTMILL_UNSUPPORTED, "%s", plotmill_message(pm));
    cr_assert_eq(os_is_file("sheet.png"), HAVE_STB);
    cr_assert_eq(plotmill_sheet_write(pm, "none.png", pixels, 0, WIDTH, HEIGHT, 1, 4, 0), PLOTMILL_BAD_INPUT);
}
