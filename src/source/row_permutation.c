#include "source/row_permutation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"

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

enum plotmill_status row_permutation_read(const struct row_permutation *order, uint64_t first, uint64_t count,
                                          size_t row_bytes, struct row_block block, rows_read *read, void *self,
                                          void *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!order->at)
        return read(self, first, count, out, error);
    while (count) {
        const uint64_t *at = order->at + first;
        const struct cluster cluster = find_cluster(at, count, block.size / row_bytes);
        void *to = cluster.as_they_lie ? out : block.bytes;
        TRY(read(self, cluster.least, cluster.most - cluster.least + 1, to, error));
        for (uint64_t i = 0; i < cluster.wanted && !cluster.as_they_lie; i++)
            memcpy((char *)out + i * row_bytes, (char *)block.bytes + (at[i] - cluster.least) * row_bytes, row_bytes);
        first += cluster.wanted;
        count -= cluster.wanted;
        out = (char *)out + cluster.wanted * row_bytes;
    }
done:
    return status;
}
