/* plotmill: the handle, its messages and its log; the devices of this machine.
 *
 * Threads: a handle, and everything made with it, serves one call at a time; a call that comes meanwhile returns
 * PLOTMILL_BUSY and does nothing. Calls without a status (plotmill_set_log, plotmill_options_get, those that destroy)
 * must not come meanwhile. Different handles may be used by different threads at once. plotmill serializes its own
 * calls to HDF5, whose library is rarely thread-safe; a program that calls HDF5 in another thread at the same time
 * needs a thread-safe build of it (H5is_library_threadsafe).
 *
 * Processes: OpenCL does not survive fork(). In a child of a process that has used a device, every call that needs one
 * fails at once with PLOTMILL_DEVICE_FAILED. So does every call on a handle that another thread was using during the
 * fork. Handles can be destroyed there, and calls that need no device go on.
 *
 * Results are JSON texts, which end with a line end. They belong to the handle and are valid until the next call on it
 * or on anything made with it. */
#ifndef PLOTMILL_CONTEXT_H
#define PLOTMILL_CONTEXT_H

#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill plotmill;

/* NULL: out of memory. Free with plotmill_destroy after everything made with the handle. Opens no device. */
PLOTMILL_API plotmill *plotmill_create(void);
PLOTMILL_API void plotmill_destroy(plotmill *pm);

/* Why the last call failed, of those that return a status; "" if it did not. A sentence that says where, what was found
 * and what was expected. Contains the OpenCL build log if kernels failed to build. Calls on options, sources, sinks,
 * readers and renderers count as calls on the handle they were made with. Valid until the next call on it. After
 * PLOTMILL_BUSY it belongs to the other call: use plotmill_status_str. `pm` NULL: says that there is no handle. */
PLOTMILL_API const char *plotmill_message(const plotmill *pm);

enum plotmill_log_level {
    PLOTMILL_LOG_WARNING = 0, /* the result is correct, but something needs attention */
    PLOTMILL_LOG_INFO,        /* the chosen device and why, "compiling kernels for ..." */
    PLOTMILL_LOG_DETAIL       /* batch size, how input files join */
};

/* `text` is one line without a line end, valid during the call. Called on the thread that called the library. */
typedef void (*plotmill_log_fn)(void *user, enum plotmill_log_level level, const char *text);

/* log NULL (default): no log. */
PLOTMILL_API void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user);

/* Lists every device of every OpenCL platform, as `plotmill devices --json` prints them. An empty list is PLOTMILL_OK.
 * The log gets warnings about drivers that are installed but not usable. */
PLOTMILL_API enum plotmill_status plotmill_devices(plotmill *pm, const char **json);

/* Checks drivers, GPUs, caches, memory and settings, and draws test patterns on every device; takes seconds, and
 * minutes where kernels must be compiled. *json is as `plotmill doctor --json` prints it. The log names each device
 * before it is tried, because a broken driver may crash the process. PLOTMILL_OK also when there are problems. */
PLOTMILL_API enum plotmill_status plotmill_doctor(plotmill *pm, const char **json);

#ifdef __cplusplus
}
#endif
#endif
