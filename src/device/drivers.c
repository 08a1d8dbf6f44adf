#include "device/drivers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"

const struct gpu_vendor gpu_vendors[GPU_VENDORS] = {
    {"NVIDIA", 0x10de, "libnvidia-opencl.so.1", "libnvidia-opencl", NULL},
    {"AMD", 0x1002, "libamdocl64.so", "libamdocl64", "radeonsi"},
    {"Intel", 0x8086, "libigdrcl.so", "libigdrcl", "iris"},
};

/* Distributions by their packages. */
enum family { FAMILY_DEBIAN, FAMILY_FEDORA, FAMILY_ARCH, FAMILY_OTHER, FAMILIES };

/* How to install a vendor's OpenCL driver. */
static const char *const install_commands[GPU_VENDORS][FAMILIES] = {
    {"install NVIDIA's driver with its OpenCL part (Debian: apt install nvidia-opencl-icd; Ubuntu: apt install "
     "libnvidia-compute-N, where N is the driver's version)",
     "install NVIDIA's driver with its OpenCL part (from RPM Fusion: dnf install xorg-x11-drv-nvidia-cuda)",
     "pacman -S opencl-nvidia", "install NVIDIA's driver with its OpenCL part"},
    {"install ROCm's OpenCL driver, or apt install mesa-opencl-icd and set RUSTICL_ENABLE=radeonsi",
     "dnf install rocm-opencl", "pacman -S rocm-opencl-runtime", "install ROCm's OpenCL driver"},
    {"apt install intel-opencl-icd", "dnf install intel-compute-runtime", "pacman -S intel-compute-runtime",
     "install Intel's compute runtime"},
};

/* Where drivers are installed: distributions, containers, Colab, WSL. */
static const char library_folders[] =
    "/usr/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu/intel-opencl:/usr/lib/x86_64-linux-gnu/nvidia/current:"
    "/usr/lib/aarch64-linux-gnu:/usr/lib64:/usr/lib64/intel-opencl:/usr/lib:/usr/lib/intel-opencl:"
    "/lib/x86_64-linux-gnu:/lib64:/usr/local/lib:/usr/local/nvidia/lib64:/usr/lib64-nvidia:/usr/lib/wsl/lib:"
    "/opt/rocm/lib";

struct system_view system_view_here(void)
{
    return (struct system_view){
        .root = "",
        .library_path = getenv("LD_LIBRARY_PATH"),
        .icd_vendors = getenv("OCL_ICD_VENDORS"),
        .opencl_library = getenv("PLOTMILL_OPENCL_LIBRARY"),
        .drivers = getenv("PLOTMILL_OPENCL_DRIVERS"),
        .virtual_env = getenv("VIRTUAL_ENV"),
        .conda_prefix = getenv("CONDA_PREFIX"),
        .rusticl_enable = getenv("RUSTICL_ENABLE"),
        .cuda_visible = getenv("CUDA_VISIBLE_DEVICES"),
    };
}

static void join(char *path, size_t size, const struct system_view *view, const char *folder, const char *name)
{
    snprintf(path, size, "%s%s%s%s", view->root, folder, *name ? "/" : "", name);
}

bool system_has(const struct system_view *view, const char *folder, const char *name)
{
    char path[1024];
    join(path, sizeof path, view, folder, name);
    return os_exists(path);
}

bool system_first_line(const struct system_view *view, const char *folder, const char *name, char *line, int size)
{
    char path[1024];
    join(path, sizeof path, view, folder, name);
    FILE *file = fopen(path, "rb");
    bool read = file && fgets(line, size, file);
    if (file)
        fclose(file);
    if (read)
        line[strcspn(line, "\r\n")] = 0;
    return read;
}

/* Evidence of a vendor's GPU. */
struct detection {
    const struct system_view *view;
    const struct gpu_vendor *vendor;
    char evidence[256]; /* a path; "": none */
    bool refused;       /* this user may not open it */
    bool no_node;       /* the kernel's driver knows a GPU that /dev does not show */
};

static bool detect_node(struct detection *detection, const char *node)
{
    char path[1024];
    join(path, sizeof path, detection->view, node, "");
    if (!os_exists(path))
        return false;
    FILE *file = fopen(path, "rb");
    detection->refused = !file && (errno == EACCES || errno == EPERM);
    if (file)
        fclose(file);
    snprintf(detection->evidence, sizeof detection->evidence, "%s", node);
    return true;
}

/* Called for each name in /dev/dri. */
static bool detect_render_node(void *user, const char *name)
{
    struct detection *detection = user;
    char path[240], line[32];
    snprintf(path, sizeof path, "/sys/class/drm/%.200s/device", name);
    if (strncmp(name, "renderD", 7) || !system_first_line(detection->view, path, "vendor", line, sizeof line) ||
        strtoul(line, NULL, 16) != detection->vendor->pci_id)
        return true;
    snprintf(path, sizeof path, "/dev/dri/%.200s", name);
    return !detect_node(detection, path);
}

/* Called for each name in /proc/driver/nvidia/gpus. */
static bool detect_without_node(void *user, const char *name)
{
    struct detection *detection = user;
    (void)name;
    snprintf(detection->evidence, sizeof detection->evidence, "/proc/driver/nvidia/gpus");
    detection->no_node = true;
    return false;
}

static struct detection detect(const struct system_view *view, const struct gpu_vendor *vendor)
{
    struct detection detection = {.view = view, .vendor = vendor};
    char path[1024];
    if (vendor == &gpu_vendors[GPU_NVIDIA]) {
        for (int i = 0; i < 16 && !*detection.evidence; i++) {
            snprintf(path, sizeof path, "/dev/nvidia%d", i);
            detect_node(&detection, path);
        }
        join(path, sizeof path, view, "/proc/driver/nvidia/gpus", "");
        if (!*detection.evidence && !detect_node(&detection, "/dev/nvidiactl"))
            os_list_folder(path, detect_without_node, &detection);
    }
    join(path, sizeof path, view, "/dev/dri", "");
    if (!*detection.evidence)
        os_list_folder(path, detect_render_node, &detection);
    if (!*detection.evidence && vendor == &gpu_vendors[GPU_AMD])
        detect_node(&detection, "/dev/kfd");
    return detection;
}

struct search {
    const struct system_view *view;
    const char *folder, *stem;
    char line[512]; /* of the .icd file found */
    bool found;
};

static bool search_icd_file(void *user, const char *name)
{
    struct search *search = user;
    search->found = text_ends(name, ".icd") &&
                    system_first_line(search->view, search->folder, name, search->line, sizeof search->line) &&
                    strstr(search->line, search->stem);
    return !search->found;
}

/* Whether an .icd file of the folder names a library with this stem. */
static bool is_registered(const struct system_view *view, const char *folder, const char *stem, struct search *search)
{
    char path[1024];
    *search = (struct search){.view = view, .folder = folder, .stem = stem};
    join(path, sizeof path, view, folder, "");
    os_list_folder(path, search_icd_file, search);
    return search->found;
}

bool driver_is_in_effect(const struct system_view *view, const char *stem)
{
    const char *vendors = view->icd_vendors;
    struct search search;
    char line[1024];
    if (!vendors || !*vendors)
        return is_registered(view, DRIVER_FOLDER, stem, &search);
    return strstr(vendors, stem) || is_registered(view, vendors, stem, &search) ||
           (strstr(vendors, ".icd") && system_first_line(view, vendors, "", line, sizeof line) && strstr(line, stem));
}

bool library_find(const struct system_view *view, const char *name, char *path, size_t size)
{
    const char *lists[] = {library_folders, view->library_path};
    for (int i = 0; i < 2; i++)
        for (const char *folder = lists[i]; folder && *folder;) {
            const size_t length = strcspn(folder, ":");
            snprintf(path, size, "%.*s/%s", (int)length, folder, name);
            if (length > 0 && system_has(view, path, ""))
                return true;
            folder += length + (folder[length] == ':');
        }
    return false;
}

bool driver_find_library(const struct system_view *view, const struct gpu_vendor *vendor, char *path, size_t size)
{
    struct search search;
    if (is_registered(view, DRIVER_FOLDER, vendor->stem, &search) && search.line[0] == '/' &&
        system_has(view, search.line, "")) {
        snprintf(path, size, "%s", search.line);
        return true;
    }
    return library_find(view, vendor->library, path, size);
}

static enum family family_of(const struct system_view *view)
{
    static const char *const names[] = {"debian", "fedora", "arch"}; /* as enum family */
    enum family family = FAMILY_OTHER;
    char path[1024], line[256];
    join(path, sizeof path, view, "/etc/os-release", "");
    FILE *file = fopen(path, "rb");
    while (file && family == FAMILY_OTHER && fgets(line, sizeof line, file))
        for (int i = 0; i < FAMILY_OTHER && family == FAMILY_OTHER; i++)
            if ((!strncmp(line, "ID=", 3) || !strncmp(line, "ID_LIKE=", 8)) && strstr(line, names[i]))
                family = (enum family)i;
    if (file)
        fclose(file);
    return family;
}

/* The variable that keeps an installed driver from being opened; NULL: none does. */
static const char *hiding_variable(const struct system_view *view, const char *stem, const char **value)
{
    *value = view->opencl_library;
    if (*value && **value)
        return strstr(*value, stem) || strstr(*value, "libOpenCL") ? NULL : "PLOTMILL_OPENCL_LIBRARY";
    *value = view->icd_vendors;
    return *value && **value && !driver_is_in_effect(view, stem) ? "OCL_ICD_VENDORS" : NULL;
}

/* "", "-1" and words hide every GPU. */
static bool hides_all(const char *cuda_visible)
{
    return cuda_visible && (*cuda_visible < '0' || *cuda_visible > '9') && strncmp(cuda_visible, "GPU-", 4) &&
           strncmp(cuda_visible, "MIG-", 4);
}

bool gpu_problem_find(const struct system_view *view, const struct gpu_vendor *vendor, bool visible,
                      struct driver_problem *problem)
{
    const struct detection detection = detect(view, vendor);
    const bool nvidia = vendor == &gpu_vendors[GPU_NVIDIA];
    enum { SIZE = sizeof problem->fix };
    const char *enable = view->rusticl_enable;
    char *fix = problem->fix, library[1024];
    const bool installed = driver_find_library(view, vendor, library, sizeof library);
    const char *value, *variable = hiding_variable(view, vendor->stem, &value);
    if (!*detection.evidence == visible)
        return false;
    if (!visible) {
        if (!installed || !variable)
            return false;
        snprintf(problem->found, sizeof problem->found, "%s's OpenCL driver is installed but not used", vendor->name);
        snprintf(fix, SIZE, "%s=%s hides it: unset it", variable, value);
        return true;
    }
    snprintf(problem->found, sizeof problem->found, "an %s GPU is visible (%s) but not usable through OpenCL",
             vendor->name, detection.evidence);
    if (detection.no_node)
        snprintf(fix, SIZE, "/dev has no node for it: start the container with --gpus all");
    else if (detection.refused)
        snprintf(fix, SIZE, "this user may not open it: join the groups that own it (usermod -aG render,video USER)");
    else if (!installed && vendor->rusticl && !(enable && *enable) && driver_is_in_effect(view, "Rusticl"))
        snprintf(fix, SIZE, "Mesa's rusticl is installed but not enabled: set RUSTICL_ENABLE=%s", vendor->rusticl);
    else if (!installed && nvidia &&
             (system_has(view, "/.dockerenv", "") || system_has(view, "/run/.containerenv", "")))
        snprintf(fix, SIZE, "%s is not in this container: start it with NVIDIA_DRIVER_CAPABILITIES=compute,utility",
                 vendor->library);
    else if (!installed)
        snprintf(fix, SIZE, "%s", install_commands[vendor - gpu_vendors][family_of(view)]);
    else if (variable)
        snprintf(fix, SIZE, "%s=%s hides its driver: unset it", variable, value);
    else if (nvidia && hides_all(view->cuda_visible))
        snprintf(fix, SIZE, "CUDA_VISIBLE_DEVICES=%s hides it: unset it", view->cuda_visible);
    else
        snprintf(fix, SIZE, "its driver %s offers no device: its version must match the kernel driver's%s", library,
                 nvidia ? " (nvidia-smi shows both)" : "");
    return true;
}

bool wsl_problem_find(const struct system_view *view, struct driver_problem *problem)
{
    if (!system_has(view, "/dev/dxg", ""))
        return false;
    *problem =
        (struct driver_problem){.found = "a GPU is visible (/dev/dxg) but not usable through OpenCL",
                                .fix = "install its vendor's OpenCL driver for WSL, or run plotmill on Windows itself"};
    return true;
}

bool visible_gpu_hint(const struct system_view *view, const struct device_list *list, char *text, size_t size)
{
    struct driver_problem problem;
    bool found = false;
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].info.type == DEVICE_TYPE_GPU && !list->entries[i].unusable)
            return false;
    for (int visible = 1; visible >= 0; visible--)
        for (size_t i = 0; i < GPU_VENDORS && !found; i++)
            found = gpu_problem_find(view, &gpu_vendors[i], visible, &problem);
    if (!found && !wsl_problem_find(view, &problem))
        return false;
    snprintf(text, size, "%s: %s", problem.found, problem.fix);
    return true;
}

/* How to install an OpenCL platform on this system. */
static const char *install_platform(const struct system_view *view)
{
    static const char *const commands[FAMILIES] = {
        "install one for the CPU with: apt install pocl-opencl-icd", "install one for the CPU with: dnf install pocl",
        "install one for the CPU with: pacman -S pocl", "install one (for the CPU: the package of PoCL)"};
    if (system_has(view, "/System/Library/Frameworks/OpenCL.framework", ""))
        return "OpenCL is part of macOS and needs no package; is this a virtual machine without a GPU?";
    return commands[family_of(view)];
}

void missing_device_problem(const struct system_view *view, const struct device_list *list,
                            struct driver_problem *problem)
{
    enum { FOUND = sizeof problem->found, FIX = sizeof problem->fix };
    const char *vendors = view->icd_vendors, *install = install_platform(view);
    snprintf(problem->fix, FIX, "%s", install);
    if (list->pocl_is_silent) {
        snprintf(problem->found, FOUND,
                 "no OpenCL device was found: PoCL is installed but offers none, as when its cache folder is not "
                 "writable");
        snprintf(problem->fix, FIX, "set POCL_CACHE_DIR to a writable folder");
    } else if (list->platforms) {
        snprintf(problem->found, FOUND, "no OpenCL device was found, only %zu platform%s without one", list->platforms,
                 list->platforms > 1 ? "s" : "");
    } else if (list->no_library) {
        snprintf(problem->found, FOUND, "no OpenCL library was found, neither a loader (libOpenCL.so.1) nor a driver");
    } else if (vendors && *vendors) {
        snprintf(problem->found, FOUND, "no OpenCL platform was found: OCL_ICD_VENDORS=%.300s names none", vendors);
        snprintf(problem->fix, FIX, "unset it, or %s", install);
    } else {
        snprintf(problem->found, FOUND, "no OpenCL platform was found");
    }
}

void missing_device_advice(const struct system_view *view, const struct device_list *list, char *text, size_t size)
{
    struct driver_problem problem;
    char hint[1000];
    missing_device_problem(view, list, &problem);
    const bool gpu = visible_gpu_hint(view, list, hint, sizeof hint);
    snprintf(text, size, "%s: %s%s%s", problem.found, problem.fix, gpu ? "; " : "", gpu ? hint : "");
}
