/* plotmill: what keeps a machine from drawing, or from drawing fast, and the mend. */
#ifndef PLOTMILL_DOCTOR_H
#define PLOTMILL_DOCTOR_H

#include "plotmill/context.h"

#ifdef __cplusplus
extern "C" {
#endif

enum plotmill_severity {
    PLOTMILL_SEVERITY_OK = 0, /* looked at, nothing wrong */
    PLOTMILL_SEVERITY_NOTE,   /* everything works; something costs time, or will surprise */
    PLOTMILL_SEVERITY_PROBLEM /* a device, a driver or a file does not work as it should */
};

/* Valid during the call alone. */
struct plotmill_finding {
    enum plotmill_severity severity;
    const char *check; /* what was looked at, in a word or two: "drivers", "device 0", "memory" */
    const char *found; /* one line */
    const char *mend;  /* one line: what to do about it; "" where nothing is to be done */
};

typedef void (*plotmill_finding_fn)(void *user, const struct plotmill_finding *finding);

/* Looks at drivers, GPUs, caches, memory and settings, builds the kernels on every device without the cache, draws
 * test patterns and judges them by the definition. Tells each finding as it comes, and to the log which device is being
 * tried, as a broken driver may take the process with it. PLOTMILL_OK also when there are problems, which *problems
 * counts. */
PLOTMILL_API enum plotmill_status plotmill_doctor(plotmill *pm, plotmill_finding_fn tell, void *user, int *problems);

#ifdef __cplusplus
}
#endif
#endif
