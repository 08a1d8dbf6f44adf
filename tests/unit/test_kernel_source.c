/* The kernels' source compiles without a warning: with clang's -Wall -Wextra, where clang is installed, and on every
 * OpenCL device. plotmill itself builds with -w, so that no compiler prints to the terminal. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "chart/options.h"
#include "device/internal.h"
#include "device/kernels.h"
#include "render/launch_config.h"

/* For a CPU without AVX-512: code generation adds warnings about wide vectors. */
static const char clang[] = "clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -target x86_64-linux-gnu "
                            "-march=haswell -Wall -Wextra -Wundef -S -emit-llvm -o /dev/null";

static char path[100];

static void remove_source(void)
{
    os_remove_file(path);
}

Test(kernel_source, has_no_warning_of_clang, .fini = remove_source)
{
    char command[600], output[4000];
    if (system("clang --version >/dev/null 2>&1"))
        cr_skip_test("clang: not installed");
    snprintf(path, sizeof path, "/tmp/plotmill-kernels-%llu.cl", (unsigned long long)os_process_id());
    FILE *file = fopen(path, "w");
    cr_assert(file);
    for (size_t i = 0; i < kernel_source_lines; i++)
        fputs(kernel_source[i], file);
    fclose(file);
    for (unsigned i = 0; i < 2 * 2 * 2 * 2; i++) {
        snprintf(command, sizeof command, "%s -DANTIALIAS=%u -DLANES=%u -DPAINT=%u -DLAYERED=%u %s 2>&1", clang, i % 2,
                 i / 2 % 2 ? 16 : 1, i % 2 & i / 4, i / 8, path);
        FILE *pipe = popen(command, "r");
        cr_assert(pipe);
        output[fread(output, 1, sizeof output - 1, pipe)] = 0;
        const int exit_code = pclose(pipe);
        cr_assert(exit_code == 0 && !*output, "%s\n%s", command, output);
    }
}

static void build(struct compute *compute, const char *defines)
{
    char options[400], log[4000] = "";
    cl_int code;
    snprintf(options, sizeof options, "%s -Werror", defines);
    cl_program program = compute->cl->clCreateProgramWithSource(compute->context, (cl_uint)kernel_source_lines,
                                                                kernel_source, NULL, &code);
    cr_assert_eq(code, CL_SUCCESS);
    code = compute->cl->clBuildProgram(program, 1, &compute->id, options, NULL, NULL);
    compute->cl->clGetProgramBuildInfo(program, compute->id, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
    cr_assert(code == CL_SUCCESS && !strstr(log, "warning"), "%s: %s: %s\n%s", compute->device.name, options,
              cl_error_name(code), log);
    compute->cl->clReleaseProgram(program);
}

Test(kernel_source, has_no_warning_on_any_device)
{
    struct plotmill_error error;
    struct device_list list;
    struct compute *compute;
    setenv("RUSTICL_ENABLE", "llvmpipe", 0);
    cr_assert_eq(device_list_find(&list, NULL, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert(list.count);
    for (size_t i = 0; i < list.count; i++) {
        if (list.entries[i].unusable)
            continue;
        cr_assert_eq(compute_open(&compute, &list.entries[i], &error), PLOTMILL_OK, "%s", error.message);
        for (unsigned k = 0; k < 8; k++) {
            const enum launch_kind kind = k % 2 ? LAUNCH_CPU : LAUNCH_GPU;
            struct chart_options options;
            char defines[256];
            chart_options_init(&options);
            options.antialias = k / 2 % 2;
            struct launch_config config =
                launch_config_choose(kind, compute_device(compute), compute_item_limits(compute), options.width,
                                     options.antialias != 0, 100);
            config.layered = k / 4;
            launch_config_defines(&config, options.antialias != 0, defines, sizeof defines);
            build(compute, defines);
        }
        compute_close(compute);
    }
    device_list_free(&list);
}
