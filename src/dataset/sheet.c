#include "dataset/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "plotmill_config.h"

#if HAVE_STB
#if defined __GNUC__
#pragma GCC diagnostic ignored "-Wunused-function" /* what stb_image_write declares and does not define */
#endif
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>
#endif

/* White images stand out from the ground, dark ones from their frames. */
#define GROUND 224
#define FRAME 128
#define FRAME_WIDTH 1
#define GAP 6
#define PIXELS_MAX                                                                                    \
    ((uint64_t)1 << 29) /* times channels: stb_image_write counts bytes in int and doubles its buffer \
                         */

struct layout {
    uint32_t tile_width, tile_height; /* of an image on the sheet */
    uint64_t columns, rows;
    uint64_t cell_width, cell_height; /* tile, frame and the gap after them */
    uint64_t width, height;           /* of the sheet */
};

static uint32_t scaled(uint32_t side, uint32_t longest, uint32_t max_tile)
{
    uint64_t size = ((uint64_t)side * max_tile + longest / 2) / longest;
    return size ? (uint32_t)size : 1;
}

/* depth: channels of the sheet. */
static enum plotmill_status lay_out(struct layout *layout, uint64_t count, uint32_t width, uint32_t height,
                                    uint32_t depth, uint32_t columns, uint32_t max_tile, struct plotmill_error *error)
{
    const uint32_t longest = MAX(width, height);
    if (!count || !longest)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "no image for the sheet");
    const bool fits = !max_tile || longest <= max_tile;
    layout->tile_width = fits ? width : scaled(width, longest, max_tile);
    layout->tile_height = fits ? height : scaled(height, longest, max_tile);
    layout->cell_width = (uint64_t)layout->tile_width + 2 * FRAME_WIDTH + GAP;
    layout->cell_height = (uint64_t)layout->tile_height + 2 * FRAME_WIDTH + GAP;
    layout->columns =
        columns ? columns
                : (uint64_t)ceil(sqrt((double)count * (double)layout->cell_height / (double)layout->cell_width));
    layout->columns = MIN(layout->columns, count);
    layout->rows = (count + layout->columns - 1) / layout->columns;
    if (layout->columns < PIXELS_MAX / layout->cell_width && layout->rows < PIXELS_MAX / layout->cell_height) {
        layout->width = layout->columns * layout->cell_width + GAP;
        layout->height = layout->rows * layout->cell_height + GAP;
        if (layout->width <= PIXELS_MAX / depth / layout->height)
            return PLOTMILL_OK;
    }
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "the sheet would have %llu columns and %llu rows of images of %lux%lu pixels, expected at "
        "most %llu pixels in all",
        (unsigned long long)layout->columns, (unsigned long long)layout->rows, (unsigned long)layout->tile_width,
        (unsigned long)layout->tile_height, (unsigned long long)(PIXELS_MAX / depth));
}

#if HAVE_STB

/* The largest channel of each pixel. */
static void flatten(const uint8_t *pixels, size_t count, uint32_t channels, uint8_t *grey)
{
    for (size_t i = 0; i < count; i++, pixels += channels) {
        grey[i] = pixels[0];
        for (uint32_t c = 1; c < channels; c++)
            grey[i] = MAX(grey[i], pixels[c]);
    }
}

/* Images of 1 or 3 channels are shown as they are, others by their largest channel. */
static enum plotmill_status draw(uint8_t *sheet, const struct layout *layout, const uint8_t *pixels, uint64_t count,
                                 uint32_t width, uint32_t height, uint32_t channels, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t depth = channels == 3 ? 3 : 1;
    const size_t stride = (size_t)layout->width * depth, image_pixels = (size_t)width * height;
    uint8_t *grey = NULL;
    if (channels != depth)
        TRY_ALLOCATE(error, grey, image_pixels, 1);
    memset(sheet, GROUND, (size_t)layout->height * stride);
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *image = pixels + (size_t)i * image_pixels * channels;
        uint8_t *corner = sheet + (size_t)(GAP + i / layout->columns * layout->cell_height) * stride +
                          (GAP + (size_t)(i % layout->columns * layout->cell_width)) * depth;
        for (size_t y = 0; y < (size_t)layout->tile_height + 2 * FRAME_WIDTH; y++)
            memset(corner + y * stride, FRAME, ((size_t)layout->tile_width + 2 * FRAME_WIDTH) * depth);
        if (grey)
            flatten(image, image_pixels, channels, grey);
        TRY(shrink(grey ? grey : image, width, height, depth, corner + FRAME_WIDTH * stride + FRAME_WIDTH * depth,
                   layout->tile_width, layout->tile_height, stride, error));
    }
done:
    free(grey);
    return status;
}

enum plotmill_status sheet_write(const char *path, const uint8_t *pixels, uint64_t count, uint32_t width,
                                 uint32_t height, uint32_t channels, uint32_t columns, uint32_t max_tile,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t depth = channels == 3 ? 3 : 1;
    struct layout layout = {0};
    struct output output = {0};
    uint8_t *sheet = NULL, *png = NULL;
    int size;
    TRY(lay_out(&layout, count, width, height, depth, columns, max_tile, error));
    if (!channels)
        FAIL(error, PLOTMILL_BAD_INPUT, "channels: found 0, expected at least 1");
    TRY(output_init(&output, path, false, true, error));
    TRY_ALLOCATE(error, sheet, (size_t)layout.height, (size_t)layout.width * depth);
    TRY(draw(sheet, &layout, pixels, count, width, height, channels, error));
    png = stbi_write_png_to_mem(sheet, (int)(layout.width * depth), (int)layout.width, (int)layout.height, (int)depth,
                                &size);
    if (!png)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for the sheet");
    if (!os_write_file(output.temporary, png, (size_t)size))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", output.path, strerror(errno));
    TRY(output_commit(&output, error));
done:
    if (status)
        output_discard(&output);
    output_free(&output);
    free(png);
    free(sheet);
    return status;
}

#else

enum plotmill_status sheet_write(const char *path, const uint8_t *pixels, uint64_t count, uint32_t width,
                                 uint32_t height, uint32_t channels, uint32_t columns, uint32_t max_tile,
                                 struct plotmill_error *error)
{
    struct layout layout;
    (void)pixels;
    enum plotmill_status status =
        lay_out(&layout, count, width, height, channels == 3 ? 3 : 1, columns, max_tile, error);
    return status ? status
                  : plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                                       "%s: this build of plotmill cannot write contact sheets: stb is missing", path);
}

#endif

/* All lengths are in units of 1/to_width of a column and 1/to_height of a row: pixel i of the result covers [i * width,
 * (i + 1) * width), pixel j of the source [j * to_width, (j + 1) * to_width). So all weights are integers. */
static uint64_t overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    uint64_t start = MAX(a, b), end = MIN(a + a_length, b + b_length);
    return end > start ? end - start : 0;
}

enum plotmill_status shrink(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, uint8_t *to,
                            uint32_t to_width, uint32_t to_height, size_t stride, struct plotmill_error *error)
{
    const uint64_t values = (uint64_t)to_width * channels;
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *sums = NULL, area = (uint64_t)width * height;
    TRY_ALLOCATE(error, sums, values, sizeof *sums);
    for (uint64_t y = 0; y < to_height; y++) {
        const uint64_t top = y * height;
        for (uint64_t i = 0; i < values; i++)
            sums[i] = area / 2;
        for (uint64_t j = top / to_height; j * to_height < top + height; j++) {
            const uint8_t *row = pixels + (size_t)j * width * channels;
            const uint64_t weight = overlap(top, height, j * to_height, to_height);
            for (uint64_t i = 0; i < values; i++) {
                uint64_t sum = 0, left = i / channels * width;
                for (uint64_t k = left / to_width; k * to_width < left + width; k++)
                    sum += row[k * channels + i % channels] * overlap(left, width, k * to_width, to_width);
                sums[i] += sum * weight;
            }
        }
        for (uint64_t i = 0; i < values; i++)
            to[(size_t)y * stride + i] = (uint8_t)(sums[i] / area);
    }
done:
    free(sums);
    return status;
}
