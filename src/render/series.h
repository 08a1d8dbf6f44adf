/* A series that stays on the device, so that windows at any of its samples can be drawn again and again. */
#ifndef RENDER_SERIES_H
#define RENDER_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/compute.h"

struct series {
    struct buffer *samples;    /* double (rows, fields) */
    struct buffer *neighbours; /* uint32 (rows, fields, 2); NULL: no sample is missing, or gaps are not bridged */
};

void series_destroy(struct series *series);

bool samples_any_missing(const double *samples, size_t count);

/* The distances in rows from each value (rows, fields) to the last present one of its field before it and to the next
 * one after it: uint32 (rows, fields, 2), UINT32_MAX where there is none, or where it is that far or farther. */
void samples_find_neighbours(const double *samples, size_t rows, uint32_t fields, uint32_t *neighbours);

#endif
