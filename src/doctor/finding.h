/* What doctor found. */
#ifndef DOCTOR_FINDING_H
#define DOCTOR_FINDING_H

#include "base/error.h"

enum severity {
    SEVERITY_OK = 0, /* checked, nothing wrong */
    SEVERITY_NOTE,   /* everything works, but something is slow or unexpected */
    SEVERITY_PROBLEM /* a device, a driver or a file does not work as it should */
};

const char *severity_name(enum severity severity); /* "note" */

/* Valid during the callback only. */
struct finding {
    enum severity severity;
    const char *check; /* what was checked, in a word or two: "drivers", "device 0", "memory" */
    const char *found; /* one line */
    const char *fix;   /* one line: what to do about it; "" where nothing needs fixing */
};

typedef void (*finding_fn)(void *user, const struct finding *finding);

#endif
