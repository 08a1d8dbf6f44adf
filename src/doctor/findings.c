#include "doctor/findings.h"

#include <stdarg.h>
#include <stdio.h>

static void tell(struct findings *findings, enum plotmill_severity severity, const char *check, const char *mend,
                 const char *format, va_list arguments)
{
    char found[PLOTMILL_MESSAGE_SIZE];
    vsnprintf(found, sizeof found, format, arguments);
    /* A build log may follow a message; its first line says what happened. */
    for (char *c = found; *c; c++)
        if (*c == '\n')
            *c = 0;
    findings->problems += severity == PLOTMILL_SEVERITY_PROBLEM;
    findings->notes += severity == PLOTMILL_SEVERITY_NOTE;
    if (findings->tell)
        findings->tell(findings->user, &(struct plotmill_finding){severity, check, found, mend});
}

void find_right(struct findings *findings, const char *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(findings, PLOTMILL_SEVERITY_OK, check, "", format, arguments);
    va_end(arguments);
}

void find_note(struct findings *findings, const char *check, const char *mend, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(findings, PLOTMILL_SEVERITY_NOTE, check, mend, format, arguments);
    va_end(arguments);
}

void find_problem(struct findings *findings, const char *check, const char *mend, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(findings, PLOTMILL_SEVERITY_PROBLEM, check, mend, format, arguments);
    va_end(arguments);
}
