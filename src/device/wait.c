#include "device/wait.h"

#include <stdlib.h>

#include "base/thread.h"
#include "device/check.h"

/* What a waiting thread and the driver's own thread share; the last of the two frees it. */
struct sleeper {
    struct mutex lock;
    struct condition changed;
    int users;
    bool done;
};

static void leave(struct sleeper *sleeper)
{
    bool last = --sleeper->users == 0;
    mutex_unlock(&sleeper->lock);
    if (last)
        free(sleeper);
}

static void CL_CALLBACK wake(cl_event event, cl_int code, void *user)
{
    struct sleeper *sleeper = user;
    (void)event;
    (void)code; /* PoCL calls with CL_COMPLETE where a command has failed already: the event knows better */
    mutex_lock(&sleeper->lock);
    sleeper->done = true;
    condition_wake_all(&sleeper->changed);
    leave(sleeper);
}

bool wait_sleeps(const struct compute *compute)
{
    return compute->device.discrete != 0;
}

static bool is_over(cl_event event)
{
    cl_int found = CL_COMPLETE;
    return clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof found, &found, NULL) != CL_SUCCESS ||
           found <= CL_COMPLETE;
}

/* Looks by itself now and then: Oclgrind calls back for nothing that was over before it was asked to. Not under the
 * lock, for the driver may hold one of its own when it calls back. */
static void sleep_until_over(struct sleeper *sleeper, cl_event event)
{
    for (bool done = false; !done; done = done || is_over(event)) {
        mutex_lock(&sleeper->lock);
        if (!sleeper->done)
            condition_wait_for(&sleeper->changed, &sleeper->lock, 0.05);
        done = sleeper->done;
        mutex_unlock(&sleeper->lock);
    }
}

enum plotmill_status wait_asleep(struct compute *compute, cl_event event, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sleeper *sleeper = NULL;
    cl_int found = CL_COMPLETE;
    TRY_ALLOCATE(error, sleeper, 1, sizeof *sleeper);
    *sleeper = (struct sleeper){MUTEX_READY, CONDITION_READY, 2, false};
    const bool called = clSetEventCallback(event, CL_COMPLETE, wake, sleeper) == CL_SUCCESS;
    if (!called)
        sleeper->users = 1;                 /* no other thread knows it */
    CL_TRY(error, clFlush(compute->queue)); /* what is not flushed may never begin */
    if (called)
        sleep_until_over(sleeper, event);
    else
        CL_TRY(error, clWaitForEvents(1, &event));
    CL_TRY(error, clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof found, &found, NULL));
    if (found < 0)
        CL_FAIL(error, found, "the command waited for");
done:
    if (status)
        clFinish(compute->queue); /* the caller frees what the command may still be at */
    if (sleeper) {
        mutex_lock(&sleeper->lock);
        leave(sleeper);
    }
    clReleaseEvent(event);
    return status;
}
