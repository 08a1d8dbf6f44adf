#include "doctor/doctor.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "device/choose.h"

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {"ok", "note", "problem"};
    return names[severity];
}

void doctor_report(struct doctor_context *context, enum severity severity, const char *check, const char *fix,
                   const char *format, ...)
{
    char found[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    found[strcspn(found, "\n")] = 0; /* a build log may follow */
    context->problems += severity == SEVERITY_PROBLEM;
    context->notes += severity == SEVERITY_NOTE;
    if (context->report)
        context->report(context->user, &(struct finding){severity, check, found, fix});
}

/* Variables that change what a driver does. */
static const struct setting {
    const char *name;
    const char *harmless; /* a value without effect; NULL: none */
    const char *effect;
} settings[] = {
    {"PLOTMILL_OPENCL_LIBRARY", NULL, "no other OpenCL library is used"},
    {"OPENCL_LAYERS", NULL, "a layer intercepts the OpenCL calls"},
    {"POCL_DEBUG", "0", "PoCL prints debug messages"},
    {"POCL_KERNEL_CACHE", "1", "PoCL compiles every kernel again"},
    {"POCL_LEAVE_KERNEL_COMPILER_TEMP_FILES", "0", "PoCL leaves a folder behind for each kernel"},
    {"POCL_WORK_GROUP_METHOD", "auto", "PoCL's compiler does not choose how to form loops"},
    {"POCL_MEMORY_LIMIT", NULL, "PoCL limits its memory to this many GiB, which makes batches smaller"},
    {"POCL_MAX_WORK_GROUP_SIZE", NULL, "PoCL limits the size of work-groups"},
    {"CUDA_CACHE_DISABLE", "0", "NVIDIA's driver compiles every kernel again"},
    {"CUDA_LAUNCH_BLOCKING", "0", "every kernel waits for the one before"},
    {"GPU_MAX_ALLOC_PERCENT", "100", "AMD's driver allows buffers a part of the memory only"},
};

void doctor_check_settings(struct doctor_context *context)
{
    size_t set = 0;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const char *value = getenv(settings[i].name);
        char fix[80];
        if (!value || !*value || (settings[i].harmless && !strcmp(value, settings[i].harmless)))
            continue;
        snprintf(fix, sizeof fix, "unset %s", settings[i].name);
        doctor_note(context, "settings", fix, "%s=%.200s: %s", settings[i].name, value, settings[i].effect);
        set++;
    }
    if (!set)
        doctor_ok(context, "settings", "no variable is set that slows OpenCL down");
}

void doctor_check_default(struct doctor_context *context)
{
    const struct device_list *list = context->list;
    struct plotmill_error error = {0};
    struct device_info chosen;
    const struct device_info *usual = NULL;
    const char *variable = getenv("PLOTMILL_DEVICE");
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].info.is_default)
            usual = &list->entries[i].info;
    if (!usual)
        return;
    if (device_choose(list, NULL, &chosen, &error))
        doctor_problem(context, "default", "set PLOTMILL_DEVICE to an available device, or unset it", "%s",
                       error.message);
    else if (variable && *variable && chosen.type == DEVICE_TYPE_CPU && usual->type == DEVICE_TYPE_GPU)
        doctor_note(context, "default", "unset PLOTMILL_DEVICE",
                    "PLOTMILL_DEVICE=%s selects a CPU, %s, although there is a GPU: device %u, %s", variable,
                    chosen.name, (unsigned)usual->index, usual->name);
    else if (strstr(chosen.platform, "Oclgrind") || strstr(chosen.name, "Oclgrind"))
        doctor_note(context, "default", "unset OCL_ICD_VENDORS, which usually selects it, or choose another device",
                    "device %u, %s: Oclgrind simulates a device, thousands of times slower than a real one",
                    (unsigned)chosen.index, chosen.name);
    else if (strstr(chosen.name, "llvmpipe"))
        doctor_note(context, "default", "install PoCL (pocl-opencl-icd), or choose another device",
                    "device %u, %s: llvmpipe runs on the CPU through a graphics driver, slower than PoCL",
                    (unsigned)chosen.index, chosen.name);
    else
        doctor_ok(context, "default", "device %u, %s: %s", (unsigned)chosen.index, chosen.name, chosen.reason);
}

/* The number of cores that the control group grants; INFINITY: all. */
static double quota_of(const struct system_view *view)
{
    char line[128];
    double quota, period = 100000;
    if (system_first_line(view, "/sys/fs/cgroup", "cpu.max", line, sizeof line))
        return sscanf(line, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0 ? quota / period : INFINITY;
    if (!system_first_line(view, "/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", line, sizeof line) ||
        sscanf(line, "%lf", &quota) != 1 || quota <= 0)
        return INFINITY;
    if (system_first_line(view, "/sys/fs/cgroup/cpu", "cpu.cfs_period_us", line, sizeof line))
        sscanf(line, "%lf", &period);
    return period > 0 ? quota / period : INFINITY;
}

static void check_pocl(struct doctor_context *context, const struct device_info *device, double cores)
{
    const char *limit = getenv("POCL_MAX_PTHREAD_COUNT");
    const unsigned index = (unsigned)device->index, threads = (unsigned)device->compute_units;
    char fix[120];
    if (strcmp(device->platform, "Portable Computing Language") || device->type != DEVICE_TYPE_CPU)
        return;
    snprintf(fix, sizeof fix, "set POCL_MAX_PTHREAD_COUNT=%.0f", ceil(cores));
    if (threads > ceil(cores))
        doctor_note(context, "processor", fix, "device %u starts %u threads, but this process may use %.3g cores",
                    index, threads, cores);
    else if (limit && *limit && threads < floor(cores))
        doctor_note(context, "processor", "unset POCL_MAX_PTHREAD_COUNT",
                    "POCL_MAX_PTHREAD_COUNT=%s: device %u uses %u of %.3g cores", limit, index, threads, cores);
    else if (!strncmp(device->name, "basic", 5) && cores >= 2)
        doctor_note(context, "processor", "unset POCL_DEVICES, or set it to pthread",
                    "device %u, %s, uses one of %.3g cores", index, device->name, cores);
}

void doctor_check_processor(struct doctor_context *context, unsigned cores)
{
    const double quota = quota_of(context->view), usable = MIN(quota, cores);
    const int notes = context->notes;
    char line[128], fix[160];
    double load;
    snprintf(fix, sizeof fix, "grant more (docker --cpus, Kubernetes limits.cpu), or set jobs to %.0f", ceil(usable));
    if (quota < cores)
        doctor_note(context, "processor", fix, "this container may use %.3g of %u cores at a time", quota, cores);
    for (size_t i = 0; i < context->list->count; i++)
        check_pocl(context, &context->list->entries[i].info, usable);
    if (system_first_line(context->view, "/proc", "loadavg", line, sizeof line) && sscanf(line, "%lf", &load) == 1 &&
        load > 0.75 * cores)
        doctor_note(context, "processor", "measure, and run long jobs, when it is idle",
                    "other programs keep it busy: load %.1f on %u cores", load, cores);
    if (context->notes == notes)
        doctor_ok(context, "processor", "%u core%s, all available", cores, cores == 1 ? "" : "s");
}
