/* The choice of one device. */
#include "base/error.h"
#include "device_lists.h"

static struct device_info chosen;
static struct plotmill_error error;

static void expect(const char *text, size_t index, const char *why)
{
    const char *shown = text ? text : "NULL";
    error.message[0] = 0;
    enum plotmill_status status = device_choose(&list, text, &chosen, &error);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", shown, error.message);
    cr_assert_eq(chosen.index, index, "%s: %u, expected %zu", shown, (unsigned)chosen.index, index);
    cr_assert_str_eq(chosen.name, entries[index].info.name);
    cr_assert_str_eq(chosen.reason, why);
}

static void expect_failure(const char *text, enum plotmill_status expected, const char *part)
{
    enum plotmill_status status = device_choose(&list, text, &chosen, &error);
    cr_assert_eq(status, expected, "%s: status %d", text, (int)status);
    cr_assert(strstr(error.message, part), "'%s' lacks '%s'", error.message, part);
}

TestSuite(choose, .init = without_variable);

Test(choose, auto_takes_discrete_gpu_with_most_memory)
{
    LAY_OUT(workstation);
    expect(NULL, 3, "the GPU with the most memory of 3");
    expect("auto", 3, "the GPU with the most memory of 3");
    expect("AUTO", 3, "the GPU with the most memory of 3");
    device_mark_default(&list);
    for (size_t i = 0; i < list.count; i++) {
        cr_assert_eq(entries[i].info.is_default, i == 3);
        cr_assert_str_eq(entries[i].info.reason, i == 3 ? "the GPU with the most memory of 3" : "");
    }
}

Test(choose, auto_order)
{
    struct device devices[] = {workstation[0], workstation[4], workstation[1], workstation[2]};
    lay_out(devices, 1);
    expect("auto", 0, "no GPU or accelerator found");
    lay_out(devices, 2);
    expect("auto", 1, "no GPU: the only accelerator");
    lay_out(devices, 3);
    expect("auto", 2, "the only GPU");
    lay_out(devices, 4); /* the integrated one has eight times the memory */
    expect("auto", 3, "a discrete GPU is preferred over an integrated one");
    devices[1] = devices[2] = devices[3];
    devices[2].bus = 9;
    lay_out(devices, 3);
    expect("auto", 1, "the first of 2 equal GPUs");
}

Test(choose, auto_skips_what_cannot_be_used)
{
    struct device devices[] = {workstation[0], workstation[2]};
    devices[1].unusable = "its driver has no compiler";
    LAY_OUT(devices);
    expect("auto", 0,
           "no GPU or accelerator found (device 1, NVIDIA RTX A2000, cannot be used: its driver has no compiler)");
    expect_failure("gpu", PLOTMILL_NO_DEVICE, "device=gpu: device 1, NVIDIA RTX A2000 (NVIDIA CUDA), cannot be used");
    expect_failure("1", PLOTMILL_NO_DEVICE, "its driver has no compiler");
    expect_failure("a2000", PLOTMILL_NO_DEVICE, "its driver has no compiler");
    devices[0].unusable = "it is not available";
    LAY_OUT(devices);
    expect_failure("auto", PLOTMILL_NO_DEVICE, "it is not available");
    device_mark_default(&list);
    cr_assert(!entries[0].info.is_default && !entries[1].info.is_default);
}

Test(choose, chip_on_two_platforms)
{
    struct device devices[] = {workstation[3], workstation[5], workstation[2]};
    LAY_OUT(devices);
    expect("auto", 0, "the GPU with the most memory of 2"); /* though the second platform reports more */
    expect("1", 1, "selected by device=1");
    expect("rusticl", 1, "selected by device=rusticl");
    devices[0].unusable = "it is not available"; /* then the second platform offers it */
    LAY_OUT(devices);
    expect("auto", 1, "the GPU with the most memory of 2");
}

Test(choose, by_text)
{
    LAY_OUT(workstation);
    expect("cpu", 0, "selected by device=cpu");
    expect("6", 6, "selected by device=6");
    expect("0", 0, "selected by device=0");
    expect("UHD", 1, "selected by device=UHD");
    expect("a2000", 2, "selected by device=a2000");
    expect("LLVMpipe", 6, "selected by device=LLVMpipe");
    expect("fpga PLAT", 4, "selected by device=fpga PLAT");
    expect("nvidia cuda", 3,
           "selected by device=nvidia cuda, the best of 2 matches: the GPU with the most memory of 2");
    expect("rusticl", 5, "selected by device=rusticl, the best of 2 matches: GPU is preferred over CPU");
    expect("gpu", 3, "selected by device=gpu, the best of 3 matches: the GPU with the most memory of 3");
}

Test(choose, by_variable)
{
    LAY_OUT(workstation);
    setenv("PLOTMILL_DEVICE", "llvm", 1);
    expect(NULL, 6, "selected by PLOTMILL_DEVICE=llvm");
    expect("cpu", 0, "selected by device=cpu");
    expect("auto", 3, "the GPU with the most memory of 3"); /* the option beats the variable */
    setenv("PLOTMILL_DEVICE", "99", 1);
    expect_failure(NULL, PLOTMILL_NO_DEVICE, "PLOTMILL_DEVICE=99 matches no device");
    setenv("PLOTMILL_DEVICE", "", 1);
    expect(NULL, 3, "the GPU with the most memory of 3");
}

/* The first one where the variable names several, which is set for all commands; the option may not. */
Test(choose, where_several_are_named)
{
    LAY_OUT(workstation);
    expect_failure("0,1", PLOTMILL_BAD_INPUT, "device=0,1 selects more than 1 device: expected at most 1");
    expect_failure("all", PLOTMILL_BAD_INPUT, "device=all selects 5 devices: expected at most 1");
    setenv("PLOTMILL_DEVICE", "6,2", 1);
    expect(NULL, 6, "selected by 6 in PLOTMILL_DEVICE=6,2");
    setenv("PLOTMILL_DEVICE", "all", 1);
    expect(NULL, 3, "selected by PLOTMILL_DEVICE=all: chip 1 of 5");
    setenv("PLOTMILL_DEVICE", "0,0", 1);
    expect_failure(NULL, PLOTMILL_BAD_INPUT, "PLOTMILL_DEVICE=0,0 selects device 0, pthread-haswell, twice");
}

Test(choose, no_match_lists_all)
{
    lay_out(workstation, 2);
    const char *all = "available: 0: pthread-haswell (CPU, Portable Computing Language), "
                      "1: Intel(R) UHD Graphics (GPU, Intel(R) OpenCL HD Graphics)";
    expect_failure("radeon", PLOTMILL_NO_DEVICE, all);
    expect_failure("2", PLOTMILL_NO_DEVICE, all);
    expect_failure("99999999999999999999999999", PLOTMILL_NO_DEVICE, all);
    expect_failure("-1", PLOTMILL_NO_DEVICE, all);
    expect_failure("", PLOTMILL_BAD_INPUT, "the option device is empty");
    lay_out(workstation, 1);
    expect_failure("gpu", PLOTMILL_NO_DEVICE, "device=gpu matches no device");
}

Test(choose, long_texts_are_cut)
{
    char text[5000];
    lay_out(workstation, 1);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    expect_failure(text, PLOTMILL_NO_DEVICE, "device=xxx");
    memset(entries[0].info.name, 'x', 255);
    for (size_t i = 1; i < 16; i++)
        entries[i] = entries[0];
    list.count = 16;
    expect_failure("radeon", PLOTMILL_NO_DEVICE, "0: xxx");
    text[250] = 0;
    cr_assert_eq(device_choose(&list, text, &chosen, &error), PLOTMILL_OK);
    cr_assert(strlen(chosen.reason) < sizeof chosen.reason);
}

Test(choose, no_devices)
{
    lay_out(workstation, 0);
    expect_failure("auto", PLOTMILL_NO_DEVICE, "no OpenCL platform was found");
    list.platforms = 2;
    expect_failure("0", PLOTMILL_NO_DEVICE, "no OpenCL device was found");
    device_mark_default(&list);
}
