#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/try.h"
#include "device/choose.h"
#include "device/discover.h"
#include "device/drivers.h"

enum plotmill_status plotmill_devices(plotmill *pm, struct plotmill_device **devices, size_t *count)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct system_view view = system_view_here();
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
    if (visible_gpu_hint(&view, &list, hint, sizeof hint))
        log_line(&pm->log, PLOTMILL_LOG_WARNING, "%s", hint);
done:
    device_list_free(&list);
    return status;
}

void plotmill_devices_free(struct plotmill_device *devices)
{
    free(devices);
}

static bool is_automatic(const char *text)
{
    const char *asked = text ? text : getenv("PLOTMILL_DEVICE");
    return !asked || !*asked || !strcmp(asked, "auto") || !strcmp(asked, "all");
}

/* Nobody asked for these CPUs by name: say so if a GPU is there that OpenCL cannot use. */
static void warn_of_idle_gpu(plotmill *pm, const char *text, const struct device_list *list,
                             const struct plotmill_device *chosen, size_t count)
{
    const struct system_view view = system_view_here();
    char hint[1000];
    bool automatic = is_automatic(text);
    for (size_t k = 0; k < count; k++)
        automatic = automatic && chosen[k].type == PLOTMILL_DEVICE_CPU;
    if (automatic && visible_gpu_hint(&view, list, hint, sizeof hint))
        log_line(&pm->log, PLOTMILL_LOG_WARNING, "%s", hint);
}

static enum plotmill_status find_device(plotmill *pm, const char *text, struct device_list *list,
                                        struct plotmill_device *chosen)
{
    enum plotmill_status status = device_list_find(list, &pm->log, &pm->error);
    return status ? status : device_choose(list, text, chosen, &pm->error);
}

static enum plotmill_status find_devices(plotmill *pm, const char *text, struct device_list *list,
                                         struct plotmill_device chosen[], size_t most, size_t *count)
{
    *count = 0;
    enum plotmill_status status = device_list_find(list, &pm->log, &pm->error);
    return status ? status : device_choose_several(list, text, chosen, most, count, &pm->error);
}

enum plotmill_status plotmill_device_choose(plotmill *pm, const char *text, struct plotmill_device *device)
{
    struct device_list list = {0};
    forget_message(pm);
    enum plotmill_status status = find_device(pm, text, &list, device);
    if (!status)
        warn_of_idle_gpu(pm, text, &list, device, 1);
    device_list_free(&list);
    return status;
}

enum plotmill_status plotmill_devices_choose(plotmill *pm, const char *text, struct plotmill_device *devices,
                                             size_t most, size_t *count)
{
    struct device_list list = {0};
    forget_message(pm);
    enum plotmill_status status = find_devices(pm, text, &list, devices, most, count);
    if (!status)
        warn_of_idle_gpu(pm, text, &list, devices, *count);
    device_list_free(&list);
    return status;
}

static void tell_chosen(plotmill *pm, const char *text, const struct device_list *list,
                        const struct plotmill_device chosen[], size_t count)
{
    for (size_t k = 0; k < count; k++)
        log_line(&pm->log, PLOTMILL_LOG_INFO, "device %u: %s (%s): %s", (unsigned)chosen[k].index, chosen[k].name,
                 chosen[k].platform, chosen[k].reason);
    warn_of_idle_gpu(pm, text, list, chosen, count);
}

static void add_device(struct roster *roster, const struct plotmill_device *info)
{
    roster->devices[roster->count].entry = &roster->list.entries[info->index];
    roster->devices[roster->count++].info = *info;
}

enum plotmill_status roster_find(struct roster *roster, plotmill *pm, const char *text)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_device chosen[PLOTMILL_SHARES];
    size_t taken[PLOTMILL_SHARES], others[PLOTMILL_SHARES], count;
    *roster = (struct roster){.automatic = is_automatic(text)};
    TRY(find_devices(pm, text, &roster->list, chosen, PLOTMILL_SHARES, &roster->sharing));
    for (size_t k = 0; k < roster->sharing; k++) {
        taken[k] = chosen[k].index;
        add_device(roster, &chosen[k]);
    }
    count = device_choose_others(&roster->list, taken, roster->sharing, others, PLOTMILL_SHARES - roster->sharing);
    for (size_t k = 0; k < count; k++)
        add_device(roster, &roster->list.entries[others[k]].info);
    tell_chosen(pm, text, &roster->list, chosen, roster->sharing);
done:
    return status;
}

void roster_finish(struct roster *roster)
{
    device_list_free(&roster->list);
}

enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute,
                                 struct plotmill_device *chosen)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_list list = {0};
    TRY(find_device(pm, text, &list, chosen));
    tell_chosen(pm, text, &list, chosen, 1);
    TRY(compute_open(compute, &list.entries[chosen->index], &pm->error));
    compute_use(*compute, &pm->log, pm->cache_folder);
done:
    device_list_free(&list);
    return status;
}
