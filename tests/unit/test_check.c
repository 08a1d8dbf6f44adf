/* Names and statuses of OpenCL errors. */
#include <criterion/criterion.h>

#include "device/opencl.h"

Test(check, errors_are_named)
{
    struct plotmill_error error;
    cr_assert_str_eq(cl_error_name(CL_OUT_OF_RESOURCES), "CL_OUT_OF_RESOURCES");
    cr_assert_str_eq(cl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    cr_assert_str_eq(cl_error_name(-12345), "unknown OpenCL error");
    cr_assert_eq(cl_fail(&error, -5, "clFinish(queue)", "../src/device/x.c", 7), PLOTMILL_NO_MEMORY);
    cr_assert_str_eq(error.message, "clFinish failed: CL_OUT_OF_RESOURCES (-5) at device/x.c:7");
    cr_assert_eq(cl_fail(NULL, -30, "clFinish(queue)", "x.c", 7), PLOTMILL_DEVICE_FAILED);
}
