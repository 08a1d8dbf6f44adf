/* plotmill: the library handle, its messages and its log.
 *
 * A handle and everything made with it belong to one thread at a time; different handles may be used by different
 * threads at once. Calls into HDF5, whose library is seldom built thread-safe, wait for each other inside plotmill; a
 * program that uses HDF5 by itself in another thread meanwhile needs a thread-safe one (H5is_library_threadsafe). */
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
    PLOTMILL_LOG_INFO,        /* the chosen device and why, "compiling kernels for ..." */
    PLOTMILL_LOG_DETAIL       /* batch size, seams between inputs */
};

/* `text` is one line without a line end, valid during the call. Called on the thread that made the call. */
typedef void (*plotmill_log_fn)(void *user, enum plotmill_log_level level, const char *text);

/* NULL (the default) is silent. */
PLOTMILL_API void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user);

/* Where built kernels are kept for the next start. folder NULL (the default): $PLOTMILL_CACHE_DIR, else "plotmill" in
 * the user's cache folder; "": nowhere. A cache that cannot be used costs time, never fails a call.
 * PLOTMILL_NO_MEMORY is the only failure. */
PLOTMILL_API enum plotmill_status plotmill_set_cache(plotmill *pm, const char *folder);

/* Cores of the host that this process may use, at least 1: what a job takes for its threads by default. */
PLOTMILL_API unsigned plotmill_host_cores(void);

#ifdef __cplusplus
}
#endif
#endif
