/* The OpenCL 1.2 API and error handling for its calls, in the style of base/try.h. The only file that includes the
 * OpenCL headers. A failed call becomes PLOTMILL_DEVICE_FAILED with a message such as
 * "clEnqueueReadBuffer failed: CL_OUT_OF_RESOURCES (-5) at device/compute.c:120".
 *
 *     CL_TRY(error, clFinish(queue));
 *     CL_TRY_CREATE(error, buffer, clCreateBuffer(context, flags, size, NULL, &cl_code));
 *
 * Where some error codes are expected, test the code first, then CL_FAIL(error, code, "clGetDeviceIDs"). */
#ifndef DEVICE_OPENCL_H
#define DEVICE_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 120

#if defined(__APPLE__)
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif

#include "base/error.h"
#include "base/try.h"

/* "CL_OUT_OF_RESOURCES"; "unknown OpenCL error" for an unknown code. Never NULL. */
const char *cl_error_name(cl_int code);

/* Fills *error (may be NULL). Returns PLOTMILL_NO_MEMORY where a smaller batch might succeed, else
 * PLOTMILL_DEVICE_FAILED. `call` is the text of the call; the message shows the part before its arguments. */
enum plotmill_status cl_fail(struct plotmill_error *error, cl_int code, const char *call, const char *file, int line);

#define CL_FAIL(error, code, call)                                     \
    do {                                                               \
        status = cl_fail((error), (code), (call), __FILE__, __LINE__); \
        goto done;                                                     \
    } while (0)

/* For calls that return an error code. */
#define CL_TRY(error, call)                   \
    do {                                      \
        cl_int cl_code = (call);              \
        if (cl_code != CL_SUCCESS)            \
            CL_FAIL((error), cl_code, #call); \
    } while (0)

/* For calls that return a handle: `call` passes &cl_code, which the macro declares. */
#define CL_TRY_CREATE(error, handle, call)    \
    do {                                      \
        cl_int cl_code = CL_SUCCESS;          \
        (handle) = (call);                    \
        if (cl_code != CL_SUCCESS)            \
            CL_FAIL((error), cl_code, #call); \
    } while (0)

#endif
