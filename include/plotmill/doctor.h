/* plotmill: tests and diagnoses the devices of this machine. */
#ifndef PLOTMILL_DOCTOR_H
#define PLOTMILL_DOCTOR_H

#include <stdint.h>

#include "plotmill/context.h"

#ifdef __cplusplus
extern "C" {
#endif

enum plotmill_severity {
    PLOTMILL_SEVERITY_OK = 0, /* checked, nothing wrong */
    PLOTMILL_SEVERITY_NOTE,   /* everything works, but something is slow or unexpected */
    PLOTMILL_SEVERITY_PROBLEM /* a device, a driver or a file does not work as it should */
};

/* Valid during the callback only. */
struct plotmill_finding {
    enum plotmill_severity severity;
    const char *check; /* what was checked, in a word or two: "drivers", "device 0", "memory" */
    const char *found; /* one line */
    const char *fix;   /* one line: what to do about it; "" where nothing needs fixing */
};

typedef void (*plotmill_finding_fn)(void *user, const struct plotmill_finding *finding);

/* Checks drivers, GPUs, caches, memory and settings. Builds the kernels on every device without the cache, draws test
 * patterns and compares them with the definition. Calls `report` for each finding as it comes. The log names each
 * device before it is tried, because a broken driver may crash the process. Returns PLOTMILL_OK also when there are
 * problems; *problems is their number. */
PLOTMILL_API enum plotmill_status plotmill_doctor(plotmill *pm, plotmill_finding_fn report, void *user, int *problems);

/* How one test pattern was drawn. Valid during the callback only. */
struct plotmill_verdict {
    const char *pattern; /* "sine", "random walk", ... */
    int antialias;
    int passed;
    uint64_t pixels; /* compared */
    uint64_t wrong;  /* binary: ink or background where the definition says otherwise */
    double rms;      /* antialiased: error in 0..255, over partly covered pixels */
    double worst;    /* antialiased: the largest error in 0..255 */
};

typedef void (*plotmill_verdict_fn)(void *user, const struct plotmill_verdict *verdict);

/* Draws every pattern with and without antialiasing on `device` (see plotmill_device_choose), calls `report` for each,
 * and writes a contact sheet to the file `sheet` (NULL: none). Returns PLOTMILL_OK also when patterns fail; *failures
 * is their number. */
PLOTMILL_API enum plotmill_status plotmill_verify(plotmill *pm, const char *device, const char *sheet,
                                                  plotmill_verdict_fn report, void *user, int *failures);

#ifdef __cplusplus
}
#endif
#endif
