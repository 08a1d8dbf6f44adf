/* The devices that a handle keeps open for its renderers, with the kernels that were built. */
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/try.h"

static bool is_same(const struct device_info *a, const struct device_info *b)
{
    return a->index == b->index && !strcmp(a->name, b->name) && !strcmp(a->platform, b->platform);
}

enum plotmill_status open_devices_get(plotmill *pm, const struct device_entry *entry, const char *cache,
                                      struct open_device **device)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct open_device *made = NULL;
    for (*device = pm->open_devices; *device; *device = (*device)->next)
        if (!(*device)->failed && is_same(compute_device((*device)->compute), &entry->info))
            return PLOTMILL_OK;
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    TRY(compute_open(&made->compute, entry, &pm->error));
    compute_use(made->compute, &pm->log, cache);
    made->next = pm->open_devices;
    pm->open_devices = *device = made;
    made = NULL;
done:
    free(made);
    return status;
}

void open_devices_close(plotmill *pm)
{
    for (struct open_device *next, *device = pm->open_devices; device; device = next) {
        next = device->next;
        compute_close(device->compute);
        free(device);
    }
    pm->open_devices = NULL;
}
