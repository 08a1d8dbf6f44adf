/* Programs: the kernels' source built with a set of options, and kept in the cache as the driver's binary. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "device/cache.h"
#include "device/internal.h"
#include "device/kernels.h"

/* Added to the options of every build: some compilers print warnings, or their number, to standard error. */
#define QUIET " -w"

/* All that a binary depends on: what it was built from, by what, for what. NULL: out of memory. */
static char *make_key(const struct program *program)
{
    const struct device_info *device = &program->compute->device;
    const struct opencl *cl = program->compute->cl;
    const cl_device_id id = program->compute->id;
    cl_platform_id platform;
    char version[512] = "";
    if (cl->clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) == CL_SUCCESS)
        cl->clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof version - 1, version, NULL);
    size_t room = strlen(program->options) + sizeof *device + sizeof version + 1000; /* of words */
    for (size_t i = 0; i < kernel_source_lines; i++)
        room += strlen(kernel_source[i]);
    char *key = malloc(room);
    if (!key)
        return NULL;
    int used = snprintf(key, room,
                        "plotmill %s, cache %d, %zu-bit\nplatform %s\n%s\ndevice %s\nvendor %s\ndriver %s\n%s\n"
                        "work-group %llu\noptions %s\n",
                        version_text(), CACHE_FORMAT, 8 * sizeof(void *), device->platform, version, device->name,
                        device->vendor, device->driver, device->version, (unsigned long long)device->max_work_group,
                        program->options);
    for (size_t i = 0; i < kernel_source_lines; i++)
        used += snprintf(key + used, room - (size_t)used, "%s", kernel_source[i]);
    return key;
}

/* Once: a folder that cannot be used fails for every program. */
static void log_cache_failure(struct compute *compute, const struct plotmill_error *error)
{
    if (!compute->logged_cache)
        log_line(compute->log, PLOTMILL_LOG_DETAIL, "kernel cache not used: %s", error->message);
    compute->logged_cache = true;
}

/* Makes program->program from the cache; leaves it NULL where there is none that the driver accepts. */
static void restore(struct program *program)
{
    struct compute *compute = program->compute;
    const struct opencl *cl = compute->cl;
    struct plotmill_error error = {0};
    void *bytes = NULL;
    size_t size = 0, kernels = 0;
    char *key = compute->cache ? make_key(program) : NULL;
    if (key && cache_load(compute->cache, key, &bytes, &size, &error))
        log_cache_failure(compute, &error);
    if (bytes) {
        /* The driver may refuse an intact binary: after an update that kept its version number. */
        const unsigned char *binary = bytes;
        cl_int code, accepted = CL_SUCCESS;
        cl_program made =
            cl->clCreateProgramWithBinary(compute->context, 1, &compute->id, &size, &binary, &accepted, &code);
        if (code == CL_SUCCESS && accepted == CL_SUCCESS &&
            cl->clBuildProgram(made, 1, &compute->id, program->options, NULL, NULL) == CL_SUCCESS &&
            cl->clGetProgramInfo(made, CL_PROGRAM_NUM_KERNELS, sizeof kernels, &kernels, NULL) == CL_SUCCESS && kernels)
            program->program = made;
        else if (made)
            cl->clReleaseProgram(made);
    }
    free(bytes);
    free(key);
}

static void store(const struct program *program)
{
    const struct opencl *cl = program->compute->cl;
    struct plotmill_error error = {0};
    unsigned char *bytes = NULL;
    char *key = NULL;
    size_t size = 0;
    if (cl->clGetProgramInfo(program->program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS ||
        !size)
        return;
    bytes = calloc(size, 1);
    key = make_key(program);
    if (bytes && key &&
        cl->clGetProgramInfo(program->program, CL_PROGRAM_BINARIES, sizeof bytes, &bytes, NULL) == CL_SUCCESS &&
        cache_store(program->compute->cache, key, bytes, size, &error))
        log_cache_failure(program->compute, &error);
    free(bytes);
    free(key);
}

void compute_keep_programs(struct compute *compute)
{
    bool logged = false;
    compute = compute->origin ? compute->origin : compute;
    if (opencl_is_foreign())
        return;
    compute_report_compiling(compute);
    for (struct program *program = compute->programs; program; program = program->next) {
        if (program->compiled && !program->unoptimized && compute->cache) {
            /* PoCL compiles for seconds before it returns binaries. */
            log_line(logged ? NULL : compute->log, PLOTMILL_LOG_INFO, "storing the compiled kernels for later runs");
            logged = true;
            store(program);
        }
        program->compiled = false;
    }
}

void compiling_ended(struct compute *compute)
{
    if (compute->compiling_since > 0) /* never of a fork */
        compute->compile_seconds += os_seconds() - compute->compiling_since;
    compute->compiling_since = 0;
}

void compute_report_compiling(struct compute *compute)
{
    compute = compute->origin ? compute->origin : compute;
    if (compute->compile_seconds > 0)
        log_line(compute->log, PLOTMILL_LOG_INFO, "compiled kernels for %s in %.1f s", compute->device.name,
                 compute->compile_seconds);
    compute->compile_seconds = 0;
}

/* *built: what clBuildProgram returned; program->program exists in either case. */
static enum plotmill_status compile(struct program *program, const char *options, cl_int *built,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct compute *compute = program->compute;
    const struct opencl *cl = compute->cl;
    CL_TRY_CREATE(
        error, program->program,
        cl->clCreateProgramWithSource(compute->context, (cl_uint)kernel_source_lines, kernel_source, NULL, &cl_code));
    *built = cl->clBuildProgram(program->program, 1, &compute->id, options, NULL, NULL);
done:
    return status;
}

/* The message holds the start of the build log, where compilers put the first error. */
static void report_build_failure(const struct program *program, cl_int code, struct plotmill_error *error)
{
    const struct compute *compute = program->compute;
    const struct opencl *cl = compute->cl;
    size_t size = 0;
    char *log = NULL;
    if (cl->clGetProgramBuildInfo(program->program, compute->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) == CL_SUCCESS)
        log = calloc(size + 1, 1);
    if (log)
        cl->clGetProgramBuildInfo(program->program, compute->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    plotmill_error_set(error, PLOTMILL_DEVICE_FAILED, "kernels do not build on %s (%s): %s\n%s", compute->device.name,
                       compute->device.driver, cl_error_name(code),
                       log && *log ? log : "(the driver returned no build log)");
    free(log);
}

/* Compilers that fail do so mostly while they optimize: builds again without. */
static enum plotmill_status build(struct program *program, struct plotmill_error *error)
{
    static const char plain[] = " -cl-opt-disable";
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = program->compute;
    struct plotmill_error ignored;
    cl_int built = CL_SUCCESS;
    char *options = NULL;
    if (!compute->logged_compiling)
        log_line(compute->log, PLOTMILL_LOG_INFO, "compiling kernels for %s", compute->device.name);
    compute->logged_compiling = true;
    compute->compiling_since = compute->compiling_since > 0 ? compute->compiling_since : os_seconds();
    TRY(compile(program, program->options, &built, error));
    if (built != CL_SUCCESS) {
        report_build_failure(program, built, error); /* also the message where the second attempt fails */
        log_line(compute->log, PLOTMILL_LOG_WARNING, "kernels do not build on %s: %s; falling back to%s",
                 compute->device.name, cl_error_name(built), plain);
        compute->cl->clReleaseProgram(program->program);
        program->program = NULL;
        program->unoptimized = compute->state.deoptimized = true;
        options = string_join(program->options, plain);
        TRY_MEMORY(error, options);
        if (compile(program, options, &built, &ignored) || built != CL_SUCCESS)
            status = PLOTMILL_DEVICE_FAILED;
    }
    program->compiled = true;
done:
    if (status)
        compute->compiling_since = 0;
    compute->state.unbuildable = status == PLOTMILL_DEVICE_FAILED;
    free(options);
    return status;
}

struct compute_state compute_state(const struct compute *compute)
{
    compute = compute->origin ? compute->origin : compute;
    struct compute_state state = compute->state;
    for (const struct program *program = compute->programs; program; program = program->next)
        state.compiled |= program->compiled;
    return state;
}

unsigned compute_programs(const struct compute *compute)
{
    unsigned count = 0;
    for (const struct program *program = compute->programs; program; program = program->next)
        count++;
    return count;
}

enum plotmill_status program_build(struct program **program, struct compute *compute, const char *defines,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct program *made = NULL;
    compute = compute->origin ? compute->origin : compute;
    TRY(opencl_check_process(error));
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    made->compute = compute;
    made->options = string_join(defines, QUIET);
    TRY_MEMORY(error, made->options);
    for (*program = compute->programs; *program; *program = (*program)->next)
        if (!strcmp((*program)->options, made->options))
            goto done;
    restore(made);
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
    if (program->program && !opencl_is_foreign())
        program->compute->cl->clReleaseProgram(program->program);
    free(program->options);
    free(program);
}
