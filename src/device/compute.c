#include "device/compute.h"

#include <stdlib.h>

#include "device/cache.h"
#include "device/check.h"
#include "device/handles.h"
#include "device/probe.h"
#include "device/wait.h"

enum plotmill_status compute_open(struct compute **compute, const struct device_entry *device,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *made = NULL;
    *compute = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->device = device->info;
    made->id = device->id;
    cl_context_properties properties[] = {CL_CONTEXT_PLATFORM, (cl_context_properties)device->platform, 0};
    CL_TRY_CREATE(error, made->context, clCreateContext(properties, 1, &made->id, NULL, NULL, &cl_code));
    CL_TRY_CREATE(error, made->queue, clCreateCommandQueue(made->context, made->id, 0, &cl_code));
    *compute = made;
    made = NULL;
done:
    compute_close(made);
    return status;
}

enum plotmill_status compute_fork(struct compute **fork, struct compute *compute, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *made = NULL;
    *fork = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->device = compute->device;
    made->id = compute->id;
    made->origin = compute->origin ? compute->origin : compute;
    made->unpinned = compute->unpinned;
    CL_TRY(error, clRetainContext(compute->context));
    made->context = compute->context;
    CL_TRY_CREATE(error, made->queue, clCreateCommandQueue(made->context, made->id, 0, &cl_code));
    *fork = made;
    made = NULL;
done:
    compute_close(made);
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
    probe_destroy(compute->probe);
    if (compute->queue)
        clReleaseCommandQueue(compute->queue);
    if (compute->context)
        clReleaseContext(compute->context);
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

const struct plotmill_device *compute_device(const struct compute *compute)
{
    return &compute->device;
}

struct item_limits compute_item_limits(const struct compute *compute)
{
    size_t limits[16] = {0}, size = 0;
    cl_int code = clGetDeviceInfo(compute->id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof limits, limits, &size);
    bool known = code == CL_SUCCESS && size >= 2 * sizeof *limits;
    return (struct item_limits){known && limits[0] ? limits[0] : 1, known && limits[1] ? limits[1] : 1};
}

enum plotmill_status compute_wait(struct compute *compute, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    cl_event event;
    if (wait_sleeps(compute)) {
        CL_TRY(error, clEnqueueMarkerWithWaitList(compute->queue, 0, NULL, &event));
        TRY(wait_asleep(compute, event, error));
    } else {
        CL_TRY(error, clFinish(compute->queue));
    }
    probe_collect(compute);
done:
    return status;
}
