/* Contact sheets: every pixel where it belongs, and averages that are exact. */
#include "sink_fixture.h"

#include "dataset/sheet.h"

#if HAVE_PNG && HAVE_STB

#include "formats/folder.h"

TestSuite(reader_sheet, .init = enter_folder, .fini = leave_folder);

enum { GROUND = 224, FRAME = 128, GAP = 6 };

struct sheet {
    uint32_t width, height;
    uint8_t *pixels; /* (height, width, 3) of images with 3 channels, else (height, width) */
};

static struct sheet make_sheet(const uint8_t *images, uint64_t count, uint32_t width, uint32_t height,
                               uint32_t channels, uint32_t columns, uint32_t max_tile)
{
    struct image_size size;
    struct plotmill_error error = {0};
    struct sheet sheet;
    assert_ok(sheet_write("sheet.png", images, count, width, height, channels, columns, max_tile, &error), &error);
    cr_assert_eq(entries("."), 1);
    assert_ok(decode_file("sheet.png", &size, NULL, &error), &error);
    cr_assert_eq(size.channels, channels == 3 ? 3 : 1);
    sheet.width = size.width;
    sheet.height = size.height;
    sheet.pixels = malloc((size_t)size.width * size.height * size.channels);
    assert_ok(decode_file("sheet.png", &size, sheet.pixels, &error), &error);
    return sheet;
}

/* What a sheet of whole images shows at x, y. */
static uint8_t expected_pixel(const uint8_t *images, uint64_t count, uint32_t columns, uint32_t x, uint32_t y)
{
    uint32_t cell_width = WIDTH + 2 + GAP, cell_height = HEIGHT + 2 + GAP;
    if (x < GAP || y < GAP)
        return GROUND;
    uint32_t column = (x - GAP) / cell_width, row = (y - GAP) / cell_height;
    uint32_t dx = (x - GAP) % cell_width, dy = (y - GAP) % cell_height;
    uint64_t index = (uint64_t)row * columns + column;
    if (index >= count || dx >= WIDTH + 2 || dy >= HEIGHT + 2)
        return GROUND;
    if (dx == 0 || dy == 0 || dx == WIDTH + 1 || dy == HEIGHT + 1)
        return FRAME;
    return images[index * IMAGE_BYTES + (dy - 1) * WIDTH + dx - 1];
}

static void check_sheet(uint64_t count, uint32_t columns, uint32_t max_tile, uint32_t found_columns)
{
    uint8_t images[IMAGES * IMAGE_BYTES];
    fill_images(images, 0, count, IMAGE_BYTES);
    struct sheet sheet = make_sheet(images, count, WIDTH, HEIGHT, 1, columns, max_tile);
    uint32_t rows = (uint32_t)((count + found_columns - 1) / found_columns);
    cr_assert_eq(sheet.width, GAP + found_columns * (WIDTH + 2 + GAP));
    cr_assert_eq(sheet.height, GAP + rows * (HEIGHT + 2 + GAP));
    for (uint32_t y = 0; y < sheet.height; y++)
        for (uint32_t x = 0; x < sheet.width; x++)
            cr_assert_eq(sheet.pixels[(size_t)y * sheet.width + x], expected_pixel(images, count, found_columns, x, y),
                         "%u,%u", x, y);
    free(sheet.pixels);
}

Test(reader_sheet, whole_images)
{
    check_sheet(11, 4, 0, 4);
    check_sheet(11, 4, WIDTH, 4);
    check_sheet(3, 8, 0, 3);
    check_sheet(1, 0, 0, 1);
    check_sheet(11, 0, 0, 3); /* 141 x 130 pixels */
}

Test(reader_sheet, large_images_keep_their_shape)
{
    static uint8_t image[200 * 80];
    memset(image, 255, sizeof image);
    struct sheet sheet = make_sheet(image, 1, 200, 80, 1, 0, 50);
    cr_assert_eq(sheet.width, GAP + 50 + 2 + GAP);
    cr_assert_eq(sheet.height, GAP + 20 + 2 + GAP);
    cr_assert_eq(sheet.pixels[(GAP + 10) * sheet.width + GAP + 20], 255);
    free(sheet.pixels);
    sheet = make_sheet(image, 1, 4000, 4, 1, 0, 10);
    cr_assert_eq(sheet.height, GAP + 1 + 2 + GAP);
    free(sheet.pixels);
}

Test(reader_sheet, refusals)
{
    struct plotmill_error error = {0};
    uint8_t pixel = 0;
    assert_fails(sheet_write("s.png", &pixel, 0, 1, 1, 1, 0, 0, &error), PLOTMILL_BAD_INPUT, &error, "no image");
    assert_fails(sheet_write("no/s.png", &pixel, 1, 1, 1, 1, 0, 0, &error), PLOTMILL_BAD_INPUT, &error,
                 "no such folder");
    assert_fails(sheet_write("s.png", &pixel, UINT64_C(1) << 40, 1, 1, 1, 1, 0, &error), PLOTMILL_BAD_INPUT, &error,
                 "expected at most");
    cr_assert_eq(entries("."), 0);
}

#endif

/* The same average of a channel by long division of areas, in doubles. */
static double area_mean(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, double x0, double x1,
                        double y0, double y1)
{
    double sum = 0;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            double w = fmin(x1, x + 1) - fmax(x0, x), h = fmin(y1, y + 1) - fmax(y0, y);
            sum += w > 0 && h > 0 ? w * h * pixels[(y * width + x) * channels] : 0;
        }
    return sum / ((x1 - x0) * (y1 - y0));
}

static void check_channels(uint32_t width, uint32_t height, uint32_t channels, uint32_t to_width, uint32_t to_height)
{
    struct plotmill_error error = {0};
    uint8_t pixels[40 * 40 * 3], to[40 * 40 * 3];
    uint32_t values = to_width * channels, stride = values + 3;
    for (uint32_t i = 0; i < width * height * channels; i++)
        pixels[i] = (uint8_t)(i * i * 37 >> 3);
    memset(to, 77, sizeof to);
    assert_ok(shrink(pixels, width, height, channels, to, to_width, to_height, stride, &error), &error);
    double column = (double)width / to_width, row = (double)height / to_height;
    for (uint32_t y = 0; y < to_height; y++)
        for (uint32_t i = 0; i < stride; i++) {
            const uint32_t x = i / channels;
            double mean = i < values ? area_mean(pixels + i % channels, width, height, channels, x * column,
                                                 (x + 1) * column, y * row, (y + 1) * row)
                                     : 77;
            cr_assert(fabs(to[y * stride + i] - mean) <= 0.5 + 1e-9, "%ux%u to %ux%u at %u,%u: %d, expected %f", width,
                      height, to_width, to_height, i, y, to[y * stride + i], mean);
        }
}

static void check_shrink(uint32_t width, uint32_t height, uint32_t to_width, uint32_t to_height)
{
    for (uint32_t channels = 1; channels <= 3; channels++)
        check_channels(width, height, channels, to_width, to_height);
}

Test(shrink, means_are_exact)
{
    check_shrink(3, 3, 2, 2);
    check_shrink(37, 23, 10, 7);
    check_shrink(37, 23, 36, 22);
    check_shrink(37, 23, 37, 23);
    check_shrink(36, 40, 12, 10);
    check_shrink(5, 1, 1, 1);
    check_shrink(1, 17, 1, 3);
}
