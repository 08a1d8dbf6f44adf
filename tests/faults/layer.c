/* An OpenCL layer that makes calls fail, counts them, and counts what is never released. The ICD loader puts it between
 * a program and the drivers (OPENCL_LAYERS=fault_layer.so). Environment variables control it:
 *
 * - PLOTMILL_FAULT=FUNCTION:N:CODE[:HOW]: the Nth call of FUNCTION returns CODE and does nothing else (releases and
 *   unmappings are done all the same). HOW "sticky": so do all later ones; "lost": so do all later calls of all
 *   functions but releases and queries. FUNCTION "execution": the queried event reports that its command failed.
 * - PLOTMILL_FAULT_ON=TEXT: only calls on a device with TEXT in its name are counted and fail.
 * - PLOTMILL_FAULT_HOLD=1: threads beside the first wait with calls on other devices until one has failed, a minute at
 *   most: however quick these are, the device that fails gets its share of the work.
 * - PLOTMILL_FAULT_GPU=TEXT: such a device says that it is a GPU. PLOTMILL_FAULT_DISCRETE=1: and that it has memory of
 *   its own.
 * - PLOTMILL_FAULT_ROOM=BYTES: no buffer on the device that fails is larger.
 * - PLOTMILL_FAULT_REPORT=FILE: at the end, "FUNCTION CALLS" of each one called; "failed CALLS"; "left KIND OBJECTS"
 * and "twice KIND OBJECTS": never released, released too often. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl_layer.h>

#include "objects.h"

/* clang-format off */
#define FUNCTIONS(X) \
    X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo) X(clCreateContext) \
    X(clRetainContext) X(clReleaseContext) X(clCreateCommandQueue) X(clReleaseCommandQueue) X(clCreateBuffer) \
    X(clReleaseMemObject) X(clCreateProgramWithSource) X(clCreateProgramWithBinary) X(clBuildProgram) \
    X(clGetProgramInfo) X(clGetProgramBuildInfo) X(clReleaseProgram) X(clCreateKernel) X(clReleaseKernel) \
    X(clSetKernelArg) X(clGetKernelWorkGroupInfo) X(clEnqueueReadBuffer) X(clEnqueueWriteBuffer) \
    X(clEnqueueMapBuffer) X(clEnqueueUnmapMemObject) X(clEnqueueNDRangeKernel) X(clEnqueueMarkerWithWaitList) \
    X(clSetEventCallback) X(clWaitForEvents) X(clGetEventInfo) X(clGetEventProfilingInfo) X(clRetainEvent) \
    X(clReleaseEvent) X(clFlush) X(clFinish)
/* clang-format on */

#define NAME(name) #name,
#define PLACE(name) AT_##name,
static const char *const names[] = {FUNCTIONS(NAME) NAME(execution)};
enum place { FUNCTIONS(PLACE) PLACE(execution) PLACES };

static struct {
    char function[64];
    long at;
    cl_int code;
    int sticky, lost;
    int fallen; /* a lost device fell already */
    long failed;
    const char *on, *gpu, *report;
    int discrete, hold;
    size_t room;
} plan;
static long calls[PLACES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t failed = PTHREAD_COND_INITIALIZER;
static pthread_t first_thread;
static const cl_icd_dispatch *real;
static cl_icd_dispatch layer;

static int named(cl_device_id device, const char *text)
{
    char name[256] = "";
    if (device)
        real->clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name - 1, name, NULL);
    return strstr(name, text) != NULL;
}

static int is_release(enum place place)
{
    return !strncmp(names[place], "clRelease", 9);
}

static int is_query(enum place place)
{
    return !strncmp(names[place], "clGet", 5);
}

static void wait_for_failure(void)
{
    const struct timespec end = {.tv_sec = time(NULL) + 60};
    pthread_mutex_lock(&lock);
    for (int late = 0; !plan.failed && !late;)
        late = pthread_cond_timedwait(&failed, &lock, &end);
    pthread_mutex_unlock(&lock);
}

/* What this call shall return instead of doing its work; CL_SUCCESS: it shall do it. */
static cl_int fault(enum place place, cl_device_id device)
{
    cl_int code = CL_SUCCESS;
    if (plan.on && !named(device, plan.on)) {
        if (plan.hold && device && !pthread_equal(pthread_self(), first_thread))
            wait_for_failure();
        return code;
    }
    pthread_mutex_lock(&lock);
    calls[place]++;
    if (!strcmp(plan.function, names[place]) && (calls[place] == plan.at || (plan.sticky && calls[place] > plan.at)))
        code = plan.code;
    if (plan.fallen && place != AT_execution && !is_release(place) && !is_query(place))
        code = plan.code;
    plan.failed += code != CL_SUCCESS;
    plan.fallen |= plan.lost && code != CL_SUCCESS;
    if (plan.failed)
        pthread_cond_broadcast(&failed);
    pthread_mutex_unlock(&lock);
    return code;
}

#define PARAMETERS(...) (__VA_ARGS__)
#define ARGUMENTS(...) (__VA_ARGS__)

#define PLAIN(name, device, parameters, arguments)              \
    static CL_API_ENTRY cl_int CL_API_CALL my_##name parameters \
    {                                                           \
        cl_int code = fault(AT_##name, device);                 \
        return code ? code : real->name arguments;              \
    }

/* What was under way is over when these return, whatever they return: a program may then free its memory. */
#define WAIT(name, device, parameters, arguments)               \
    static CL_API_ENTRY cl_int CL_API_CALL my_##name parameters \
    {                                                           \
        cl_int code = fault(AT_##name, device), done;           \
        done = real->name arguments;                            \
        return code ? code : done;                              \
    }

#define CREATE(type, name, kind, device, parameters, arguments) \
    CREATE_BY(real->name, type, name, kind, device, parameters, arguments)

#define CREATE_BY(create, type, name, kind, device, parameters, arguments) \
    static CL_API_ENTRY type CL_API_CALL my_##name parameters              \
    {                                                                      \
        cl_device_id of = device;                                          \
        cl_int code = fault(AT_##name, of), made = CL_SUCCESS;             \
        type handle = code ? NULL : create arguments;                      \
        if (error)                                                         \
            *error = code ? code : made;                                   \
        object_add(handle, kind, of);                                      \
        return handle;                                                     \
    }

#define RETAIN(type, name, kind)                                     \
    static CL_API_ENTRY cl_int CL_API_CALL my_##name(type handle)    \
    {                                                                \
        cl_int code = fault(AT_##name, object_device(handle, kind)); \
        code = code ? code : real->name(handle);                     \
        if (!code)                                                   \
            object_add(handle, kind, object_device(handle, kind));   \
        return code;                                                 \
    }

#define RELEASE(type, name, kind)                                          \
    static CL_API_ENTRY cl_int CL_API_CALL my_##name(type handle)          \
    {                                                                      \
        cl_int code = fault(AT_##name, object_device(handle, kind)), done; \
        object_drop(handle, kind);                                         \
        done = real->name(handle);                                         \
        return code ? code : done;                                         \
    }

#define ENQUEUE(name, parameters, arguments)                    \
    static CL_API_ENTRY cl_int CL_API_CALL my_##name parameters \
    {                                                           \
        cl_device_id device = object_device(queue, QUEUE);      \
        cl_int code = fault(AT_##name, device);                 \
        code = code ? code : real->name arguments;              \
        if (!code && event)                                     \
            object_add(*event, EVENT, device);                  \
        return code;                                            \
    }

PLAIN(clGetPlatformIDs, NULL, PARAMETERS(cl_uint most, cl_platform_id *platforms, cl_uint *count),
      ARGUMENTS(most, platforms, count))
PLAIN(clGetPlatformInfo, NULL,
      PARAMETERS(cl_platform_id platform, cl_platform_info what, size_t size, void *value, size_t *needed),
      ARGUMENTS(platform, what, size, value, needed))
PLAIN(clGetDeviceIDs, NULL,
      PARAMETERS(cl_platform_id platform, cl_device_type type, cl_uint most, cl_device_id *devices, cl_uint *count),
      ARGUMENTS(platform, type, most, devices, count))

static CL_API_ENTRY cl_int CL_API_CALL my_clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t size,
                                                          void *value, size_t *needed)
{
    cl_int code = fault(AT_clGetDeviceInfo, device);
    code = code ? code : real->clGetDeviceInfo(device, what, size, value, needed);
    if (code || !value || !plan.gpu || !named(device, plan.gpu))
        return code;
    if (what == CL_DEVICE_TYPE && size >= sizeof(cl_device_type))
        *(cl_device_type *)value = CL_DEVICE_TYPE_GPU;
    if (what == CL_DEVICE_HOST_UNIFIED_MEMORY && size >= sizeof(cl_bool) && plan.discrete)
        *(cl_bool *)value = CL_FALSE;
    return code;
}

CREATE(cl_context, clCreateContext, CONTEXT, count ? devices[0] : NULL,
       PARAMETERS(const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
                  void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user, cl_int *error),
       ARGUMENTS(properties, count, devices, notify, user, &made))
RETAIN(cl_context, clRetainContext, CONTEXT)
RELEASE(cl_context, clReleaseContext, CONTEXT)
CREATE(cl_command_queue, clCreateCommandQueue, QUEUE, device,
       PARAMETERS(cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *error),
       ARGUMENTS(context, device, properties, &made))
RELEASE(cl_command_queue, clReleaseCommandQueue, QUEUE)
/* Fails the creation of a buffer above the planned limit. */
static cl_mem create_buffer(cl_device_id device, cl_context context, cl_mem_flags flags, size_t size, void *host,
                            cl_int *error)
{
    const int full = plan.room && size > plan.room && (!plan.on || named(device, plan.on));
    *error = CL_MEM_OBJECT_ALLOCATION_FAILURE;
    pthread_mutex_lock(&lock);
    plan.failed += full;
    pthread_mutex_unlock(&lock);
    return full ? NULL : real->clCreateBuffer(context, flags, size, host, error);
}

CREATE_BY(create_buffer, cl_mem, clCreateBuffer, BUFFER, object_device(context, CONTEXT),
          PARAMETERS(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *error),
          ARGUMENTS(of, context, flags, size, host, &made))
RELEASE(cl_mem, clReleaseMemObject, BUFFER)
CREATE(cl_program, clCreateProgramWithSource, PROGRAM, object_device(context, CONTEXT),
       PARAMETERS(cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *error),
       ARGUMENTS(context, count, texts, lengths, &made))
CREATE(cl_program, clCreateProgramWithBinary, PROGRAM, object_device(context, CONTEXT),
       PARAMETERS(cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,
                  const unsigned char **binaries, cl_int *taken, cl_int *error),
       ARGUMENTS(context, count, devices, lengths, binaries, taken, &made))
PLAIN(clBuildProgram, object_device(program, PROGRAM),
      PARAMETERS(cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
                 void(CL_CALLBACK *notify)(cl_program, void *), void *user),
      ARGUMENTS(program, count, devices, options, notify, user))
PLAIN(clGetProgramInfo, object_device(program, PROGRAM),
      PARAMETERS(cl_program program, cl_program_info what, size_t size, void *value, size_t *needed),
      ARGUMENTS(program, what, size, value, needed))
PLAIN(clGetProgramBuildInfo, device,
      PARAMETERS(cl_program program, cl_device_id device, cl_program_build_info what, size_t size, void *value,
                 size_t *needed),
      ARGUMENTS(program, device, what, size, value, needed))
RELEASE(cl_program, clReleaseProgram, PROGRAM)
CREATE(cl_kernel, clCreateKernel, KERNEL, object_device(program, PROGRAM),
       PARAMETERS(cl_program program, const char *name, cl_int *error), ARGUMENTS(program, name, &made))
RELEASE(cl_kernel, clReleaseKernel, KERNEL)
PLAIN(clSetKernelArg, object_device(kernel, KERNEL),
      PARAMETERS(cl_kernel kernel, cl_uint index, size_t size, const void *value),
      ARGUMENTS(kernel, index, size, value))
PLAIN(clGetKernelWorkGroupInfo, device,
      PARAMETERS(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size, void *value,
                 size_t *needed),
      ARGUMENTS(kernel, device, what, size, value, needed))

ENQUEUE(clEnqueueReadBuffer,
        PARAMETERS(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size, void *host,
                   cl_uint waits, const cl_event *wait, cl_event *event),
        ARGUMENTS(queue, buffer, blocking, offset, size, host, waits, wait, event))
ENQUEUE(clEnqueueWriteBuffer,
        PARAMETERS(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,
                   const void *host, cl_uint waits, const cl_event *wait, cl_event *event),
        ARGUMENTS(queue, buffer, blocking, offset, size, host, waits, wait, event))
static CL_API_ENTRY cl_int CL_API_CALL my_clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem buffer, void *host,
                                                                  cl_uint waits, const cl_event *wait, cl_event *event)
{
    cl_device_id device = object_device(queue, QUEUE);
    cl_int code = fault(AT_clEnqueueUnmapMemObject, device);
    cl_int done = real->clEnqueueUnmapMemObject(queue, buffer, host, waits, wait, event);
    if (!done && event)
        object_add(*event, EVENT, device);
    return code ? code : done;
}

ENQUEUE(clEnqueueNDRangeKernel,
        PARAMETERS(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                   const size_t *global, const size_t *local, cl_uint waits, const cl_event *wait, cl_event *event),
        ARGUMENTS(queue, kernel, dimensions, offset, global, local, waits, wait, event))
ENQUEUE(clEnqueueMarkerWithWaitList,
        PARAMETERS(cl_command_queue queue, cl_uint waits, const cl_event *wait, cl_event *event),
        ARGUMENTS(queue, waits, wait, event))

static CL_API_ENTRY void *CL_API_CALL my_clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                                            cl_map_flags flags, size_t offset, size_t size,
                                                            cl_uint waits, const cl_event *wait, cl_event *event,
                                                            cl_int *error)
{
    cl_device_id device = object_device(queue, QUEUE);
    cl_int code = fault(AT_clEnqueueMapBuffer, device), made = CL_SUCCESS;
    void *host =
        code ? NULL : real->clEnqueueMapBuffer(queue, buffer, blocking, flags, offset, size, waits, wait, event, &made);
    code = code ? code : made;
    if (error)
        *error = code;
    if (!code && event)
        object_add(*event, EVENT, device);
    return host;
}

PLAIN(clSetEventCallback, object_device(event, EVENT),
      PARAMETERS(cl_event event, cl_int when, void(CL_CALLBACK *notify)(cl_event, cl_int, void *), void *user),
      ARGUMENTS(event, when, notify, user))
WAIT(clWaitForEvents, count ? object_device(events[0], EVENT) : NULL, PARAMETERS(cl_uint count, const cl_event *events),
     ARGUMENTS(count, events))

static CL_API_ENTRY cl_int CL_API_CALL my_clGetEventInfo(cl_event event, cl_event_info what, size_t size, void *value,
                                                         size_t *needed)
{
    cl_device_id device = object_device(event, EVENT);
    cl_int code = fault(AT_clGetEventInfo, device);
    code = code ? code : real->clGetEventInfo(event, what, size, value, needed);
    /* A command that is still at work cannot have failed. */
    if (code || what != CL_EVENT_COMMAND_EXECUTION_STATUS || !value || *(cl_int *)value > CL_COMPLETE)
        return code;
    cl_int execution = fault(AT_execution, device);
    if (execution)
        *(cl_int *)value = execution;
    return CL_SUCCESS;
}

PLAIN(clGetEventProfilingInfo, object_device(event, EVENT),
      PARAMETERS(cl_event event, cl_profiling_info what, size_t size, void *value, size_t *needed),
      ARGUMENTS(event, what, size, value, needed))
RETAIN(cl_event, clRetainEvent, EVENT)
RELEASE(cl_event, clReleaseEvent, EVENT)
WAIT(clFlush, object_device(queue, QUEUE), PARAMETERS(cl_command_queue queue), ARGUMENTS(queue))
WAIT(clFinish, object_device(queue, QUEUE), PARAMETERS(cl_command_queue queue), ARGUMENTS(queue))

static void read_plan(void)
{
    const char *text = getenv("PLOTMILL_FAULT");
    char how[32] = "";
    int code = 0;
    if (text && sscanf(text, "%63[^:]:%ld:%d:%31s", plan.function, &plan.at, &code, how) < 3) {
        fprintf(stderr, "fault layer: PLOTMILL_FAULT=%s: expected FUNCTION:N:CODE[:HOW]\n", text);
        abort();
    }
    plan.code = code;
    plan.lost = !strcmp(how, "lost");
    plan.sticky = !strcmp(how, "sticky") || plan.lost;
    plan.on = getenv("PLOTMILL_FAULT_ON");
    plan.gpu = getenv("PLOTMILL_FAULT_GPU");
    plan.discrete = getenv("PLOTMILL_FAULT_DISCRETE") != NULL;
    plan.hold = getenv("PLOTMILL_FAULT_HOLD") != NULL;
    plan.room = getenv("PLOTMILL_FAULT_ROOM") ? (size_t)atoll(getenv("PLOTMILL_FAULT_ROOM")) : 0;
    plan.report = getenv("PLOTMILL_FAULT_REPORT");
}

__attribute__((destructor)) static void report(void)
{
    FILE *file = plan.report ? fopen(plan.report, "w") : NULL;
    if (!file)
        return;
    for (int i = 0; i < PLACES; i++)
        if (calls[i])
            fprintf(file, "%s %ld\n", names[i], calls[i]);
    fprintf(file, "failed %ld\n", plan.failed);
    objects_report(file);
    fclose(file);
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *value, size_t *needed)
{
    static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    static const char name[] = "plotmill's faults";
    const void *answer = what == CL_LAYER_API_VERSION ? (const void *)&version : name;
    const size_t answer_size = what == CL_LAYER_API_VERSION ? sizeof version : sizeof name;
    if ((what != CL_LAYER_API_VERSION && what != CL_LAYER_NAME) || (value && size < answer_size))
        return CL_INVALID_VALUE;
    if (value)
        memcpy(value, answer, answer_size);
    if (needed)
        *needed = answer_size;
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries, const cl_icd_dispatch *target, cl_uint *entries_made,
                                            const cl_icd_dispatch **made)
{
    const cl_uint all = (cl_uint)(sizeof layer / sizeof(void *));
    if (entries < all || !target || !entries_made || !made)
        return CL_INVALID_VALUE;
    read_plan();
    first_thread = pthread_self();
    real = target;
    layer = *target;
#define TAKE(name) layer.name = my_##name;
    FUNCTIONS(TAKE)
    *entries_made = all;
    *made = &layer;
    return CL_SUCCESS;
}
