/* The windows of a source: which samples become which image. */
#ifndef SOURCE_WINDOWS_H
#define SOURCE_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/source.h"

/* What the user asks for. */
struct window_rule {
    uint64_t window; /* samples per image; 0 or their length for ready sequences */
    uint64_t stride; /* samples (or ready sequences) from one image to the next, >= 1 */
    uint64_t limit;  /* maximum number of images; 0: all */
};

/* Starts are numbers of samples, or of ready sequences. */
struct windows {
    uint64_t images;
    uint64_t window; /* samples per image */
    uint64_t step;   /* samples from the start of one image to the next in the same part */
    uint64_t start_step;
    uint64_t unit; /* samples per start */
    /* Where the rows are not one range, or have breaks: (part_count), each with at least one image, ascending; else
     * NULL, 0. */
    struct window_part {
        uint64_t image, start; /* its first ones */
    } * parts;
    size_t part_count;
    uint64_t *list;       /* (images) starts in any order, instead of all above; owned; NULL: none */
    uint64_t start;       /* of image 0, without parts */
    uint64_t short_count; /* ranges, or parts between breaks, that are shorter than a window */
};

/* PLOTMILL_BAD_INPUT unless windows of `window` samples (0: ready sequences) suit the source, which messages call
 * `name`.
 */
enum plotmill_status windows_check(struct source_shape shape, uint64_t window, const char *name,
                                   struct plotmill_error *error);

/* Computes the windows from the source's shape and the rule. PLOTMILL_BAD_INPUT if they do not fit together. Free
 * *windows with windows_free. */
enum plotmill_status windows_plan(struct windows *windows, struct source_shape shape, const struct window_rule *rule,
                                  struct plotmill_error *error);
void windows_free(struct windows *windows);

uint64_t windows_start(const struct windows *windows, uint64_t image);
uint64_t windows_sample(const struct windows *windows, uint64_t image); /* the first one that it shows */

/* How many rows of its group lie before this sample; UINT32_MAX: that many or more. The groups are the ranges of the
 * source, or all of it; each ready sequence is one. The sample must lie in one. */
uint32_t windows_rows_before(struct source_shape shape, uint64_t sample);

/* The range of the source that has `start`, a sample (or ready sequence) of one; NULL: the source has no ranges. */
const struct source_range *window_range(const struct source_shape *shape, uint64_t start);

/* Whether `count` samples (or ready sequences) from `start` on lie in one range of the source, and between its breaks.
 */
bool windows_fit(struct source_shape shape, uint64_t start, uint64_t count);

#endif
