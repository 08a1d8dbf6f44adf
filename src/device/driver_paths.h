/* Drivers that OpenCL's loader does not open by itself, as the system's files show them: those that
 * PLOTMILL_OPENCL_DRIVERS lists, those of the active virtual environment of Python or Conda, and those of GPUs that are
 * installed but not registered; without a loader, also the registered ones. Opens none. */
#ifndef DEVICE_DRIVER_PATHS_H
#define DEVICE_DRIVER_PATHS_H

#include "device/drivers.h"

#define DRIVER_PATHS_MOST 16

struct driver_paths {
    size_t count;
    struct driver_path {
        char path[1024];    /* without view->root; a name without a folder, where an .icd file has one */
        const char *origin; /* where it was found, for messages; static */
    } paths[DRIVER_PATHS_MOST];
};

/* `loader`: there is a loader, which opens the registered drivers. OCL_ICD_VENDORS, where set, names all drivers that
 * its user wants, so no other is found. */
void driver_paths_find(const struct system_view *view, bool loader, struct driver_paths *found);

#endif
