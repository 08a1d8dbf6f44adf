#include "device/compute.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/trace.h"
#include "device/cache.h"
#include "device/internal.h"

static enum plotmill_status create(struct compute **compute, const struct opencl *cl, const struct device_info *device,
                                   cl_device_id id, cl_context context, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *made = NULL;
    *compute = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->cl = cl;
    made->device = *device;
    made->id = id;
    CL_TRY(error, cl->clRetainContext(context));
    made->context = context;
    CL_TRY_CREATE(error, made->queue, cl->clCreateCommandQueue(context, id, 0, &cl_code));
    *compute = made;
    made = NULL;
done:
    compute_close(made);
    return status;
}

enum plotmill_status compute_open(struct compute **compute, const struct device_entry *device,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = device->cl;
    const cl_device_id id = device->id;
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)device->platform, 0};
    cl_context context = NULL;
    *compute = NULL;
    status = opencl_enter(error);
    if (status)
        return status;
    CL_TRY_CREATE(error, context, cl->clCreateContext(properties, 1, &id, NULL, NULL, &cl_code));
    status = create(compute, cl, &device->info, id, context, error);
done:
    if (context)
        cl->clReleaseContext(context);
    opencl_leave();
    return status;
}

enum plotmill_status compute_fork(struct compute **fork, struct compute *compute, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *fork = NULL;
    TRY(opencl_check_process(error));
    TRY(create(fork, compute->cl, &compute->device, compute->id, compute->context, error));
    (*fork)->origin = compute->origin ? compute->origin : compute;
    (*fork)->unpinned = compute->unpinned;
done:
    return status;
}

void compute_close(struct compute *compute)
{
    if (!compute)
        return;
    for (struct program *next, *program = compute->programs; program; program = next) {
        next = program->next;
        program_destroy(program);
    }
    profile_destroy(compute->profile);
    if (compute->queue && !opencl_is_foreign())
        compute->cl->clReleaseCommandQueue(compute->queue);
    if (compute->context && !opencl_is_foreign())
        compute->cl->clReleaseContext(compute->context);
    free(compute->cache);
    free(compute);
}

void compute_use(struct compute *compute, const struct log *log, const char *cache)
{
    compute->log = log;
    free(compute->cache);
    compute->cache = cache_folder(cache);
}

void compute_unpin(struct compute *compute)
{
    compute->unpinned = true;
}

const struct device_info *compute_device(const struct compute *compute)
{
    return &compute->device;
}

struct item_limits compute_item_limits(const struct compute *compute)
{
    size_t limits[16] = {0}, size = 0;
    const cl_int code =
        compute->cl->clGetDeviceInfo(compute->id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof limits, limits, &size);
    const bool known = code == CL_SUCCESS && size >= 2 * sizeof *limits;
    return (struct item_limits){known && limits[0] ? limits[0] : 1, known && limits[1] ? limits[1] : 1};
}

/* Drivers of devices with memory of their own wait in a busy loop (NVIDIA's does), on a core that could encode and
 * write. The other drivers compute on the cores themselves, and block well. */
static bool waits_by_event(const struct compute *compute)
{
    return compute->device.discrete != 0;
}

enum plotmill_status compute_wait(struct compute *compute, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = compute->cl;
    cl_event event;
    TRY(opencl_check_process(error));
    if (waits_by_event(compute)) {
        CL_TRY(error, cl->clEnqueueMarkerWithWaitList(compute->queue, 0, NULL, &event));
        TRY(event_wait(compute, event, error));
    } else {
        CL_TRY(error, cl->clFinish(compute->queue));
    }
    profile_collect(compute);
    compiling_ended(compute);
done:
    return status;
}

enum plotmill_status kernel_create(struct kernel **kernel, struct compute *compute, struct program *program,
                                   const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = compute->cl;
    struct kernel *made = NULL;
    *kernel = NULL;
    TRY(opencl_check_process(error));
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    made->name = name;
    CL_TRY_CREATE(error, made->kernel, cl->clCreateKernel(program->program, name, &cl_code));
    CL_TRY(error, cl->clGetKernelWorkGroupInfo(made->kernel, compute->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof made->limit,
                                               &made->limit, NULL));
    made->limit = made->limit ? made->limit : 1;
    *kernel = made;
    made = NULL;
done:
    kernel_destroy(made);
    return status;
}

void kernel_destroy(struct kernel *kernel)
{
    if (kernel && kernel->kernel && !opencl_is_foreign())
        kernel->compute->cl->clReleaseKernel(kernel->kernel);
    free(kernel);
}

size_t kernel_work_group_limit(const struct kernel *kernel)
{
    return kernel->limit;
}

void kernel_begin(struct kernel *kernel)
{
    kernel->next = 0;
    kernel->failed = CL_SUCCESS;
}

static void set_argument(struct kernel *kernel, size_t size, const void *value)
{
    const struct opencl *cl = kernel->compute->cl;
    if (opencl_is_foreign())
        return; /* kernel_run fails */
    const cl_int code = cl->clSetKernelArg(kernel->kernel, kernel->next++, size, value);
    if (kernel->failed == CL_SUCCESS)
        kernel->failed = code;
}

void kernel_buffer(struct kernel *kernel, const struct buffer *buffer)
{
    set_argument(kernel, sizeof(cl_mem), &buffer->memory);
}

#define DEFINE_SETTER(name, type)                         \
    void kernel_##name(struct kernel *kernel, type value) \
    {                                                     \
        set_argument(kernel, sizeof value, &value);       \
    }
DEFINE_SETTER(u8, uint8_t)
DEFINE_SETTER(u32, uint32_t)

enum plotmill_status kernel_run(struct kernel *kernel, const struct launch *launch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = kernel->compute;
    const struct opencl *cl = compute->cl;
    cl_event event = NULL;
    status = opencl_check_process(error);
    if (status)
        return status;
    if (kernel->failed != CL_SUCCESS)
        return cl_fail(error, kernel->failed, "clSetKernelArg", __FILE__, __LINE__);
    const enum trace_stage before = trace_switch(TRACE_LAUNCH);
    CL_TRY(error, cl->clEnqueueNDRangeKernel(compute->queue, kernel->kernel, 3, NULL, launch->global, launch->local, 0,
                                             NULL, event_wanted(compute, false, &event)));
    TRY(event_finish(compute, kernel->name, 0, false, event, error));
done:
    trace_switch(before);
    return status;
}

/* Where the device has its own memory, downloads into pinned host memory are about twice as fast as into pageable
 * memory. Without it the buffer works all the same. */
static void create_pinned(struct buffer *buffer)
{
    struct compute *compute = buffer->compute;
    const struct opencl *cl = compute->cl;
    cl_int code;
    const uint64_t memory = os_memory();
    if (memory && buffer->size > memory / 8)
        return;
    buffer->pinned =
        cl->clCreateBuffer(compute->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, buffer->size, NULL, &code);
    if (code == CL_SUCCESS)
        buffer->pinned_bytes = cl->clEnqueueMapBuffer(
            compute->queue, buffer->pinned, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, buffer->size, 0, NULL, NULL, &code);
    if (code == CL_SUCCESS)
        return;
    if (buffer->pinned)
        cl->clReleaseMemObject(buffer->pinned);
    buffer->pinned = NULL;
    buffer->pinned_bytes = NULL;
}

enum plotmill_status buffer_create(struct buffer **buffer, struct compute *compute, size_t size, enum buffer_use use,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = compute->cl;
    struct buffer *made = NULL;
    *buffer = NULL;
    TRY(opencl_check_process(error));
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    made->size = size ? size : 1;
    CL_TRY_CREATE(error, made->memory,
                  cl->clCreateBuffer(compute->context, CL_MEM_READ_WRITE, made->size, NULL, &cl_code));
    if (use == BUFFER_DOWNLOAD && compute->device.discrete && !compute->unpinned)
        create_pinned(made);
    *buffer = made;
    made = NULL;
done:
    buffer_destroy(made);
    return status;
}

enum plotmill_status buffer_create_over(struct buffer **buffer, struct compute *compute, void *memory, size_t size,
                                        bool writes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const cl_mem_flags flags = CL_MEM_USE_HOST_PTR | (writes ? CL_MEM_READ_WRITE : CL_MEM_READ_ONLY);
    struct buffer *made = NULL;
    *buffer = NULL;
    TRY(opencl_check_process(error));
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    made->size = size;
    CL_TRY_CREATE(error, made->memory, compute->cl->clCreateBuffer(compute->context, flags, size, memory, &cl_code));
    *buffer = made;
    made = NULL;
done:
    buffer_destroy(made);
    return status;
}

void buffer_destroy(struct buffer *buffer)
{
    if (!buffer)
        return;
    if (opencl_is_foreign()) {
        free(buffer);
        return;
    }
    const struct opencl *cl = buffer->compute->cl;
    buffer_unview(buffer, NULL);
    if (buffer->pinned) {
        cl->clEnqueueUnmapMemObject(buffer->compute->queue, buffer->pinned, buffer->pinned_bytes, 0, NULL, NULL);
        cl->clFinish(buffer->compute->queue);
        cl->clReleaseMemObject(buffer->pinned);
    }
    if (buffer->memory)
        cl->clReleaseMemObject(buffer->memory);
    free(buffer);
}

size_t buffer_size(const struct buffer *buffer)
{
    return buffer ? buffer->size : 0;
}

size_t buffer_pinned_size(const struct buffer *buffer)
{
    return buffer && buffer->pinned ? buffer->size : 0;
}

enum plotmill_status buffer_write(struct buffer *buffer, size_t offset, const void *data, size_t size,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = buffer->compute;
    const struct opencl *cl = compute->cl;
    const bool waits = waits_by_event(compute);
    cl_event event = NULL;
    if (!size)
        return PLOTMILL_OK;
    const enum trace_stage before = trace_switch(TRACE_UPLOAD);
    TRY(opencl_check_process(error));
    CL_TRY(error, cl->clEnqueueWriteBuffer(compute->queue, buffer->memory, waits ? CL_FALSE : CL_TRUE, offset, size,
                                           data, 0, NULL, event_wanted(compute, waits, &event)));
    TRY(event_finish(compute, "upload", size, waits, event, error));
done:
    trace_switch(before);
    return status;
}

enum plotmill_status buffer_write_later(struct buffer *buffer, const void *data, size_t size,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = buffer->compute;
    cl_event event = NULL;
    const enum trace_stage before = trace_switch(TRACE_UPLOAD);
    TRY(opencl_check_process(error));
    CL_TRY(error, compute->cl->clEnqueueWriteBuffer(compute->queue, buffer->memory, CL_FALSE, 0, size, data, 0, NULL,
                                                    event_wanted(compute, false, &event)));
    TRY(event_finish(compute, "upload", size, false, event, error));
done:
    trace_switch(before);
    return status;
}

enum plotmill_status buffer_read(struct buffer *buffer, void *data, size_t size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = buffer->compute;
    const bool waits = waits_by_event(compute);
    cl_event event = NULL;
    const enum trace_stage before = trace_switch(TRACE_WAIT_DEVICE);
    TRY(opencl_check_process(error));
    CL_TRY(error, compute->cl->clEnqueueReadBuffer(compute->queue, buffer->memory, waits ? CL_FALSE : CL_TRUE, 0, size,
                                                   data, 0, NULL, event_wanted(compute, waits, &event)));
    TRY(event_finish(compute, "download", size, waits, event, error));
    profile_collect(compute);
    compiling_ended(compute);
done:
    trace_switch(before);
    return status;
}

enum plotmill_status compute_flush(struct compute *compute, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(opencl_check_process(error));
    CL_TRY(error, compute->cl->clFlush(compute->queue));
done:
    return status;
}

enum plotmill_status buffer_view(struct buffer *buffer, size_t size, const void **data, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = buffer->compute;
    const struct opencl *cl = compute->cl;
    const bool waits = waits_by_event(compute);
    const cl_bool blocking = waits ? CL_FALSE : CL_TRUE;
    cl_event event = NULL, *wanted = event_wanted(compute, waits, &event);
    const enum trace_stage before = trace_switch(TRACE_WAIT_DEVICE);
    *data = NULL;
    TRY(opencl_check_process(error));
    if (buffer->pinned)
        CL_TRY(error, cl->clEnqueueReadBuffer(compute->queue, buffer->memory, blocking, 0, size, buffer->pinned_bytes,
                                              0, NULL, wanted));
    else
        CL_TRY_CREATE(error, buffer->view,
                      cl->clEnqueueMapBuffer(compute->queue, buffer->memory, blocking, CL_MAP_READ, 0, size, 0, NULL,
                                             wanted, &cl_code));
    TRY(event_finish(compute, "download", size, waits, event, error));
    profile_collect(compute);
    compiling_ended(compute);
    *data = buffer->pinned ? buffer->pinned_bytes : buffer->view;
done:
    trace_switch(before);
    return status;
}

enum plotmill_status buffer_unview(struct buffer *buffer, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = buffer->compute->cl;
    void *view = buffer->view;
    TRY(opencl_check_process(error));
    buffer->view = NULL;
    if (view)
        CL_TRY(error, cl->clEnqueueUnmapMemObject(buffer->compute->queue, buffer->memory, view, 0, NULL, NULL));
done:
    return status;
}
