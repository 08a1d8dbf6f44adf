/* How a test pattern was drawn. */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include <stdint.h>

/* How one test pattern was drawn. Valid during the callback only. */
struct verdict {
    const char *pattern; /* "sine", "random walk", ... */
    int antialias;
    int passed;
    uint64_t pixels; /* compared */
    uint64_t wrong;  /* binary: ink or background where the definition says otherwise */
    double rms;      /* antialiased: error in 0..255, over partly covered pixels */
    double worst;    /* antialiased: the largest error in 0..255 */
};

typedef void (*verdict_fn)(void *user, const struct verdict *verdict);

#endif
