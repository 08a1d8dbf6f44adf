/* Threads, locks, conditions and thread pools, on POSIX threads (Windows: winpthreads). */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct mutex {
    pthread_mutex_t handle;
};
/* Initial value, no call needed; likewise CONDITION_READY. */
#define MUTEX_READY               \
    {                             \
        PTHREAD_MUTEX_INITIALIZER \
    }

struct condition {
    pthread_cond_t handle;
};
#define CONDITION_READY          \
    {                            \
        PTHREAD_COND_INITIALIZER \
    }

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

/* Every fork of this process from now on calls take() before it, and give() after it in parent and child. */
void mutex_at_fork(void (*take)(void), void (*give)(void));

struct once {
    pthread_once_t handle;
};
#define ONCE_READY        \
    {                     \
        PTHREAD_ONCE_INIT \
    }
void once_run(struct once *once, void (*fn)(void)); /* fn() in the first call; others wait for its end */

/* Waits with the mutex unlocked, for at most `seconds` in the second case. Wake-ups may be spurious: check again. */
void condition_wait(struct condition *condition, struct mutex *mutex);
void condition_wait_for(struct condition *condition, struct mutex *mutex, double seconds);
void condition_wake_all(struct condition *condition);

struct thread {
    pthread_t handle;
    bool running;
    void (*fn)(void *user);
    void *user;
};

/* Runs fn(user) in a new thread. `thread` stays where it is until it is joined, as each one must be; joining one that
 * was not started does nothing. */
enum plotmill_status thread_start(struct thread *thread, void (*fn)(void *user), void *user,
                                  struct plotmill_error *error);
void thread_join(struct thread *thread);

/* A pool of threads that share the pieces of tasks. */
struct pool;

enum plotmill_status pool_create(struct pool **pool, unsigned threads, struct plotmill_error *error);
void pool_destroy(
    struct pool *pool); /* takes NULL; no task may be running. Also in a forked child, which has no threads of it */

/* Calls fn(user, piece) for each piece 0..pieces-1, concurrently and in any order, and returns when all calls have
 * returned. Thread-safe. */
void pool_run(struct pool *pool, void (*fn)(void *user, uint64_t piece), void *user, uint64_t pieces);

#endif
