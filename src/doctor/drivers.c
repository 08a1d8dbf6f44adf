#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "doctor/doctor.h"

#define VERSION_SIZE 64

/* Of one vendor; NULL: of any. */
static size_t usable_gpus(const struct device_list *list, const struct gpu_vendor *vendor)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct device_info *device = &list->entries[i].info;
        const bool same = !vendor || strstr(device->vendor, vendor->name) || strstr(device->name, vendor->name) ||
                          (vendor == &gpu_vendors[GPU_AMD] && strstr(device->vendor, "Advanced Micro Devices"));
        count += same && device->type == DEVICE_TYPE_GPU && !list->entries[i].unusable;
    }
    return count;
}

void doctor_check_gpus(struct doctor_context *context)
{
    const size_t all = usable_gpus(context->list, NULL);
    struct driver_problem problem;
    bool reported = false;
    for (const struct gpu_vendor *vendor = gpu_vendors; vendor < gpu_vendors + GPU_VENDORS; vendor++) {
        const size_t usable = usable_gpus(context->list, vendor);
        if (usable)
            doctor_ok(context, "GPU", "%zu GPU%s of %s usable through OpenCL", usable, usable == 1 ? "" : "s",
                      vendor->name);
        else if (gpu_problem_find(context->view, vendor, true, &problem))
            doctor_problem(context, "GPU", problem.fix, "%s", problem.found);
        /* Without a device node this may be a container image made for GPUs, on a machine without one. */
        else if (gpu_problem_find(context->view, vendor, false, &problem))
            doctor_report(context, all ? SEVERITY_NOTE : SEVERITY_PROBLEM, "GPU", problem.fix, "%s", problem.found);
        else
            continue;
        reported = true;
    }
    if (reported)
        return;
    if (all)
        doctor_ok(context, "GPU", "%zu GPU%s usable through OpenCL", all, all == 1 ? "" : "s");
    else if (wsl_problem_find(context->view, &problem))
        doctor_problem(context, "GPU", problem.fix, "%s", problem.found);
    else
        doctor_ok(context, "GPU", "this system has none");
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

struct versions {
    char version[VERSION_SIZE];
    size_t count;
};

static bool add_version(void *user, const char *name)
{
    static const char stem[] = "libnvidia-opencl.so.";
    struct versions *versions = user;
    if (!strncmp(name, stem, strlen(stem)) && read_version(name + strlen(stem), versions->version))
        versions->count++;
    return true;
}

/* The version of the library at `path` below root: that of its link's target, or of the only such file beside it. */
static struct versions library_versions(const struct system_view *view, const char *path)
{
    char full[1100], target[1024];
    struct versions versions = {.count = 0};
    snprintf(full, sizeof full, "%s%s", view->root, path);
    if (os_read_link(full, target, sizeof target))
        add_version(&versions, path_name(target));
    if (!versions.count) {
        full[path_name(full) - full] = 0;
        os_list_folder(full, add_version, &versions);
    }
    return versions;
}

void doctor_check_nvidia(struct doctor_context *context)
{
    const struct system_view *view = context->view;
    char line[512], library[1024], path[1024], kernel[VERSION_SIZE];
    char nvvm[128], compiler[128]; /* the compiler's library, by version; up to driver 495 under another name */
    if (!system_first_line(view, "/proc/driver/nvidia", "version", line, sizeof line) || !read_version(line, kernel) ||
        !driver_find_library(view, &gpu_vendors[GPU_NVIDIA], library, sizeof library))
        return;
    snprintf(nvvm, sizeof nvvm, "libnvidia-nvvm.so.%s", kernel);
    snprintf(compiler, sizeof compiler, "libnvidia-compiler.so.%s", kernel);
    if (!library_find(view, "libnvidia-nvvm.so.4", path, sizeof path) && !library_find(view, nvvm, path, sizeof path) &&
        !library_find(view, compiler, path, sizeof path))
        doctor_note(context, "NVIDIA compiler",
                    "install all compute libraries of the driver; in a container: "
                    "NVIDIA_DRIVER_CAPABILITIES=compute,utility",
                    "libnvidia-nvvm.so.4, the driver's compiler, is in none of the usual folders");
    const struct versions user = library_versions(view, library);
    if (user.count != 1)
        return;
    if (!strcmp(kernel, user.version))
        doctor_ok(context, "NVIDIA driver", "kernel module and library both have version %s", kernel);
    else
        doctor_problem(context, "NVIDIA driver",
                       "reboot if the driver was updated; else install the library in the kernel module's version (in "
                       "a container, install none: the container runtime provides the host's)",
                       "the kernel module has version %s, but %s has %s", kernel, library, user.version);
}

struct registry {
    struct doctor_context *context;
    const char *folder;
    size_t count, broken;
    struct text_list names;
};

static bool check_icd_file(void *user, const char *name)
{
    static const char reinstall[] = "reinstall that driver, or remove the file";
    struct registry *registry = user;
    struct doctor_context *context = registry->context;
    const int notes = context->notes;
    char library[512], path[1024];
    if (!text_ends(name, ".icd"))
        return true;
    text_list_add(&registry->names, "%s", name);
    registry->count++;
    if (!system_first_line(context->view, registry->folder, name, library, sizeof library) || !*library)
        doctor_note(context, "drivers", reinstall, "%s/%s names no library", registry->folder, name);
    else if (strchr(library, '/') && !system_has(context->view, library, ""))
        doctor_note(context, "drivers", reinstall, "%s/%s names %s, which does not exist", registry->folder, name,
                    library);
    else if (!strchr(library, '/') && !library_find(context->view, library, path, sizeof path))
        doctor_note(context, "drivers",
                    "write the library's full path into the file, or remove the file if that driver was removed",
                    "%s/%s names %s, which is in none of the usual folders", registry->folder, name, library);
    registry->broken += (size_t)(context->notes - notes);
    return true;
}

void doctor_check_driver_files(struct doctor_context *context)
{
    const char *vendors = context->view->icd_vendors;
    const bool elsewhere = vendors && *vendors;
    struct registry registry = {.context = context, .folder = elsewhere ? vendors : DRIVER_FOLDER};
    char path[1024];
    if (elsewhere)
        doctor_note(context, "drivers", "unset OCL_ICD_VENDORS, unless this is intended",
                    "OCL_ICD_VENDORS=%s hides the drivers registered in " DRIVER_FOLDER, vendors);
    snprintf(path, sizeof path, "%s%s", context->view->root, registry.folder);
    if (os_is_folder(path))
        os_list_folder(path, check_icd_file, &registry);
    text_list_end(&registry.names);
    if (registry.count > context->list->platforms + registry.broken)
        doctor_note(context, "drivers", "run ldd on the libraries that these files name, to see what they lack",
                    "%zu registered in %s (%s), but only %zu loaded", registry.count, registry.folder,
                    registry.names.text, context->list->platforms);
    else if (registry.count)
        doctor_ok(context, "drivers", "%zu registered in %s: %s", registry.count, registry.folder, registry.names.text);
}

void doctor_check_platforms(struct doctor_context *context)
{
    const struct device_list *list = context->list;
    struct driver_problem problem;
    if (*list->opened)
        doctor_ok(context, "OpenCL", "opened %s", list->opened);
    if (*list->left_out)
        doctor_problem(context, "platforms", "update that driver, or remove it", "one was left out: %s",
                       list->left_out);
    if (list->count == 0) {
        missing_device_problem(context->view, list, &problem);
        doctor_problem(context, "platforms", problem.fix, "%s", problem.found);
        return;
    }
    if (list->pocl_is_silent)
        doctor_problem(context, "platforms", "set POCL_CACHE_DIR to a writable folder",
                       "PoCL offers no device, as when its cache folder is not writable");
    doctor_ok(context, "platforms", "%zu with %zu device%s", list->platforms, list->count, list->count == 1 ? "" : "s");
}
