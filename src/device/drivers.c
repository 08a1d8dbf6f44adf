#include "device/drivers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"

const struct gpu_maker gpu_makers[GPU_MAKERS] = {
    {"NVIDIA",
     PCI_NVIDIA,
     "libnvidia-opencl.so.1",
     "libnvidia-opencl",
     "nvidia.icd",
     NULL,
     {"install NVIDIA's driver with its OpenCL part (Debian: apt install nvidia-opencl-icd; Ubuntu: apt install "
      "libnvidia-compute-N, N being the driver's version)",
      "install NVIDIA's driver with its OpenCL part (from RPM Fusion: dnf install xorg-x11-drv-nvidia-cuda)",
      "pacman -S opencl-nvidia", "install NVIDIA's driver with its OpenCL part"}},
    {"AMD",
     PCI_AMD,
     "libamdocl64.so",
     "libamdocl64",
     "amdocl64.icd",
     "radeonsi",
     {"install ROCm's OpenCL driver, or apt install mesa-opencl-icd and set RUSTICL_ENABLE=radeonsi",
      "dnf install rocm-opencl", "pacman -S rocm-opencl-runtime", "install ROCm's OpenCL driver"}},
    {"Intel",
     PCI_INTEL,
     "libigdrcl.so",
     "libigdrcl",
     "intel.icd",
     "iris",
     {"apt install intel-opencl-icd", "dnf install intel-compute-runtime", "pacman -S intel-compute-runtime",
      "install Intel's compute runtime"}},
};

/* Where drivers lie: distributions, containers, Colab, WSL. */
static const char *const library_folders[] = {"/usr/lib/x86_64-linux-gnu",
                                              "/usr/lib/x86_64-linux-gnu/intel-opencl",
                                              "/usr/lib/x86_64-linux-gnu/nvidia/current",
                                              "/usr/lib/aarch64-linux-gnu",
                                              "/usr/lib64",
                                              "/usr/lib64/intel-opencl",
                                              "/usr/lib",
                                              "/usr/lib/intel-opencl",
                                              "/lib/x86_64-linux-gnu",
                                              "/lib64",
                                              "/usr/local/lib",
                                              "/usr/local/nvidia/lib64",
                                              "/usr/lib64-nvidia",
                                              "/usr/lib/wsl/lib",
                                              "/opt/rocm/lib"};

struct system_view system_view_here(void)
{
    return (struct system_view){
        .root = "",
        .library_path = getenv("LD_LIBRARY_PATH"),
        .icd_vendors = getenv("OCL_ICD_VENDORS"),
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

static bool may_open(const struct system_view *view, const char *path)
{
    char full[1024];
    join(full, sizeof full, view, path, "");
    FILE *file = fopen(full, "rb");
    if (file)
        fclose(file);
    return file || (errno != EACCES && errno != EPERM);
}

struct search {
    const struct system_view *view;
    const struct gpu_maker *maker;
    struct gpu_sight *sight;
    const char *folder, *stem;
    char line[512];
    bool found;
};

static void see(struct search *search, const char *node)
{
    snprintf(search->sight->evidence, sizeof search->sight->evidence, "%s", node);
    search->sight->refused = !may_open(search->view, node);
}

static bool see_render_node(void *user, const char *name)
{
    struct search *search = user;
    char folder[240], line[32];
    if (strncmp(name, "renderD", 7))
        return true;
    snprintf(folder, sizeof folder, "/sys/class/drm/%.200s/device", name);
    if (!system_first_line(search->view, folder, "vendor", line, sizeof line) ||
        strtoul(line, NULL, 16) != search->maker->pci_id)
        return true;
    snprintf(folder, sizeof folder, "/dev/dri/%.200s", name);
    see(search, folder);
    return false;
}

static bool see_any(void *user, const char *name)
{
    (void)name;
    ((struct search *)user)->found = true;
    return false;
}

static void look_for_nvidia(struct search *search)
{
    char path[1024];
    for (int i = 0; i < 16 && !*search->sight->evidence; i++) {
        char node[32];
        snprintf(node, sizeof node, "/dev/nvidia%d", i);
        if (system_has(search->view, node, ""))
            see(search, node);
    }
    if (!*search->sight->evidence && system_has(search->view, "/dev/nvidiactl", ""))
        see(search, "/dev/nvidiactl");
    join(path, sizeof path, search->view, "/proc/driver/nvidia/gpus", "");
    if (!*search->sight->evidence && os_list_folder(path, see_any, search) && search->found) {
        snprintf(search->sight->evidence, sizeof search->sight->evidence, "/proc/driver/nvidia/gpus");
        search->sight->no_node = true;
    }
}

struct gpu_sight gpu_look_for(const struct system_view *view, const struct gpu_maker *maker)
{
    struct gpu_sight sight = {0};
    struct search search = {.view = view, .maker = maker, .sight = &sight};
    char path[1024];
    if (maker->pci_id == PCI_NVIDIA)
        look_for_nvidia(&search);
    join(path, sizeof path, view, "/dev/dri", "");
    if (!*sight.evidence)
        os_list_folder(path, see_render_node, &search);
    if (!*sight.evidence && maker->pci_id == PCI_AMD && system_has(view, "/dev/kfd", ""))
        see(&search, "/dev/kfd");
    return sight;
}

static bool names_stem(void *user, const char *name)
{
    struct search *search = user;
    size_t length = strlen(name);
    if (length > 4 && !strcmp(name + length - 4, ".icd") &&
        system_first_line(search->view, search->folder, name, search->line, sizeof search->line) &&
        strstr(search->line, search->stem))
        search->found = true;
    return !search->found;
}

/* What the .icd file says is left in search->line. */
static bool search_folder(struct search *search)
{
    char path[1024];
    join(path, sizeof path, search->view, search->folder, "");
    os_list_folder(path, names_stem, search);
    return search->found;
}

bool driver_is_registered(const struct system_view *view, const char *folder, const char *stem)
{
    struct search search = {.view = view, .folder = folder, .stem = stem};
    return search_folder(&search);
}

bool driver_is_in_effect(const struct system_view *view, const char *stem)
{
    const char *chosen = view->icd_vendors;
    char line[1024];
    if (!chosen || !*chosen)
        return driver_is_registered(view, DRIVER_FOLDER, stem);
    return strstr(chosen, stem) || driver_is_registered(view, chosen, stem) ||
           (strstr(chosen, ".icd") && system_first_line(view, chosen, "", line, sizeof line) && strstr(line, stem));
}

bool library_find(const struct system_view *view, const char *name, char *path, size_t size)
{
    for (size_t i = 0; i < sizeof library_folders / sizeof library_folders[0]; i++)
        if (system_has(view, library_folders[i], name)) {
            snprintf(path, size, "%s/%s", library_folders[i], name);
            return true;
        }
    for (const char *folder = view->library_path; folder && *folder;) {
        size_t length = strcspn(folder, ":");
        snprintf(path, size, "%.*s", (int)length, folder);
        if (length > 0 && system_has(view, path, name)) {
            snprintf(path, size, "%.*s/%s", (int)length, folder, name);
            return true;
        }
        folder += length + (folder[length] == ':');
    }
    return false;
}

bool driver_find_library(const struct system_view *view, const struct gpu_maker *maker, char *path, size_t size)
{
    struct search search = {.view = view, .folder = DRIVER_FOLDER, .stem = maker->stem};
    if (search_folder(&search) && search.line[0] == '/' && system_has(view, search.line, "")) {
        snprintf(path, size, "%s", search.line);
        return true;
    }
    return library_find(view, maker->library, path, size);
}

enum system_family system_family_of(const struct system_view *view)
{
    static const char *const marks[] = {"debian", "fedora", "arch"};
    enum system_family family = FAMILY_OTHER;
    char path[1024], line[256];
    join(path, sizeof path, view, "/etc/os-release", "");
    FILE *file = fopen(path, "rb");
    while (file && family == FAMILY_OTHER && fgets(line, sizeof line, file)) {
        if (strncmp(line, "ID=", 3) && strncmp(line, "ID_LIKE=", 8))
            continue;
        for (int i = 0; i < FAMILY_OTHER && family == FAMILY_OTHER; i++)
            if (strstr(line, marks[i]))
                family = (enum system_family)i;
    }
    if (file)
        fclose(file);
    return family;
}
