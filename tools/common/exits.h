/* Exit codes of the command. */
#ifndef TOOLS_COMMON_EXITS_H
#define TOOLS_COMMON_EXITS_H

#include "plotmill/status.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,     /* while working */
    EXIT_WRONG = 2,      /* wrong usage or bad input */
    EXIT_CANCELLED = 130 /* by SIGINT or SIGTERM */
};

static inline int exit_code_of(enum plotmill_status status)
{
    switch (status) {
    case PLOTMILL_OK:
        return EXIT_DONE;
    case PLOTMILL_BAD_INPUT:
    case PLOTMILL_NO_DEVICE:
    case PLOTMILL_UNSUPPORTED:
        return EXIT_WRONG;
    case PLOTMILL_CANCELLED:
        return EXIT_CANCELLED;
    case PLOTMILL_DEVICE_FAILED:
    case PLOTMILL_IO_FAILED:
    case PLOTMILL_NO_MEMORY:
        break;
    }
    return EXIT_FAILED;
}

#endif
