#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "plotmill_config.h"

const char *version_text(void)
{
    return PLOTMILL_VERSION;
}

uint32_t plotmill_version_number(void)
{
    return PLOTMILL_VERSION_NUMBER;
}

const char *plotmill_status_str(enum plotmill_status status)
{
    static const char *const names[] = {"ok",         "bad input",     "no device", "unsupported", "device failed",
                                        "I/O failed", "out of memory", "cancelled", "busy"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown status";
}

enum plotmill_status plotmill_error_set(struct plotmill_error *error, enum plotmill_status status, const char *format,
                                        ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        error->message[0] = 0;
        if (format)
            vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

void log_line(const struct log *log, enum plotmill_log_level level, const char *format, ...)
{
    if (!log || !log->write)
        return;
    char line[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log->write(log->user, level, line);
}
