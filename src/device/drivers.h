/* GPUs and OpenCL drivers as the system's files show them, and what to install or set where OpenCL offers no device or
 * not the GPU: silent runs on the CPU are the classic failure. Looks at files only; loads and starts nothing. Finds
 * nothing where these files do not exist (macOS, Windows). All texts are one line. */
#ifndef DEVICE_DRIVERS_H
#define DEVICE_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "device/discover.h"

/* The system to look at; tests make their own. */
struct system_view {
    const char *root;           /* precedes every path; "" for this system */
    const char *library_path;   /* LD_LIBRARY_PATH; NULL: unset */
    const char *icd_vendors;    /* OCL_ICD_VENDORS; NULL: unset */
    const char *opencl_library; /* PLOTMILL_OPENCL_LIBRARY; NULL: unset */
    const char *drivers;        /* PLOTMILL_OPENCL_DRIVERS; NULL: unset */
    const char *virtual_env;    /* VIRTUAL_ENV; NULL: unset */
    const char *conda_prefix;   /* CONDA_PREFIX; NULL: unset */
    const char *rusticl_enable; /* RUSTICL_ENABLE; NULL: unset */
    const char *cuda_visible;   /* CUDA_VISIBLE_DEVICES; NULL: unset */
};
struct system_view system_view_here(void);

bool system_has(const struct system_view *view, const char *folder, const char *name);
/* A file's first line without its end; false if there is none. */
bool system_first_line(const struct system_view *view, const char *folder, const char *name, char *line, int size);

enum { GPU_NVIDIA, GPU_AMD, GPU_INTEL, GPU_VENDORS };
extern const struct gpu_vendor {
    const char *name;
    unsigned pci_id;
    const char *library; /* the OpenCL driver, as an .icd file names it */
    const char *stem;    /* part of that name in every .icd file of the driver */
    const char *rusticl; /* Mesa's driver for these GPUs; NULL: none worth naming */
} gpu_vendors[GPU_VENDORS];

/* The folder of .icd files, each of which names a driver's library. */
#define DRIVER_FOLDER "/etc/OpenCL/vendors"

/* Whether the OpenCL loader reads an .icd file that names a library with this stem. OCL_ICD_VENDORS, where set, is a
 * folder, an .icd file or a library. */
bool driver_is_in_effect(const struct system_view *view, const char *stem);
/* The path below root of a library, in the usual folders and those of LD_LIBRARY_PATH; false: not found. */
bool library_find(const struct system_view *view, const char *name, char *path, size_t size);
/* The same for a vendor's driver, also where its .icd file says. */
bool driver_find_library(const struct system_view *view, const struct gpu_vendor *vendor, char *path, size_t size);

/* What is wrong and what to do about it. */
struct driver_problem {
    char found[400], fix[1500];
};

/* A GPU of this vendor is visible, but `list` has none: with `visible`, the answer is about a GPU that the system
 * shows, without, about a driver that a variable hides. false: nothing is wrong. Call it only where no GPU
 * of the vendor is usable. */
bool gpu_problem_find(const struct system_view *view, const struct gpu_vendor *vendor, bool visible,
                      struct driver_problem *problem);
/* The same for a GPU that Windows shows to WSL. */
bool wsl_problem_find(const struct system_view *view, struct driver_problem *problem);

/* The first of these problems, where `list` has no usable GPU. false: nothing is wrong. */
bool visible_gpu_hint(const struct system_view *view, const struct device_list *list, char *text, size_t size);

/* Why a list has no devices. */
void missing_device_problem(const struct system_view *view, const struct device_list *list,
                            struct driver_problem *problem);
/* The same in one text, with the hint about a GPU. */
void missing_device_advice(const struct system_view *view, const struct device_list *list, char *text, size_t size);

#endif
