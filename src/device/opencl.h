/* The OpenCL 1.2 API and error handling for its calls, in the style of base/try.h. Nothing links an OpenCL library:
 * device/library.h opens them, and each has a table of its functions. A failed call becomes PLOTMILL_DEVICE_FAILED with
 * a message such as "clEnqueueReadBuffer failed: CL_OUT_OF_RESOURCES (-5) at device/compute.c:120".
 *
 *     const struct opencl *cl = compute->cl;
 *     CL_TRY(error, cl->clFinish(queue));
 *     CL_TRY_CREATE(error, buffer, cl->clCreateBuffer(context, flags, size, NULL, &cl_code));
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

/* Every function in use, with its place in the table that begins each object of a driver (cl_khr_icd). library.c
 * compares the places with those of cl_icd.h. */
#define OPENCL_FUNCTIONS(X)          \
    X(clGetPlatformIDs, 0)           \
    X(clGetPlatformInfo, 1)          \
    X(clGetDeviceIDs, 2)             \
    X(clGetDeviceInfo, 3)            \
    X(clCreateContext, 4)            \
    X(clRetainContext, 6)            \
    X(clReleaseContext, 7)           \
    X(clCreateCommandQueue, 9)       \
    X(clReleaseCommandQueue, 11)     \
    X(clCreateBuffer, 14)            \
    X(clReleaseMemObject, 18)        \
    X(clCreateProgramWithSource, 26) \
    X(clCreateProgramWithBinary, 27) \
    X(clReleaseProgram, 29)          \
    X(clBuildProgram, 30)            \
    X(clGetProgramInfo, 32)          \
    X(clGetProgramBuildInfo, 33)     \
    X(clCreateKernel, 34)            \
    X(clReleaseKernel, 37)           \
    X(clSetKernelArg, 38)            \
    X(clGetKernelWorkGroupInfo, 40)  \
    X(clWaitForEvents, 41)           \
    X(clGetEventInfo, 42)            \
    X(clRetainEvent, 43)             \
    X(clReleaseEvent, 44)            \
    X(clGetEventProfilingInfo, 45)   \
    X(clFlush, 46)                   \
    X(clFinish, 47)                  \
    X(clEnqueueReadBuffer, 48)       \
    X(clEnqueueWriteBuffer, 49)      \
    X(clEnqueueMapBuffer, 56)        \
    X(clEnqueueUnmapMemObject, 58)   \
    X(clEnqueueNDRangeKernel, 59)    \
    X(clSetEventCallback, 81)        \
    X(clEnqueueMarkerWithWaitList, 105)

/* The functions of one library, under their own names. They are called with objects of this library only. */
struct opencl {
    const char *library; /* its path */
#define OPENCL_MEMBER(name, place) __typeof__(&(name)) name;
    OPENCL_FUNCTIONS(OPENCL_MEMBER)
#undef OPENCL_MEMBER
};

/* "CL_OUT_OF_RESOURCES"; "unknown OpenCL error" for an unknown code. Never NULL. */
const char *cl_error_name(cl_int code);

/* Fills *error (may be NULL). Returns PLOTMILL_NO_MEMORY where a smaller batch might succeed, else
 * PLOTMILL_DEVICE_FAILED. `call` is the text of the call; the message shows the function's name. */
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
