/* Finding the devices of this machine. Each test runs in its own process, which loads OpenCL again. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/discover.h"

static struct device_list list;
static struct plotmill_error error;

static void find(void)
{
    cr_assert_eq(device_list_find(&list, NULL, &error), PLOTMILL_OK, "%s", error.message);
}

static bool is_trimmed(const char *text)
{
    size_t length = strlen(text);
    return length == 0 || (text[0] != ' ' && text[length - 1] != ' ');
}

Test(discover, describes_each_device)
{
    size_t defaults = 0;
    find();
    if (list.count == 0)
        cr_skip_test("no OpenCL device here");
    for (size_t i = 0; i < list.count; i++) {
        const struct device_info *info = &list.entries[i].info;
        cr_assert(list.entries[i].platform && list.entries[i].id);
        cr_assert_eq(info->index, i);
        cr_assert(*info->name && is_trimmed(info->name) && *info->platform && is_trimmed(info->platform));
        cr_assert(!strncmp(info->version, "OpenCL ", 7), "%s", info->version);
        cr_assert(info->duplicate_of >= -1 && info->duplicate_of < (int)i);
        cr_assert(!*info->reason == !info->is_default);
        defaults += info->is_default;
        if (!list.entries[i].unusable)
            cr_assert(info->compute_units > 0 && info->max_work_group > 0 && info->max_allocation > 0 &&
                      info->memory >= info->max_allocation / 4);
    }
    cr_assert(defaults <= 1);
    device_list_free(&list);
    cr_assert(!list.entries && list.count == 0);
    device_list_free(&list);
}

Test(discover, second_pocl_device_is_the_same_chip)
{
    setenv("POCL_DEVICES", "pthread basic", 1);
    find();
    size_t seen = 0;
    for (size_t i = 0; i < list.count; i++)
        if (!strcmp(list.entries[i].info.platform, "Portable Computing Language")) {
            cr_assert_eq(list.entries[i].info.type, DEVICE_TYPE_CPU);
            seen++;
            cr_assert(seen == 1 || list.entries[i].info.duplicate_of >= 0);
        }
    if (seen == 0)
        cr_skip_test("no PoCL here");
    cr_assert_eq(seen, 2);
    device_list_free(&list);
}

Test(discover, software_rasterizer_is_a_cpu)
{
    setenv("RUSTICL_ENABLE", "llvmpipe", 1);
    find();
    for (size_t i = 0; i < list.count; i++)
        if (strstr(list.entries[i].info.name, "llvmpipe")) {
            cr_assert_eq(list.entries[i].info.type, DEVICE_TYPE_CPU);
            cr_assert_eq(list.entries[i].info.discrete, 0);
            device_list_free(&list);
            return;
        }
    cr_skip_test("no rusticl here");
}

Test(discover, pocl_without_cache_folder)
{
    setenv("POCL_CACHE_DIR", "/proc/nowhere", 1);
    find();
    for (size_t i = 0; i < list.count; i++)
        if (!strcmp(list.entries[i].info.platform, "Portable Computing Language"))
            cr_skip_test("this PoCL works without");
    if (list.platforms == 0)
        cr_skip_test("no OpenCL platform here");
    cr_assert(list.pocl_is_silent);
    device_list_free(&list);
}

Test(discover, no_platform_is_no_failure)
{
    setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
    find();
    if (list.platforms > 0)
        cr_skip_test("this loader does not read OCL_ICD_VENDORS");
    cr_assert_eq(list.count, 0);
    cr_assert(!list.pocl_is_silent);
    device_list_free(&list);
}
