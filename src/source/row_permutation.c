#include "source/row_permutation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"

#define BLOCK_BYTES ((size_t)1 << 18)
#define SPREAD 4 /* rows that are read for each one that is wanted, at most */

enum plotmill_status row_permutation_need(struct row_permutation *order, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (order->at)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, order->at, order->count, sizeof *order->at);
    for (uint64_t i = 0; i < order->count; i++)
        order->at[i] = i;
done:
    return status;
}

void row_permutation_free(struct row_permutation *order)
{
    free(order->at);
    free(order->block);
    *order = (struct row_permutation){0};
}

/* Rows that lie together: `wanted` of them, all in least..most. */
struct cluster {
    uint64_t wanted, least, most;
    bool as_they_lie; /* none between, ascending */
};

static struct cluster find_cluster(const uint64_t *at, uint64_t count, uint64_t most_rows)
{
    struct cluster cluster = {1, at[0], at[0], true};
    for (; cluster.wanted < count; cluster.wanted++) {
        const uint64_t next = at[cluster.wanted];
        const uint64_t least = MIN(cluster.least, next), most = MAX(cluster.most, next);
        if (most - least >= SPREAD * (cluster.wanted + 1) || most - least >= most_rows)
            break;
        cluster.as_they_lie &= next == at[0] + cluster.wanted;
        cluster.least = least;
        cluster.most = most;
    }
    return cluster;
}

enum plotmill_status row_permutation_read(struct row_permutation *order, uint64_t first, uint64_t count,
                                          size_t row_bytes, rows_read *read, void *self, void *out,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t block_bytes = MAX(BLOCK_BYTES, row_bytes);
    if (!order->at)
        return read(self, first, count, out, error);
    if (order->block_bytes < block_bytes) {
        free(order->block);
        order->block_bytes = 0;
        TRY_ALLOCATE(error, order->block, block_bytes, 1);
        order->block_bytes = block_bytes;
    }
    while (count) {
        const uint64_t *at = order->at + first;
        const struct cluster cluster = find_cluster(at, count, block_bytes / row_bytes);
        void *to = cluster.as_they_lie ? out : order->block;
        TRY(read(self, cluster.least, cluster.most - cluster.least + 1, to, error));
        for (uint64_t i = 0; i < cluster.wanted && !cluster.as_they_lie; i++)
            memcpy((char *)out + i * row_bytes, (char *)order->block + (at[i] - cluster.least) * row_bytes, row_bytes);
        first += cluster.wanted;
        count -= cluster.wanted;
        out = (char *)out + cluster.wanted * row_bytes;
    }
done:
    return status;
}
