#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "device/visible.h"
#include "doctor/examine.h"

#define VERSION_SIZE 64

void examine_platforms(const struct patient *patient)
{
    const struct device_list *list = patient->list;
    struct missing_reason reason;
    if (*list->left_out)
        find_problem(patient->findings, "platforms", "update that driver, or remove its .icd file",
                     "one is left out: %s", list->left_out);
    if (list->count == 0) {
        missing_device_reason(patient->view, list, &reason);
        find_problem(patient->findings, "platforms", reason.mend, "%s", reason.found);
        return;
    }
    if (list->pocl_is_silent)
        find_problem(patient->findings, "platforms", "set POCL_CACHE_DIR to a folder that can be written",
                     "PoCL offers no device, as when its cache folder cannot be written");
    find_right(patient->findings, "platforms", "%zu with %zu device%s", list->platforms, list->count,
               list->count == 1 ? "" : "s");
}

struct registry {
    const struct patient *patient;
    const char *folder;
    size_t count, dangling;
    char names[400];
};

static bool examine_icd(void *user, const char *name)
{
    struct registry *registry = user;
    const struct patient *patient = registry->patient;
    const size_t length = strlen(name), used = strlen(registry->names);
    const int notes = patient->findings->notes;
    char library[512], path[1024];
    if (length < 5 || strcmp(name + length - 4, ".icd"))
        return true;
    snprintf(registry->names + used, sizeof registry->names - used, "%s%s", used ? ", " : "", name);
    registry->count++;
    if (!system_first_line(patient->view, registry->folder, name, library, sizeof library) || !*library)
        find_note(patient->findings, "drivers", "install that driver anew, or remove the file",
                  "%s/%s names no library", registry->folder, name);
    else if (strchr(library, '/') && !system_has(patient->view, library, ""))
        find_note(patient->findings, "drivers", "install that driver anew, or remove the file",
                  "%s/%s names %s, which is not there", registry->folder, name, library);
    else if (!strchr(library, '/') && !library_find(patient->view, library, path, sizeof path))
        find_note(patient->findings, "drivers",
                  "write the library's whole path into the file, or remove the file if that driver has gone",
                  "%s/%s names %s, which is in none of the usual folders", registry->folder, name, library);
    registry->dangling += (size_t)(patient->findings->notes - notes);
    return true;
}

void examine_driver_files(const struct patient *patient)
{
    const char *chosen = patient->view->icd_vendors;
    const bool elsewhere = chosen && *chosen;
    struct registry registry = {.patient = patient, .folder = elsewhere ? chosen : DRIVER_FOLDER};
    char path[1024];
    if (elsewhere)
        find_note(patient->findings, "drivers", "unset OCL_ICD_VENDORS, unless that is what you want",
                  "OCL_ICD_VENDORS=%s: drivers registered in " DRIVER_FOLDER " are not seen", chosen);
    snprintf(path, sizeof path, "%s%s", patient->view->root, registry.folder);
    if (os_is_folder(path))
        os_list_folder(path, examine_icd, &registry);
    if (registry.count > patient->list->platforms + registry.dangling)
        find_note(patient->findings, "drivers", "ldd of the libraries that these files name tells what they lack",
                  "%zu are registered in %s (%s), but only %zu answered", registry.count, registry.folder,
                  registry.names, patient->list->platforms);
    else if (registry.count)
        find_right(patient->findings, "drivers", "%zu registered in %s: %s", registry.count, registry.folder,
                   registry.names);
}

static bool is_from(const struct plotmill_device *device, const struct gpu_maker *maker)
{
    return strstr(device->vendor, maker->name) || strstr(device->name, maker->name) ||
           (maker->pci_id == PCI_AMD && strstr(device->vendor, "Advanced Micro Devices"));
}

static size_t usable_gpus(const struct device_list *list, const struct gpu_maker *maker)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->entries[i].info.type == PLOTMILL_DEVICE_GPU && !list->entries[i].unusable &&
                 (!maker || is_from(&list->entries[i].info, maker));
    return count;
}

/* Returns whether there was anything to say. */
static bool examine_maker(const struct patient *patient, const struct gpu_maker *maker)
{
    const struct gpu_sight sight = gpu_look_for(patient->view, maker);
    const size_t usable = usable_gpus(patient->list, maker);
    char library[1024], mend[1500];
    if (usable) {
        find_right(patient->findings, "GPU", "%zu of %s usable through OpenCL", usable, maker->name);
        return true;
    }
    if (*sight.evidence) {
        visible_gpu_mend(patient->view, maker, &sight, mend, sizeof mend);
        find_problem(patient->findings, "GPU", mend, "one of %s is visible (%s) but not usable through OpenCL",
                     maker->name, sight.evidence);
        return true;
    }
    if (!driver_find_library(patient->view, maker, library, sizeof library) ||
        driver_is_in_effect(patient->view, maker->stem))
        return false;
    driver_registration_mend(patient->view, maker, library, mend, sizeof mend);
    /* Without a device node it is perhaps an image made for GPUs that runs without one. */
    if (usable_gpus(patient->list, NULL))
        find_note(patient->findings, "GPU", mend, "%s's OpenCL driver cannot be found by OpenCL programs", maker->name);
    else
        find_problem(patient->findings, "GPU", mend, "%s's OpenCL driver cannot be found by OpenCL programs",
                     maker->name);
    return true;
}

void examine_gpus(const struct patient *patient)
{
    bool said = false;
    for (size_t i = 0; i < GPU_MAKERS; i++)
        said |= examine_maker(patient, &gpu_makers[i]);
    const size_t usable = usable_gpus(patient->list, NULL);
    if (said)
        return;
    if (usable)
        find_right(patient->findings, "GPU", "%zu usable through OpenCL", usable);
    else if (system_has(patient->view, "/dev/dxg", ""))
        find_problem(patient->findings, "GPU",
                     "install its maker's OpenCL driver for WSL, or run plotmill on Windows itself",
                     "one is visible (/dev/dxg) but not usable through OpenCL");
    else
        find_right(patient->findings, "GPU", "this system shows none");
}

/* The first word that is a version ("535.104.05"). */
static bool read_version(const char *text, char version[VERSION_SIZE])
{
    while (*text) {
        text += strspn(text, " \t");
        const size_t length = strcspn(text, " \t");
        const size_t digits = strspn(text, "0123456789");
        if (digits >= 2 && text[digits] == '.' && strspn(text, "0123456789.") == length && length < VERSION_SIZE) {
            snprintf(version, VERSION_SIZE, "%.*s", (int)length, text);
            return true;
        }
        text += length;
    }
    return false;
}

#define NVIDIA_STEM "libnvidia-opencl.so."

struct versions {
    char version[VERSION_SIZE];
    size_t count;
};

static bool note_version(void *user, const char *name)
{
    struct versions *versions = user;
    const size_t stem = strlen(NVIDIA_STEM);
    if (!strncmp(name, NVIDIA_STEM, stem) && read_version(name + stem, versions->version))
        versions->count++;
    return true;
}

/* Of the library that `path`, below root, leads to: told by the link, or by the one file beside it. */
static bool library_version(const struct system_view *view, const char *path, char version[VERSION_SIZE])
{
    char full[1100], target[1024];
    struct versions versions = {.count = 0};
    snprintf(full, sizeof full, "%s%s", view->root, path);
    if (os_read_link(full, target, sizeof target))
        note_version(&versions, path_name(target));
    if (!versions.count) {
        char *slash = strrchr(full, '/');
        if (slash)
            *slash = 0;
        os_list_folder(full, note_version, &versions);
    }
    snprintf(version, VERSION_SIZE, "%s", versions.version);
    return versions.count == 1;
}

static void examine_nvidia_compiler(const struct patient *patient, const char *kernel)
{
    char path[1024], versioned[2][128];
    snprintf(versioned[0], sizeof versioned[0], "libnvidia-nvvm.so.%s", kernel);
    snprintf(versioned[1], sizeof versioned[1], "libnvidia-compiler.so.%s", kernel); /* up to driver 495 */
    if (!library_find(patient->view, "libnvidia-nvvm.so.4", path, sizeof path) &&
        !library_find(patient->view, versioned[0], path, sizeof path) &&
        !library_find(patient->view, versioned[1], path, sizeof path))
        find_note(
            patient->findings, "NVIDIA compiler",
            "install the driver's compute libraries whole; in a container: NVIDIA_DRIVER_CAPABILITIES=compute,utility",
            "libnvidia-nvvm.so.4, with which the driver compiles kernels, is in none of the usual folders");
}

void examine_nvidia(const struct patient *patient)
{
    char line[512], library[1024], kernel[VERSION_SIZE], user[VERSION_SIZE];
    if (!system_first_line(patient->view, "/proc/driver/nvidia", "version", line, sizeof line) ||
        !read_version(line, kernel) || !driver_find_library(patient->view, &gpu_makers[0], library, sizeof library))
        return;
    examine_nvidia_compiler(patient, kernel);
    if (!library_version(patient->view, library, user))
        return;
    if (!strcmp(kernel, user))
        find_right(patient->findings, "NVIDIA driver", "the kernel's and the library's version are both %s", kernel);
    else
        find_problem(
            patient->findings, "NVIDIA driver",
            "restart the machine if its driver was updated; else install the library of the kernel's version (in "
            "a container, none: the runtime brings the host's)",
            "the kernel's version is %s, but %s is of %s", kernel, library, user);
}
