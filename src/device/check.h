/* OpenCL calls in the error idiom of base/try.h. A failed call becomes PLOTMILL_DEVICE_FAILED with a message like
 * "clEnqueueReadBuffer failed: CL_OUT_OF_RESOURCES (-5) at device/compute.c:120".
 *
 *     CL_TRY(error, clFinish(queue));
 *     CL_TRY_CREATE(error, buffer, clCreateBuffer(context, flags, size, NULL, &cl_code));
 *
 * Where some codes are no failure, look at the code first: CL_FAIL(error, code, "clGetDeviceIDs"). */
#ifndef DEVICE_CHECK_H
#define DEVICE_CHECK_H

#include "base/try.h"
#include "device/opencl.h"
#include "plotmill/status.h"

/* "CL_OUT_OF_RESOURCES"; "unknown OpenCL error" for a code that no specification known here has. Never NULL. */
const char *cl_error_name(cl_int code);

/* Fills *error (NULL is allowed) and returns PLOTMILL_DEVICE_FAILED, or PLOTMILL_NO_MEMORY where less might do. `call`
 * is the call's text, of which the part before its arguments is shown. */
enum plotmill_status cl_fail(struct plotmill_error *error, cl_int code, const char *call, const char *file, int line);

#define CL_FAIL(error, code, call)                                     \
    do {                                                               \
        status = cl_fail((error), (code), (call), __FILE__, __LINE__); \
        goto done;                                                     \
    } while (0)

/* For calls that return their error code. */
#define CL_TRY(error, call)                                                \
    do {                                                                   \
        cl_int cl_code = (call);                                           \
        if (cl_code != CL_SUCCESS) {                                       \
            status = cl_fail((error), cl_code, #call, __FILE__, __LINE__); \
            goto done;                                                     \
        }                                                                  \
    } while (0)

/* For calls that return a handle: `call` passes &cl_code, which the macro provides. */
#define CL_TRY_CREATE(error, handle, call)                                 \
    do {                                                                   \
        cl_int cl_code = CL_SUCCESS;                                       \
        (handle) = (call);                                                 \
        if (cl_code != CL_SUCCESS) {                                       \
            status = cl_fail((error), cl_code, #call, __FILE__, __LINE__); \
            goto done;                                                     \
        }                                                                  \
    } while (0)

#endif
