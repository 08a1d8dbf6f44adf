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
    uint32_t index; /* in the list of plotmill_devices */
    enum plotmill_device_type type;
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
    char reason[256];  /* of a chosen device, or the default: why; else "" */
};

/* Lists every device of every platform. Free *devices with plotmill_devices_free. *count 0 is PLOTMILL_OK. The log gets
 * warnings about drivers that are installed but not usable. */
PLOTMILL_API enum plotmill_status plotmill_devices(plotmill *pm, struct plotmill_device **devices, size_t *count);
PLOTMILL_API void plotmill_devices_free(struct plotmill_device *devices);

/* Finds the device that `text` selects: "auto", "gpu", "cpu", an index, or a part of a device's or platform's name
 * (case-insensitive); NULL: $PLOTMILL_DEVICE (the first, if it names several), else auto. Fills *device with its
 * reason. PLOTMILL_NO_DEVICE if there is none; the message lists the devices, or says what to install. */
PLOTMILL_API enum plotmill_status plotmill_device_choose(plotmill *pm, const char *text,
                                                         struct plotmill_device *device);

/* Finds the devices that share a job: a comma-separated list ("0,2", "gpu,cpu") of texts as above, or "all": every
 * usable chip once, in the order of "auto"; NULL: $PLOTMILL_DEVICE, else auto. Fills devices[0..*count-1] in the order
 * of the text. PLOTMILL_BAD_INPUT if a device is selected twice, or if there are more than `most`. */
PLOTMILL_API enum plotmill_status plotmill_devices_choose(plotmill *pm, const char *text,
                                                          struct plotmill_device *devices, size_t most, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
