/* The choice of the devices that share a job, and of those that are left. */
#include "base/error.h"
#include "device_lists.h"

static struct plotmill_error error;

TestSuite(choose_several, .init = without_variable);

static void expect_several(const char *text, size_t most, const size_t *indices, size_t count,
                           const char *const *reasons)
{
    struct device_info chosen[8];
    size_t found = 99;
    enum plotmill_status status = device_choose_several(&list, text, chosen, most, &found, &error);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", text ? text : "NULL", error.message);
    cr_assert_eq(found, count, "%s: %zu devices, expected %zu", text ? text : "NULL", found, count);
    for (size_t k = 0; k < count; k++) {
        cr_assert_eq(chosen[k].index, indices[k], "%s: number %zu is %u", text ? text : "NULL", k,
                     (unsigned)chosen[k].index);
        if (reasons)
            cr_assert_str_eq(chosen[k].reason, reasons[k]);
    }
}
#define EXPECT_SEVERAL(text, ...) \
    expect_several((text), 8, (const size_t[]){__VA_ARGS__}, sizeof(size_t[]){__VA_ARGS__} / sizeof(size_t), NULL)

static void expect_several_failure(const char *text, size_t most, enum plotmill_status expected, const char *message)
{
    struct device_info chosen[8];
    size_t count;
    enum plotmill_status status = device_choose_several(&list, text, chosen, most, &count, &error);
    cr_assert_eq(status, expected, "%s: status %d", text, (int)status);
    cr_assert(strstr(error.message, message), "'%s' lacks '%s'", error.message, message);
    cr_assert_not(strchr(error.message, '\n'));
}

Test(choose_several, several_by_text)
{
    LAY_OUT(workstation);
    expect_several("2,0", 2, (const size_t[]){2, 0}, 2,
                   (const char *const[]){"selected by 2 in device=2,0", "selected by 0 in device=2,0"});
    expect_several("gpu,cpu", 8, (const size_t[]){3, 0}, 2,
                   (const char *const[]){"selected by gpu in device=gpu,cpu, the best of 3 matches: the GPU "
                                         "with the most memory of 3",
                                         "selected by cpu in device=gpu,cpu"});
    EXPECT_SEVERAL("Portable,LLVMpipe", 0, 6);
    EXPECT_SEVERAL("3,5", 3, 5); /* one chip on two platforms: allowed by an explicit choice */
    EXPECT_SEVERAL(" 1 , auto", 1, 3);
    expect_several("a2000", 1, (const size_t[]){2}, 1, (const char *const[]){"selected by device=a2000"});
    expect_several("auto", 1, (const size_t[]){3}, 1, (const char *const[]){"the GPU with the most memory of 3"});
    EXPECT_SEVERAL(NULL, 3);
}

Test(choose_several, all_takes_each_usable_chip_once)
{
    LAY_OUT(workstation);
    expect_several("all", 5, (const size_t[]){3, 2, 1, 4, 0}, 5,
                   (const char *const[]){"selected by device=all: chip 1 of 5", "selected by device=all: chip 2 of 5",
                                         "selected by device=all: chip 3 of 5", "selected by device=all: chip 4 of 5",
                                         "selected by device=all: chip 5 of 5"});
    EXPECT_SEVERAL("ALL", 3, 2, 1, 4, 0);
    expect_several_failure("all", 4, PLOTMILL_BAD_INPUT, "device=all selects 5 devices: expected at most 4");
    entries[3].unusable = "it is not available"; /* the second platform offers it as 5 */
    entries[4].unusable = "it is not available";
    EXPECT_SEVERAL("all", 5, 2, 1, 0);
    struct device processors[] = {workstation[0], workstation[6]};
    LAY_OUT(processors);
    expect_several("all", 1, (const size_t[]){0}, 1, (const char *const[]){"selected by device=all: the only chip"});
    EXPECT_SEVERAL("0,1", 0, 1);
    entries[0].unusable = entries[1].unusable = "it is not available";
    expect_several_failure("all", 4, PLOTMILL_NO_DEVICE, "device=all: device 0, pthread-haswell");
}

Test(choose_several, equal_chips_keep_the_order_of_the_list)
{
    struct device devices[] = {workstation[2], workstation[2], workstation[3], workstation[2]};
    for (uint32_t i = 0; i < 4; i++)
        devices[i].bus = 10 + i;
    LAY_OUT(devices);
    EXPECT_SEVERAL("all", 2, 0, 1, 3);
}

Test(choose_several, names_may_hold_commas)
{
    struct device devices[] = {
        {"llvmpipe (LLVM 15.0.6, 256 bits)", "rusticl", DEVICE_TYPE_CPU, 0, GIB, 0, NULL},
        {"NVIDIA A, B, C", "NVIDIA CUDA", DEVICE_TYPE_GPU, 1, GIB, 2, NULL},
        {"B", "other", DEVICE_TYPE_GPU, 1, GIB, 3, NULL},
    };
    LAY_OUT(devices);
    expect_several("llvmpipe (LLVM 15.0.6, 256 bits)", 1, (const size_t[]){0}, 1,
                   (const char *const[]){"selected by device=llvmpipe (LLVM 15.0.6, 256 bits)"});
    EXPECT_SEVERAL("llvmpipe (LLVM 15.0.6, 256 bits),1", 0, 1);
    EXPECT_SEVERAL("2,llvmpipe (LLVM 15.0.6, 256 bits),a, b", 2, 0, 1);
    EXPECT_SEVERAL("a, b, c", 1);
    EXPECT_SEVERAL("nvidia,other", 1, 2);
}

Test(choose_several, several_that_are_wrong)
{
    LAY_OUT(workstation);
    expect_several_failure("0,0", 8, PLOTMILL_BAD_INPUT, "device=0,0 selects device 0, pthread-haswell, twice");
    expect_several_failure("gpu,1,a6000", 8, PLOTMILL_BAD_INPUT, "selects device 3, NVIDIA RTX A6000, twice");
    expect_several_failure("0,,1", 8, PLOTMILL_BAD_INPUT, "device=0,,1: entry 2 is empty");
    expect_several_failure(",1", 8, PLOTMILL_BAD_INPUT, "entry 1 is empty");
    expect_several_failure("1,", 8, PLOTMILL_BAD_INPUT, "entry 2 is empty");
    expect_several_failure("1, ", 8, PLOTMILL_BAD_INPUT, "entry 2 is empty");
    expect_several_failure(",", 8, PLOTMILL_BAD_INPUT, "entry 1 is empty");
    expect_several_failure(" ", 8, PLOTMILL_BAD_INPUT, "entry 1 is empty");
    expect_several_failure("", 8, PLOTMILL_BAD_INPUT, "the option device is empty");
    expect_several_failure("0,9", 8, PLOTMILL_NO_DEVICE, "device=0,9: 9 matches no device; available: 0: pthread");
    expect_several_failure("radeon,0", 8, PLOTMILL_NO_DEVICE, "device=radeon,0: radeon matches no device");
    expect_several_failure("0,all", 8, PLOTMILL_NO_DEVICE, "device=0,all: all matches no device");
    expect_several_failure("0,1,2", 2, PLOTMILL_BAD_INPUT,
                           "device=0,1,2 selects more than 2 devices: expected at most 2");
    entries[1].unusable = "it is not available";
    expect_several_failure("0,1", 8, PLOTMILL_NO_DEVICE, "device=0,1: 1: device 1, Intel(R) UHD Graphics");
    lay_out(workstation, 0);
    expect_several_failure("all", 8, PLOTMILL_NO_DEVICE, "no OpenCL platform was found");
}

Test(choose_several, several_by_variable)
{
    LAY_OUT(workstation);
    setenv("PLOTMILL_DEVICE", "6,2", 1);
    EXPECT_SEVERAL(NULL, 6, 2);
    EXPECT_SEVERAL("0", 0);
    setenv("PLOTMILL_DEVICE", "all", 1);
    EXPECT_SEVERAL(NULL, 3, 2, 1, 4, 0);
}

Test(choose_several, several_long_texts_are_cut)
{
    char text[5000];
    lay_out(workstation, 1);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 600 == 599 ? ',' : 'x';
    text[sizeof text - 1] = 0;
    expect_several_failure(text, 8, PLOTMILL_NO_DEVICE, "device=xxx");
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
Test(choose_several, others_are_the_chips_that_are_left)
{
    LAY_OUT(workstation);
    struct device_info all[8];
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
    expect_others((const size_t[]){3}, 1, 1, (const size_t[]){2}, 1);           /* no room for more: the best */
    expect_others((const size_t[]){3}, 1, 0, NULL, 0);
}
