#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/report.h"
#include "base/try.h"
#include "device/choose.h"
#include "device/discover.h"
#include "device/drivers.h"

static void warn_of_unusable_gpu(plotmill *pm, const struct device_list *list)
{
    const struct system_view view = system_view_here();
    char hint[1000];
    if (visible_gpu_hint(&view, list, hint, sizeof hint))
        log_line(&pm->log, PLOTMILL_LOG_WARNING, "%s", hint);
}

enum plotmill_status api_devices(plotmill *pm, struct device_info **devices, size_t *count)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_list list = {0};
    *devices = NULL;
    *count = 0;
    clear_message(pm);
    TRY(device_list_find(&list, &pm->log, &pm->error));
    TRY_ALLOCATE(&pm->error, *devices, list.count, sizeof **devices);
    for (size_t i = 0; i < list.count; i++)
        (*devices)[i] = list.entries[i].info;
    *count = list.count;
    warn_of_unusable_gpu(pm, &list);
done:
    device_list_free(&list);
    return status;
}

void api_devices_free(struct device_info *devices)
{
    free(devices);
}

enum plotmill_status plotmill_devices(plotmill *pm, const char **json)
{
    struct device_info *devices = NULL;
    size_t count;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, json);
    *json = NULL;
    TRY(api_devices(pm, &devices, &count));
    TRY(give_result(pm, report_devices(devices, count), json));
done:
    api_devices_free(devices);
    return call_end(pm, status);
}

static bool is_automatic(const char *text)
{
    const char *asked = text ? text : getenv("PLOTMILL_DEVICE");
    return !asked || !*asked || !strcmp(asked, "auto") || !strcmp(asked, "all");
}

/* Fills chosen[0..*count-1] with the devices that `text` means, of which several share a job; count NULL: with one.
 * Warns where these are CPUs that the user did not ask for, while a GPU is there that OpenCL cannot use. `log`: also
 * logs them, and why they were chosen. */
static enum plotmill_status choose_devices(plotmill *pm, const char *text, bool log, struct device_list *list,
                                           struct device_info chosen[], size_t most, size_t *count)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool cpus = is_automatic(text);
    size_t found = 1;
    TRY(device_list_find(list, &pm->log, &pm->error));
    TRY(count ? device_choose_several(list, text, chosen, most, &found, &pm->error)
              : device_choose(list, text, chosen, &pm->error));
    for (size_t k = 0; k < found; k++) {
        if (log)
            log_line(&pm->log, PLOTMILL_LOG_INFO, "device %u: %s (%s): %s", (unsigned)chosen[k].index, chosen[k].name,
                     chosen[k].platform, chosen[k].reason);
        cpus = cpus && chosen[k].type == DEVICE_TYPE_CPU;
    }
    if (count)
        *count = found;
    if (cpus)
        warn_of_unusable_gpu(pm, list);
done:
    return status;
}

enum plotmill_status api_device_choose(plotmill *pm, const char *text, struct device_info *device)
{
    struct device_list list = {0};
    clear_message(pm);
    enum plotmill_status status = choose_devices(pm, text, false, &list, device, 1, NULL);
    device_list_free(&list);
    return status;
}

enum plotmill_status api_devices_choose(plotmill *pm, const char *text, struct device_info *devices, size_t most,
                                        size_t *count)
{
    struct device_list list = {0};
    *count = 0;
    clear_message(pm);
    enum plotmill_status status = choose_devices(pm, text, false, &list, devices, most, count);
    device_list_free(&list);
    return status;
}

enum plotmill_status find_job_devices(struct job_devices *found, plotmill *pm, const char *text)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_info *chosen = NULL;
    size_t taken[DEVICE_SHARES], others[DEVICE_SHARES], count;
    struct device_list *list = &found->list;
    *found = (struct job_devices){.automatic = is_automatic(text)};
    TRY_ALLOCATE(&pm->error, chosen, DEVICE_SHARES, sizeof *chosen);
    TRY(choose_devices(pm, text, true, list, chosen, DEVICE_SHARES, &found->sharing));
    for (size_t k = 0; k < found->sharing; k++) {
        taken[k] = chosen[k].index;
        found->devices[k] = &list->entries[taken[k]];
        found->devices[k]->info = chosen[k];
    }
    count = device_choose_others(list, taken, found->sharing, others, DEVICE_SHARES - found->sharing);
    found->count = found->sharing + count;
    for (size_t k = 0; k < count; k++)
        found->devices[found->sharing + k] = &list->entries[others[k]];
done:
    free(chosen);
    return status;
}

enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_list list = {0};
    struct device_info chosen;
    TRY(choose_devices(pm, text, true, &list, &chosen, 1, NULL));
    TRY(compute_open(compute, &list.entries[chosen.index], &pm->error));
    compute_use(*compute, &pm->log, pm->cache_folder);
done:
    device_list_free(&list);
    return status;
}
