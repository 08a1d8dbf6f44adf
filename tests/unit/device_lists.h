/* Device lists built by tests. */
#ifndef DEVICE_LISTS_H
#define DEVICE_LISTS_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/choose.h"

#define GIB ((uint64_t)1 << 30)

struct device {
    const char *name, *platform;
    enum device_type type;
    int discrete;
    uint64_t memory;
    uint32_t bus; /* 0: unknown */
    const char *unusable;
};

static struct device_entry entries[16];
static struct device_list list;

/* Platforms are distinguished by name, in the order of appearance. */
static inline void lay_out(const struct device *devices, size_t count)
{
    list = (struct device_list){.entries = entries, .count = count};
    for (size_t i = 0; i < count; i++) {
        struct device_entry *entry = &entries[i];
        *entry = (struct device_entry){.unusable = devices[i].unusable};
        entry->info.index = (uint32_t)i;
        entry->info.type = devices[i].type;
        entry->info.discrete = devices[i].discrete;
        entry->info.memory = devices[i].memory;
        snprintf(entry->info.name, sizeof entry->info.name, "%s", devices[i].name);
        snprintf(entry->info.platform, sizeof entry->info.platform, "%s", devices[i].platform);
        entry->identity.is_cpu = devices[i].type == DEVICE_TYPE_CPU;
        entry->identity.has_pci = devices[i].bus > 0;
        entry->identity.pci.bus = devices[i].bus;
        entry->identity.platform = list.platforms;
        for (size_t j = 0; j < i; j++)
            if (!strcmp(devices[i].platform, devices[j].platform))
                entry->identity.platform = entries[j].identity.platform;
        list.platforms += entry->identity.platform == list.platforms;
    }
}
#define LAY_OUT(devices) lay_out((devices), sizeof(devices) / sizeof(devices)[0])

static const struct device workstation[] = {
    {"pthread-haswell", "Portable Computing Language", DEVICE_TYPE_CPU, 0, 64 * GIB, 0, NULL},
    {"Intel(R) UHD Graphics", "Intel(R) OpenCL HD Graphics", DEVICE_TYPE_GPU, 0, 48 * GIB, 1, NULL},
    {"NVIDIA RTX A2000", "NVIDIA CUDA", DEVICE_TYPE_GPU, 1, 6 * GIB, 2, NULL},
    {"NVIDIA RTX A6000", "NVIDIA CUDA", DEVICE_TYPE_GPU, 1, 48 * GIB, 3, NULL},
    {"some FPGA", "FPGA platform", DEVICE_TYPE_ACCELERATOR, 0, 8 * GIB, 4, NULL},
    {"NVIDIA RTX A6000", "rusticl", DEVICE_TYPE_GPU, 1, 49 * GIB, 3, NULL},
    {"llvmpipe", "rusticl", DEVICE_TYPE_CPU, 0, 2 * GIB, 0, NULL},
};

static inline void without_variable(void)
{
    unsetenv("PLOTMILL_DEVICE");
}

#endif
