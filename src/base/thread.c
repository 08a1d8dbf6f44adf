#include "base/thread.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/os.h"
#include "base/try.h"

void mutex_at_fork(void (*take)(void), void (*give)(void))
{
#ifdef _WIN32
    (void)take, (void)give; /* there is no fork */
#else
    pthread_atfork(take, give, give);
#endif
}

void once_run(struct once *once, void (*fn)(void))
{
    pthread_once(&once->handle, fn);
}

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

static void *run(void *argument)
{
    struct thread *thread = argument;
    thread->fn(thread->user);
    return NULL;
}

enum plotmill_status thread_start(struct thread *thread, void (*fn)(void *user), void *user,
                                  struct plotmill_error *error)
{
    *thread = (struct thread){.fn = fn, .user = user};
    int code = pthread_create(&thread->handle, NULL, run, thread);
    if (code)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "cannot start a thread: %s", strerror(code));
    thread->running = true;
    return PLOTMILL_OK;
}

void thread_join(struct thread *thread)
{
    if (thread->running)
        pthread_join(thread->handle, NULL);
    thread->running = false;
}

/* One call of pool_run, on its caller's stack. */
struct task {
    void (*fn)(void *user, uint64_t piece);
    void *user;
    uint64_t pieces;
    uint64_t begun;
    uint64_t ended;
    struct task *next;
};

struct pool {
    struct mutex lock;
    struct condition work; /* there is a task, or closing */
    struct condition done; /* a task has ended */
    struct task *tasks;    /* with pieces left to begin, oldest first */
    bool closing;
    uint64_t process; /* that has the threads */
    unsigned threads;
    struct thread thread[];
};

/* The lock is held. Takes a piece of the oldest task, which leaves the list with its last one. */
static struct task *take_piece(struct pool *pool, uint64_t *piece)
{
    struct task *task = pool->tasks;
    *piece = task->begun++;
    if (task->begun == task->pieces)
        pool->tasks = task->next;
    return task;
}

static void work(void *user)
{
    struct pool *pool = user;
    mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->tasks && !pool->closing)
            condition_wait(&pool->work, &pool->lock);
        if (!pool->tasks)
            break;
        uint64_t piece;
        struct task *task = take_piece(pool, &piece);
        mutex_unlock(&pool->lock);
        task->fn(task->user, piece);
        mutex_lock(&pool->lock);
        if (++task->ended == task->pieces)
            condition_wake_all(&pool->done);
    }
    mutex_unlock(&pool->lock);
}

enum plotmill_status pool_create(struct pool **pool, unsigned threads, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct pool *made = NULL;
    *pool = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made + threads * sizeof *made->thread);
    made->lock = (struct mutex)MUTEX_READY;
    made->work = (struct condition)CONDITION_READY;
    made->done = (struct condition)CONDITION_READY;
    made->process = os_process_id();
    for (; made->threads < threads; made->threads++)
        TRY(thread_start(&made->thread[made->threads], work, made, error));
    *pool = made;
    made = NULL;
done:
    pool_destroy(made);
    return status;
}

void pool_destroy(struct pool *pool)
{
    if (pool && pool->process != os_process_id()) { /* a fork copies no threads */
        free(pool);
        return;
    }
    if (!pool)
        return;
    mutex_lock(&pool->lock);
    pool->closing = true;
    condition_wake_all(&pool->work);
    mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        thread_join(&pool->thread[i]);
    free(pool);
}

void pool_run(struct pool *pool, void (*fn)(void *user, uint64_t piece), void *user, uint64_t pieces)
{
    struct task task = {.fn = fn, .user = user, .pieces = pieces};
    if (!pieces)
        return;
    mutex_lock(&pool->lock);
    struct task **last = &pool->tasks;
    while (*last)
        last = &(*last)->next;
    *last = &task;
    condition_wake_all(&pool->work);
    while (task.ended < task.pieces)
        condition_wait(&pool->done, &pool->lock);
    mutex_unlock(&pool->lock);
}
