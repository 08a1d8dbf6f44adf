#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/try.h"
#include "device/choose.h"
#include "device/discover.h"
#include "device/visible.h"

enum plotmill_status plotmill_devices(plotmill *pm, struct plotmill_device **devices, size_t *count)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_list list = {0};
    char hint[1000];
    *devices = NULL;
    *count = 0;
    forget_message(pm);
    TRY(device_list_find(&list, &pm->log, &pm->error));
    TRY_ALLOCATE(&pm->error, *devices, list.count, sizeof **devices);
    for (size_t i = 0; i < list.count; i++)
        (*devices)[i] = list.entries[i].info;
    *count = list.count;
    if (visible_gpu_hint(&list, hint, sizeof hint))
        log_line(&pm->log, PLOTMILL_LOG_WARNING, "%s", hint);
done:
    device_list_free(&list);
    return status;
}

void plotmill_devices_free(struct plotmill_device *devices)
{
    free(devices);
}

/* Nobody asked for this CPU by name: say so if a GPU is there that OpenCL cannot use. */
static void warn_of_idle_gpu(plotmill *pm, const char *text, const struct device_list *list,
                             const struct plotmill_device *chosen)
{
    char hint[1000];
    const char *asked = text ? text : getenv("PLOTMILL_DEVICE");
    bool automatic = !asked || !*asked || !strcmp(asked, "auto");
    if (automatic && chosen->type == PLOTMILL_DEVICE_CPU && visible_gpu_hint(list, hint, sizeof hint))
        log_line(&pm->log, PLOTMILL_LOG_WARNING, "%s", hint);
}

static enum plotmill_status find_device(plotmill *pm, const char *text, struct device_list *list, size_t *index,
                                        struct plotmill_device *chosen)
{
    enum plotmill_status status = PLOTMILL_OK;
    char reason[sizeof chosen->reason];
    TRY(device_list_find(list, &pm->log, &pm->error));
    TRY(device_choose(list, text, index, reason, sizeof reason, &pm->error));
    *chosen = list->entries[*index].info;
    snprintf(chosen->reason, sizeof chosen->reason, "%s", reason);
done:
    return status;
}

enum plotmill_status plotmill_device_choose(plotmill *pm, const char *text, struct plotmill_device *device)
{
    struct device_list list = {0};
    size_t index = 0;
    forget_message(pm);
    enum plotmill_status status = find_device(pm, text, &list, &index, device);
    if (!status)
        warn_of_idle_gpu(pm, text, &list, device);
    device_list_free(&list);
    return status;
}

enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute,
                                 struct plotmill_device *chosen)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_list list = {0};
    size_t index = 0;
    TRY(find_device(pm, text, &list, &index, chosen));
    log_line(&pm->log, PLOTMILL_LOG_INFO, "device %u: %s (%s): %s", (unsigned)chosen->index, chosen->name,
             chosen->platform, chosen->reason);
    warn_of_idle_gpu(pm, text, &list, chosen);
    TRY(compute_open(compute, &list.entries[index], &pm->error));
done:
    device_list_free(&list);
    return status;
}

enum plotmill_status plotmill_devices_choose(plotmill *pm, const char *text, struct plotmill_device *devices,
                                             size_t most, size_t *count)
{
    if (most)
        *count = 1;
    return plotmill_device_choose(pm, text, devices);
}
