/* A contact sheet: many images in one PNG file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"
#include "base/try.h"
#include "dataset/reader.h"
#include "dataset/shrink.h"
#include "formats/png/writer.h"

/* White images stand out from the ground, dark ones from their frames. */
#define GROUND 224
#define FRAME 128
#define FRAME_WIDTH 1
#define GAP 6
#define SIDE_MAX 0x7fffffff /* of a PNG file */

struct sheet {
    uint64_t count;
    uint32_t width, height;           /* of an image */
    uint32_t tile_width, tile_height; /* of an image on the sheet */
    uint64_t columns, rows;
    uint64_t sheet_width, sheet_height;
    uint64_t cell_width, cell_height; /* tile, frame and the gap after them */
    uint8_t *strip;                   /* one row of cells */
};

static uint32_t scaled(uint32_t side, uint32_t longest, uint32_t most)
{
    uint64_t size = ((uint64_t)side * most + longest / 2) / longest;
    return size ? (uint32_t)size : 1;
}

static enum plotmill_status lay_out(struct sheet *sheet, uint32_t columns, uint32_t max_tile,
                                    struct plotmill_error *error)
{
    uint32_t longest = sheet->width > sheet->height ? sheet->width : sheet->height;
    if (!sheet->count || !longest)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "no image for the sheet");
    bool small = !max_tile || longest <= max_tile;
    sheet->tile_width = small ? sheet->width : scaled(sheet->width, longest, max_tile);
    sheet->tile_height = small ? sheet->height : scaled(sheet->height, longest, max_tile);
    sheet->cell_width = (uint64_t)sheet->tile_width + 2 * FRAME_WIDTH + GAP;
    sheet->cell_height = (uint64_t)sheet->tile_height + 2 * FRAME_WIDTH + GAP;
    sheet->columns = columns;
    if (!columns)
        sheet->columns =
            (uint64_t)ceil(sqrt((double)sheet->count * (double)sheet->cell_height / (double)sheet->cell_width));
    if (sheet->columns > sheet->count)
        sheet->columns = sheet->count;
    sheet->rows = (sheet->count + sheet->columns - 1) / sheet->columns;
    if (sheet->columns > (SIDE_MAX - GAP) / sheet->cell_width || sheet->rows > (SIDE_MAX - GAP) / sheet->cell_height)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "the sheet would have %llu columns and %llu rows of %lux%lu pixels, expected at most "
                                  "%d pixels on a side",
                                  (unsigned long long)sheet->columns, (unsigned long long)sheet->rows,
                                  (unsigned long)sheet->tile_width, (unsigned long)sheet->tile_height, SIDE_MAX);
    sheet->sheet_width = sheet->columns * sheet->cell_width + GAP;
    sheet->sheet_height = sheet->rows * sheet->cell_height + GAP;
    return PLOTMILL_OK;
}

/* Draws frame and image into column `column` of the strip. */
static enum plotmill_status draw_cell(const struct sheet *sheet, uint64_t column, const uint8_t *pixels,
                                      struct plotmill_error *error)
{
    size_t stride = (size_t)sheet->sheet_width;
    uint8_t *corner = sheet->strip + GAP * stride + GAP + (size_t)(column * sheet->cell_width);
    for (size_t y = 0; y < (size_t)sheet->tile_height + 2 * FRAME_WIDTH; y++)
        memset(corner + y * stride, FRAME, (size_t)sheet->tile_width + 2 * FRAME_WIDTH);
    uint8_t *tile = corner + FRAME_WIDTH * stride + FRAME_WIDTH;
    return shrink(pixels, sheet->width, sheet->height, tile, sheet->tile_width, sheet->tile_height, stride, error);
}

/* A strip is the gap above its cells and the cells, without the gap after them. */
static enum plotmill_status write_strips(const struct sheet *sheet, struct png_writer *writer, const uint8_t *pixels,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t strip_bytes = (size_t)(sheet->sheet_width * sheet->cell_height);
    size_t image_bytes = (size_t)sheet->width * sheet->height;
    for (uint64_t row = 0; row < sheet->rows; row++) {
        memset(sheet->strip, GROUND, strip_bytes);
        for (uint64_t column = 0; column < sheet->columns; column++) {
            uint64_t index = row * sheet->columns + column;
            if (index < sheet->count)
                TRY(draw_cell(sheet, column, pixels + (size_t)index * image_bytes, error));
        }
        TRY(png_writer_rows(writer, sheet->strip, (uint32_t)sheet->cell_height, error));
    }
    memset(sheet->strip, GROUND, GAP * (size_t)sheet->sheet_width);
    TRY(png_writer_rows(writer, sheet->strip, GAP, error));
done:
    return status;
}

enum plotmill_status sheet_write(const char *path, const uint8_t *pixels, uint64_t count, uint32_t width,
                                 uint32_t height, uint32_t columns, uint32_t max_tile, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sheet sheet = {.count = count, .width = width, .height = height};
    struct output output = {0};
    struct png_writer *writer = NULL;
    TRY(png_writer_available(error));
    TRY(lay_out(&sheet, columns, max_tile, error));
    TRY(output_init(&output, path, false, true, error));
    TRY_ALLOCATE(error, sheet.strip, (size_t)sheet.sheet_width, (size_t)sheet.cell_height);
    TRY(png_writer_open(&writer, output.temporary, output.path, (uint32_t)sheet.sheet_width,
                        (uint32_t)sheet.sheet_height, true, error));
    TRY(write_strips(&sheet, writer, pixels, error));
    struct png_writer *complete = writer;
    writer = NULL;
    TRY(png_writer_close(complete, error));
    TRY(output_commit(&output, error));
done:
    png_writer_discard(writer);
    if (status)
        output_discard(&output);
    output_free(&output);
    free(sheet.strip);
    return status;
}
