/* A growing row of float64 in blocks: growing never copies or doubles what is there. Start it as {0}. */
#ifndef FORMATS_CSV_SAMPLES_H
#define FORMATS_CSV_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct samples {
    double **blocks;
    size_t block_count;
    uint64_t count;
};

bool samples_push(struct samples *samples, double value); /* false: out of memory */
/* first..first+count-1 must be there. */
void samples_copy(const struct samples *samples, uint64_t first, uint64_t count, double *out);
void samples_free(struct samples *samples);

#endif
