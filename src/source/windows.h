/* The windows of a source: which samples become which image. */
#ifndef SOURCE_WINDOWS_H
#define SOURCE_WINDOWS_H

#include <stdint.h>

#include "formats/source.h"

/* What the user asks for. */
struct window_rule {
    uint64_t window; /* samples per image; 0 for ready sequences */
    uint64_t stride; /* samples (or ready sequences) from one image to the next, >= 1 */
    uint64_t limit;  /* maximum number of images; 0: all */
};

struct windows {
    uint64_t images;
    uint64_t window;     /* samples per image */
    uint64_t step;       /* samples from the start of one image to the next */
    uint64_t start_step; /* difference of window_start between images: in samples, or in ready sequences */
};

/* Computes the windows from the source's shape and the rule. PLOTMILL_BAD_INPUT if they do not
 * fit together. */
enum plotmill_status windows_plan(struct windows *windows, struct source_shape shape, const struct window_rule *rule,
                                  struct plotmill_error *error);

#endif
