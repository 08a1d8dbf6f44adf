/* Several devices, chosen and opened: PoCL offers one CPU as two devices. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "pocl_pair.h"

static plotmill *pm;
static char logged[2000];

static void keep(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    if (level == PLOTMILL_LOG_INFO)
        snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", text);
}

static void begin(void)
{
    unsetenv("PLOTMILL_DEVICE");
    setenv("POCL_DEVICES", "pthread basic", 1);
    pm = plotmill_create();
    plotmill_set_log(pm, keep, NULL);
}

static void end(void)
{
    plotmill_destroy(pm);
}

TestSuite(devices, .init = begin, .fini = end);

Test(devices, are_chosen)
{
    if (!two_from_pocl(pm))
        cr_skip_test("pocl: not installed");
    struct device_info chosen[4];
    size_t count = 99;
    cr_assert_eq(api_devices_choose(pm, "1,0", chosen, 4, &count), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(count == 2 && chosen[0].index == 1 && chosen[1].index == 0);
    cr_assert_str_eq(chosen[0].reason, "selected by 1 in device=1,0");
    setenv("PLOTMILL_DEVICE", "0,1", 1);
    cr_assert_eq(api_devices_choose(pm, NULL, chosen, 4, &count), PLOTMILL_OK);
    cr_assert(count == 2 && chosen[0].index == 0 && chosen[1].index == 1);
    cr_assert_eq(api_device_choose(pm, NULL, chosen), PLOTMILL_OK);
    cr_assert_eq(chosen[0].index, 0);
    cr_assert_eq(api_devices_choose(pm, "0,1", chosen, 1, &count), PLOTMILL_BAD_INPUT);
    cr_assert_eq(count, 0);
    cr_assert_eq(api_devices_choose(pm, "0, 0", chosen, 4, &count), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "twice"), "%s", plotmill_message(pm));
}

Test(devices, of_a_job_are_reported_in_order)
{
    if (!two_from_pocl(pm))
        cr_skip_test("pocl: not installed");
    struct job_devices found;
    cr_assert_eq(find_job_devices(&found, pm, "1,0"), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(found.sharing == 2 && !found.automatic);
    for (uint32_t k = 0; k < 2; k++) {
        const struct device_info *info = &found.devices[k]->info;
        char line[800];
        cr_assert_eq(info->index, 1 - k);
        cr_assert_eq(found.devices[k], &found.list.entries[1 - k]);
        snprintf(line, sizeof line, "device %u: %s (%s): selected by %u in device=1,0\n", 1 - k, info->name,
                 info->platform, 1 - k);
        cr_assert(strstr(logged, line), "'%s' lacks '%s'", logged, line);
    }
    device_list_free(&found.list);
    cr_assert_eq(find_job_devices(&found, pm, "0,none"), PLOTMILL_NO_DEVICE);
    device_list_free(&found.list);
}

/* All CPU devices are one chip: when one is active, none is left to take over. */
Test(devices, that_take_over_are_other_chips)
{
    if (!two_from_pocl(pm))
        cr_skip_test("pocl: not installed");
    struct job_devices found;
    cr_assert_eq(find_job_devices(&found, pm, "auto"), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(found.sharing == 1 && found.automatic);
    for (size_t k = 1; k < found.count; k++)
        cr_assert(!device_same_chip(&found.devices[k]->identity, &found.devices[0]->identity));
    device_list_free(&found.list);
}

Test(devices, all_processors_are_one_chip)
{
    if (!two_from_pocl(pm))
        cr_skip_test("pocl: not installed");
    struct device_info *devices, chosen[16];
    size_t count, processors = 0;
    cr_assert_eq(api_devices(pm, &devices, &count), PLOTMILL_OK);
    api_devices_free(devices);
    cr_assert_eq(api_devices_choose(pm, "all", chosen, 16, &count), PLOTMILL_OK, "%s", plotmill_message(pm));
    for (size_t k = 0; k < count; k++)
        processors += chosen[k].type == DEVICE_TYPE_CPU;
    cr_assert_eq(processors, 1);
}
