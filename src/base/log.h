/* Where one-line messages for people go: the embedder's callback, handed down explicitly. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "plotmill/context.h"

struct log {
    plotmill_log_fn write; /* NULL: silent */
    void *user;
};

/* Lines over 1000 bytes are cut. `log` may be NULL. */
void log_line(const struct log *log, enum plotmill_log_level level, const char *format, ...) PLOTMILL_PRINTF(3, 4);

#endif
