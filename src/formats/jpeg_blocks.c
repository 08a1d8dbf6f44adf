#include "formats/jpeg.h"

#include <stdbool.h>
#include <string.h>

#define WIDE 8     /* blocks that are tested for one value together */
#define MIDDLE 128 /* subtracted from samples before the transform */

/* cos(i pi/16) / cos(pi/4). The orthonormal 8-point cosine transform has these divided by sqrt(8). That factor is part
 * of the quantization instead, so that rows 0 and 4 are integers and ties between two steps are exact. */
#define C1 1.387039845f
#define C2 1.306562965f
#define C3 1.175875602f
#define C4 1.0f
#define C5 0.785694958f
#define C6 0.541196100f
#define C7 0.275899379f
#define SCALE 0.125f /* 1/8: the factor of both directions */

/* Sample 7-x has the weight of sample x in even frequencies, and the negative weight in odd ones: the sums of such
 * pairs give the even frequencies, their differences the odd ones. [x][k]: the weight of pair x in frequency 2k or
 * 2k+1. */
static const float even[4][4] = {{C4, C2, C4, C6}, {C4, C6, -C4, -C2}, {C4, -C6, -C4, C2}, {C4, -C2, C4, -C6}};
static const float odd[4][4] = {{C1, C3, C5, C7}, {C3, -C7, -C1, -C5}, {C5, -C1, C7, C3}, {C7, -C5, C3, -C1}};

/* The frequency at position i of a row during the transform: the even ones come first. */
#define COLUMN(i) ((i) < 4 ? 2 * (i) : 2 * (i)-7)

/* To the nearest integer, ties away from 0, as libjpeg does. */
static int16_t rounded(float value)
{
    return (int16_t)(value + (value < 0 ? -0.5f : 0.5f));
}

void jpeg_blocks_init(struct jpeg_blocks *blocks, const uint16_t quantum[64])
{
    for (int i = 0; i < 64; i++)
        blocks->scale[i] = SCALE / (float)quantum[i / 8 * 8 + COLUMN(i % 8)];
    for (int value = 0; value < 256; value++)
        blocks->constant[value] = rounded((float)(64 * (value - MIDDLE)) * blocks->scale[0]);
}

/* The innermost loops are written to be vectorized without shuffles. */

/* All eight columns at once. */
static void transform_down(const float in[8][8], float out[8][8])
{
    float sum[4][8], difference[4][8];
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 8; x++) {
            sum[y][x] = in[y][x] + in[7 - y][x];
            difference[y][x] = in[y][x] - in[7 - y][x];
        }
    for (int k = 0; k < 4; k++)
        for (int x = 0; x < 8; x++) {
            out[2 * k][x] =
                even[0][k] * sum[0][x] + even[1][k] * sum[1][x] + even[2][k] * sum[2][x] + even[3][k] * sum[3][x];
            out[2 * k + 1][x] = odd[0][k] * difference[0][x] + odd[1][k] * difference[1][x] +
                                odd[2][k] * difference[2][x] + odd[3][k] * difference[3][x];
        }
}

/* One row: its even frequencies first, then the odd ones. */
static void transform_along(const float in[8], float out[8])
{
    float sum[4], difference[4];
    for (int x = 0; x < 4; x++) {
        sum[x] = in[x] + in[7 - x];
        difference[x] = in[x] - in[7 - x];
    }
    for (int k = 0; k < 4; k++)
        out[k] = even[0][k] * sum[0] + even[1][k] * sum[1] + even[2][k] * sum[2] + even[3][k] * sum[3];
    for (int k = 0; k < 4; k++)
        out[4 + k] = odd[0][k] * difference[0] + odd[1][k] * difference[1] + odd[2][k] * difference[2] +
                     odd[3][k] * difference[3];
}

static void transform(const struct jpeg_blocks *blocks, const uint8_t *const rows[8], int16_t coefficients[64])
{
    uint8_t values[8][8];
    float samples[8][8], down[8][8], both[64];
    int16_t parted[64];
    for (int y = 0; y < 8; y++)
        memcpy(values[y], rows[y], 8);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            samples[y][x] = (float)(values[y][x] - MIDDLE);
    transform_down(samples, down);
    for (int y = 0; y < 8; y++)
        transform_along(down[y], both + 8 * y);
    for (int i = 0; i < 64; i++)
        parted[i] = rounded(both[i] * blocks->scale[i]);
    for (int y = 0; y < 8; y++)
        for (int k = 0; k < 4; k++) {
            coefficients[8 * y + 2 * k] = parted[8 * y + k];
            coefficients[8 * y + 2 * k + 1] = parted[8 * y + 4 + k];
        }
}

/* Whether a block has one value. */
static int is_constant(const uint8_t *const rows[8])
{
    uint64_t first, other, unlike = 0;
    memcpy(&first, rows[0], sizeof first);
    for (int y = 1; y < 8; y++) {
        memcpy(&other, rows[y], sizeof other);
        unlike |= other ^ first;
    }
    return !(unlike | (first ^ (first & 0xff) * UINT64_C(0x0101010101010101)));
}

/* The coefficients must be 0 before. */
static void code_block(const struct jpeg_blocks *blocks, const uint8_t *const rows[8], int16_t coefficients[64])
{
    if (is_constant(rows))
        coefficients[0] = blocks->constant[rows[0][0]];
    else
        transform(blocks, rows, coefficients);
}

/* Whether WIDE adjacent blocks have one value in common. */
static int are_constant(const uint8_t *const rows[8])
{
    uint8_t unlike = 0, value = rows[0][0];
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < WIDE * 8; x++)
            unlike |= rows[y][x] ^ value;
    return !unlike;
}

/* The block at the right edge, where the width is not a multiple of 8. */
static void code_edge(const struct jpeg_blocks *blocks, const uint8_t *const rows[8], uint32_t columns,
                      int16_t coefficients[64])
{
    uint8_t block[8][8];
    const uint8_t *padded[8];
    for (int y = 0; y < 8; y++) {
        memset(block[y], rows[y][columns - 1], 8);
        memcpy(block[y], rows[y], columns);
        padded[y] = block[y];
    }
    code_block(blocks, padded, coefficients);
}

void jpeg_blocks_row(const struct jpeg_blocks *blocks, const uint8_t *pixels, uint32_t width, uint32_t height,
                     uint32_t first, int16_t (*coefficients)[64])
{
    const uint8_t *rows[8];
    for (uint32_t y = 0; y < 8; y++)
        rows[y] = pixels + (size_t)(first + y < height ? first + y : height - 1) * width;
    memset(coefficients, 0, ((size_t)width + 7) / 8 * sizeof *coefficients);
    for (uint32_t left = width, step; left >= 8; left -= step) {
        bool wide = left >= WIDE * 8 && are_constant(rows);
        step = wide ? WIDE * 8 : 8;
        if (wide)
            for (int i = 0; i < WIDE; i++)
                (*coefficients++)[0] = blocks->constant[rows[0][0]];
        else
            code_block(blocks, rows, *coefficients++);
        for (int y = 0; y < 8; y++)
            rows[y] += step;
    }
    if (width % 8)
        code_edge(blocks, rows, width % 8, *coefficients);
}
