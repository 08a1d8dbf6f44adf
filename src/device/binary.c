/* Programs as the driver's binaries, to and from the cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/cache.h"
#include "device/check.h"
#include "device/handles.h"
#include "device/kernels.h"

static size_t source_size(void)
{
    size_t size = 0;
    for (size_t i = 0; i < kernel_source_lines; i++)
        size += strlen(kernel_source[i]);
    return size;
}

static void platform_text(cl_device_id id, cl_platform_info what, char *text, size_t size)
{
    cl_platform_id platform;
    *text = 0;
    if (clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) != CL_SUCCESS ||
        clGetPlatformInfo(platform, what, size - 1, text, NULL) != CL_SUCCESS)
        *text = 0;
    text[size - 1] = 0;
}

/* All that a binary depends on: what it was built from, by what, for what. NULL: out of memory. */
static char *make_key(const struct program *program)
{
    const struct plotmill_device *device = &program->compute->device;
    char platform[512], version[512];
    platform_text(program->compute->id, CL_PLATFORM_NAME, platform, sizeof platform);
    platform_text(program->compute->id, CL_PLATFORM_VERSION, version, sizeof version);
    const size_t room = source_size() + strlen(program->defines) + sizeof *device + sizeof platform + sizeof version +
                        1000; /* of words and numbers */
    char *key = malloc(room);
    if (!key)
        return NULL;
    int used =
        snprintf(key, room,
                 "plotmill %s, cache %d, %zu-bit\nplatform %s\n%s\ndevice %s\nvendor %s\ndriver %s\n%s\n"
                 "work-group %llu\noptions %s\n",
                 plotmill_version(), CACHE_FORMAT, 8 * sizeof(void *), platform, version, device->name, device->vendor,
                 device->driver, device->version, (unsigned long long)device->max_work_group, program->defines);
    for (size_t i = 0; i < kernel_source_lines; i++)
        used += snprintf(key + used, room - (size_t)used, "%s", kernel_source[i]);
    return key;
}

/* Once: a folder that cannot be used would be told for every program. */
static void tell_cache(struct compute *compute, const struct plotmill_error *error)
{
    if (!compute->told_cache)
        log_line(compute->log, PLOTMILL_LOG_DETAIL, "kernels are not kept or not found again: %s", error->message);
    compute->told_cache = true;
}

/* The driver may still refuse a binary that is whole: after an update that left its version as it was. */
static cl_program build_binary(const struct program *program, const unsigned char *bytes, size_t size)
{
    const struct compute *compute = program->compute;
    cl_int code, taken = CL_SUCCESS;
    size_t kernels = 0;
    cl_program made = clCreateProgramWithBinary(compute->context, 1, &compute->id, &size, &bytes, &taken, &code);
    if (code == CL_SUCCESS && taken == CL_SUCCESS)
        code = clBuildProgram(made, 1, &compute->id, program->defines, NULL, NULL);
    if (code == CL_SUCCESS && taken == CL_SUCCESS)
        code = clGetProgramInfo(made, CL_PROGRAM_NUM_KERNELS, sizeof kernels, &kernels, NULL);
    if (code == CL_SUCCESS && taken == CL_SUCCESS && kernels)
        return made;
    if (made)
        clReleaseProgram(made);
    return NULL;
}

void program_restore(struct program *program)
{
    struct compute *compute = program->compute;
    struct plotmill_error error = {0};
    void *bytes = NULL;
    size_t size = 0;
    char *key = compute->cache ? make_key(program) : NULL;
    if (key && cache_load(compute->cache, key, &bytes, &size, &error))
        tell_cache(compute, &error);
    if (bytes)
        program->program = build_binary(program, bytes, size);
    free(bytes);
    free(key);
}

static void keep(struct program *program)
{
    struct plotmill_error error = {0};
    unsigned char *bytes = NULL;
    char *key = NULL;
    size_t size = 0;
    if (clGetProgramInfo(program->program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL) != CL_SUCCESS || !size)
        return;
    bytes = calloc(size, 1);
    key = make_key(program);
    if (bytes && key &&
        clGetProgramInfo(program->program, CL_PROGRAM_BINARIES, sizeof bytes, &bytes, NULL) == CL_SUCCESS &&
        cache_store(program->compute->cache, key, bytes, size, &error))
        tell_cache(program->compute, &error);
    free(bytes);
    free(key);
}

void compute_keep_programs(struct compute *compute)
{
    bool told = false;
    compute = compute->origin ? compute->origin : compute;
    for (struct program *program = compute->programs; program; program = program->next) {
        if (program->compiled && !program->unoptimized && compute->cache) {
            /* PoCL compiles for seconds before it gives binaries out. */
            log_line(told ? NULL : compute->log, PLOTMILL_LOG_INFO, "keeping the kernels for the next start");
            told = true;
            keep(program);
        }
        program->compiled = false;
    }
}
