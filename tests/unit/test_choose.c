/* The choice of a device and the telling of duplicates, over lists made by hand. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/check.h"
#include "device/choose.h"

#define GIB ((uint64_t)1 << 30)

struct device {
    const char *name, *platform;
    enum plotmill_device_type type;
    int discrete;
    uint64_t memory;
    uint32_t bus; /* 0: the device does not tell */
    const char *unusable;
};

static struct device_entry entries[16];
static struct device_list list;
static char reason[256];
static size_t chosen;
static struct plotmill_error error;

/* Platforms are told apart by name, in the order of appearance. */
static void lay_out(const struct device *devices, size_t count)
{
    list = (struct device_list){.entries = entries, .count = count};
    for (size_t i = 0; i < count; i++) {
        struct device_entry *entry = &entries[i];
        *entry = (struct device_entry){.unusable = devices[i].unusable};
        entry->info.index = (uint32_t)i;
        entry->info.type = devices[i].type;
        entry->info.discrete = devices[i].discrete;
        entry->info.memory = devices[i].memory;
        snprintf(entry->info.name, sizeof entry->info.name, "%s", devices[i].name);
        snprintf(entry->info.platform, sizeof entry->info.platform, "%s", devices[i].platform);
        entry->identity.is_cpu = devices[i].type == PLOTMILL_DEVICE_CPU;
        entry->identity.has_pci = devices[i].bus > 0;
        entry->identity.bus = devices[i].bus;
        entry->identity.platform = list.platforms;
        for (size_t j = 0; j < i; j++)
            if (!strcmp(devices[i].platform, devices[j].platform))
                entry->identity.platform = entries[j].identity.platform;
        list.platforms += entry->identity.platform == list.platforms;
    }
}
#define LAY_OUT(devices) lay_out((devices), sizeof(devices) / sizeof(devices)[0])

static void expect(const char *text, size_t index, const char *why)
{
    reason[0] = 0;
    error.message[0] = 0;
    enum plotmill_status status = device_choose(&list, text, &chosen, reason, sizeof reason, &error);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", text ? text : "NULL", error.message);
    cr_assert_eq(chosen, index, "%s: %zu, expected %zu", text ? text : "NULL", chosen, index);
    cr_assert_str_eq(reason, why);
}

static void expect_failure(const char *text, enum plotmill_status expected, const char *part)
{
    enum plotmill_status status = device_choose(&list, text, &chosen, reason, sizeof reason, &error);
    cr_assert_eq(status, expected, "%s: status %d", text, (int)status);
    cr_assert(strstr(error.message, part), "'%s' lacks '%s'", error.message, part);
}

static const struct device workstation[] = {
    {"pthread-haswell", "Portable Computing Language", PLOTMILL_DEVICE_CPU, 0, 64 * GIB, 0, NULL},
    {"Intel(R) UHD Graphics", "Intel(R) OpenCL HD Graphics", PLOTMILL_DEVICE_GPU, 0, 48 * GIB, 1, NULL},
    {"NVIDIA RTX A2000", "NVIDIA CUDA", PLOTMILL_DEVICE_GPU, 1, 6 * GIB, 2, NULL},
    {"NVIDIA RTX A6000", "NVIDIA CUDA", PLOTMILL_DEVICE_GPU, 1, 48 * GIB, 3, NULL},
    {"some FPGA", "FPGA platform", PLOTMILL_DEVICE_ACCELERATOR, 0, 8 * GIB, 4, NULL},
    {"NVIDIA RTX A6000", "rusticl", PLOTMILL_DEVICE_GPU, 1, 49 * GIB, 3, NULL},
    {"llvmpipe", "rusticl", PLOTMILL_DEVICE_CPU, 0, 2 * GIB, 0, NULL},
};

static void without_variable(void)
{
    unsetenv("PLOTMILL_DEVICE");
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
    expect("auto", 0, "no GPU or accelerator: the CPU");
    lay_out(devices, 2);
    expect("auto", 1, "no GPU: the only accelerator");
    lay_out(devices, 3);
    expect("auto", 2, "the only GPU");
    lay_out(devices, 4); /* the integrated one has eight times the memory */
    expect("auto", 3, "a discrete GPU comes before an integrated one");
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
           "no GPU or accelerator: the CPU (device 1, NVIDIA RTX A2000, cannot be used: its driver has no compiler)");
    expect_failure("gpu", PLOTMILL_NO_DEVICE, "--device gpu: device 1, NVIDIA RTX A2000 (NVIDIA CUDA), cannot be used");
    expect_failure("1", PLOTMILL_NO_DEVICE, "its driver has no compiler");
    expect_failure("a2000", PLOTMILL_NO_DEVICE, "its driver has no compiler");
    devices[0].unusable = "it is not available";
    LAY_OUT(devices);
    expect_failure("auto", PLOTMILL_NO_DEVICE, "it is not available");
    device_mark_default(&list);
    cr_assert(!entries[0].info.is_default && !entries[1].info.is_default);
}

Test(choose, later_sight_of_a_chip)
{
    struct device devices[] = {workstation[3], workstation[5], workstation[2]};
    LAY_OUT(devices);
    expect("auto", 0, "the GPU with the most memory of 2"); /* though the second sight claims more */
    expect("1", 1, "asked for by --device 1");
    expect("rusticl", 1, "asked for by --device rusticl");
    devices[0].unusable = "it is not available"; /* then the second sight stands for the chip */
    LAY_OUT(devices);
    expect("auto", 1, "the GPU with the most memory of 2");
}

Test(choose, by_text)
{
    LAY_OUT(workstation);
    expect("cpu", 0, "asked for by --device cpu");
    expect("6", 6, "asked for by --device 6");
    expect("0", 0, "asked for by --device 0");
    expect("UHD", 1, "asked for by --device UHD");
    expect("a2000", 2, "asked for by --device a2000");
    expect("LLVMpipe", 6, "asked for by --device LLVMpipe");
    expect("fpga PLAT", 4, "asked for by --device fpga PLAT");
    expect("nvidia cuda", 3, "asked for by --device nvidia cuda, which fits 2: the GPU with the most memory of 2");
    expect("rusticl", 5, "asked for by --device rusticl, which fits 2: GPU comes before CPU");
    expect("gpu", 3, "asked for by --device gpu, which fits 3: the GPU with the most memory of 3");
}

Test(choose, by_variable)
{
    LAY_OUT(workstation);
    setenv("PLOTMILL_DEVICE", "llvm", 1);
    expect(NULL, 6, "asked for by PLOTMILL_DEVICE=llvm");
    expect("cpu", 0, "asked for by --device cpu");
    expect("auto", 3, "the GPU with the most memory of 3"); /* the option beats the variable */
    setenv("PLOTMILL_DEVICE", "99", 1);
    expect_failure(NULL, PLOTMILL_NO_DEVICE, "PLOTMILL_DEVICE=99 fits no device");
    setenv("PLOTMILL_DEVICE", "", 1);
    expect(NULL, 3, "the GPU with the most memory of 3");
}

Test(choose, no_match_lists_all)
{
    lay_out(workstation, 2);
    const char *all = "there are: 0: pthread-haswell (CPU, Portable Computing Language); "
                      "1: Intel(R) UHD Graphics (GPU, Intel(R) OpenCL HD Graphics)";
    expect_failure("radeon", PLOTMILL_NO_DEVICE, all);
    expect_failure("2", PLOTMILL_NO_DEVICE, all);
    expect_failure("99999999999999999999999999", PLOTMILL_NO_DEVICE, all);
    expect_failure("-1", PLOTMILL_NO_DEVICE, all);
    expect_failure("", PLOTMILL_BAD_INPUT, "--device is empty");
    lay_out(workstation, 1);
    expect_failure("gpu", PLOTMILL_NO_DEVICE, "--device gpu fits no device");
}

Test(choose, long_texts_are_cut)
{
    char text[5000];
    lay_out(workstation, 1);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    expect_failure(text, PLOTMILL_NO_DEVICE, "--device xxx");
    memset(entries[0].info.name, 'x', 255);
    for (size_t i = 1; i < 16; i++)
        entries[i] = entries[0];
    list.count = 16;
    expect_failure("radeon", PLOTMILL_NO_DEVICE, "0: xxx");
    text[250] = 0;
    cr_assert_eq(device_choose(&list, text, &chosen, reason, sizeof reason, &error), PLOTMILL_OK);
    cr_assert(strlen(reason) < sizeof reason);
}

Test(choose, no_devices)
{
    lay_out(workstation, 0);
    expect_failure("auto", PLOTMILL_NO_DEVICE, "no OpenCL platform was found");
    list.platforms = 2;
    expect_failure("0", PLOTMILL_NO_DEVICE, "no OpenCL device was found");
    device_mark_default(&list);
}

static void expect_several(const char *text, size_t most, const size_t *indices, size_t count,
                           const char *const *reasons)
{
    struct device_choice choices[8];
    size_t found = 99;
    enum plotmill_status status = device_choose_several(&list, text, choices, most, &found, &error);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", text ? text : "NULL", error.message);
    cr_assert_eq(found, count, "%s: %zu devices, expected %zu", text ? text : "NULL", found, count);
    for (size_t k = 0; k < count; k++) {
        cr_assert_eq(choices[k].index, indices[k], "%s: number %zu is %zu", text ? text : "NULL", k, choices[k].index);
        if (reasons)
            cr_assert_str_eq(choices[k].reason, reasons[k]);
    }
}
#define EXPECT_SEVERAL(text, ...) \
    expect_several((text), 8, (const size_t[]){__VA_ARGS__}, sizeof(size_t[]){__VA_ARGS__} / sizeof(size_t), NULL)

static void expect_several_failure(const char *text, size_t most, enum plotmill_status expected, const char *message)
{
    struct device_choice choices[8];
    size_t count;
    enum plotmill_status status = device_choose_several(&list, text, choices, most, &count, &error);
    cr_assert_eq(status, expected, "%s: status %d", text, (int)status);
    cr_assert(strstr(error.message, message), "'%s' lacks '%s'", error.message, message);
    cr_assert_not(strchr(error.message, '\n'));
}

Test(choose, several_by_text)
{
    LAY_OUT(workstation);
    expect_several("2,0", 2, (const size_t[]){2, 0}, 2,
                   (const char *const[]){"asked for by 2 in --device 2,0", "asked for by 0 in --device 2,0"});
    expect_several("gpu,cpu", 8, (const size_t[]){3, 0}, 2,
                   (const char *const[]){"asked for by gpu in --device gpu,cpu, which fits 3: the GPU with the most "
                                         "memory of 3",
                                         "asked for by cpu in --device gpu,cpu"});
    EXPECT_SEVERAL("Portable,LLVMpipe", 0, 6);
    EXPECT_SEVERAL("3,5", 3, 5); /* one chip on two platforms: explicit choice does not mind */
    EXPECT_SEVERAL(" 1 , auto", 1, 3);
    expect_several("a2000", 1, (const size_t[]){2}, 1, (const char *const[]){"asked for by --device a2000"});
    expect_several("auto", 1, (const size_t[]){3}, 1, (const char *const[]){"the GPU with the most memory of 3"});
    EXPECT_SEVERAL(NULL, 3);
}

Test(choose, all_takes_each_usable_chip_once)
{
    LAY_OUT(workstation);
    expect_several(
        "all", 5, (const size_t[]){3, 2, 1, 4, 0}, 5,
        (const char *const[]){"asked for by --device all: chip 1 of 5", "asked for by --device all: chip 2 of 5",
                              "asked for by --device all: chip 3 of 5", "asked for by --device all: chip 4 of 5",
                              "asked for by --device all: chip 5 of 5"});
    EXPECT_SEVERAL("ALL", 3, 2, 1, 4, 0);
    expect_several_failure("all", 4, PLOTMILL_BAD_INPUT, "--device all means 5: expected at most 4 devices");
    entries[3].unusable = "it is not available"; /* its second sight, 5, stands for it */
    entries[4].unusable = "it is not available";
    EXPECT_SEVERAL("all", 5, 2, 1, 0);
    struct device processors[] = {workstation[0], workstation[6]};
    LAY_OUT(processors);
    expect_several("all", 1, (const size_t[]){0}, 1, (const char *const[]){"asked for by --device all: the only chip"});
    EXPECT_SEVERAL("0,1", 0, 1);
    entries[0].unusable = entries[1].unusable = "it is not available";
    expect_several_failure("all", 4, PLOTMILL_NO_DEVICE, "--device all: device 0, pthread-haswell");
}

Test(choose, equal_chips_keep_the_order_of_the_list)
{
    struct device devices[] = {workstation[2], workstation[2], workstation[3], workstation[2]};
    for (uint32_t i = 0; i < 4; i++)
        devices[i].bus = 10 + i;
    LAY_OUT(devices);
    EXPECT_SEVERAL("all", 2, 0, 1, 3);
}

Test(choose, names_may_hold_commas)
{
    struct device devices[] = {
        {"llvmpipe (LLVM 15.0.6, 256 bits)", "rusticl", PLOTMILL_DEVICE_CPU, 0, GIB, 0, NULL},
        {"NVIDIA A, B, C", "NVIDIA CUDA", PLOTMILL_DEVICE_GPU, 1, GIB, 2, NULL},
        {"B", "other", PLOTMILL_DEVICE_GPU, 1, GIB, 3, NULL},
    };
    LAY_OUT(devices);
    expect_several("llvmpipe (LLVM 15.0.6, 256 bits)", 1, (const size_t[]){0}, 1,
                   (const char *const[]){"asked for by --device llvmpipe (LLVM 15.0.6, 256 bits)"});
    EXPECT_SEVERAL("llvmpipe (LLVM 15.0.6, 256 bits),1", 0, 1);
    EXPECT_SEVERAL("2,llvmpipe (LLVM 15.0.6, 256 bits),a, b", 2, 0, 1);
    EXPECT_SEVERAL("a, b, c", 1);
    EXPECT_SEVERAL("nvidia,other", 1, 2);
}

Test(choose, several_that_are_wrong)
{
    LAY_OUT(workstation);
    expect_several_failure("0,0", 8, PLOTMILL_BAD_INPUT, "--device 0,0 means device 0, pthread-haswell, twice");
    expect_several_failure("gpu,1,a6000", 8, PLOTMILL_BAD_INPUT, "means device 3, NVIDIA RTX A6000, twice");
    expect_several_failure("0,,1", 8, PLOTMILL_BAD_INPUT, "--device 0,,1: device 2 is empty");
    expect_several_failure(",1", 8, PLOTMILL_BAD_INPUT, "device 1 is empty");
    expect_several_failure("1,", 8, PLOTMILL_BAD_INPUT, "device 2 is empty");
    expect_several_failure("1, ", 8, PLOTMILL_BAD_INPUT, "device 2 is empty");
    expect_several_failure(",", 8, PLOTMILL_BAD_INPUT, "device 1 is empty");
    expect_several_failure(" ", 8, PLOTMILL_BAD_INPUT, "device 1 is empty");
    expect_several_failure("", 8, PLOTMILL_BAD_INPUT, "--device is empty");
    expect_several_failure("0,9", 8, PLOTMILL_NO_DEVICE, "--device 0,9: 9 fits no device; there are: 0: pthread");
    expect_several_failure("radeon,0", 8, PLOTMILL_NO_DEVICE, "--device radeon,0: radeon fits no device");
    expect_several_failure("0,all", 8, PLOTMILL_NO_DEVICE, "--device 0,all: all fits no device");
    expect_several_failure("0,1,2", 2, PLOTMILL_BAD_INPUT,
                           "--device 0,1,2 means more than 2: expected at most 2 devices");
    entries[1].unusable = "it is not available";
    expect_several_failure("0,1", 8, PLOTMILL_NO_DEVICE, "--device 0,1: 1: device 1, Intel(R) UHD Graphics");
    expect_failure("0,1", PLOTMILL_BAD_INPUT, "--device 0,1 means more than 1: expected at most 1 device");
    expect_failure("all", PLOTMILL_BAD_INPUT, "--device all means 4: expected at most 1 device");
    lay_out(workstation, 0);
    expect_several_failure("all", 8, PLOTMILL_NO_DEVICE, "no OpenCL platform was found");
}

Test(choose, several_by_variable)
{
    LAY_OUT(workstation);
    setenv("PLOTMILL_DEVICE", "6,2", 1);
    EXPECT_SEVERAL(NULL, 6, 2);
    EXPECT_SEVERAL("0", 0);
    expect(NULL, 6, "asked for by 6 in PLOTMILL_DEVICE=6,2"); /* what takes one device takes the first */
    setenv("PLOTMILL_DEVICE", "all", 1);
    EXPECT_SEVERAL(NULL, 3, 2, 1, 4, 0);
    expect(NULL, 3, "asked for by PLOTMILL_DEVICE=all: chip 1 of 5");
    setenv("PLOTMILL_DEVICE", "0,0", 1);
    expect_failure(NULL, PLOTMILL_BAD_INPUT, "PLOTMILL_DEVICE=0,0 means device 0, pthread-haswell, twice");
}

Test(choose, several_long_texts_are_cut)
{
    char text[5000];
    lay_out(workstation, 1);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 600 == 599 ? ',' : 'x';
    text[sizeof text - 1] = 0;
    expect_several_failure(text, 8, PLOTMILL_NO_DEVICE, "--device xxx");
}

Test(duplicates, by_address)
{
    struct device_identity a = {.platform = 0, .has_pci = true, .domain = 0, .bus = 3, .slot = 1, .function = 0};
    struct device_identity b = a;
    cr_assert(!device_same_chip(&a, &b), "one platform lists a GPU once");
    b.platform = 1;
    cr_assert(device_same_chip(&a, &b));
    b.domain = 1;
    cr_assert(!device_same_chip(&a, &b));
    b.domain = DEVICE_DOMAIN_UNKNOWN;
    cr_assert(device_same_chip(&a, &b) && device_same_chip(&b, &a));
    b.bus = 4;
    cr_assert(!device_same_chip(&a, &b));
    b.bus = 3, b.slot = 2;
    cr_assert(!device_same_chip(&a, &b));
    b.slot = 1, b.function = 1;
    cr_assert(!device_same_chip(&a, &b));
}

Test(duplicates, by_uuid)
{
    struct device_identity a = {.platform = 0, .has_uuid = true, .uuid = {1, 2, 3}};
    struct device_identity b = {.platform = 1, .has_uuid = true, .uuid = {1, 2, 3}};
    cr_assert(device_same_chip(&a, &b));
    b.uuid[15] = 9;
    cr_assert(!device_same_chip(&a, &b));
    a.has_pci = b.has_pci = true; /* the address decides where both have one */
    cr_assert(device_same_chip(&a, &b));
    a.bus = 1, b.uuid[15] = 0;
    cr_assert(!device_same_chip(&a, &b));
    a.has_pci = false;
    cr_assert(device_same_chip(&a, &b));
    a.has_uuid = false;
    cr_assert(!device_same_chip(&a, &b), "nothing known is not the same");
}

Test(duplicates, processors)
{
    struct device_identity cpu = {.is_cpu = true}, other = {.is_cpu = true, .platform = 1}, gpu = {.platform = 2};
    cr_assert(device_same_chip(&cpu, &other));
    cr_assert(device_same_chip(&cpu, &cpu), "also on one platform");
    cr_assert(!device_same_chip(&cpu, &gpu) && !device_same_chip(&gpu, &cpu));
}

Test(errors, are_named)
{
    cr_assert_str_eq(cl_error_name(CL_OUT_OF_RESOURCES), "CL_OUT_OF_RESOURCES");
    cr_assert_str_eq(cl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    cr_assert_str_eq(cl_error_name(-12345), "unknown OpenCL error");
    cr_assert_eq(cl_fail(&error, -5, "clFinish(queue)", "../src/device/x.c", 7), PLOTMILL_NO_MEMORY);
    cr_assert_str_eq(error.message, "clFinish failed: CL_OUT_OF_RESOURCES (-5) at device/x.c:7");
    cr_assert_eq(cl_fail(NULL, -30, "clFinish(queue)", "x.c", 7), PLOTMILL_DEVICE_FAILED);
}

static void expect_others(const size_t *taken, size_t count, size_t most, const size_t *expected, size_t expected_count)
{
    size_t others[16];
    size_t found = device_choose_others(&list, taken, count, others, most);
    cr_assert_eq(found, expected_count, "%zu others, expected %zu", found, expected_count);
    for (size_t k = 0; k < found; k++)
        cr_assert_eq(others[k], expected[k], "other %zu is %zu, expected %zu", k, others[k], expected[k]);
}

/* In the order of "auto"; a chip that is taken is not taken again through another platform. */
Test(choose, others_are_the_chips_that_are_left)
{
    LAY_OUT(workstation);
    struct device_choice all[8];
    size_t count, order[8];
    cr_assert_eq(device_choose_several(&list, "all", all, 8, &count, &error), PLOTMILL_OK);
    for (size_t k = 0; k < count; k++)
        order[k] = all[k].index;
    for (size_t k = 0; k < count; k++) {
        size_t rest[8], left = 0;
        for (size_t i = 0; i < count; i++)
            if (i != k)
                rest[left++] = order[i];
        expect_others(&order[k], 1, 16, rest, left);
    }
    expect_others(order, count, 16, NULL, 0);
    expect_others((const size_t[]){5}, 1, 16, (const size_t[]){2, 1, 4, 0}, 4); /* 3 is the same chip */
    expect_others((const size_t[]){3}, 1, 1, (const size_t[]){2}, 1); /* no room for more: the best */
    expect_others((const size_t[]){3}, 1, 0, NULL, 0);
}
