/* A few threads that share out the pieces of a task. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdint.h>

#include "plotmill/status.h"

struct pool;

enum plotmill_status pool_create(struct pool **pool, unsigned threads, struct plotmill_error *error);
/* Takes NULL. No task may be running. */
void pool_destroy(struct pool *pool);

/* Calls fn(user, piece) for each piece 0..pieces-1, on any threads of the pool at once, and returns when all have
 * returned. May be called by several threads at once. */
void pool_run(struct pool *pool, void (*fn)(void *user, uint64_t piece), void *user, uint64_t pieces);

#endif
