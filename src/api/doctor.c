#include <stdio.h>

#include "api/handles.h"
#include "base/os.h"
#include "device/discover.h"
#include "doctor/examine.h"
#include "verify/verify.h"

/* What a device that fails needs. */
static const char *mend_of(const struct plotmill_device *device)
{
    if (device->type == PLOTMILL_DEVICE_GPU)
        return "install its driver anew, its compiler included, in the version of the kernel's; use another device "
               "(--device) until then";
    return "install its driver anew, its compiler included; use another device (--device) until then";
}

/* What came of drawing. */
struct drawing {
    size_t drawn;
    int failures;
    bool unoptimized; /* kernels build without optimization alone */
    double seconds;
};

static enum plotmill_status draw(plotmill *pm, const struct device_entry *entry, struct drawing *drawing,
                                 struct plotmill_error *error)
{
    struct compute *compute = NULL;
    const double begin = os_seconds();
    enum plotmill_status status = compute_open(&compute, entry, error);
    if (!status) {
        compute_use(compute, &pm->log, ""); /* from source: a kept kernel would hide a compiler that is missing */
        status = verify_quickly(compute, &drawing->drawn, &drawing->failures, error);
        drawing->unoptimized = compute_is_deoptimized(compute);
    }
    compute_close(compute);
    drawing->seconds = os_seconds() - begin;
    return status;
}

static void judge(const struct plotmill_device *device, const char *check, const struct drawing *drawing,
                  struct findings *findings)
{
    if (drawing->failures)
        find_problem(findings, check,
                     "'plotmill verify' shows which pixels are wrong; update its driver, and do not use it until then",
                     "%s (%s): %d of %zu patterns are drawn wrong", device->name, device->platform, drawing->failures,
                     drawing->drawn);
    else if (drawing->unoptimized)
        find_note(findings, check, "update its driver: it draws right, but slowly",
                  "%s (%s): kernels build without optimization alone", device->name, device->platform);
    else
        find_right(findings, check, "%s (%s): kernels built, %zu patterns drawn right, in %.1f s", device->name,
                   device->platform, drawing->drawn, drawing->seconds);
}

static void try_device(plotmill *pm, const struct device_entry *entry, struct findings *findings)
{
    struct plotmill_error error = {0};
    struct drawing drawing = {0};
    const struct plotmill_device *device = &entry->info;
    char check[32];
    snprintf(check, sizeof check, "device %u", (unsigned)device->index);
    if (entry->unusable) {
        find_problem(findings, check, mend_of(device), "%s (%s) cannot be used: %s", device->name, device->platform,
                     entry->unusable);
        return;
    }
    log_line(&pm->log, PLOTMILL_LOG_INFO, "trying device %u: %s (%s)", (unsigned)device->index, device->name,
             device->platform);
    if (draw(pm, entry, &drawing, &error))
        find_problem(findings, check, mend_of(device), "%s (%s): %s", device->name, device->platform, error.message);
    else
        judge(device, check, &drawing, findings);
}

enum plotmill_status plotmill_doctor(plotmill *pm, plotmill_finding_fn report, void *user, int *problems)
{
    const struct log silent = {0};
    const struct system_view view = system_view_here();
    struct device_list list = {0};
    struct findings findings = {.tell = report, .user = user};
    const struct patient patient = {&view, &list, &findings};
    char folder[4096];
    *problems = 0;
    forget_message(pm);
    /* Silent: what it would warn of is found again below. */
    enum plotmill_status status = device_list_find(&list, &silent, &pm->error);
    if (status)
        return status;
    examine_gpus(&patient);
    examine_nvidia(&patient);
    examine_driver_files(&patient);
    examine_platforms(&patient);
    for (size_t i = 0; i < list.count; i++)
        try_device(pm, &list.entries[i], &findings);
    examine_default(&patient);
    examine_settings(&patient);
    examine_processor(&patient, os_cores());
    examine_memory(&patient);
    examine_caches(&patient, pm->cache_folder);
    if (os_current_folder(folder, sizeof folder))
        examine_folder(&patient, folder);
    device_list_free(&list);
    *problems = findings.problems;
    return PLOTMILL_OK;
}
