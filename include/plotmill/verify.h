/* plotmill: test patterns, drawn on a device and compared with the definition. */
#ifndef PLOTMILL_VERIFY_H
#define PLOTMILL_VERIFY_H

#include <stdint.h>

#include "plotmill/context.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plotmill_verdict {
    const char *pattern; /* "sine", "random walk", ... */
    int antialias;
    int passed;
    uint64_t pixels; /* compared */
    uint64_t wrong;  /* binary: ink or background where the definition says otherwise */
    double rms;      /* antialiased: of 255, over partly covered pixels */
    double worst;    /* antialiased: of 255 */
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
