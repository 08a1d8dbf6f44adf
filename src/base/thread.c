#include "base/thread.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/try.h"

void mutex_lock(struct mutex *mutex)
{
    pthread_mutex_lock(&mutex->handle);
}

void mutex_unlock(struct mutex *mutex)
{
    pthread_mutex_unlock(&mutex->handle);
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    pthread_cond_wait(&condition->handle, &mutex->handle);
}

void condition_wait_for(struct condition *condition, struct mutex *mutex, double seconds)
{
    struct timespec until;
    timespec_get(&until, TIME_UTC);
    double end = (double)until.tv_nsec * 1e-9 + seconds;
    until.tv_sec += (time_t)end;
    until.tv_nsec = (long)((end - (double)(time_t)end) * 1e9);
    pthread_cond_timedwait(&condition->handle, &mutex->handle, &until);
}

void condition_wake_all(struct condition *condition)
{
    pthread_cond_broadcast(&condition->handle);
}

struct start {
    void (*fn)(void *user);
    void *user;
};

static void *run(void *argument)
{
    struct start start = *(struct start *)argument;
    free(argument);
    start.fn(start.user);
    return NULL;
}

enum plotmill_status thread_start(struct thread *thread, void (*fn)(void *user), void *user,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct start *start = NULL;
    thread->running = false;
    TRY_ALLOCATE(error, start, 1, sizeof *start);
    *start = (struct start){fn, user};
    int code = pthread_create(&thread->handle, NULL, run, start);
    if (code)
        FAIL(error, PLOTMILL_NO_MEMORY, "no more threads: %s", strerror(code));
    start = NULL;
    thread->running = true;
done:
    free(start);
    return status;
}

void thread_join(struct thread *thread)
{
    if (thread->running)
        pthread_join(thread->handle, NULL);
    thread->running = false;
}
