/* plotmill: the library handle, its messages and its log.
 *
 * A handle and everything made with it belong to one thread at a time; different handles may be used by different
 * threads at once. The one exception is HDF5 where its library was not built thread-safe (H5is_library_threadsafe
 * tells): then only one thread at a time may open, read, write or destroy sources, sinks and readers of HDF5 files,
 * or run jobs with them, whatever the handle. */
#ifndef PLOTMILL_CONTEXT_H
#define PLOTMILL_CONTEXT_H

#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill plotmill;

/* NULL when memory has run out. Freed with plotmill_destroy, which takes NULL; what was made with the handle
 * (sources, sinks, renderers, readers) must be destroyed before it. */
PLOTMILL_API plotmill *plotmill_create(void);
PLOTMILL_API void plotmill_destroy(plotmill *pm);

/* Why the last call that returns a status failed (with the OpenCL build log where kernels failed to build); "" if it
 * did not fail. Calls on readers and renderers count for the handle they were made with. Valid until the next call
 * on `pm`. */
PLOTMILL_API const char *plotmill_message(const plotmill *pm);

enum plotmill_log_level {
    PLOTMILL_LOG_WARNING = 0, /* the result is right, but something deserves a look */
    PLOTMILL_LOG_INFO,        /* the chosen device and why, "compiling kernels" */
    PLOTMILL_LOG_DETAIL       /* batch size, seams between inputs */
};

/* `text` is one line without a line end, valid during the call. Called on the thread that made the call. */
typedef void (*plotmill_log_fn)(void *user, enum plotmill_log_level level, const char *text);

/* NULL (the default) is silent. */
PLOTMILL_API void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user);

#ifdef __cplusplus
}
#endif
#endif
