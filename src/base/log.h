/* Where messages for people go: the callback that the program set. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "plotmill/context.h"

struct log {
    plotmill_log_fn write; /* NULL: nowhere */
    void *user;
};

/* One line, cut at 1000 bytes. `log` may be NULL. */
void log_line(const struct log *log, enum plotmill_log_level level, const char *format, ...) PLOTMILL_PRINTF(3, 4);

#endif
