/* Formats under construction. */
#include "sink/sink.h"
#define UNWRITTEN(name)                                                                                         \
    enum plotmill_status name(struct sink *sink, const char *path, const struct plotmill_sink_options *options, \
                              struct plotmill_error *error)                                                     \
    {                                                                                                           \
        (void)sink, (void)options;                                                                              \
        return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "%s: not written yet", path);                    \
    }
UNWRITTEN(sink_create_jpeg)
