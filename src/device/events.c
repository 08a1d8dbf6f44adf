/* Events of enqueued commands: waiting for one without keeping a core busy, and recording when each command of a queue
 * began and ended by the device's clock (compute_profile). */
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/thread.h"
#include "base/trace.h"
#include "device/internal.h"

/* Shared by a waiting thread and the driver's thread; the last user frees it. */
struct sleeper {
    struct mutex lock;
    struct condition changed;
    int users;
    bool done;
};

static void leave(struct sleeper *sleeper)
{
    const bool last = --sleeper->users == 0;
    mutex_unlock(&sleeper->lock);
    if (last)
        free(sleeper);
}

static void CL_CALLBACK wake(cl_event event, cl_int code, void *user)
{
    struct sleeper *sleeper = user;
    (void)event;
    (void)code; /* PoCL passes CL_COMPLETE even for a command that failed; event_wait asks the event */
    mutex_lock(&sleeper->lock);
    sleeper->done = true;
    condition_wake_all(&sleeper->changed);
    leave(sleeper);
}

/* The state of a command: when it has ended, CL_COMPLETE or an error. An error too where the driver cannot say. */
static cl_int event_state(const struct opencl *cl, cl_event event)
{
    cl_int state = CL_QUEUED;
    const cl_int code = cl->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    return code == CL_SUCCESS ? state : code;
}

enum plotmill_status event_wait(struct compute *compute, cl_event event, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = compute->cl;
    struct sleeper *sleeper = NULL;
    TRY_ALLOCATE(error, sleeper, 1, sizeof *sleeper);
    *sleeper = (struct sleeper){MUTEX_READY, CONDITION_READY, 2, false};
    const bool called_back = cl->clSetEventCallback(event, CL_COMPLETE, wake, sleeper) == CL_SUCCESS;
    if (!called_back)
        sleeper->users = 1;                     /* no other thread knows it */
    CL_TRY(error, cl->clFlush(compute->queue)); /* commands that were not flushed may never begin */
    if (!called_back)
        CL_TRY(error, cl->clWaitForEvents(1, &event));
    /* Also asks now and then: Oclgrind does not call back for a command that ended before clSetEventCallback. Asks
     * outside the lock, because the driver may hold a lock of its own when it calls back. */
    for (bool done = false; called_back && !done; done = done || event_state(cl, event) <= CL_COMPLETE) {
        mutex_lock(&sleeper->lock);
        if (!sleeper->done)
            condition_wait_for(&sleeper->changed, &sleeper->lock, 0.05);
        done = sleeper->done;
        mutex_unlock(&sleeper->lock);
    }
    const cl_int state = event_state(cl, event);
    if (state < 0)
        CL_FAIL(error, state, "the awaited command");
done:
    if (status)
        cl->clFinish(compute->queue); /* the caller frees what the command may still use */
    if (sleeper) {
        mutex_lock(&sleeper->lock);
        leave(sleeper);
    }
    cl->clReleaseEvent(event);
    return status;
}

/* Commands between two waits: a batch takes about a dozen, and more where long windows split its stages. */
#define RECORDS 256

/* Both clocks are compared this often; the narrowest bounds count. */
#define CLOCK_TRIES 9

struct record {
    cl_event event;
    struct track_interval interval;
    uint64_t bytes;
};

struct profile {
    const struct opencl *cl;
    struct trace_track *track;
    double clock; /* the host's time in seconds when the device's clock was 0 */
    size_t count;
    struct record records[RECORDS];
};

static bool read_times(const struct opencl *cl, cl_event event, double *begin, double *end)
{
    cl_ulong started = 0, ended = 0;
    if (cl->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof started, &started, NULL) != CL_SUCCESS ||
        cl->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof ended, &ended, NULL) != CL_SUCCESS)
        return false;
    *begin = (double)started * 1e-9;
    *end = (double)ended * 1e-9;
    return ended >= started && ended > 0;
}

/* A small blocking write begins after it was called and ends before the call returns, which bounds the difference of
 * the two clocks from both sides. */
static enum plotmill_status compare_clocks(struct profile *profile, const struct opencl *cl, cl_command_queue queue,
                                           cl_mem memory, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static const cl_uint word = 0;
    cl_event event = NULL;
    double least = 0, most = 0;
    for (int i = 0; i < CLOCK_TRIES; i++) {
        double began, ended, before = os_seconds();
        CL_TRY(error, cl->clEnqueueWriteBuffer(queue, memory, CL_TRUE, 0, sizeof word, &word, 0, NULL, &event));
        double after = os_seconds();
        if (!read_times(cl, event, &began, &ended))
            FAIL(error, PLOTMILL_UNSUPPORTED, "the driver does not report when a command began and ended");
        least = i && least > before - began ? least : before - began;
        most = i && most < after - ended ? most : after - ended;
        cl->clReleaseEvent(event);
        event = NULL;
    }
    profile->clock = (least + most) / 2;
done:
    if (event)
        cl->clReleaseEvent(event);
    return status;
}

enum plotmill_status compute_profile(struct compute *compute, struct trace_track *track, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = compute->cl;
    struct profile *profile = NULL;
    cl_command_queue queue = NULL;
    cl_mem memory = NULL;
    if (!track)
        return PLOTMILL_OK;
    TRY(opencl_check_process(error));
    TRY_ALLOCATE(error, profile, 1, sizeof *profile);
    profile->cl = cl;
    profile->track = track;
    CL_TRY_CREATE(error, queue,
                  cl->clCreateCommandQueue(compute->context, compute->id, CL_QUEUE_PROFILING_ENABLE, &cl_code));
    CL_TRY_CREATE(error, memory,
                  cl->clCreateBuffer(compute->context, CL_MEM_READ_WRITE, sizeof(cl_uint), NULL, &cl_code));
    TRY(compare_clocks(profile, cl, queue, memory, error));
    cl->clReleaseCommandQueue(compute->queue);
    compute->queue = queue;
    profile_destroy(compute->profile);
    compute->profile = profile;
    queue = NULL;
    profile = NULL;
done:
    if (memory)
        cl->clReleaseMemObject(memory);
    if (queue)
        cl->clReleaseCommandQueue(queue);
    free(profile);
    return status;
}

void profile_collect(struct compute *compute)
{
    const struct opencl *cl = compute->cl;
    struct profile *profile = compute->profile;
    size_t ended = 0;
    for (; profile && ended < profile->count; ended++) {
        struct record *r = &profile->records[ended];
        const cl_int state = event_state(cl, r->event);
        if (state > CL_COMPLETE)
            break;
        if (state == CL_COMPLETE && read_times(cl, r->event, &r->interval.begin, &r->interval.end)) {
            r->interval.begin += profile->clock;
            r->interval.end += profile->clock;
            trace_note(profile->track, &r->interval, r->bytes);
        }
        cl->clReleaseEvent(r->event);
    }
    if (!ended)
        return;
    profile->count -= ended;
    memmove(profile->records, profile->records + ended, profile->count * sizeof *profile->records);
}

void profile_destroy(struct profile *profile)
{
    for (size_t i = 0; profile && i < profile->count && !opencl_is_foreign(); i++)
        profile->cl->clReleaseEvent(profile->records[i].event);
    free(profile);
}

cl_event *event_wanted(const struct compute *compute, bool waits, cl_event *event)
{
    return waits || compute->profile ? event : NULL;
}

enum plotmill_status event_finish(struct compute *compute, const char *name, uint64_t bytes, bool waits, cl_event event,
                                  struct plotmill_error *error)
{
    const struct opencl *cl = compute->cl;
    struct profile *profile = compute->profile;
    if (!event)
        return PLOTMILL_OK;
    if (profile && profile->count == RECORDS)
        profile_collect(compute);
    if (profile && profile->count < RECORDS && cl->clRetainEvent(event) == CL_SUCCESS) {
        struct record *r = &profile->records[profile->count++];
        *r = (struct record){event, {.name = name}, bytes};
        trace_current_batch(&r->interval.first, &r->interval.images);
    }
    if (waits)
        return event_wait(compute, event, error);
    cl->clReleaseEvent(event);
    return PLOTMILL_OK;
}
