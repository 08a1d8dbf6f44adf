/* plotmill: the library handle, its messages and its log.
 *
 * A handle, and everything made with it, may be used by one thread at a time; different handles may be used by
 * different threads at once. plotmill serializes its own calls to HDF5, whose library is rarely thread-safe. A program
 * that calls HDF5 in another thread at the same time needs a thread-safe build of it (H5is_library_threadsafe). */
#ifndef PLOTMILL_CONTEXT_H
#define PLOTMILL_CONTEXT_H

#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill plotmill;
typedef struct plotmill_source plotmill_source;
typedef struct plotmill_sink plotmill_sink;
typedef struct plotmill_reader plotmill_reader;
typedef struct plotmill_renderer plotmill_renderer;

PLOTMILL_API void plotmill_source_destroy(plotmill_source *source);
PLOTMILL_API void plotmill_sink_destroy(plotmill_sink *sink);
PLOTMILL_API void plotmill_reader_destroy(plotmill_reader *reader);
PLOTMILL_API void plotmill_renderer_destroy(plotmill_renderer *renderer);
PLOTMILL_API enum plotmill_status plotmill_reader_open(plotmill *pm, const char *path, plotmill_reader **reader);

/* NULL: out of memory. Free with plotmill_destroy, which accepts NULL, after everything made with the handle (sources,
 * sinks, renderers, readers). */
PLOTMILL_API plotmill *plotmill_create(void);
PLOTMILL_API void plotmill_destroy(plotmill *pm);

/* Why the last call failed, of those that return a status; "" if it did not. Contains the OpenCL build log if kernels
 * failed to build. Calls on readers and renderers count as calls on the handle they were made with. Valid until the
 * next call on `pm`. */
PLOTMILL_API const char *plotmill_message(const plotmill *pm);

enum plotmill_log_level {
    PLOTMILL_LOG_WARNING = 0, /* the result is correct, but something needs attention */
    PLOTMILL_LOG_INFO,        /* the chosen device and why, "compiling kernels for ..." */
    PLOTMILL_LOG_DETAIL       /* batch size, how input files join */
};

/* `text` is one line without a line end, valid during the call. Called on the thread that called the library. */
typedef void (*plotmill_log_fn)(void *user, enum plotmill_log_level level, const char *text);

/* NULL (default): no log. */
PLOTMILL_API void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user);

#ifdef __cplusplus
}
#endif
#endif
