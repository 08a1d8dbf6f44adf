#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/choose.h"
#include "doctor/examine.h"

/* Variables that change what a driver does. */
static const struct setting {
    const char *name;
    const char *harmless; /* a value that changes nothing; NULL: every value does something */
    const char *effect;
} settings[] = {
    {"OPENCL_LAYERS", NULL, "a layer stands between plotmill and the drivers"},
    {"POCL_DEBUG", "0", "PoCL writes messages as it works"},
    {"POCL_KERNEL_CACHE", "1", "PoCL compiles every kernel anew"},
    {"POCL_LEAVE_KERNEL_COMPILER_TEMP_FILES", "0", "PoCL leaves a folder behind for each kernel"},
    {"POCL_WORK_GROUP_METHOD", "auto", "PoCL's compiler arranges loops in another way than its own"},
    {"POCL_MEMORY_LIMIT", NULL, "PoCL uses so many GiB at most, so that batches are smaller"},
    {"POCL_MAX_WORK_GROUP_SIZE", NULL, "PoCL allows smaller work-groups than it could"},
    {"CUDA_CACHE_DISABLE", "0", "NVIDIA's driver keeps no compiled kernels"},
    {"CUDA_LAUNCH_BLOCKING", "0", "every kernel waits for the one before"},
    {"GPU_MAX_ALLOC_PERCENT", "100", "AMD's driver gives buffers a part of the memory only"},
};

void examine_settings(const struct patient *patient)
{
    size_t set = 0;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const char *value = getenv(settings[i].name);
        char mend[80];
        if (!value || !*value || (settings[i].harmless && !strcmp(value, settings[i].harmless)))
            continue;
        snprintf(mend, sizeof mend, "unset %s", settings[i].name);
        find_note(patient->findings, "settings", mend, "%s=%.200s: %s", settings[i].name, value, settings[i].effect);
        set++;
    }
    if (!set)
        find_right(patient->findings, "settings", "no variable that slows OpenCL down is set");
}

static const struct device_entry *default_of(const struct device_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].info.is_default)
            return &list->entries[i];
    return NULL;
}

/* Why a device is slow by its nature; NULL: it is not. */
static const char *slow_kind(const struct plotmill_device *device)
{
    if (strstr(device->platform, "Oclgrind") || strstr(device->name, "Oclgrind"))
        return "Oclgrind simulates a device, thousands of times slower than one";
    if (strstr(device->name, "llvmpipe"))
        return "llvmpipe draws on the CPU through a graphics driver, slower than PoCL";
    return NULL;
}

void examine_default(const struct patient *patient)
{
    struct plotmill_error error = {0};
    const struct device_entry *usual = default_of(patient->list);
    const char *variable = getenv("PLOTMILL_DEVICE");
    char reason[sizeof usual->info.reason] = "";
    size_t index;
    if (!usual)
        return;
    if (device_choose(patient->list, NULL, &index, reason, sizeof reason, &error)) {
        find_problem(patient->findings, "default", "set PLOTMILL_DEVICE to one of those, or unset it", "%s",
                     error.message);
        return;
    }
    const struct plotmill_device *chosen = &patient->list->entries[index].info;
    const char *slow = slow_kind(chosen);
    if (variable && *variable && chosen->type == PLOTMILL_DEVICE_CPU && usual->info.type == PLOTMILL_DEVICE_GPU)
        find_note(patient->findings, "default", "unset PLOTMILL_DEVICE",
                  "PLOTMILL_DEVICE=%s chooses a CPU, %s, although there is a GPU: device %u, %s", variable,
                  chosen->name, (unsigned)usual->info.index, usual->info.name);
    else if (slow)
        find_note(patient->findings, "default",
                  strstr(slow, "PoCL")
                      ? "install PoCL (pocl-opencl-icd), or name another device with --device"
                      : "unset what brings it in (OCL_ICD_VENDORS), or name another device with --device",
                  "device %u, %s: %s", (unsigned)chosen->index, chosen->name, slow);
    else
        find_right(patient->findings, "default", "device %u, %s: %s", (unsigned)chosen->index, chosen->name, reason);
}

/* Cores' worth of time that the control group grants; INFINITY: all. */
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

static bool examine_pocl(const struct patient *patient, const struct plotmill_device *device, double cores)
{
    char mend[120];
    if (strcmp(device->platform, "Portable Computing Language") || device->type != PLOTMILL_DEVICE_CPU)
        return false;
    const char *most = getenv("POCL_MAX_PTHREAD_COUNT");
    snprintf(mend, sizeof mend, "set POCL_MAX_PTHREAD_COUNT=%.0f", ceil(cores));
    if (device->compute_units > ceil(cores))
        find_note(patient->findings, "processor", mend,
                  "device %u starts %u threads, but this process may use %.3g cores", (unsigned)device->index,
                  (unsigned)device->compute_units, cores);
    else if (most && *most && device->compute_units < floor(cores))
        find_note(patient->findings, "processor", "unset POCL_MAX_PTHREAD_COUNT",
                  "POCL_MAX_PTHREAD_COUNT=%s: device %u uses %u of %.3g cores", most, (unsigned)device->index,
                  (unsigned)device->compute_units, cores);
    else if (!strncmp(device->name, "basic", 5) && cores >= 2)
        find_note(patient->findings, "processor", "unset POCL_DEVICES, or set it to pthread",
                  "device %u, %s, uses one core of %.3g", (unsigned)device->index, device->name, cores);
    else
        return false;
    return true;
}

void examine_processor(const struct patient *patient, unsigned cores)
{
    const double quota = quota_of(patient->view);
    const double usable = quota < cores ? quota : cores;
    char line[128], mend[160];
    double load;
    bool said = false;
    if (quota < cores) {
        snprintf(mend, sizeof mend, "grant it more (docker --cpus, Kubernetes limits.cpu), or run with --jobs %.0f",
                 ceil(quota));
        find_note(patient->findings, "processor", mend, "this container may use %.3g of %u cores at a time", quota,
                  cores);
        said = true;
    }
    for (size_t i = 0; i < patient->list->count; i++)
        said |= examine_pocl(patient, &patient->list->entries[i].info, usable);
    if (system_first_line(patient->view, "/proc", "loadavg", line, sizeof line) && sscanf(line, "%lf", &load) == 1 &&
        load > 0.75 * cores) {
        find_note(patient->findings, "processor", "measure, and run long jobs, when it is idle",
                  "other programs keep it busy: load %.1f on %u cores", load, cores);
        said = true;
    }
    if (!said)
        find_right(patient->findings, "processor", "%u core%s, not held back", cores, cores == 1 ? "" : "s");
}
