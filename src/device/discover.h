/* Finds and describes every device of every OpenCL platform. */
#ifndef DEVICE_DISCOVER_H
#define DEVICE_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "device/info.h"

#define PCI_DOMAIN_UNKNOWN UINT32_MAX /* matches any */

/* What two platforms that offer the same chip agree on. */
struct device_identity {
    bool is_cpu;
    size_t platform; /* index; a platform lists each GPU once */
    bool has_pci;
    struct pci_address {
        uint32_t domain, bus, slot, function;
    } pci;
    bool has_uuid;
    unsigned char uuid[16];
};

struct opencl;

struct device_entry {
    struct device_info info;
    const struct opencl *cl;
    void *platform;       /* cl_platform_id */
    void *id;             /* cl_device_id */
    const char *unusable; /* why kernels cannot run here; NULL: they can. An unusable device is listed, never chosen */
    struct device_identity identity;
};

struct device_list {
    struct device_entry *entries;
    size_t count;
    bool no_library;     /* no OpenCL library was found */
    size_t platforms;    /* found, including those without a device */
    bool pocl_is_silent; /* PoCL is installed but offers no device */
    char left_out[300];  /* why the last driver or platform that failed was; "": none did */
    char opened[1000];   /* the paths of the libraries */
};

/* Fills *list, with the default and duplicates marked. No device is PLOTMILL_OK and count 0. The log warns of unusable
 * devices and failed platforms. PLOTMILL_NO_DEVICE where PLOTMILL_OPENCL_LIBRARY names no OpenCL library. Freed with
 * device_list_free, also after a failure. */
enum plotmill_status device_list_find(struct device_list *list, const struct log *log, struct plotmill_error *error);
void device_list_free(struct device_list *list);

/* Whether two devices are one chip, by PCI address, else by UUID. All CPU devices are one chip. */
bool device_same_chip(const struct device_identity *a, const struct device_identity *b);

/* Whether its driver silently ends long loops of a work-item: llvmpipe does after 65,535 iterations in all. */
bool device_ends_loops(const struct device_info *device);

#endif
