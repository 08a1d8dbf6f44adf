#include "formats/csv/samples.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES 65536u

static bool add_block(struct samples *samples)
{
    /* The list grows by doubling: 8 bytes for half a megabyte of samples. */
    if ((samples->block_count & (samples->block_count - 1)) == 0) {
        size_t capacity = samples->block_count ? 2 * samples->block_count : 1;
        double **blocks = realloc(samples->blocks, capacity * sizeof *blocks);
        if (!blocks)
            return false;
        samples->blocks = blocks;
    }
    double *block = malloc(BLOCK_SAMPLES * sizeof *block);
    if (!block)
        return false;
    samples->blocks[samples->block_count++] = block;
    return true;
}

bool samples_push(struct samples *samples, double value)
{
    size_t at = (size_t)(samples->count % BLOCK_SAMPLES);
    if (at == 0 && !add_block(samples))
        return false;
    samples->blocks[samples->block_count - 1][at] = value;
    samples->count++;
    return true;
}

void samples_copy(const struct samples *samples, uint64_t first, uint64_t count, double *out)
{
    while (count) {
        size_t at = (size_t)(first % BLOCK_SAMPLES);
        size_t n = BLOCK_SAMPLES - at < count ? BLOCK_SAMPLES - at : (size_t)count;
        memcpy(out, samples->blocks[first / BLOCK_SAMPLES] + at, n * sizeof *out);
        out += n;
        first += n;
        count -= n;
    }
}

void samples_free(struct samples *samples)
{
    for (size_t i = 0; i < samples->block_count; i++)
        free(samples->blocks[i]);
    free(samples->blocks);
    *samples = (struct samples){0};
}
