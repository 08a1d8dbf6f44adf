#include "device/visible.h"

#include <stdio.h>
#include <string.h>

#include "device/drivers.h"

static bool has_usable_gpu(const struct device_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].info.type == PLOTMILL_DEVICE_GPU && !list->entries[i].unusable)
            return true;
    return false;
}

void driver_registration_mend(const struct system_view *view, const struct gpu_maker *maker, const char *library,
                              char *text, size_t size)
{
    const char *chosen = view->icd_vendors;
    const bool elsewhere = chosen && *chosen;
    if (driver_is_registered(view, DRIVER_FOLDER, maker->stem))
        snprintf(text, size, "OCL_ICD_VENDORS=%s hides the drivers registered in " DRIVER_FOLDER ": unset it", chosen);
    else
        snprintf(text, size,
                 "%s is installed but not registered: %smkdir -p " DRIVER_FOLDER " && echo %s > " DRIVER_FOLDER
                 "/%s (as root)",
                 maker->library, elsewhere ? "unset OCL_ICD_VENDORS, and " : "", library, maker->icd);
}

/* No driver library lies in a usual folder. */
static void mend_missing(const struct system_view *view, const struct gpu_maker *maker, char *text, size_t size)
{
    const bool container = system_has(view, "/.dockerenv", "") || system_has(view, "/run/.containerenv", "");
    const bool rusticl_idle = !view->rusticl_enable || !*view->rusticl_enable;
    if (maker->rusticl && rusticl_idle && driver_is_in_effect(view, "Rusticl"))
        snprintf(text, size, "Mesa's rusticl is installed but idle: set RUSTICL_ENABLE=%s", maker->rusticl);
    else if (maker->pci_id == PCI_NVIDIA && container)
        snprintf(text, size, "%s is not in this container: start it with NVIDIA_DRIVER_CAPABILITIES=compute,utility",
                 maker->library);
    else
        snprintf(text, size, "%s", maker->install[system_family_of(view)]);
}

/* "", "-1" and words hide every GPU. */
static bool hides_all(const char *cuda_visible)
{
    return cuda_visible && (*cuda_visible < '0' || *cuda_visible > '9') && strncmp(cuda_visible, "GPU-", 4) &&
           strncmp(cuda_visible, "MIG-", 4);
}

void visible_gpu_mend(const struct system_view *view, const struct gpu_maker *maker, const struct gpu_sight *sight,
                      char *text, size_t size)
{
    char library[1024];
    if (sight->no_node)
        snprintf(text, size, "/dev has no node for it: a container must be started with --gpus all");
    else if (sight->refused)
        snprintf(text, size, "this user may not open it: join the groups that own it (usermod -aG render,video USER)");
    else if (!driver_find_library(view, maker, library, sizeof library))
        mend_missing(view, maker, text, size);
    else if (!driver_is_in_effect(view, maker->stem))
        driver_registration_mend(view, maker, library, text, size);
    else if (maker->pci_id == PCI_NVIDIA && hides_all(view->cuda_visible))
        snprintf(text, size, "CUDA_VISIBLE_DEVICES=%s hides it: unset it", view->cuda_visible);
    else
        snprintf(text, size, "its driver %s is registered but offers no device: its version must fit the kernel's%s",
                 library, maker->pci_id == PCI_NVIDIA ? " (nvidia-smi tells)" : "");
}

bool visible_gpu_hint_at(const struct system_view *view, const struct device_list *list, char *text, size_t size)
{
    char library[1024], advice[1500];
    if (has_usable_gpu(list))
        return false;
    for (size_t i = 0; i < GPU_MAKERS; i++) {
        const struct gpu_sight sight = gpu_look_for(view, &gpu_makers[i]);
        if (!*sight.evidence)
            continue;
        visible_gpu_mend(view, &gpu_makers[i], &sight, advice, sizeof advice);
        snprintf(text, size, "an %s GPU is visible (%s) but not usable through OpenCL: %s", gpu_makers[i].name,
                 sight.evidence, advice);
        return true;
    }
    for (size_t i = 0; i < GPU_MAKERS; i++)
        if (driver_find_library(view, &gpu_makers[i], library, sizeof library) &&
            !driver_is_in_effect(view, gpu_makers[i].stem)) {
            driver_registration_mend(view, &gpu_makers[i], library, advice, sizeof advice);
            snprintf(text, size, "%s's OpenCL driver cannot be found by OpenCL programs: %s", gpu_makers[i].name,
                     advice);
            return true;
        }
    if (system_has(view, "/dev/dxg", "")) {
        snprintf(text, size,
                 "a GPU is visible (/dev/dxg) but not usable through OpenCL: install its maker's OpenCL "
                 "driver for WSL, or run plotmill on Windows itself");
        return true;
    }
    return false;
}

/* What brings an OpenCL platform to this system. */
static const char *install_platform(const struct system_view *view)
{
#if defined(_WIN32)
    (void)view;
    return "install the driver of the GPU's or the CPU's maker, which brings OpenCL";
#elif defined(__APPLE__)
    (void)view;
    return "OpenCL comes with macOS and needs no package; is this a virtual machine without a GPU?";
#else
    static const char *const commands[SYSTEM_FAMILIES] = {
        "install one for the CPU with: apt install pocl-opencl-icd", "install one for the CPU with: dnf install pocl",
        "install one for the CPU with: pacman -S pocl", "install one, for the CPU the package of PoCL"};
    return commands[system_family_of(view)];
#endif
}

void missing_device_reason(const struct system_view *view, const struct device_list *list,
                           struct missing_reason *reason)
{
    const char *chosen = view->icd_vendors, *platform = install_platform(view);
    const size_t platforms = list->platforms;
    *reason = (struct missing_reason){.found = "no OpenCL platform was found"};
    snprintf(reason->mend, sizeof reason->mend, "%s", platform);
    if (list->pocl_is_silent) {
        snprintf(reason->found, sizeof reason->found,
                 "no OpenCL device was found: PoCL is installed but offers none, as it does when its cache folder "
                 "cannot be written");
        snprintf(reason->mend, sizeof reason->mend, "set POCL_CACHE_DIR to a folder that can");
    } else if (platforms > 0) {
        snprintf(reason->found, sizeof reason->found, "no OpenCL device was found, only %zu platform%s without one",
                 platforms, platforms > 1 ? "s" : "");
    } else if (chosen && *chosen) {
        snprintf(reason->found, sizeof reason->found,
                 "no OpenCL platform was found: OCL_ICD_VENDORS=%.300s leads to none", chosen);
        snprintf(reason->mend, sizeof reason->mend, "unset it, or %s", platform);
    }
}

void missing_device_advice_at(const struct system_view *view, const struct device_list *list, char *text, size_t size)
{
    struct missing_reason reason;
    char hint[1000];
    missing_device_reason(view, list, &reason);
    snprintf(text, size, "%s: %s", reason.found, reason.mend);
    const size_t used = strlen(text);
    if (visible_gpu_hint_at(view, list, hint, sizeof hint))
        snprintf(text + used, size - used, "; %s", hint);
}

bool visible_gpu_hint(const struct device_list *list, char *text, size_t size)
{
    const struct system_view view = system_view_here();
    return visible_gpu_hint_at(&view, list, text, size);
}

void missing_device_advice(const struct device_list *list, char *text, size_t size)
{
    const struct system_view view = system_view_here();
    missing_device_advice_at(&view, list, text, size);
}
