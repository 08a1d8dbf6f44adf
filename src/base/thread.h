/* Threads, locks and conditions: the part of POSIX threads that every system has (Windows through winpthreads). */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "plotmill/status.h"

struct mutex {
    pthread_mutex_t handle;
};
#define MUTEX_READY               \
    {                             \
        PTHREAD_MUTEX_INITIALIZER \
    } /* initialises one without a call */

struct condition {
    pthread_cond_t handle;
};
#define CONDITION_READY          \
    {                            \
        PTHREAD_COND_INITIALIZER \
    }

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

/* Waits with the mutex unlocked meanwhile; may return without a reason: look again at what is waited for. */
void condition_wait(struct condition *condition, struct mutex *mutex);
/* The same, for at most so many seconds. */
void condition_wait_for(struct condition *condition, struct mutex *mutex, double seconds);
void condition_wake_all(struct condition *condition);

struct thread {
    pthread_t handle;
    bool running;
};

/* Runs fn(user) in a thread of its own. Each that was started is joined; joining one that was not does nothing. */
enum plotmill_status thread_start(struct thread *thread, void (*fn)(void *user), void *user,
                                  struct plotmill_error *error);
void thread_join(struct thread *thread);

#endif
