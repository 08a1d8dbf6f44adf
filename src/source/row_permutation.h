/* Rows in another order than they lie in: a permutation, and reading by it. */
#ifndef SOURCE_ROW_PERMUTATION_H
#define SOURCE_ROW_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Starts as {.count = ...}: as they lie. */
struct row_permutation {
    uint64_t count; /* rows */
    uint64_t *at;   /* (count) where each lies; owned; NULL: row i lies at i */
};

static inline uint64_t row_at(const struct row_permutation *order, uint64_t row)
{
    return order->at ? order->at[row] : row;
}

/* Makes `at`, if there is none. */
enum plotmill_status row_permutation_need(struct row_permutation *order, struct plotmill_error *error);
void row_permutation_free(struct row_permutation *order);

/* Reads rows first..first+count-1, `row_bytes` each, as they lie. */
typedef enum plotmill_status rows_read(void *self, uint64_t first, uint64_t count, void *out,
                                       struct plotmill_error *error);

/* Room for what lies between the rows that are wanted. */
struct row_block {
    void *bytes;
    size_t size; /* at least a row */
};

/* Reads rows first..first+count-1 of the order with few calls of `read`: rows that lie close together are read at once,
 * with those between. Thread-safe as `read` is, with a block of its own for each thread. */
enum plotmill_status row_permutation_read(const struct row_permutation *order, uint64_t first, uint64_t count,
                                          size_t row_bytes, struct row_block block, rows_read *read, void *self,
                                          void *out, struct plotmill_error *error);

#endif
