/* The OpenCL libraries of this process. They are opened when platforms are first looked for, and never closed:
 *
 * 1. the library that PLOTMILL_OPENCL_LIBRARY names, a loader or a driver, and no other; else
 * 2. OpenCL as the program links or preloads it, else the system's ICD loader (macOS: the framework);
 * 3. drivers that the loader does not open (device/driver_paths.h). */
#ifndef DEVICE_LIBRARY_H
#define DEVICE_LIBRARY_H

#include <stddef.h>

#include "base/log.h"
#include "device/opencl.h"

struct opencl_platform {
    const struct opencl *cl; /* valid until the process ends */
    cl_platform_id id;
};

/* Fills *platforms, which the caller frees: the loader's first, each one once. The log names drivers that were opened
 * without a loader. PLOTMILL_NO_DEVICE where PLOTMILL_OPENCL_LIBRARY names no OpenCL library. Called between
 * opencl_enter and opencl_leave. */
enum plotmill_status opencl_find_platforms(struct opencl_platform **platforms, size_t *count, const struct log *log,
                                           struct plotmill_error *error);

/* The libraries that are open, for a message: "PATH, PATH"; "": this system has none. Also between opencl_enter and
 * opencl_leave. */
void opencl_list_libraries(char *text, size_t size);
/* Why the last driver that could not be opened was left out; "": none was. */
const char *opencl_left_out(void);

#endif
