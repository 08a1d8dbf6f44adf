/* Every device of every OpenCL platform, and what is known about each. */
#ifndef DEVICE_DISCOVER_H
#define DEVICE_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "device/duplicates.h"
#include "plotmill/device.h"

struct device_entry {
    struct plotmill_device info;
    void *platform;       /* cl_platform_id */
    void *id;             /* cl_device_id */
    const char *unusable; /* why kernels cannot run here; NULL: they can. Such a device is listed, never chosen */
    struct device_identity identity;
};

struct device_list {
    struct device_entry *entries;
    size_t count;
    size_t platforms;    /* found, those without a device included */
    bool pocl_is_silent; /* PoCL is installed but offers no device */
    char left_out[300];  /* why the last platform that failed did; "": none failed */
};

/* Fills *list, with the default marked (is_default, reason) and duplicates told. count 0 is PLOTMILL_OK. Devices that
 * cannot be used and platforms that fail are warnings in the log. Freed with device_list_free, also after a failure. */
enum plotmill_status device_list_find(struct device_list *list, const struct log *log, struct plotmill_error *error);
void device_list_free(struct device_list *list);

/* Whether its driver ends the loops of a work-item early, without a word: llvmpipe does after 65,535 turns in all. */
bool device_ends_loops(const struct plotmill_device *device);

#endif
