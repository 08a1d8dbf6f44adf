/* Tells whether two OpenCL devices are one chip that two platforms offer: by PCI address, else by UUID. All CPU devices
 * are one chip. */
#ifndef DEVICE_DUPLICATES_H
#define DEVICE_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_DOMAIN_UNKNOWN UINT32_MAX

struct device_identity {
    bool is_cpu;
    size_t platform; /* a platform lists a GPU once: two GPUs of one platform are two */
    bool has_pci;
    uint32_t domain, bus, slot, function; /* domain: DEVICE_DOMAIN_UNKNOWN fits any */
    bool has_uuid;
    unsigned char uuid[16];
};

/* Asks a device (a cl_device_id) for its address and UUID; is_cpu and platform are the caller's. */
void device_identity_read(struct device_identity *identity, void *id);

bool device_same_chip(const struct device_identity *a, const struct device_identity *b);

#endif
