/* Several devices, chosen and opened: PoCL offers one CPU as two devices. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"

static plotmill *pm;
static char said[2000];

static void keep(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    if (level == PLOTMILL_LOG_INFO)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", text);
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

static bool two_from_pocl(void)
{
    struct plotmill_device *devices;
    size_t count;
    cr_assert_eq(plotmill_devices(pm, &devices, &count), PLOTMILL_OK);
    bool two =
        count >= 2 && strstr(devices[0].platform, "Portable") && !strcmp(devices[0].platform, devices[1].platform);
    plotmill_devices_free(devices);
    return two;
}

Test(devices, are_chosen)
{
    if (!two_from_pocl())
        cr_skip_test("pocl: not installed");
    struct plotmill_device chosen[4];
    size_t count = 99;
    cr_assert_eq(plotmill_devices_choose(pm, "1,0", chosen, 4, &count), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(count == 2 && chosen[0].index == 1 && chosen[1].index == 0);
    cr_assert_str_eq(chosen[0].reason, "asked for by 1 in --device 1,0");
    setenv("PLOTMILL_DEVICE", "0,1", 1);
    cr_assert_eq(plotmill_devices_choose(pm, NULL, chosen, 4, &count), PLOTMILL_OK);
    cr_assert(count == 2 && chosen[0].index == 0 && chosen[1].index == 1);
    cr_assert_eq(plotmill_device_choose(pm, NULL, chosen), PLOTMILL_OK);
    cr_assert_eq(chosen[0].index, 0);
    cr_assert_eq(plotmill_devices_choose(pm, "0,1", chosen, 1, &count), PLOTMILL_BAD_INPUT);
    cr_assert_eq(count, 0);
    cr_assert_eq(plotmill_devices_choose(pm, "0, 0", chosen, 4, &count), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "twice"), "%s", plotmill_message(pm));
}

Test(devices, are_opened_and_told)
{
    if (!two_from_pocl())
        cr_skip_test("pocl: not installed");
    struct plotmill_device chosen[4];
    struct compute *computes[4] = {NULL};
    size_t count = 99;
    cr_assert_eq(open_devices(pm, "0,1", computes, chosen, 4, &count), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(count, 2);
    for (uint32_t k = 0; k < count; k++) {
        char line[800];
        cr_assert_eq(compute_device(computes[k])->index, k);
        snprintf(line, sizeof line, "device %u: %s (%s): asked for by %u in --device 0,1\n", k, chosen[k].name,
                 chosen[k].platform, k);
        cr_assert(strstr(said, line), "'%s' lacks '%s'", said, line);
        compute_close(computes[k]);
    }
    cr_assert_eq(open_devices(pm, "0,none", computes, chosen, 4, &count), PLOTMILL_NO_DEVICE);
    cr_assert_eq(count, 0);
}

Test(devices, all_processors_are_one_chip)
{
    if (!two_from_pocl())
        cr_skip_test("pocl: not installed");
    struct plotmill_device *devices, chosen[16];
    size_t count, processors = 0;
    cr_assert_eq(plotmill_devices(pm, &devices, &count), PLOTMILL_OK);
    plotmill_devices_free(devices);
    cr_assert_eq(plotmill_devices_choose(pm, "all", chosen, 16, &count), PLOTMILL_OK, "%s", plotmill_message(pm));
    for (size_t k = 0; k < count; k++)
        processors += chosen[k].type == PLOTMILL_DEVICE_CPU;
    cr_assert_eq(processors, 1);
}
