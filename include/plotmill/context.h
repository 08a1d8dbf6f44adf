/* plotmill: the library handle, its messages and its log.
 *
 * A handle and everything made with it belong to one thread at a time; different handles may be used by
 * different threads at once. */
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

/* The message of the last call on `pm` that failed (with the OpenCL build log where kernels failed to build);
 * "" if none did. Valid until the next call on `pm`. */
PLOTMILL_API const char *plotmill_message(const plotmill *pm);

enum plotmill_log_level {
    PLOTMILL_LOG_WARNING = 0, /* the result is right, but something deserves a look */
    PLOTMILL_LOG_INFO,        /* the chosen device and why, "compiling kernels" */
    PLOTMILL_LOG_DETAIL       /* batch size, build options, seams between inputs */
};

/* `text` is one line without a line end, valid during the call. Called on the thread that made the call. */
typedef void (*plotmill_log_fn)(void *user, enum plotmill_log_level level, const char *text);

/* NULL (the default) is silent. */
PLOTMILL_API void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user);

#ifdef __cplusplus
}
#endif
#endif
