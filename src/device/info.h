/* What is known of an OpenCL device. */
#ifndef DEVICE_INFO_H
#define DEVICE_INFO_H

#include <stdint.h>

enum device_type { DEVICE_TYPE_GPU = 0, DEVICE_TYPE_ACCELERATOR, DEVICE_TYPE_CPU, DEVICE_TYPE_OTHER };

const char *device_type_name(enum device_type type); /* "GPU" */

struct device_info {
    uint32_t index; /* in the list of api_devices */
    enum device_type type;
    int discrete;     /* 1: has its own memory */
    int duplicate_of; /* index of the same chip on an earlier platform; -1: none */
    int is_default;   /* 1: "auto" chooses it */
    uint32_t compute_units;
    uint64_t memory;         /* bytes */
    uint64_t max_allocation; /* bytes, of one buffer */
    uint64_t max_work_group; /* work-items */
    char name[256];
    char platform[256];
    char vendor[256];
    char driver[256];
    char version[256]; /* the device's OpenCL version string */
    char library[256]; /* through which it is reached: the loader's, or the driver's own */
    char reason[256];  /* of a chosen device, or the default: why; else "" */
};

#endif
