/* Traces of GPUs and of their OpenCL drivers in the system's files. Nothing is loaded or started; where the files are
 * not (macOS, Windows) nothing is found. */
#ifndef DEVICE_DRIVERS_H
#define DEVICE_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>

/* What is looked at; a test lays out its own. */
struct system_view {
    const char *root;           /* stands before every path; "" for this system */
    const char *library_path;   /* LD_LIBRARY_PATH; NULL: unset */
    const char *icd_vendors;    /* OCL_ICD_VENDORS; NULL: unset */
    const char *rusticl_enable; /* RUSTICL_ENABLE; NULL: unset */
    const char *cuda_visible;   /* CUDA_VISIBLE_DEVICES; NULL: unset */
};
struct system_view system_view_here(void);

/* Which packages it has. */
enum system_family { FAMILY_DEBIAN, FAMILY_FEDORA, FAMILY_ARCH, FAMILY_OTHER, SYSTEM_FAMILIES };
enum system_family system_family_of(const struct system_view *view);

bool system_has(const struct system_view *view, const char *folder, const char *name);
/* A file's first line without its end; false if there is none. */
bool system_first_line(const struct system_view *view, const char *folder, const char *name, char *line, int size);

#define PCI_NVIDIA 0x10de
#define PCI_AMD 0x1002
#define PCI_INTEL 0x8086

#define GPU_MAKERS 3
extern const struct gpu_maker {
    const char *name;
    unsigned pci_id;
    const char *library;                  /* the OpenCL driver, as an .icd file names it */
    const char *stem;                     /* found in each .icd file that names it */
    const char *icd;                      /* the usual name of that file */
    const char *rusticl;                  /* Mesa's driver for these GPUs; NULL: none worth naming */
    const char *install[SYSTEM_FAMILIES]; /* what brings the OpenCL driver */
} gpu_makers[GPU_MAKERS];

/* What speaks for a maker's GPU. */
struct gpu_sight {
    char evidence[256]; /* a path; "": there is none */
    bool refused;       /* this user may not open it */
    bool no_node;       /* the kernel's driver knows a GPU that /dev does not show */
};
struct gpu_sight gpu_look_for(const struct system_view *view, const struct gpu_maker *maker);

#define DRIVER_FOLDER "/etc/OpenCL/vendors"

/* Does a folder of .icd files name a library with this stem? */
bool driver_is_registered(const struct system_view *view, const char *folder, const char *stem);
/* The same for what the loader reads: OCL_ICD_VENDORS may be a folder, an .icd file or a library. */
bool driver_is_in_effect(const struct system_view *view, const char *stem);
/* Where a library of that name lies below root, in a usual folder or in one of LD_LIBRARY_PATH; false: in none. */
bool library_find(const struct system_view *view, const char *name, char *path, size_t size);
/* The same for a maker's driver, or as it is registered. */
bool driver_find_library(const struct system_view *view, const struct gpu_maker *maker, char *path, size_t size);

#endif
