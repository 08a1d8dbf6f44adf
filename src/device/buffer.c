#include <stdlib.h>

#include "base/os.h"
#include "device/check.h"
#include "device/handles.h"
#include "device/probe.h"
#include "device/wait.h"

/* Where the device has memory of its own, reading into pinned host memory is about twice as fast as into pageable. A
 * system that has none to spare does without. */
static void create_pinned(struct buffer *buffer, size_t size)
{
    struct compute *compute = buffer->compute;
    cl_int code;
    uint64_t memory = os_memory();
    if (memory && size > memory / 8)
        return;
    buffer->pinned = clCreateBuffer(compute->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, size, NULL, &code);
    if (code != CL_SUCCESS) {
        buffer->pinned = NULL;
        return;
    }
    buffer->pinned_bytes = clEnqueueMapBuffer(compute->queue, buffer->pinned, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0,
                                              size, 0, NULL, NULL, &code);
    if (code != CL_SUCCESS) {
        clReleaseMemObject(buffer->pinned);
        buffer->pinned = NULL;
        buffer->pinned_bytes = NULL;
    }
}

enum plotmill_status buffer_create(struct buffer **buffer, struct compute *compute, size_t size, enum buffer_use use,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct buffer *made = NULL;
    *buffer = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    made->size = size ? size : 1;
    CL_TRY_CREATE(error, made->memory,
                  clCreateBuffer(compute->context, CL_MEM_READ_WRITE, size ? size : 1, NULL, &cl_code));
    if (use == BUFFER_DOWNLOAD && compute->device.discrete && !compute->unpinned)
        create_pinned(made, size ? size : 1);
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
    buffer_unview(buffer, NULL);
    if (buffer->pinned_bytes) {
        clEnqueueUnmapMemObject(buffer->compute->queue, buffer->pinned, buffer->pinned_bytes, 0, NULL, NULL);
        clFinish(buffer->compute->queue);
    }
    if (buffer->pinned)
        clReleaseMemObject(buffer->pinned);
    if (buffer->memory)
        clReleaseMemObject(buffer->memory);
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

/* Releases `event`, after waiting for it where the call that made it did not. */
static enum plotmill_status wait_told(struct compute *compute, cl_event event, bool sleeps,
                                      struct plotmill_error *error)
{
    if (sleeps)
        return wait_asleep(compute, event, error);
    if (event)
        clReleaseEvent(event);
    return PLOTMILL_OK;
}

enum plotmill_status buffer_write(struct buffer *buffer, size_t offset, const void *data, size_t size,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool sleeps = wait_sleeps(buffer->compute);
    cl_event event = NULL;
    if (!size)
        return PLOTMILL_OK;
    enum trace_stage before = trace_switch(TRACE_UPLOAD);
    CL_TRY(error, clEnqueueWriteBuffer(buffer->compute->queue, buffer->memory, sleeps ? CL_FALSE : CL_TRUE, offset,
                                       size, data, 0, NULL, sleeps ? &event : probe_event(buffer->compute, &event)));
    probe_note(buffer->compute, "upload", size, event);
    TRY(wait_told(buffer->compute, event, sleeps, error));
done:
    trace_switch(before);
    return status;
}

enum plotmill_status buffer_view(struct buffer *buffer, size_t size, const void **data, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool sleeps = wait_sleeps(buffer->compute);
    const cl_bool blocking = sleeps ? CL_FALSE : CL_TRUE;
    cl_command_queue queue = buffer->compute->queue;
    cl_event event = NULL, *told = sleeps ? &event : probe_event(buffer->compute, &event);
    enum trace_stage before = trace_switch(TRACE_WAIT_DEVICE);
    *data = NULL;
    if (buffer->pinned) {
        CL_TRY(error,
               clEnqueueReadBuffer(queue, buffer->memory, blocking, 0, size, buffer->pinned_bytes, 0, NULL, told));
    } else {
        CL_TRY_CREATE(
            error, buffer->view,
            clEnqueueMapBuffer(queue, buffer->memory, blocking, CL_MAP_READ, 0, size, 0, NULL, told, &cl_code));
    }
    probe_note(buffer->compute, "download", size, event);
    TRY(wait_told(buffer->compute, event, sleeps, error));
    probe_collect(buffer->compute);
    *data = buffer->pinned ? buffer->pinned_bytes : buffer->view;
done:
    trace_switch(before);
    return status;
}

enum plotmill_status buffer_unview(struct buffer *buffer, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    void *view = buffer->view;
    buffer->view = NULL;
    if (view)
        CL_TRY(error, clEnqueueUnmapMemObject(buffer->compute->queue, buffer->memory, view, 0, NULL, NULL));
done:
    return status;
}
