/* PoCL offers one CPU as two devices: POCL_DEVICES="pthread basic". */
#ifndef UNIT_POCL_PAIR_H
#define UNIT_POCL_PAIR_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <string.h>

#include "api/engine.h"

static inline bool two_from_pocl(plotmill *pm)
{
    struct device_info *devices;
    size_t count;
    cr_assert_eq(api_devices(pm, &devices, &count), PLOTMILL_OK);
    bool two =
        count >= 2 && strstr(devices[0].platform, "Portable") && !strcmp(devices[0].platform, devices[1].platform);
    api_devices_free(devices);
    return two;
}

#endif
