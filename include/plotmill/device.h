/* plotmill: the OpenCL devices of this machine. */
#ifndef PLOTMILL_DEVICE_H
#define PLOTMILL_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum plotmill_device_type {
    PLOTMILL_DEVICE_GPU = 0,
    PLOTMILL_DEVICE_ACCELERATOR,
    PLOTMILL_DEVICE_CPU,
    PLOTMILL_DEVICE_OTHER
};

struct plotmill_device {
    uint32_t index; /* what --device INDEX means */
    enum plotmill_device_type type;
    int discrete;     /* 1: has memory of its own */
    int duplicate_of; /* index of the device that is the same chip on an earlier platform; -1: none */
    int is_default;   /* 1: what "auto" chooses */
    uint32_t compute_units;
    uint64_t memory;         /* bytes */
    uint64_t max_allocation; /* bytes, of one buffer */
    uint64_t max_work_group; /* work-items */
    char name[256];
    char platform[256];
    char vendor[256];
    char driver[256];
    char version[256]; /* the device's OpenCL version string */
    char reason[256];  /* the default: why it was chosen; others "" */
};

/* Lists every device of every platform. *devices is freed with plotmill_devices_free; *count may be 0, which is
 * PLOTMILL_OK. Warnings about drivers that are visible but not usable go to the log. */
PLOTMILL_API enum plotmill_status plotmill_devices(plotmill *pm, struct plotmill_device **devices, size_t *count);
PLOTMILL_API void plotmill_devices_free(struct plotmill_device *devices);

/* Which device a text means: "auto", "gpu", "cpu", an index, or text found in a device's or platform's name, case
 * aside; NULL: $PLOTMILL_DEVICE (of several, the first), else auto. Fills *device, its reason included.
 * PLOTMILL_NO_DEVICE when there is none; the message says what to install, or lists the devices there are. */
PLOTMILL_API enum plotmill_status plotmill_device_choose(plotmill *pm, const char *text,
                                                         struct plotmill_device *device);

/* The devices that share a job: several texts with commas between them ("0,2", "gpu,cpu"), each as above, or "all":
 * every usable chip once, in the order of "auto"; NULL: $PLOTMILL_DEVICE, else auto. Fills devices[0..*count-1], at
 * most `most`, in the order of the text. A device meant twice, and more devices than `most`, are PLOTMILL_BAD_INPUT. */
PLOTMILL_API enum plotmill_status plotmill_devices_choose(plotmill *pm, const char *text,
                                                          struct plotmill_device *devices, size_t most, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
