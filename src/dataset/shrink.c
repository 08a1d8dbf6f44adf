#include "dataset/shrink.h"

#include <stdlib.h>

#include "base/try.h"

/* Everything is counted in units of 1/to_width of a column and 1/to_height of a row: result column i covers
 * [i*width, (i+1)*width), source column j [j*to_width, (j+1)*to_width), so that all weights are whole numbers. */
static uint64_t overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    uint64_t start = a > b ? a : b;
    uint64_t end = a + a_length < b + b_length ? a + a_length : b + b_length;
    return end > start ? end - start : 0;
}

static void add_row(uint64_t *sums, const uint8_t *row, uint32_t width, uint32_t to_width, uint64_t weight)
{
    for (uint64_t i = 0; i < to_width; i++) {
        uint64_t sum = 0, start = i * width;
        for (uint64_t j = start / to_width; j * to_width < start + width; j++)
            sum += row[j] * overlap(start, width, j * to_width, to_width);
        sums[i] += sum * weight;
    }
}

enum plotmill_status shrink(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *to, uint32_t to_width,
                            uint32_t to_height, size_t stride, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *sums = NULL, area = (uint64_t)width * height;
    TRY_ALLOCATE(error, sums, to_width, sizeof *sums);
    for (uint64_t y = 0; y < to_height; y++) {
        uint64_t start = y * height;
        for (uint32_t i = 0; i < to_width; i++)
            sums[i] = area / 2;
        for (uint64_t j = start / to_height; j * to_height < start + height; j++)
            add_row(sums, pixels + (size_t)j * width, width, to_width,
                    overlap(start, height, j * to_height, to_height));
        for (uint32_t i = 0; i < to_width; i++)
            to[(size_t)y * stride + i] = (uint8_t)(sums[i] / area);
    }
done:
    free(sums);
    return status;
}
