/* Writing, running and viewing on every device, waiting by events as on a discrete GPU and blocking as elsewhere, gives
 * the same bytes. `discrete` alone selects the way of waiting, and whether downloads use pinned memory. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "device/discover.h"
#include "device/internal.h"

#define WIDTH 64
#define HEIGHT 30

static struct plotmill_error error;

static void go(enum plotmill_status status)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s", error.message);
}

static void run_fill(struct compute *compute, struct kernel *fill, struct buffer *pixels, uint8_t value)
{
    static uint8_t before[WIDTH * HEIGHT];
    const struct launch launch = {{WIDTH, HEIGHT, 1}, {1, 1, 1}};
    const void *view;
    for (size_t i = 0; i < sizeof before; i++)
        before[i] = (uint8_t)(value + i);
    go(buffer_write(pixels, 0, before, sizeof before, &error));
    go(buffer_view(pixels, sizeof before, &view, &error));
    cr_assert_arr_eq(view, before, sizeof before);
    go(buffer_unview(pixels, &error));
    kernel_begin(fill);
    kernel_buffer(fill, pixels);
    kernel_u32(fill, WIDTH);
    kernel_u32(fill, HEIGHT);
    kernel_u32(fill, 1); /* share, row_share */
    kernel_u32(fill, 1);
    kernel_u8(fill, value);
    go(kernel_run(fill, &launch, &error));
    if (value % 2)
        go(compute_wait(compute, &error));
    go(buffer_view(pixels, sizeof before, &view, &error));
    for (size_t i = 0; i < sizeof before; i++)
        cr_assert_eq(((const uint8_t *)view)[i], value);
    go(buffer_unview(pixels, &error));
    go(compute_wait(compute, &error));
}

static void run_device(struct device_entry entry, int discrete)
{
    struct compute *compute;
    struct program *program;
    struct kernel *fill;
    struct buffer *pixels;
    entry.info.discrete = discrete;
    go(compute_open(&compute, &entry, &error));
    cr_assert_eq(compute->device.discrete != 0, discrete != 0);
    go(program_build(&program, compute, "-cl-std=CL1.2", &error));
    go(kernel_create(&fill, compute, program, "fill", &error));
    go(buffer_create(&pixels, compute, WIDTH * HEIGHT, BUFFER_DOWNLOAD, &error));
    for (int i = 0; i < 100; i++)
        run_fill(compute, fill, pixels, (uint8_t)i);
    buffer_destroy(pixels);
    kernel_destroy(fill);
    compute_close(compute);
}

Test(wait, same_bytes_by_event_and_blocking)
{
    struct device_list list;
    setenv("RUSTICL_ENABLE", "llvmpipe", 0);
    go(device_list_find(&list, NULL, &error));
    cr_assert(list.count);
    for (size_t i = 0; i < list.count; i++)
        for (int discrete = 0; discrete < 2; discrete++)
            if (!list.entries[i].unusable)
                run_device(list.entries[i], discrete);
    device_list_free(&list);
}

/* A command that failed: its code becomes the message, as that of a blocking call does. */
Test(wait, failed_command_is_reported)
{
    struct device_list list;
    struct compute *compute;
    cl_int code;
    char reason[300];
    /* Functions that only this test uses. */
    __typeof__(&clCreateUserEvent) create;
    __typeof__(&clSetUserEventStatus) end;
    go(device_list_find(&list, NULL, &error));
    cr_assert(list.count);
    void *library = os_open_library(list.entries[0].info.library, reason, sizeof reason);
    cr_assert(library, "%s", reason);
    *(void **)&create = os_library_function(library, "clCreateUserEvent");
    *(void **)&end = os_library_function(library, "clSetUserEventStatus");
    list.entries[0].info.discrete = 1;
    go(compute_open(&compute, &list.entries[0], &error));
    cl_event event = create(compute->context, &code);
    cr_assert_eq(code, CL_SUCCESS);
    cr_assert_eq(end(event, CL_OUT_OF_RESOURCES), CL_SUCCESS);
    cr_assert_eq(event_wait(compute, event, &error), PLOTMILL_NO_MEMORY);
    cr_assert(strstr(error.message, "CL_OUT_OF_RESOURCES"), "%s", error.message);
    compute_close(compute);
    device_list_free(&list);
}
