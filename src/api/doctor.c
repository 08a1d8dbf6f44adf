#include <stdio.h>
#include <stdlib.h>

#include "api/handles.h"
#include "api/report.h"
#include "base/os.h"
#include "base/try.h"
#include "dataset/sheet.h"
#include "device/discover.h"
#include "doctor/doctor.h"
#include "verify/verify.h"

static const char *driver_fix(const struct device_info *device)
{
    if (device->type == DEVICE_TYPE_GPU)
        return "reinstall its driver, including its compiler, in the version of the kernel module; until then use "
               "another device";
    return "reinstall its driver, including its compiler; until then use another device";
}

/* Builds the kernels and draws test patterns, without the cache, which would hide a missing compiler. */
static void test_device(plotmill *pm, const struct device_entry *entry, struct doctor_context *context)
{
    const char *name = entry->info.name, *platform = entry->info.platform, *fix = driver_fix(&entry->info);
    const double begin = os_seconds();
    struct plotmill_error error = {0};
    struct compute *compute = NULL;
    size_t drawn = 0;
    int wrong = 0;
    char check[32];
    snprintf(check, sizeof check, "device %u", (unsigned)entry->info.index);
    if (entry->unusable) {
        doctor_problem(context, check, fix, "%s (%s) cannot be used: %s", name, platform, entry->unusable);
        return;
    }
    log_line(&pm->log, PLOTMILL_LOG_INFO, "testing %s: %s (%s)", check, name, platform);
    enum plotmill_status status = compute_open(&compute, entry, &error);
    if (!status) {
        compute_use(compute, &pm->log, "");
        status = verify_quickly(compute, &drawn, &wrong, &error);
    }
    if (status)
        doctor_problem(context, check, fix, "%s (%s): %s", name, platform, error.message);
    else if (wrong)
        doctor_problem(context, check,
                       "update its driver, and do not use it until then; 'plotmill verify' shows the wrong pixels",
                       "%s (%s): %d of %zu test patterns are wrong", name, platform, wrong, drawn);
    else if (compute_state(compute).deoptimized)
        doctor_note(context, check, "update its driver: the images are correct, but slow to draw",
                    "%s (%s): kernels build only without optimization", name, platform);
    else
        doctor_ok(context, check, "%s (%s): kernels built, %zu test patterns are correct, %.1f s", name, platform,
                  drawn, os_seconds() - begin);
    compute_close(compute);
}

enum plotmill_status api_doctor(plotmill *pm, finding_fn report, void *user, int *problems)
{
    const struct log silent = {0};
    const struct system_view view = system_view_here();
    struct device_list list = {0};
    struct doctor_context context = {.view = &view, .list = &list, .report = report, .user = user};
    char folder[4096];
    *problems = 0;
    clear_message(pm);
    /* Silent: the checks below report what it would warn of. */
    enum plotmill_status status = device_list_find(&list, &silent, &pm->error);
    if (status == PLOTMILL_NO_MEMORY)
        return status;
    if (status) {
        doctor_problem(&context, "OpenCL",
                       status == PLOTMILL_NO_DEVICE
                           ? "unset PLOTMILL_OPENCL_LIBRARY, or set it to the path of an OpenCL loader or driver"
                           : "reinstall the OpenCL loader",
                       "%s", pm->error.message);
    } else {
        doctor_check_gpus(&context);
        doctor_check_nvidia(&context);
        doctor_check_driver_files(&context);
        doctor_check_platforms(&context);
    }
    for (size_t i = 0; i < list.count; i++)
        test_device(pm, &list.entries[i], &context);
    doctor_check_default(&context);
    doctor_check_settings(&context);
    doctor_check_processor(&context, os_cores());
    doctor_check_memory(&context, os_free_memory());
    doctor_check_cache(&context, pm->cache_folder);
    doctor_check_pocl_cache(&context);
    if (os_current_folder(folder, sizeof folder)) {
        doctor_check_folder(&context, folder);
        doctor_check_locks(&context, folder);
    }
    device_list_free(&list);
    *problems = context.problems;
    return PLOTMILL_OK;
}

enum plotmill_status plotmill_doctor(plotmill *pm, const char **json)
{
    char *text = NULL;
    int problems;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, json);
    *json = NULL;
    TRY(report_doctor(pm, &text, &problems));
    TRY(give_result(pm, text, json));
    text = NULL;
done:
    free(text);
    return call_end(pm, status);
}

enum plotmill_status api_verify(plotmill *pm, const char *device, const char *sheet, verdict_fn report, void *user,
                                int *failures)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = NULL;
    struct verify_pictures pictures = {0};
    *failures = 0;
    clear_message(pm);
    TRY(open_device(pm, device, &compute));
    TRY(verify_run(compute, report, user, &pictures, failures, &pm->error));
    compute_keep_programs(compute);
    if (sheet)
        TRY(sheet_write(sheet, pictures.pixels, pictures.count, VERIFY_WIDTH, VERIFY_HEIGHT, 3,
                        (uint32_t)(pictures.count / 2), 0, &pm->error));
done:
    free(pictures.pixels);
    compute_close(compute);
    return status;
}
