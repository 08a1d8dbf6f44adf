#include <stdlib.h>
#include <string.h>

#include "device/check.h"
#include "device/handles.h"
#include "device/kernels.h"
#include "device/probe.h"

/* The message holds the head of the build log: compilers tell the first, decisive error first. */
static void tell_build_log(struct program *program, cl_int code, struct plotmill_error *error)
{
    cl_device_id id = program->compute->id;
    size_t size = 0;
    char *log = NULL;
    if (clGetProgramBuildInfo(program->program, id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS)
        log = calloc(size + 1, 1);
    if (log)
        clGetProgramBuildInfo(program->program, id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    plotmill_error_set(error, PLOTMILL_DEVICE_FAILED, "kernels do not build on %s (%s): %s\n%s",
                       program->compute->device.name, program->compute->device.driver, cl_error_name(code),
                       log && *log ? log : "(the driver gives no build log)");
    free(log);
}

static void tell_compiling(struct compute *compute)
{
    if (!compute->told_compiling)
        log_line(compute->log, PLOTMILL_LOG_INFO, "compiling kernels");
    compute->told_compiling = true;
}

/* *built: what clBuildProgram returned; the program is there whatever it did. */
static enum plotmill_status compile(struct program *program, const char *options, cl_int *built,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = program->compute;
    const char **lines = NULL;
    TRY_ALLOCATE(error, lines, kernel_source_lines, sizeof *lines);
    memcpy(lines, kernel_source, kernel_source_lines * sizeof *lines);
    CL_TRY_CREATE(error, program->program,
                  clCreateProgramWithSource(compute->context, (cl_uint)kernel_source_lines, lines, NULL, &cl_code));
    *built = clBuildProgram(program->program, 1, &compute->id, options, NULL, NULL);
done:
    free(lines);
    return status;
}

/* Compilers that fail do so mostly while they optimize. Leaves the first attempt's message in *error. */
static enum plotmill_status compile_plainly(struct program *program, cl_int code, struct plotmill_error *error)
{
    static const char plain[] = " -cl-opt-disable";
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = program->compute;
    struct plotmill_error ignored;
    cl_int built = CL_SUCCESS;
    char *options = NULL;
    TRY_ALLOCATE(error, options, strlen(program->defines) + sizeof plain, 1);
    strcpy(options, program->defines);
    strcat(options, plain);
    log_line(compute->log, PLOTMILL_LOG_WARNING, "kernels do not build on %s: %s; falling back to%s",
             compute->device.name, cl_error_name(code), plain);
    clReleaseProgram(program->program);
    program->program = NULL;
    status = compile(program, options, &built, &ignored);
    if (status || built != CL_SUCCESS)
        status = PLOTMILL_DEVICE_FAILED;
    program->unoptimized = compute->deoptimized = true;
done:
    free(options);
    return status;
}

static enum plotmill_status build(struct program *program, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    cl_int built = CL_SUCCESS;
    tell_compiling(program->compute);
    TRY(compile(program, program->defines, &built, error));
    if (built != CL_SUCCESS) {
        tell_build_log(program, built, error);
        TRY(compile_plainly(program, built, error));
    }
    program->compiled = true;
done:
    program->compute->unbuildable = status == PLOTMILL_DEVICE_FAILED;
    return status;
}

bool compute_has_compiled(const struct compute *compute)
{
    compute = compute->origin ? compute->origin : compute;
    for (const struct program *program = compute->programs; program; program = program->next)
        if (program->compiled)
            return true;
    return false;
}

bool compute_is_deoptimized(const struct compute *compute)
{
    return compute->origin ? compute->origin->deoptimized : compute->deoptimized;
}

bool compute_is_unbuildable(const struct compute *compute)
{
    return compute->origin ? compute->origin->unbuildable : compute->unbuildable;
}

enum plotmill_status program_build(struct program **program, struct compute *compute, const char *defines,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct program *made = NULL;
    compute = compute->origin ? compute->origin : compute;
    for (*program = compute->programs; *program; *program = (*program)->next)
        if (!strcmp((*program)->defines, defines))
            return PLOTMILL_OK;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    TRY_ALLOCATE(error, made->defines, strlen(defines) + 1, 1);
    memcpy(made->defines, defines, strlen(defines));
    program_restore(made);
    if (!made->program)
        TRY(build(made, error));
    made->next = compute->programs;
    compute->programs = *program = made;
    made = NULL;
done:
    program_destroy(made);
    return status;
}

void program_destroy(struct program *program)
{
    if (!program)
        return;
    if (program->program)
        clReleaseProgram(program->program);
    free(program->defines);
    free(program);
}

enum plotmill_status kernel_create(struct kernel **kernel, struct compute *compute, struct program *program,
                                   const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct kernel *made = NULL;
    *kernel = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    made->name = name;
    CL_TRY_CREATE(error, made->kernel, clCreateKernel(program->program, name, &cl_code));
    CL_TRY(error, clGetKernelWorkGroupInfo(made->kernel, compute->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof made->limit,
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
    if (!kernel)
        return;
    if (kernel->kernel)
        clReleaseKernel(kernel->kernel);
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
    cl_int code = clSetKernelArg(kernel->kernel, kernel->next++, size, value);
    if (kernel->failed == CL_SUCCESS)
        kernel->failed = code;
}

void kernel_buffer(struct kernel *kernel, const struct buffer *buffer)
{
    set_argument(kernel, sizeof(cl_mem), &buffer->memory);
}

void kernel_u8(struct kernel *kernel, uint8_t value)
{
    set_argument(kernel, sizeof value, &value);
}

void kernel_u32(struct kernel *kernel, uint32_t value)
{
    set_argument(kernel, sizeof value, &value);
}

void kernel_i32(struct kernel *kernel, int32_t value)
{
    set_argument(kernel, sizeof value, &value);
}

void kernel_u64(struct kernel *kernel, uint64_t value)
{
    set_argument(kernel, sizeof value, &value);
}

void kernel_f32(struct kernel *kernel, float value)
{
    set_argument(kernel, sizeof value, &value);
}

enum plotmill_status kernel_run(struct kernel *kernel, const struct launch *launch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    cl_event event = NULL;
    if (kernel->failed != CL_SUCCESS)
        return cl_fail(error, kernel->failed, "clSetKernelArg", __FILE__, __LINE__);
    enum trace_stage before = trace_switch(TRACE_LAUNCH);
    CL_TRY(error, clEnqueueNDRangeKernel(kernel->compute->queue, kernel->kernel, 3, NULL, launch->global, launch->local,
                                         0, NULL, probe_event(kernel->compute, &event)));
    probe_note(kernel->compute, kernel->name, 0, event);
done:
    if (event)
        clReleaseEvent(event);
    trace_switch(before);
    return status;
}
